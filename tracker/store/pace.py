"""How many events are taken in one transaction, so that nobody waits for it long.

The first page is short; while pages take less than they may, the next is up to twice as long, and after one that took
longer it is as much shorter. What counts is the time between the first and the last statement, in which on SQLite
nobody else writes. What it does badly: one event that takes long by itself takes as long as it takes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tracker.clock import Clock

#: Seconds that a transaction aims to work, by database. On SQLite COMMIT and chance come on top: 20 ms is the most.
SECONDS = {"sqlite": 0.005, "postgresql": 0.200}

_FIRST = 16


class Pace:
    """Finds out how many events a follower takes in one transaction: ``limit``, between 1 and ``most``."""

    def __init__(self, kind: str, *, most: int, clock: Clock | None = None, first: int = _FIRST) -> None:
        """``kind``: of the database, "sqlite" or "postgresql"."""
        self.limit = min(first, most)
        self._most = most
        self._clock = clock or Clock()
        self._aim = SECONDS[kind]

    @contextmanager
    def taking(self, count: int) -> Iterator[None]:
        """Within it ``count`` events are taken; ``limit`` follows from how long it took."""
        began = self._clock.monotonic()
        yield
        seconds = self._clock.monotonic() - began
        fitting = int(count * self._aim / seconds) if seconds > 0 else self._most
        if fitting < count:
            self.limit = max(1, fitting)
        elif count >= self.limit:
            self.limit = min(self._most, 2 * count, fitting)
