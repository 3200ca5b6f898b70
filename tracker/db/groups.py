"""Group commit: threads of a process that write at the same time share one transaction of SQLite, and one fsync.

The first takes the process's turn (``turns``) and its place among the processes (``line``), and begins a transaction.
Who is done with his part, and sees somebody wait, hands the open transaction on instead of committing it; the next
one's part is a savepoint in it. Who is done and sees nobody, or sees that the group is full, commits for all, and only
then do they all return. A part that is refused is taken back alone, and the refusal, too, is answered after the
COMMIT: it may rest on what another part wrote.

Guarantees: nobody returns before a COMMIT that holds his part has returned. After an error of the database in any part
nobody goes on in that transaction, or on that connection (a full disk rolls everything back, and lets each following
statement commit itself): it is rolled back and everybody in it is told that nothing was stored. If the COMMIT itself
fails, or whoever calls it is interrupted, everybody is told that it is not known. Nobody waits without an end.

What it does badly: a failure of the database is told to up to ``_MOST`` requests instead of one, and a request that
shares waits for the others' parts, ``_LONGEST`` and a part at most.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from enum import Enum

from sqlalchemy import Connection, Engine, RootTransaction
from sqlalchemy.exc import DBAPIError

from tracker.clock import Clock
from tracker.config import Settings
from tracker.db.line import Line
from tracker.db.turns import Place, Turns
from tracker.errors import Busy, Unavailable

_log = logging.getLogger(__name__)

#: How many take part in one transaction.
_MOST = 64

#: Seconds after which nobody else is let into a transaction, so that other processes have their turn too.
_LONGEST = 0.010

#: Seconds after which whoever waits for a COMMIT gives up.
_LONGEST_COMMIT = 30.0


class Outcome(Enum):
    """What became of a group, as those in it are told."""

    STORED = "It was stored."
    LOST = (
        "The database failed in another request that was being stored together with this one, so nothing was. "
        "Send it again."
    )
    UNKNOWN = (
        "The database failed while this was being stored, so it is not known whether it was. "
        "Send it again with the same Idempotency-Key."
    )


class Group:
    """One transaction, and those who take part in it, one after the other."""

    def __init__(self, clock: Clock, line: Line) -> None:
        self._clock = clock
        self._line = line
        self._connection: Connection | None = None
        self._transaction: RootTransaction | None = None
        #: Whether the connection is somebody else's to close.
        self._lent = False
        self._began = 0.0
        #: Those whose parts are in, or were taken back.
        self._members: list[Place] = []
        self._outcome: Outcome | None = None
        self._ended = False
        #: Whether the connection may be used again.
        self._sound = True

    @property
    def connection(self) -> Connection:
        """The connection, in its transaction."""
        assert self._connection is not None
        return self._connection

    @property
    def is_full(self) -> bool:
        """Whether it is time to commit."""
        return len(self._members) >= _MOST or self._clock.monotonic() - self._began > _LONGEST

    def begin(self, engine: Engine, reading: Connection | None, until: float) -> None:
        """Begin a transaction, on ``reading`` if it is given, when it is this process's turn, or the clock says so."""
        self._lent = reading is not None
        self._connection = connection = reading or engine.connect()
        if connection.in_transaction():
            # What SQLAlchemy began by itself for a statement that read; the database knows nothing of it.
            connection.rollback()
        self._driver = _driver(connection)
        self._line.stand(self._driver, until)
        self._transaction = connection.execution_options(tracker_begin="BEGIN IMMEDIATE").begin()
        self._sound = False
        self._began = self._clock.monotonic()

    def begin_part(self) -> None:
        """Begin the next one's part; the first one's is the transaction itself."""
        if self._members:
            self._execute("SAVEPOINT part")

    def keep_part(self, place: Place) -> None:
        """Keep the part of ``place``."""
        self._require_whole()
        if self._members:
            self._execute("RELEASE part")
        self._members.append(place)

    def takes_back(self, place: Place, error: BaseException) -> bool:
        """Take back the part of ``place``, which ended in ``error``; ``False`` if the group ends in it too."""
        if _is_of_the_database(error):
            return False
        self._require_whole()
        if not self._members:
            self._sound = True
            return False
        self._execute("ROLLBACK TO part")
        self._execute("RELEASE part")
        self._members.append(place)
        return True

    def commit(self) -> None:
        """Commit for everybody. Raises ``Unavailable`` if it is not known whether that was done."""
        self._require_whole()
        assert self._transaction is not None
        self._outcome = Outcome.UNKNOWN
        try:
            self._transaction.commit()
        except Exception as error:
            _log.error("a COMMIT failed, and with it %d parts: %s", len(self._members), error)
            raise Unavailable(Outcome.UNKNOWN.value) from error
        self._outcome = Outcome.STORED
        self._sound = True

    def end(self) -> None:
        """Roll back what was not committed, give the connection back, wake everybody. Twice is as good as once."""
        try:
            if self._outcome is None:
                self._outcome = Outcome.LOST
                if self._transaction is not None:
                    self._transaction.rollback()
        finally:
            try:
                self._give_back()
            finally:
                self._ended = True
                for member in self._members:
                    member.ring()

    def _give_back(self) -> None:
        try:
            if not self._sound and not self.connection.closed:
                self.connection.invalidate()
        finally:
            self._line.leave()
            if self._connection is not None and not self._lent:
                self._connection.close()

    def require_stored(self, place: Place) -> None:
        """Wait for the end. Raises ``Unavailable`` unless everything was stored."""
        until = self._clock.monotonic() + _LONGEST_COMMIT
        while not self._ended and place.wait(until - self._clock.monotonic()):
            pass
        outcome = self._outcome if self._ended else None
        if outcome is not Outcome.STORED:
            raise Unavailable((outcome or Outcome.UNKNOWN).value)

    def _require_whole(self) -> None:
        if not self._driver.in_transaction or self.connection.in_nested_transaction():
            raise Unavailable("A part of this could not be written, so nothing was.")

    def _execute(self, statement: str) -> None:
        self._driver.execute(statement).close()


