"""Who writes next among the threads of a process: one at a time, first come, first served.

    place = Place(alone=False)
    turns.take(place, until)   it is this thread's turn, and ``place.group`` the transaction it was handed, if any
    turns.hand_on(group)       the next one's turn, in the same transaction, if there is one who shares
    turns.leave(place)         it was this thread's turn; the next one begins a transaction of his own

Each waiting thread sleeps on a bell of its own, so that a turn that is handed on wakes one thread and no other. A bell
says only that there is something to see: who holds the turn is written down, and whoever hands it on rings first and
writes then, so that an interruption (Ctrl-C) between the two leaves it his.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

from tracker.clock import Clock
from tracker.errors import Busy

if TYPE_CHECKING:
    from tracker.db.groups import Group


class Place:
    """A thread's place: first among those that wait for their turn, then among those that wait for a COMMIT."""

    __slots__ = ("_bell", "alone", "group")

    def __init__(self, alone: bool) -> None:
        #: Whether it shares a transaction with nobody.
        self.alone = alone
        #: The transaction that it takes part in.
        self.group: Group | None = None
        self._bell = threading.Lock()
        self._bell.acquire()

    def wait(self, seconds: float) -> bool:
        """Sleep until ``ring``; whether it rang."""
        return self._bell.acquire(timeout=max(0.0, seconds))

    def ring(self) -> None:
        """Wake whoever waits here, or will; to ring twice is to ring once."""
        try:
            self._bell.release()
        except RuntimeError:
            # It rings already.
            return


class Turns:
    """The turn of one process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        #: Empty whenever nobody holds the turn.
        self._waiting: deque[Place] = deque()
        self._holder: Place | None = None

    def take(self, place: Place, until: float) -> None:
        """Wait for the turn. Raises ``Busy`` if the clock passes ``until``."""
        with self._lock:
            if self._holder is None:
                self._holder = place
                return
            self._waiting.append(place)
        while place.wait(until - self._clock.monotonic()):
            with self._lock:
                if self._holder is place:
                    return
        if not self.stop_waiting(place):
            raise Busy("Other writers hold the database; try again in a moment.")

    def hand_on(self, group: Group) -> bool:
        """Make it the next one's turn, in ``group``; ``False`` if nobody waits, or who does wants to be alone."""
        with self._lock:
            if not self._waiting or self._waiting[0].alone:
                return False
            self._pass_to_next(group)
            return True

    def leave(self, place: Place) -> None:
        """Make it the next one's turn, in a transaction of his own, if it is that of ``place``."""
        with self._lock:
            if self._holder is not place:
                return
            if self._waiting:
                self._pass_to_next(None)
            else:
                self._holder = None

    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._waiting)

    def stop_waiting(self, place: Place) -> bool:
        """Wait no longer; whether it is ``place``'s turn, which it may have become meanwhile."""
        with self._lock:
            if self._holder is place:
                return True
            if place in self._waiting:
                self._waiting.remove(place)
            return False

    def _pass_to_next(self, group: Group | None) -> None:
        heir = self._waiting[0]
        heir.group = group
        heir.ring()
        self._holder = self._waiting.popleft()
