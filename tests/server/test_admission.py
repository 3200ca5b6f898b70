"""Who may come in, and with what: the door between server and app, without a server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment
from wsgiref.util import setup_testing_defaults

import pytest

from tests.waiting import wait_until
from tracker.cli.admission import Admission
from tracker.config import load

SETTINGS = replace(load({"TRACKER_SECRET_KEY": "k" * 32}), server_threads=2, server_bodies=1, request_max_bytes=10)


class Arriving:
    """A body that stands still until the test lets it go on; says when somebody waits for it."""

    def __init__(self, body: bytes = b"") -> None:
        self._body = BytesIO(body)
        self.awaited = threading.Event()
        self.go_on = threading.Event()

    def read(self, size: int = -1) -> bytes:
        self.awaited.set()
        assert self.go_on.wait(20)
        return self._body.read(size)


def echo(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    body: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


def ask(app: WSGIApplication, **environ: Any) -> tuple[int, dict[str, str], bytes]:
    """Ask as a server does: call, read, close."""
    said: list[Any] = []
    setup_testing_defaults(environ)

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        said[:] = [int(status[:3]), dict(headers)]

    parts = app(environ, start_response)
    try:
        body = b"".join(parts)
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()
    return said[0], said[1], body


def post(app: WSGIApplication, stream: object, **environ: Any) -> tuple[int, dict[str, str], bytes]:
    return ask(app, REQUEST_METHOD="POST", **{"wsgi.input": stream, **environ})


def test_a_body_of_known_length_reaches_the_app_whole() -> None:
    door = Admission(echo, SETTINGS)
    assert post(door, BytesIO(b"The mill"), CONTENT_LENGTH="8") == (
        200,
        {"Content-Type": "text/plain", "Content-Length": "8"},
        b"The mill",
    )


def test_a_chunked_body_of_json_reaches_the_app_with_its_length() -> None:
    seen: dict[str, Any] = {}

    def noting(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        seen.update(environ)
        return echo(environ, start_response)

    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_TYPE": "application/json"}
    assert post(Admission(noting, SETTINGS), BytesIO(b'{"a": 1}'), **chunked)[2] == b'{"a": 1}'
    assert seen["CONTENT_LENGTH"] == "8"
    assert "HTTP_TRANSFER_ENCODING" not in seen


@pytest.mark.parametrize(
    ("environ", "body", "status"),
    [
        ({"CONTENT_LENGTH": "11"}, b"The mill is", 413),
        ({"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_TYPE": "application/json"}, b'"The mill is"', 413),
        ({"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_TYPE": "text/plain"}, b"The mill", 411),
        ({"CONTENT_LENGTH": "9"}, b"The mill", 400),
    ],
)
def test_a_body_that_is_too_long_or_may_be_cut_short_is_refused_with_a_problem(
    environ: dict[str, str], body: bytes, status: int
) -> None:
    def never(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        raise AssertionError("reached the app")

    refused, headers, problem = post(Admission(never, SETTINGS), BytesIO(body), **environ)
    assert refused == status
    assert headers["Content-Type"] == "application/problem+json"
    assert json.loads(problem)["status"] == status


def test_a_body_that_is_too_long_is_not_even_read() -> None:
    stream = BytesIO(b"The mill is on fire")
    assert post(Admission(echo, SETTINGS), stream, CONTENT_LENGTH="19")[0] == 413
    assert stream.tell() == 0


def test_bodies_under_way_take_no_place_and_one_too_many_is_refused() -> None:
    door = Admission(echo, SETTINGS)
    slow = Arriving(b"The mill")
    with ThreadPoolExecutor() as threads:
        first = threads.submit(post, door, slow, CONTENT_LENGTH="8")
        assert slow.awaited.wait(20)
        status, headers, _ = post(door, BytesIO(b"x"), CONTENT_LENGTH="1")
        assert (status, headers["Retry-After"]) == (503, "5")
        assert [ask(door)[0] for _ in range(3)] == [200] * 3
        slow.go_on.set()
        assert first.result(20)[2] == b"The mill"
    assert post(door, BytesIO(b"x"), CONTENT_LENGTH="1")[0] == 200


def test_a_stream_holds_its_place_until_it_is_closed_and_a_whole_answer_does_not() -> None:
    def streaming(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/event-stream")])
        return iter([b": alive\n\n"])

    door = Admission(streaming, SETTINGS, patience=0.01)
    streams: list[Any] = [door(_environ(), _ignore) for _ in range(2)]
    status, headers, _ = ask(door)
    assert (status, headers["Retry-After"]) == (503, "5")
    streams[0].close()
    streams[0].close()
    assert ask(door)[0] == 200
    assert ask(Admission(echo, replace(SETTINGS, server_threads=1)))[0] == 200


def test_a_request_waits_for_a_place_that_becomes_free() -> None:
    inside, go_on = threading.Event(), threading.Event()

    def slow(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        inside.set()
        assert go_on.wait(20)
        return echo(environ, start_response)

    door = Admission(slow, replace(SETTINGS, server_threads=1), patience=20)
    with ThreadPoolExecutor() as threads:
        first = threads.submit(ask, door)
        assert inside.wait(20)
        second = threads.submit(ask, door)
        wait_until(second.running, what="the second request")
        go_on.set()
        assert [first.result(20)[0], second.result(20)[0]] == [200, 200]


def test_an_app_that_fails_gives_its_place_back() -> None:
    def failing(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        raise ValueError("the app failed")

    def failing_late(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Length", "5")])
        return iter(_breaking())

    for app in (failing, failing_late):
        door = Admission(app, replace(SETTINGS, server_threads=1), patience=0.01)
        for _ in range(3):
            with pytest.raises(ValueError, match="the app failed"):
                ask(door)


def test_the_app_s_answer_is_closed_once() -> None:
    closed: list[str] = []

    class Answer(list[bytes]):
        def close(self) -> None:
            closed.append("closed")

    def answering(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Length", "2")] if environ["PATH_INFO"] == "/whole" else [])
        return Answer([b"ok"])

    for path in ("/whole", "/stream"):
        closed.clear()
        assert ask(Admission(answering, SETTINGS), PATH_INFO=path)[2] == b"ok"
        assert closed == ["closed"]


def test_the_process_s_variables_are_taken_out_of_what_the_app_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKER_SECRET_KEY", "hush")
    monkeypatch.setenv("REMOTE_ADDR", "of the process")
    seen: dict[str, Any] = {}

    def noting(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        seen.update(environ)
        return echo(environ, start_response)

    ask(Admission(noting, SETTINGS), TRACKER_SECRET_KEY="hush", REMOTE_ADDR="192.0.2.1")
    assert "TRACKER_SECRET_KEY" not in seen
    assert seen["REMOTE_ADDR"] == "192.0.2.1"


def _environ() -> dict[str, Any]:
    environ: dict[str, Any] = {}
    setup_testing_defaults(environ)
    return environ


def _ignore(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
    return None


def _breaking() -> Iterator[bytes]:
    yield b"the"
    raise ValueError("the app failed")
