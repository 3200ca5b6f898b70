"""The door between the web server and the app: a body arrives in full before its request takes a place.

The server hands a request over once its headers are complete, and gives every request a thread of its own. A body that
trickles in would hold such a thread, and the server sets it no time limit. So there are more threads than places: up to
``server_bodies`` requests may wait for their bodies, outside Python's lock, and ``server_threads`` may be answered.
Whatever is sent slowly, a request without a body finds a place at once.

Guarantees: beyond either number the answer is 503 with ``Retry-After``; a body longer than ``request_max_bytes`` is
413, unread; a body cut short never reaches the app as a whole one; the app sees no variable of the server's own
process. What it does badly: a body that stands still is not ended here, only counted (the kernel ends it when its
sender has vanished); against many such senders a proxy with a time limit must stand in front.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from io import BytesIO
from typing import Any
from wsgiref.types import InputStream, StartResponse, WSGIApplication, WSGIEnvironment

from tracker.api.problems import CATALOGUE, MEDIA_TYPE, ProblemDocument
from tracker.config import Settings

#: Seconds that a request waits for a place.
_PATIENCE = 10.0
#: Bytes up to which an answer of known length is put together, so that its place is free before it is sent.
_WHOLE = 1_048_576
#: What a request itself says in its environ; all else that the process's variables name is theirs.
_SAID_BY_REQUEST = frozenset(
    {
        "CONTENT_LENGTH",
        "CONTENT_TYPE",
        "GATEWAY_INTERFACE",
        "HTTP_HOST",
        "PATH_INFO",
        "QUERY_STRING",
        "REMOTE_ADDR",
        "REQUEST_METHOD",
        "SCRIPT_NAME",
        "SERVER_NAME",
        "SERVER_PORT",
        "SERVER_PROTOCOL",
        "SERVER_SOFTWARE",
    }
)


class _Refused(Exception):
    """The request stays outside; carries the problem's name, a sentence and the seconds to wait, if any."""

    def __init__(self, name: str, detail: str, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.problem = CATALOGUE[name]
        self.retry_after = retry_after


class Admission:
    """A WSGI app around ``app`` that lets requests in as the module says."""

    def __init__(self, app: WSGIApplication, settings: Settings, patience: float = _PATIENCE) -> None:
        self._app = app
        self._body_max = settings.request_max_bytes
        self._patience = patience
        self._bodies = threading.BoundedSemaphore(settings.server_bodies)
        self._places = threading.BoundedSemaphore(settings.server_threads)
        # The server copies its process's variables, secrets included, into every environ.
        self._inherited = frozenset(os.environ) - _SAID_BY_REQUEST

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        for name in self._inherited:
            environ.pop(name, None)
        try:
            self._take_in_body(environ)
            if not self._places.acquire(timeout=self._patience):
                raise _Refused("busy", "All places are taken.", 5)
        except _Refused as refused:
            return _refusal(refused, start_response)
        return self._answer(environ, start_response)

    def _take_in_body(self, environ: WSGIEnvironment) -> None:
        """Replace the stream of a body that is still arriving by the whole of it."""
        chunked = "HTTP_TRANSFER_ENCODING" in environ
        declared = int(environ.get("CONTENT_LENGTH") or 0)
        if declared > self._body_max:
            raise _Refused("body-too-large", self._too_long())
        if chunked and "json" not in environ.get("CONTENT_TYPE", ""):
            # The server doesn't tell a chunked body that was cut short from a whole one. JSON tells it itself.
            raise _Refused("length-required", "A body other than JSON needs a Content-Length.")
        if chunked or declared:
            if not self._bodies.acquire(blocking=False):
                raise _Refused("busy", "Too many requests are still arriving.", 5)
            try:
                body = _read(environ["wsgi.input"], self._body_max + 1 if chunked else declared)
            finally:
                self._bodies.release()
            self._put_in(environ, body, declared)

    def _put_in(self, environ: WSGIEnvironment, body: bytes, declared: int) -> None:
        if len(body) > self._body_max:
            raise _Refused("body-too-large", self._too_long())
        if len(body) < declared:
            raise _Refused("bad-request", f"The body ended after {len(body)} of {declared} bytes.")
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        environ["CONTENT_LENGTH"] = str(len(body))
        environ["wsgi.input"] = BytesIO(body)

    def _too_long(self) -> str:
        return f"The body is longer than {self._body_max} bytes, the most that is accepted."

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        length: list[str] = []

        def noting(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
            length[:] = [value for name, value in headers if name.lower() == "content-length"]
            return start_response(status, headers, exc_info)

        try:
            parts = self._app(environ, noting)
        except BaseException:
            self._places.release()
            raise
        held = _Held(parts, self._places.release)
        if not length or int(length[0]) > _WHOLE:
            return held
        try:
            return [b"".join(held)]
        finally:
            held.close()


class _Held:
    """An answer on its way, holding its place until the server closes it."""

    def __init__(self, parts: Iterable[bytes], release: Callable[[], None]) -> None:
        self._parts = parts
        self._release = release
        self._closed = False

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._parts)

    def close(self) -> None:
        """Close the app's answer and give its place back; a second time does nothing."""
        if self._closed:
            return
        self._closed = True
        try:
            close = getattr(self._parts, "close", None)
            if close is not None:
                close()
        finally:
            self._release()


def _read(stream: InputStream, most: int) -> bytes:
    """Up to ``most`` bytes; fewer where the body ends before."""
    body = bytearray()
    while len(body) < most and (piece := stream.read(most - len(body))):
        body += piece
    return bytes(body)


def _refusal(refused: _Refused, start_response: StartResponse) -> list[bytes]:
    """The refusal as a problem document (RFC 9457)."""
    body = json.dumps(ProblemDocument(refused.problem, str(refused)).body()).encode()
    headers = [("Content-Type", MEDIA_TYPE), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")]
    if refused.retry_after is not None:
        headers.append(("Retry-After", str(refused.retry_after)))
    status = HTTPStatus(refused.problem.status)
    start_response(f"{status.value} {status.phrase}", headers)
    return [body]