class Writers:
    """All threads of this process that write to one database."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine = engine
        self._clock = Clock()
        self._patience = settings.sqlite_busy_timeout_ms / 1000
        self._turns = Turns(self._clock)
        self._line = Line(self._clock)

    @contextmanager
    def transaction(self, reading: Connection | None = None, *, alone: bool = False) -> Iterator[Connection]:
        """A connection in a transaction that others may share; see ``Database.writing``."""
        # A connection that somebody handed in is his: he may close it while the others go on.
        place = Place(alone=alone or reading is not None)
        try:
            group = self._joined(place, reading)
            try:
                yield group.connection
                group.keep_part(place)
            except BaseException as error:
                if group.takes_back(place, error):
                    self._finish(place, group)
                raise
            self._finish(place, group)
        finally:
            try:
                self._end(place)
            finally:
                # Again, since an interruption (Ctrl-C) may have come in the middle of it.
                try:
                    self._end(place)
                finally:
                    self._turns.leave(place)

    def at_once(self, reading: Connection | None = None) -> AbstractContextManager[Connection]:
        """As ``transaction``; see ``Database.at_once``."""
        return self.transaction(reading)

    def is_free(self) -> bool:
        """Never to be relied on: another process may be writing."""
        return False

    def waiting(self) -> int:
        """How many threads wait for their turn."""
        return self._turns.waiting()

    def close(self) -> None:
        """Close what stands beside the database."""
        self._line.close()

    def _joined(self, place: Place, reading: Connection | None) -> Group:
        until = self._clock.monotonic() + self._patience
        self._turns.take(place, until)
        if place.group is None:
            place.group = Group(self._clock, self._line)
            place.group.begin(self._engine, reading, until)
        place.group.begin_part()
        return place.group

    def _finish(self, place: Place, group: Group) -> None:
        if place.alone or group.is_full or not self._turns.hand_on(group):
            group.commit()
        else:
            group.require_stored(place)

    def _end(self, place: Place) -> None:
        if self._turns.stop_waiting(place):
            if place.group is not None:
                place.group.end()
            self._turns.leave(place)


def _driver(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


def _is_of_the_database(error: BaseException) -> bool:
    """Whether after ``error`` the transaction can't be relied on; sqlite3 says MemoryError where SQLite had none."""
    if isinstance(error, DBAPIError):
        return True
    return not isinstance(error, Exception) or isinstance(error, sqlite3.Error | MemoryError | Busy | Unavailable)
