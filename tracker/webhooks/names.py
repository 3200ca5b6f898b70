"""Host names looked up beside the sending, so that a name server that is silent holds up nobody else.

libcurl would do it too, with twenty threads of its own: twenty names that hang then hold up every other name, and
closing waits for all of them. Here each name that is being looked up has one thread, however many attempts ask for it;
an attempt that gives up leaves the thread behind, and nothing ever waits for it. The answers are only handed on:
whether an address may be called is judged when the connection is opened (``tracker.webhooks.addresses``).

What it does badly: the system's resolver can't be interrupted, so a silent name server holds a thread for as long as
the system's own patience lasts (with glibc often 10 to 30 seconds).
"""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
from collections import deque
from collections.abc import Callable, Sequence

from tracker.clock import Clock

#: How long an answer is used again, in seconds.
KEEP_SECONDS = 60.0

#: How many names may be looked up at one time; more wait for their turn.
LOOK_UPS = 256

#: How many addresses of one name are tried at most.
MOST_ADDRESSES = 8

_MOST_KEPT = 10_000

#: From a host name to its addresses in the order to try; raises OSError or UnicodeError where there is none.
LookUp = Callable[[str], Sequence[str]]


def system_look_up(host: str) -> list[str]:
    """The addresses of ``host``, IPv4 and IPv6, in the order that the system prefers. Raises OSError."""
    found = (entry[4][0] for entry in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))
    # An address with a zone (fe80::1%eth0) can't be handed on, and could be called by this machine only.
    return [address for address in dict.fromkeys(map(str, found)) if "%" not in address]


class Names:
    """What names mean, each looked up at most once at a time. To be used from one thread."""

    def __init__(self, look_up: LookUp, answered: Callable[[], None], clock: Clock) -> None:
        """``answered`` is called, from another thread, when an answer has come."""
        self._look_up = look_up
        self._answered = answered
        self._clock = clock
        self._known: dict[str, tuple[tuple[str, ...], float]] = {}
        self._asked: set[str] = set()
        self._turn: deque[str] = deque()
        self._answers: queue.SimpleQueue[tuple[str, tuple[str, ...]]] = queue.SimpleQueue()
        self._threads = 0

    def known(self, host: str) -> tuple[str, ...]:
        """The addresses, where an answer is young enough to be used again; otherwise none."""
        addresses, until = self._known.get(host, ((), 0.0))
        return addresses if until > self._clock.monotonic() else ()

    def ask(self, host: str) -> None:
        """Begin to look ``host`` up, unless that is under way already."""
        if host not in self._asked:
            self._asked.add(host)
            self._turn.append(host)
            self._begin()

    def answers(self) -> list[tuple[str, tuple[str, ...]]]:
        """Names with their addresses (none: not found), each once, as they have come since the last call."""
        come = []
        while not self._answers.empty():
            host, addresses = self._answers.get_nowait()
            self._threads -= 1
            self._asked.discard(host)
            self._keep(host, addresses)
            come.append((host, addresses))
        self._begin()
        return come

    def _begin(self) -> None:
        while self._turn and self._threads < LOOK_UPS:
            host = self._turn.popleft()
            self._threads += 1
            thread = threading.Thread(target=self._look, args=(host,), name=f"look up {host}", daemon=True)
            try:
                thread.start()
            except RuntimeError:
                # The system gives no more threads: this name counts as not found, and is asked for again later.
                self._answers.put((host, ()))
                self._answered()

    def _look(self, host: str) -> None:
        addresses: tuple[str, ...] = ()
        try:
            with contextlib.suppress(OSError, UnicodeError):
                addresses = tuple(self._look_up(host))[:MOST_ADDRESSES]
        finally:
            self._answers.put((host, addresses))
            self._answered()

    def _keep(self, host: str, addresses: tuple[str, ...]) -> None:
        if len(self._known) >= _MOST_KEPT:
            self._known.clear()
        if addresses:
            self._known[host] = (addresses, self._clock.monotonic() + KEEP_SECONDS)
