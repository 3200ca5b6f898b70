"""A small app for the tests of the server: what it gets, an answer that waits, a stream, a factory."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from tracker.config import load
from tracker.errors import Misconfigured


def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    match environ["PATH_INFO"]:
        case "/stream":
            start_response("200 OK", [("Content-Type", "text/event-stream")])
            return _heartbeats()
        case "/slow":
            _wait_at_the_gate()
    answer = {
        "process": os.getpid(),
        "parent": os.getppid(),
        "body": environ["wsgi.input"].read().decode(),
        "environ": sorted(environ),
        "page_limit_max": load().page_limit_max,
    }
    written = json.dumps(answer).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(written)))])
    return [written]


def make_app() -> WSGIApplication:
    return app


def make_nothing() -> WSGIApplication:
    raise Misconfigured("the story desk is closed")


def _heartbeats() -> Iterator[bytes]:
    while True:
        yield b": alive\n\n"
        time.sleep(0.05)


def _wait_at_the_gate() -> None:
    """Say that the request is here, and answer only when the test opens."""
    gate = Path(os.environ["TRACKER_TEST_GATE"])
    (gate / "here").touch()
    while not (gate / "open").exists():
        time.sleep(0.01)
