"""Waits for the sockets of libcurl, and for a bell that any thread may ring.

libcurl's own waiting, as pycurl offers it, ends at file descriptor 1,023; and the standard library's selectors cost a
sixth of what a whole message costs. So this stands directly on epoll, or on poll where there is no epoll. What it does
badly: with poll each wait takes time in proportion to the sockets watched.
"""

from __future__ import annotations

import select
import socket
import threading
from contextlib import suppress
from typing import Any

import pycurl

_MASKS = {
    pycurl.POLL_IN: select.POLLIN,
    pycurl.POLL_OUT: select.POLLOUT,
    pycurl.POLL_INOUT: select.POLLIN | select.POLLOUT,
}
_ANYTHING = pycurl.CSELECT_IN | pycurl.CSELECT_OUT | pycurl.CSELECT_ERR
_SEEN = {
    select.POLLIN: pycurl.CSELECT_IN,
    select.POLLOUT: pycurl.CSELECT_OUT,
    select.POLLIN | select.POLLOUT: pycurl.CSELECT_IN | pycurl.CSELECT_OUT,
}


class Watch:
    """The sockets that are watched. For one thread, except for ``ring``."""

    def __init__(self) -> None:
        epoll = getattr(select, "epoll", None)
        self._poll: Any = select.poll() if epoll is None else epoll()
        self._units = 1000 if epoll is None else 1
        self._watched: set[int] = set()
        self._bell, self._rope = socket.socketpair()
        self._bell.setblocking(False)
        self._rope.setblocking(False)
        self._lock = threading.Lock()
        self._poll.register(self._bell.fileno(), select.POLLIN)

    def set(self, what: int, descriptor: int) -> None:
        """Watch ``descriptor`` for ``what`` (``pycurl.POLL_…``), or no longer."""
        if descriptor in self._watched:
            self._watched.discard(descriptor)
            # A socket that is closed already is forgotten by epoll, and unknown to it.
            with suppress(OSError, KeyError):
                self._poll.unregister(descriptor)
        if (mask := _MASKS.get(what)) is not None:
            self._poll.register(descriptor, mask)
            self._watched.add(descriptor)

    def wait(self, seconds: float) -> list[tuple[int, int]]:
        """Descriptors with what they are ready for (``pycurl.CSELECT_…``); none when the time is up or it rang."""
        ready = self._poll.poll(seconds * self._units)
        return [(each, _SEEN.get(events, _ANYTHING)) for each, events in ready if not self._is_bell(each)]

    def ring(self) -> None:
        """End the wait, or the next one. From any thread, also after ``close``."""
        # Under a lock: who comes late must not write to a descriptor that is somebody else's by now.
        with self._lock, suppress(BlockingIOError):
            if self._rope.fileno() >= 0:
                self._rope.send(b"\0")

    def close(self) -> None:
        """Watch nothing any more."""
        with self._lock:
            self._rope.close()
            self._bell.close()
        if hasattr(self._poll, "close"):
            self._poll.close()

    def _is_bell(self, descriptor: int) -> bool:
        if descriptor != self._bell.fileno():
            return False
        with suppress(BlockingIOError):
            while self._bell.recv(4096):
                pass
        return True
