"""The web server against another one: what a request costs, event streams, and clients that send slowly.

    python -m tests.benchmarks.servers [--json] [--quick] [--peer gunicorn|waitress]

Ours is ``serve_web`` as it ships; the peer has as many threads as ours has places. Both serve the same small app
(served_app.py), one process each, loopback only. Cost is measured in alternating rounds; the others hold connections
open (40 streams, then 200 requests of which half the headers, then half the body were sent) and ask as an honest
client. CPU is that of all the server's processes. A ratio above 1 is better for ours, a bar the least ratio; where
the peer is a limit, ours is held to that limit. Who got no answer within 6 seconds is written down as 6. Not measured:
several workers, TLS, HTTP/2, and more than one client machine. Clients share the machine with the servers, so requests
per second say less than CPU.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import psutil

from tests.benchmarks.served_app import HEARTBEAT_SECONDS, STREAMS
from tests.waiting import wait_until

APP = "tests.benchmarks.served_app:app"
PLACES = 64
CLIENTS = 8
NO_ANSWER = 6.0
_OURS = f"""
import sys
from tracker.cli.serving import serve_web
from tracker.config import load
sys.exit(serve_web(load(), {APP!r}))
"""
PEERS = {
    "gunicorn": f"gunicorn -k gthread --threads {PLACES} --log-level critical --bind 127.0.0.1:{{port}} {APP}",
    "waitress": f"waitress --threads={PLACES} --connection-limit=4096 --asyncore-use-poll "
    f"--listen=127.0.0.1:{{port}} {APP}",
}
_BODY = json.dumps({"text": "The mill is on fire. " * 70}).encode()
_JSON = b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(_BODY)
_POST = b"POST /reports HTTP/1.1\r\nHost: bench\r\n" + _JSON
REQUESTS = {"GET": b"GET /story HTTP/1.1\r\nHost: bench\r\nAccept: application/json\r\n\r\n", "POST": _POST + _BODY}
STREAM = b"GET /stream HTTP/1.1\r\nHost: bench\r\n\r\n"
HALF_HEADERS = REQUESTS["GET"][:45]
HALF_BODY = _POST + _BODY[: len(_BODY) // 2]
#: What is measured beside slow clients → what each of the 200 has sent, and what the honest client asks.
SLOW = {
    "GET beside 200 half-sent requests": (HALF_HEADERS, "GET"),
    "GET beside 200 half-sent bodies": (HALF_BODY, "GET"),
    "POST beside 200 half-sent bodies": (HALF_BODY, "POST"),
}
#: Least ratios: of CPU against the peer, and of everything else against its limit in seconds.
CPU_BAR = 1.5
SLOW_LIMIT, STREAMS_LIMIT = 5.0, 1.0


@dataclass(frozen=True)
class Server:
    port: int
    process: psutil.Process

    def cpu(self) -> float:
        """CPU seconds of all its processes so far."""
        family = [self.process, *self.process.children(recursive=True)]
        return sum(each.cpu_times().user + each.cpu_times().system for each in family)

    def connected(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=NO_ANSWER)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def listens(self) -> bool:
        with suppress(OSError):
            self.connected().close()
            return True
        return False


def measured(peer: str, quick: bool) -> list[dict[str, Any]]:
    """All rows, ours against ``peer``."""
    requests, rounds = (1200, 3) if quick else (6000, 7)
    with running("ours") as ours, running(peer) as theirs:
        sides = (ours, theirs)
        rows = [row for name in REQUESTS for row in _cost_rows(name, peer, *costs(sides, name, requests, rounds))]
        beside = [beside_streams(side) for side in sides]
        rows += _compared("slowest of 100 GETs beside 40 streams", peer, beside[0], beside[1], STREAMS_LIMIT)
        for name, (raw, kind) in SLOW.items():
            waits = [beside_slow(side, raw, REQUESTS[kind]) for side in sides]
            rows += _compared(name, peer, waits[0], waits[1], SLOW_LIMIT)
    return rows


def costs(
    sides: tuple[Server, Server], name: str, requests: int, rounds: int
) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """For each side: CPU microseconds per request and requests per second, once a round."""
    found: dict[Server, list[tuple[float, float]]] = {side: [] for side in sides}
    for side in sides:
        load(side, REQUESTS[name], requests // 3)
    for number in range(rounds):
        for side in sides if number % 2 else reversed(sides):
            before, began = side.cpu(), time.monotonic()
            load(side, REQUESTS[name], requests)
            seconds = time.monotonic() - began
            found[side].append(((side.cpu() - before) / requests * 1e6, requests / seconds))
    return found[sides[0]], found[sides[1]]


def load(server: Server, request: bytes, number: int) -> None:
    """Send ``request`` ``number`` times over a few connections that are kept."""

    def client() -> None:
        with server.connected() as connection:
            for _ in range(number // CLIENTS):
                answer(connection, request)

    _together([client] * CLIENTS)


def beside_streams(server: Server) -> float:
    """Seconds of the slowest of 100 requests while 40 streams run; those beyond must be refused in good order."""
    with ExitStack() as held:
        streams = [held.enter_context(server.connected()) for _ in range(STREAMS)]
        for stream in streams:
            stream.sendall(STREAM)
            assert stream.recv(12) == b"HTTP/1.1 200", "a stream below the cap was refused"
        with server.connected() as beyond:
            status, headers, _ = answer(beyond, STREAM)
            assert status == 503, "a stream above the cap was not refused"
            assert b"retry-after" in headers.lower()
        waits = [asked(server, REQUESTS["GET"]) for _ in range(100)]
        for stream in streams:
            _read_until(stream, b": alive", 10)
    wait_until(lambda: _streams_again(server), 60 * HEARTBEAT_SECONDS, "the streams to give their places back")
    return max(waits)


def _streams_again(server: Server) -> bool:
    with server.connected() as stream:
        stream.sendall(STREAM)
        return stream.recv(12) == b"HTTP/1.1 200"


def beside_slow(server: Server, raw: bytes, request: bytes) -> float:
    """Seconds until ``request`` is answered while 200 connections have sent ``raw`` and then nothing."""
    with ExitStack() as held:
        for _ in range(200):
            held.enter_context(server.connected()).sendall(raw)
        # Whoever is held up by them is held up once they have been taken in, and half a second is enough for that.
        time.sleep(0.5)
        return asked(server, request)


def asked(server: Server, request: bytes) -> float:
    """Seconds until an honest client has its answer; ``NO_ANSWER`` if it gets none."""
    began = time.monotonic()
    try:
        with server.connected() as connection:
            status, _, _ = answer(connection, request)
    except OSError:
        return NO_ANSWER
    return time.monotonic() - began if status < 300 else NO_ANSWER


def answer(connection: socket.socket, request: bytes) -> tuple[int, bytes, bytes]:
    """Send ``request``; status, headers and body of the answer, which must say its length."""
    connection.sendall(request)
    headers, _, body = _read_until(connection, b"\r\n\r\n", 1).partition(b"\r\n\r\n")
    length = int(headers.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += _received(connection)
    return int(headers[9:12]), headers, body


def _read_until(connection: socket.socket, mark: bytes, times: int) -> bytes:
    read = b""
    while read.count(mark) < times:
        read += _received(connection)
    return read


def _received(connection: socket.socket) -> bytes:
    piece = connection.recv(65536)
    if not piece:
        raise ConnectionResetError("closed by the server")
    return piece


def _together(tasks: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=task) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@contextmanager
def running(name: str) -> Iterator[Server]:
    """The server ``name`` on a free port, listening; gone afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    arguments = ["-c", _OURS] if name == "ours" else ["-m", *PEERS[name].format(port=port).split()]
    ours = {"TRACKER_PORT": str(port), "TRACKER_SECRET_KEY": "b" * 32, "TRACKER_SERVER_THREADS": str(PLACES)}
    # One process group, so that what the server starts can be ended with it.
    process = subprocess.Popen([sys.executable, *arguments], env=os.environ | ours, process_group=0)
    try:
        server = Server(port, psutil.Process(process.pid))
        wait_until(server.listens, 20, f"{name} to listen")
        yield server
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _cost_rows(
    name: str, peer: str, ours: list[tuple[float, float]], theirs: list[tuple[float, float]]
) -> list[dict[str, Any]]:
    cpu, rate = ([statistics.median(pair[at] for pair in side) for side in (ours, theirs)] for at in (0, 1))
    # Of each round its own ratio: what else the machine does weighs on both sides of a round alike.
    less_cpu = statistics.median(other[0] / own[0] for own, other in zip(ours, theirs, strict=True))
    more_rate = statistics.median(own[1] / other[1] for own, other in zip(ours, theirs, strict=True))
    return [
        _row(f"{name}: CPU", "µs/request", peer, cpu[0], cpu[1], less_cpu, CPU_BAR),
        _row(f"{name}: rate", "requests/s", peer, rate[0], rate[1], more_rate, None),
    ]


