"""Turns: in one process, those who decide about one story do so one after the other.

Of two that decide at once only one can append; the other would have decided in vain, or would wait in the database,
where it holds a connection. So the next one waits here, holding nothing, and finds what the one before left in memory.
Another process is none of this: the log itself lets only one of two win.

Stories share a bounded number of turns: now and then two wait for each other that needn't. Refuses with ``Busy`` after
``patience`` seconds.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tracker.errors import Busy

_HOW_MANY = 64


class Turns:
    """The turns of one process."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._locks = [threading.Lock() for _ in range(_HOW_MANY)]

    def is_free(self, story_id: str) -> bool:
        """Whether nobody has the turn of that story at this moment."""
        return not self._lock(story_id).locked()

    @contextmanager
    def of(self, story_id: str) -> Iterator[None]:
        """Have the turn of that story within it."""
        lock = self._lock(story_id)
        if not lock.acquire(timeout=self._patience):
            raise Busy("Too many are changing this story at once; try again in a moment.")
        try:
            yield
        finally:
            lock.release()

    def _lock(self, story_id: str) -> threading.Lock:
        return self._locks[hash(story_id) % _HOW_MANY]
