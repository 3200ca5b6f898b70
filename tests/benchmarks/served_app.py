"""A small Flask app to measure servers with: JSON in and out, an event stream with a cap, nothing else.

What it streams says only that it is alive, every tenth of a second; the forty-first stream gets 503 and
``Retry-After``. It stands for the real app in what a server sees of it, and not in what it costs.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

from flask import Flask, Response, jsonify, request

STREAMS = 40
HEARTBEAT_SECONDS = 0.1

app = Flask(__name__)
_free_streams = threading.BoundedSemaphore(STREAMS)
_never = threading.Event()


@app.get("/story")
def story() -> Response:
    return jsonify(slug="fire-at-the-mill", revision=17, reports=[{"outlet": "Wire", "version": 3}])


@app.post("/reports")
def report() -> tuple[Response, int]:
    filed = request.get_json()
    return jsonify(characters=len(filed["text"])), 201


@app.get("/stream")
def stream() -> Response:
    if not _free_streams.acquire(blocking=False):
        return Response(status=503, headers={"Retry-After": "5"})
    response = Response(_heartbeats(), mimetype="text/event-stream")
    response.call_on_close(_free_streams.release)
    return response


def _heartbeats() -> Iterator[bytes]:
    while True:
        yield b": alive\n\n"
        _never.wait(HEARTBEAT_SECONDS)
