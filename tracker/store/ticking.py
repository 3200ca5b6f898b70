"""Lets the sequencer tick soon after whoever appended, so that followers learn of it within milliseconds.

    ticking = Ticking(database)
    ticking.wake()             after a commit, from any thread; costs next to nothing

A thread of its own ticks, at most once in ``_GAP`` however many appended, until all that was committed has its
position. It ends when nobody has woken it for a second, and the next one who does begins another; or when the database
is closed, which waits for it. Where it fails, the worker's own look at the log makes up for it. On SQLite there is
nothing to do.
"""

from __future__ import annotations

import logging
import threading

from tracker.db.database import Database
from tracker.errors import Busy, Contended, Unavailable
from tracker.store import sequencer

_log = logging.getLogger(__name__)

#: Seconds between two ticks, and how long the thread stays without anything to do.
_GAP = 0.005
_LINGER = 1.0
#: How long whoever closes the database waits for a tick that is under way, in seconds.
_PATIENCE = 5.0
#: Another tick that was under way may not have seen what is due: so often it is looked at again.
_LOOKS = 100


class Ticking:
    """The ticks of one process on one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._woken = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()
        database.before_closing(self._stop)

    def wake(self) -> None:
        """Tick soon."""
        if self._database.kind != "postgresql" or self._woken.is_set():
            return
        with self._lock:
            self._woken.set()
            if self._thread is None and not self._stopped.is_set():
                self._begin()

    def _begin(self) -> None:
        thread = threading.Thread(target=self._run, name="sequencer", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            # The machine has no thread to give; what was committed stays so, and the next one who wakes tries again.
            _log.warning("nothing ticks in the background: %s", error)
            self._woken.clear()
        else:
            self._thread = thread

    def _stop(self) -> None:
        """End the thread, if there is one, and wait for it; nobody begins another."""
        with self._lock:
            self._stopped.set()
            self._woken.set()
            thread = self._thread
        if thread is not None:
            thread.join(_PATIENCE)

    def _run(self) -> None:
        while self._is_wanted():
            self._woken.clear()
            for _ in range(_LOOKS):
                is_left = self._is_left()
                if self._stopped.wait(_GAP) or not is_left:
                    break

    def _is_wanted(self) -> bool:
        """Wait for the next wake; says whether there was one, or ends the thread."""
        woken = self._woken.wait(_LINGER)
        with self._lock:
            if not self._stopped.is_set() and (woken or self._woken.is_set()):
                return True
            self._thread = None
            return False

    def _is_left(self) -> bool:
        """Tick; says whether something may be left."""
        try:
            return sequencer.tick(self._database) == 0 and sequencer.is_due(self._database)
        except (Busy, Contended, Unavailable) as trouble:
            _log.info("a tick failed and is left to the worker: %s", trouble)
        except Exception:
            # The thread goes on: whoever appends next wakes it, and would not begin another.
            _log.exception("a tick failed and is left to the worker")
        return False


def settle(database: Database, patience: float = 0.5) -> None:
    """Let all that was committed by now have its position, also where another tick is just under way.

    For whoever answers with what was written a moment ago. Gives up after ``patience`` seconds. Raises what the
    database raises.
    """
    pause = threading.Event()
    for _ in range(round(patience / _GAP)):
        if sequencer.tick(database) or not sequencer.is_due(database):
            return
        pause.wait(_GAP)
