"""What a request costs: the tracker's four most frequent ones, each beside its floor.

    python -m tests.benchmarks.http [--json] [--quick] [--engine sqlite|postgresql]

Both sides run as separate processes under the shipped server and settings: the tracker with its rights, revocation
and idempotency on, and ``floor``, a bare Flask app on the same server, pool and driver (one row by key; one row of
1.5 KB and COMMIT). Rounds alternate; each prints the CPU of the server's processes per request (from /proc) and
requests per second, by a few client threads that keep their connections. A ratio is floor / ours, so that more is
better, and a bar is the least ratio. What it does badly: clients share the machine's cores with the servers, so that
requests per second say less than CPU.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.postgres import start_cluster
from tests.waiting import wait_until
from tracker.access import tokens
from tracker.access.permissions import Role
from tracker.clock import Clock
from tracker.config import load
from tracker.db import migrating
from tracker.db.database import Database

CLIENTS = 4
#: name → (which floor, the least ratio floor / ours of CPU)
BARS = {
    "GET a current story": ("GET", 1 / 2),
    "the same, answered 304": ("GET", 1 / 1.3),
    "POST a report of 1.5 KB": ("POST", 1 / 3),
    "compare two revisions": ("GET", None),
}
_SERVE = "from tracker.cli.serving import serve_web; from tracker.config import load; import sys; "
_SENTENCE = "Officials said on Tuesday that the bridge over the river would stay closed for another week. "


@dataclass
class Side:
    """A server under measurement."""

    port: int
    process: psutil.Process

    def cpu(self) -> float:
        """CPU seconds of the server and its workers so far."""
        family = [self.process, *self.process.children(recursive=True)]
        return sum(each.cpu_times().user + each.cpu_times().system for each in family)


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    #: Makes the body of the next request.
    body: Callable[[], bytes | None]
    status: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help="end within 60 seconds")
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), help="only this database")
    options = parser.parse_args()
    engines = [options.engine] if options.engine else ["sqlite", "postgresql"]
    rounds, requests = (5, 240) if options.quick else (7, 800)
    rows = [row for engine in engines for row in measure(engine, rounds, requests)]
    print(json.dumps({"rows": rows}) if options.json else _table(rows))


def measure(engine: str, rounds: int, requests: int) -> list[dict[str, Any]]:
    """The rows of one database."""
    with ExitStack() as stack:
        url = stack.enter_context(database_url(engine))
        token = prepare(url)
        ours = stack.enter_context(served(url, "tracker:create_app()"))
        floor = stack.enter_context(served(url, "tests.benchmarks.floor:app"))
        mine, theirs = asked(ours.port, token), floor_requests()
        found: dict[str, list[tuple[float, float, float, float]]] = {name: [] for name in BARS}
        for name, request in mine.items():
            run(ours, request, requests // 3)
            run(floor, theirs[BARS[name][0]], requests // 3)
        for number in range(rounds):
            for name, request in mine.items():
                sides = [(ours, request), (floor, theirs[BARS[name][0]])]
                results = [run(*side, requests) for side in (sides if number % 2 else reversed(sides))]
                mine_first = results if number % 2 else list(reversed(results))
                found[name].append((*mine_first[0], *mine_first[1]))
    return [row for name, samples in found.items() for row in _rows(name, engine, samples)]


def _rows(name: str, engine: str, samples: list[tuple[float, float, float, float]]) -> list[dict[str, Any]]:
    cpu, rate, floor_cpu, floor_rate = (statistics.median(column) for column in zip(*samples, strict=True))
    kind, bar = BARS[name]
    ratio = statistics.median(sample[2] / sample[0] for sample in samples)
    base = {"engine": engine, "peer": f"bare Flask, {kind} one row", "floor": True}
    return [
        {
            "name": f"{name}: CPU",
            "ours": round(cpu, 1),
            "unit": "µs/request",
            "theirs": round(floor_cpu, 1),
            "ratio": round(ratio, 3),
            "bar": bar and round(bar, 3),
            "met": None if bar is None else ratio >= bar,
            **base,
        },
        {
            "name": f"{name}: rate",
            "ours": round(rate),
            "unit": "requests/s",
            "theirs": round(floor_rate),
            "ratio": round(rate / floor_rate, 3),
            "bar": None,
            "met": None,
            **base,
        },
    ]


def asked(port: int, token: str) -> dict[str, Request]:
    """What is asked of the tracker; opens a story with a few reports first."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def ask(method: str, path: str, body: Any = None) -> tuple[Any, str | None]:
        connection.request(method, path, body and json.dumps(body), headers)
        answer = connection.getresponse()
        return json.loads(answer.read()), answer.getheader("ETag")

    story, _ = ask("POST", "/v1/stories", {"title": "A bridge is closed", "topics": ["Traffic"]})
    for number in range(5):
        ask("POST", f"{story['url']}/reports", json.loads(report(f"https://outlet.example/{number}")))
    filed, _ = ask("POST", f"{story['url']}/reports", json.loads(report("https://outlet.example/last")))
    text = "\n\n".join((_SENTENCE * 4, _SENTENCE.replace("another week", "two more weeks") * 4))
    ask("POST", f"{filed['url']}/versions", {"headline": "The bridge stays closed", "text": text})
    _, tag = ask("GET", story["url"])
    busy, _ = ask("POST", "/v1/stories", {"title": "Where reports are filed"})
    posting = {**headers}
    return {
        "GET a current story": Request("GET", story["url"], headers, lambda: None, 200),
        "the same, answered 304": Request(
            "GET", story["url"], {**headers, "If-None-Match": tag or ""}, lambda: None, 304
        ),
        "POST a report of 1.5 KB": Request(
            "POST", f"{busy['url']}/reports", posting, lambda: report(f"https://outlet.example/{uuid.uuid4()}"), 201
        ),
        "compare two revisions": Request("GET", f"{story['url']}/compare/7...8", headers, lambda: None, 200),
    }


