"""Receivers of webhooks on this machine, each of which behaves in one certain way.

A behaviour is a function of a ``Visit``: one connection that a sender has opened. It may read what was
sent, answer as it likes, and ends with the connection. A receiver counts who came, so that "never reached"
can be shown."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

Behaviour = Callable[["Visit"], None]

#: Small, so that what a receiver could send says something about what the sender has read.
_BUFFER_BYTES = 16384


class Visit:
    """One connection, seen from the receiver."""

    def __init__(self, receiver: Receiver, connection: socket.socket) -> None:
        self._receiver = receiver
        self._connection = connection
        self._rest = b""

    def read(self) -> bytes | None:
        """The next whole request, head and body; None when the sender has gone."""
        while b"\r\n\r\n" not in self._rest:
            if not self._more():
                return None
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        fields = {line.partition(b":")[0].lower(): line.partition(b":")[2] for line in head.split(b"\r\n")}
        length = int(fields.get(b"content-length", b"0"))
        while len(self._rest) < length:
            if not self._more():
                return None
        body, self._rest = self._rest[:length], self._rest[length:]
        self._receiver.requests.append((head, body))
        return body

    def send(self, data: bytes) -> None:
        self._connection.sendall(data)
        self._receiver.sent += len(data)

    def answer(self, status: int, *fields: str, body: bytes = b"") -> None:
        lines = [f"HTTP/1.1 {status} So", *fields, f"Content-Length: {len(body)}", "", ""]
        self.send("\r\n".join(lines).encode() + body)

    def endlessly(self, data: bytes, most: int = 50_000_000) -> None:
        """Send ``data`` again and again, up to an amount that no sender ought to take."""
        for _ in range(most // len(data)):
            self.send(data)

    def drip(self, data: bytes) -> None:
        """Send one byte every hundredth of a second, for longer than any test waits."""
        for byte in data * (10_000 // len(data)):
            self.send(bytes([byte]))
            if self._receiver.closing.wait(0.01):
                return

    def hang(self) -> None:
        self._receiver.closing.wait(60)

    def reset(self) -> None:
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, bytes([1, 0, 0, 0, 0, 0, 0, 0]))

    def _more(self) -> bool:
        data = self._connection.recv(65536)
        self._rest += data
        return bool(data)


class Receiver:
    """A server in threads. ``requests`` holds (head, body) of all it was sent, ``visits`` counts connections."""

    def __init__(
        self, behaviour: Behaviour, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
    ) -> None:
        self._behaviour = behaviour
        self._tls = tls
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, port), family=family, backlog=1024)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER_BYTES)
        self.port: int = self._listener.getsockname()[1]
        shown = f"[{host}]" if ":" in host else host
        self.url = f"{'https' if tls else 'http'}://{shown}:{self.port}/hook"
        self.requests: list[tuple[bytes, bytes]] = []
        self.visits = 0
        self.sent = 0
        self.closing = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        # Closing alone doesn't wake a thread that waits in accept().
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _listen(self) -> None:
        while not self.closing.is_set():
            with suppress(OSError):
                connection, _ = self._listener.accept()
                self.visits += 1
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        # A sender that has had enough breaks the connection, which is what many of the tests are about.
        with connection, suppress(OSError):
            if self._tls is None:
                self._behaviour(Visit(self, connection))
                return
            with self._tls.wrap_socket(connection, server_side=True) as encrypted:
                self._behaviour(Visit(self, encrypted))


def answering(status: int, *fields: str, body: bytes = b"") -> Behaviour:
    """A receiver that reads each request and answers it, on one connection for all."""

    def behave(visit: Visit) -> None:
        while visit.read() is not None:
            visit.answer(status, *fields, body=body)

    return behave


def saying(data: bytes) -> Behaviour:
    """A receiver that reads one request, says this, and closes."""

    def behave(visit: Visit) -> None:
        visit.read()
        visit.send(data)

    return behave


def hanging(visit: Visit) -> None:
    """A receiver that reads a request and never answers."""
    visit.read()
    visit.hang()
