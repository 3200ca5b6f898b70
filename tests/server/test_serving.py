"""The web server answers, holds out against who sends slowly, and stops as it should."""

from __future__ import annotations

import http.client
import re
import signal
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.server.running import Answer, Server, free_port, gone, serving, starting
from tests.waiting import wait_until

APP = "tests.server.served:app"
HALF_HEADERS = b"GET / HTTP/1.1\r\nHost: tracker\r\nAccept: text"
HALF_BODY = b"POST / HTTP/1.1\r\nHost: tracker\r\nContent-Length: 20\r\n\r\nThe mill"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One server with few threads, for the tests that leave it running."""
    with serving(APP, server_threads=4, server_bodies=3, server_header_seconds=1, page_limit_max=77) as running:
        yield running


def test_an_app_is_served_with_the_settings_of_the_process_that_serves_it(server: Server) -> None:
    assert server.ask("/").json()["page_limit_max"] == 77


def test_a_body_arrives_whole(server: Server) -> None:
    assert server.ask("/", "POST", "Fire at the mill — é".encode()).json()["body"] == "Fire at the mill — é"


def test_the_app_sees_no_variable_of_the_server_s_process(server: Server) -> None:
    seen = server.ask("/", headers={"X-Asked": "yes"}).json()["environ"]
    assert "HTTP_X_ASKED" in seen
    assert not {"PATH", "TRACKER_PAGE_LIMIT_MAX", "TRACKER_SECRET_KEY"} & set(seen)


def test_two_hundred_half_sent_requests_hinder_nobody_and_are_closed(server: Server) -> None:
    with ExitStack() as open_connections:
        half = [open_connections.enter_context(server.send(HALF_HEADERS)) for _ in range(200)]
        assert server.ask("/").status == 200
        assert server.ask("/", "POST", b"The mill").status == 200
        # Empty: closed by the server, within the 20 s after which reading would raise.
        assert [connection.recv(1) for connection in half] == [b""] * 200


def test_bodies_that_stand_still_hinder_no_reader_and_are_counted(server: Server) -> None:
    with ExitStack() as open_connections:

        def refusal_after_one_more() -> Answer | None:
            open_connections.enter_context(server.send(HALF_BODY))
            return _refusal(server)

        refused = wait_until(refusal_after_one_more, what="the bodies to be too many")
        assert refused is not None
        assert refused.headers["retry-after"] == "5"
        assert server.ask("/").status == 200
    wait_until(lambda: _refusal(server) is None, what="the bodies to be gone")
    assert server.ask("/", "POST", b"The mill").status == 200


def _refusal(server: Server) -> Answer | None:
    answer = server.ask("/", "POST", b"The mill")
    return answer if answer.status == 503 else None


def test_a_body_cut_short_is_refused(server: Server) -> None:
    with server.send(HALF_BODY) as connection:
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(4096)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"The body ended after 8 of 20 bytes." in answer


def test_a_stream_that_is_left_gives_its_place_back(server: Server) -> None:
    for _ in range(12):
        with server.send(b"GET /stream HTTP/1.1\r\nHost: tracker\r\n\r\n") as connection:
            assert connection.recv(12) == b"HTTP/1.1 200"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux inherits the option from the listening socket")
def test_the_kernel_asks_silent_clients_whether_they_are_there(server: Server) -> None:
    def asked() -> bool:
        with server.send(HALF_BODY):
            return _timer_of_accepted(server.port) == _KEEPALIVE

    wait_until(asked, what="a connection with TCP's keep-alive")


#: The kind of timer that runs, in the fourth group of /proc/net/tcp: proc(5).
_KEEPALIVE = 2


def _timer_of_accepted(port: int) -> int | None:
    established = re.compile(rf"\s*\d+: \w+:{port:04X} \w+:\w+ 01 \w+:\w+ (\w\w):")
    found = map(established.match, Path("/proc/net/tcp").read_text().splitlines())
    return next((int(match[1]) for match in found if match), None)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_requests_under_way_finish_when_the_server_is_stopped(number: signal.Signals, tmp_path: Path) -> None:
    with serving(APP, test_gate=tmp_path, server_stop_seconds=60) as server, ThreadPoolExecutor() as threads:
        slow = threads.submit(server.ask, "/slow")
        wait_until((tmp_path / "here").exists, what="the request to reach the app")
        server.process.send_signal(number)
        wait_until(lambda: not server.listens(), what="new connections to be refused")
        (tmp_path / "open").touch()
        assert slow.result(30).status == 200
        assert server.process.wait(30) == 0


def test_an_idle_connection_does_not_keep_the_server_from_stopping() -> None:
    with serving(APP, server_stop_seconds=60) as server, server.send(b"GET / HTTP/1.1\r\nHost: t\r\n\r\n") as kept:
        assert kept.recv(12) == b"HTTP/1.1 200"
        assert server.stop() == 0


def test_an_open_stream_is_cut_off_when_its_time_is_over() -> None:
    with serving(APP, server_stop_seconds=1) as server, server.send(b"GET /stream HTTP/1.0\r\n\r\n") as stream:
        assert stream.recv(12).startswith(b"HTTP/1")
        assert server.stop() == 0


def test_a_worker_ends_with_its_owner_even_when_that_is_killed() -> None:
    with serving(APP) as server:
        workers = server.workers()
        server.process.kill()
        wait_until(lambda: all(map(gone, workers)), what="the workers to end")
        # The kernel shows a killed process as ended while its last threads still hold its sockets.
        wait_until(lambda: not server.listens(), what="the port to be free")


def test_a_killed_worker_is_replaced() -> None:
    with serving(APP) as server:
        first = server.ask("/").json()["process"]
        server.workers()[0].kill()
        wait_until(lambda: _answering(server) not in (None, first), what="another worker")


def _answering(server: Server) -> int | None:
    """The worker that answers; none while nobody does."""
    try:
        process: int = server.ask("/").json()["process"]
    except (OSError, http.client.HTTPException):
        return None
    return process


def test_a_factory_is_called() -> None:
    with serving("tests.server.served:make_app()") as server:
        assert server.ask("/").status == 200


def test_a_port_that_is_taken_is_refused_and_not_shared() -> None:
    port = free_port()
    with serving(APP, port=port) as server, starting(APP, port=port) as second:
        assert second.process.wait(30) != 0
        assert f"can't listen at 127.0.0.1, port {port}: Address already in use" in second.errors.read_text()
        assert server.ask("/").status == 200


def test_an_app_that_refuses_to_start_ends_the_server_with_its_sentence() -> None:
    with starting("tests.server.served:make_nothing()") as server:
        assert server.process.wait(30) != 0
        said = server.errors.read_text()
    assert "the story desk is closed" in said
    assert "Traceback" not in said