def floor_requests() -> dict[str, Request]:
    """What is asked of the floor."""
    headers = {"Content-Type": "application/json"}
    return {
        "GET": Request("GET", "/row", headers, lambda: None, 200),
        "POST": Request("POST", "/row", headers, lambda: report("https://outlet.example/"), 201),
    }


def report(uri: str) -> bytes:
    """A report of about 1.5 KB."""
    text = "\n\n".join([_SENTENCE * 4] * 4)
    body = {"outlet": "The Daily Example", "headline": "The bridge stays closed", "text": text[:1300], "uri": uri}
    return json.dumps(body).encode()


def run(side: Side, request: Request, count: int) -> tuple[float, float]:
    """CPU µs per request, and requests per second."""
    cpu, start = side.cpu(), time.perf_counter()
    threads = [threading.Thread(target=_client, args=(side.port, request, count // CLIENTS)) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done = count // CLIENTS * CLIENTS
    elapsed = time.perf_counter() - start
    return (side.cpu() - cpu) / done * 1e6, done / elapsed


def _client(port: int, request: Request, count: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for _ in range(count):
        headers = dict(request.headers)
        if request.method == "POST":
            headers["Idempotency-Key"] = str(uuid.uuid4())
        connection.request(request.method, request.path, request.body(), headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != request.status:
            raise SystemExit(f"{request.method} {request.path} answered {answer.status}, not {request.status}")
    connection.close()


def prepare(url: str) -> str:
    """Migrate, add the floor's table and a token; returns the token."""
    settings = load({"TRACKER_DATABASE_URL": url, "TRACKER_SECRET_KEY": "x" * 40})
    database = Database(settings)
    migrating.upgrade_database(database)
    with database.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE floor (id TEXT PRIMARY KEY, body TEXT NOT NULL)")
        connection.exec_driver_sql(f"INSERT INTO floor VALUES ('first', '{report('x').decode()}')")
        _, written = tokens.create(connection, Clock(), name="benchmark", role=Role.EDITOR)
    database.close()
    return written


@contextmanager
def database_url(engine: str) -> Iterator[str]:
    """A fresh database, durable as in production."""
    with tempfile.TemporaryDirectory(prefix="tracker-benchmark-") as folder:
        if engine == "sqlite":
            yield f"sqlite:///{Path(folder) / 'tracker.db'}"
        else:
            with start_cluster(durable=True) as cluster:
                yield cluster.create_database("benchmark")


@contextmanager
def served(url: str, target: str) -> Iterator[Side]:
    """``target`` under the shipped server and settings."""
    port = _free_port()
    environ = {
        **os.environ,
        "TRACKER_DATABASE_URL": url,
        "TRACKER_PORT": str(port),
        "TRACKER_SECRET_KEY": "x" * 40,
        "TRACKER_LOG_LEVEL": "warning",
    }
    process = subprocess.Popen([sys.executable, "-c", f"{_SERVE}sys.exit(serve_web(load(), {target!r}))"], env=environ)
    try:
        wait_until(lambda: _answers(port), seconds=30, what=f"{target} answers")
        yield Side(port, psutil.Process(process.pid))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _answers(port: int) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/livez")
        connection.getresponse().read()
    except OSError:
        return False
    return True


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _table(rows: list[dict[str, Any]]) -> str:
    lines = [f"{'':44}{'engine':12}{'ours':>10}{'floor':>10}{'floor/ours':>12}{'bar':>8}"]
    for row in rows:
        met = "" if row["met"] is None else " ✓" if row["met"] else " ✗"
        bar = "" if row["bar"] is None else f"{row['bar']:.2f}"
        lines.append(
            f"{row['name']:44}{row['engine']:12}{row['ours']:>10}{row['theirs']:>10}{row['ratio']:>12}{bar:>8}{met}"
            f"  {row['unit']}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
