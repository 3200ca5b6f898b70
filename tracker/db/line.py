"""Who writes next among the processes that share a SQLite file: first come, first served.

SQLite itself lets those who wait look again now and then, by lot, so that a process which writes without a pause
starves the others. Beside the database lies an empty file, ``<database>-turn``. Whoever wants to write locks that one
byte of it whose number is the present moment (nanoseconds of the machine's monotonic clock), and waits until nobody
holds a byte before it; he gives it back after his COMMIT. So everybody queues behind whoever came earlier, the one who
has just written too. Nothing is stored: the kernel drops a killed process's locks, and a full disk doesn't matter.

The line is for fairness alone; that one writes at a time is SQLite's own lock. So whoever has waited long enough, for
a process that was stopped for instance, goes and tries; and where there are no such locks (they are Linux's, "open file
description locks", fcntl(2)) everybody does, at once.

What it does badly: who waits looks again and again, every 0.1 to 2 ms, and two that come in the same moment may change
places.
"""

from __future__ import annotations

import fcntl
import logging
import os
import sqlite3
import struct
import time

from tracker.clock import Clock

_log = logging.getLogger(__name__)

#: Seconds from the first look at the line to the next, and at most between two: whoever has waited for long looks less
#: often, and so notices later, by a fifth of his wait at most.
_LOOK_AGAIN, _LOOK_EVERY = 0.0001, 0.002

#: Locks that belong to whoever opened the file, not to the process: two databases in one process queue too.
_SET: int | None = getattr(fcntl, "F_OFD_SETLK", None)
_GET: int = getattr(fcntl, "F_OFD_GETLK", 0)

#: ``struct flock``: type, whence, start, length, process.
_FLOCK = struct.Struct("@hhqqi0q")


class Line:
    """A process's way into the line before one database; it stands there at most once at a time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._file: int | None = None
        self._opened = False

    def stand(self, driver: sqlite3.Connection, until: float) -> None:
        """Wait until everybody who came earlier is done with the file of ``driver``, or the clock is past ``until``."""
        file = self._file if self._opened else self._open(driver)
        if file is None:
            return
        moment, pause = int(self._clock.monotonic() * 1e9), _LOOK_AGAIN
        try:
            _ask(file, _SET, fcntl.F_WRLCK, moment, 1)
            while _ask(file, _GET, fcntl.F_WRLCK, 0, moment) != fcntl.F_UNLCK and self._clock.monotonic() < until:
                time.sleep(pause)
                pause = min(_LOOK_EVERY, pause * 1.2)
        except OSError as error:
            _log.warning("a process does not wait for its turn in writing: %s", error)

    def leave(self) -> None:
        """Let the next one have his turn."""
        if self._file is not None:
            # All bytes: there is only the one.
            _ask(self._file, _SET, fcntl.F_UNLCK, 0, 0)

    def close(self) -> None:
        """Close the file."""
        file, self._file, self._opened = self._file, None, False
        if file is not None:
            os.close(file)

    def _open(self, driver: sqlite3.Connection) -> int | None:
        self._opened = True
        database: str = driver.execute("PRAGMA database_list").fetchone()[2]
        if _SET is None or not database:
            return None
        try:
            self._file = os.open(f"{database}-turn", os.O_RDWR | os.O_CREAT, os.stat(database).st_mode & 0o666)
        except OSError as error:
            _log.warning("processes take no turns in writing: %s", error)
        return self._file


def _ask(file: int, what: int | None, kind: int, start: int, length: int) -> int:
    """One call of fcntl(2); returns the type that it left in the structure."""
    assert what is not None
    left: int = _FLOCK.unpack(fcntl.fcntl(file, what, _FLOCK.pack(kind, os.SEEK_SET, start, length, 0)))[0]
    return left
