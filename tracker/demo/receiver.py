"""A small subscriber: takes webhooks, verifies each by the secret it was given, and keeps what it was told."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from tracker.clock import Clock
from tracker.webhooks import signing


@dataclass(frozen=True)
class Received:
    """A webhook as it came in."""

    body: dict[str, Any]
    #: Whether its signature is that of our secret.
    verified: bool


class Receiver:
    """Listens on the loopback until it is left."""

    def __init__(self) -> None:
        #: The endpoint's secret; known only after the endpoint was made.
        self.secret = ""
        self._received: list[Received] = []
        self._arrived = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/webhooks"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait_for(self, count: int, seconds: float) -> list[Received]:
        """What has come in, in the order in which it came; waits for ``count``, at most ``seconds``."""
        with self._arrived:
            self._arrived.wait_for(lambda: len(self._received) >= count, timeout=seconds)
            return list(self._received)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver._take(dict(self.headers.items()), body)
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing: the demonstration says itself what came in."""

        return Handler

    def _take(self, headers: dict[str, str], body: bytes) -> None:
        named = {name.lower(): value for name, value in headers.items()}
        try:
            signing.verify(self.secret, named, body, int(Clock().now().timestamp()))
            verified = True
        except signing.BadSignature:
            verified = False
        with self._arrived:
            self._received.append(Received(json.loads(body), verified))
            self._arrived.notify_all()