def _compared(name: str, peer: str, ours: float, theirs: float, limit: float) -> list[dict[str, Any]]:
    """Two rows: against the limit that ours must keep, and against the peer."""
    return [
        _row(name, "s", f"limit of {limit:g} s", ours, limit, limit / ours, 1.0),
        _row(name, "s", peer, ours, theirs, theirs / ours, None),
    ]


def _row(
    name: str, unit: str, peer: str, ours: float, theirs: float, ratio: float, bar: float | None
) -> dict[str, Any]:
    return {
        "name": name,
        "engine": "none",
        "ours": round(ours, 4),
        "unit": unit,
        "peer": peer,
        "theirs": round(theirs, 4),
        "ratio": round(ratio, 3),
        "floor": False,
        "bar": bar,
        "met": None if bar is None else ratio >= bar,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the web server against another one.")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help="fewer requests: under a minute, and less exact")
    parser.add_argument("--peer", choices=sorted(PEERS), default="gunicorn")
    given = parser.parse_args()
    rows = measured(given.peer, given.quick)
    if given.json:
        print(json.dumps({"rows": rows}))
        return
    for row in rows:
        met = {None: "", True: "met", False: "NOT MET"}[row["met"]]
        print(f"{row['name']:40} {row['ours']:>10g} {row['unit']:11} {row['peer']:12} {row['theirs']:>10g}"
              f"  ratio {row['ratio']:>9.2f}  {met}")  # fmt: skip


if __name__ == "__main__":
    main()
