"""Parked streams are taken up again, or given up in part by an operator.

``replay`` takes a parked stream's events from where it was parked up to what the follower has passed, in order, a
bounded batch in each transaction, and then the stream is parked no more. Each transaction holds the follower's
checkpoint first and the parked row second: beside a running worker and a second operator each event is taken once, and
no later event of the stream before it. An event that fails again stays where it is, with one attempt more.

``Retrying`` does so by itself for all that is parked: once after the program has started, for it may be a newer one,
and then after pauses that grow. ``drop`` leaves events out, with a reason that is recorded.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection

from tracker.clock import Clock, to_microseconds
from tracker.db.database import Database
from tracker.errors import Fault, Invalid, NotFound
from tracker.store import followers, log, parking
from tracker.store.followers import Follower
from tracker.store.log_events import LogEvent
from tracker.store.pace import Pace
from tracker.store.parking import Dropped, Parked

_log = logging.getLogger(__name__)

#: The longest batch, and reason.
_MOST_EVENTS = 200
_LONGEST_REASON = 1000
#: The pause after the first attempt; twice as long after each further one, up to the longest.
_FIRST_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(hours=1)
#: Seconds between two looks at what is parked.
_LOOK_EVERY = 5.0


def replay(database: Database, follower: Follower, stream_id: str, *, clock: Clock | None = None) -> Parked | None:
    """Take up a parked stream again; ``None`` if it is parked no more, or never was, else how it stands now.

    Raises ``Busy`` and ``Unavailable`` for trouble of the database; what was taken by then is taken.
    """
    return _Replay(database, follower, stream_id, clock or Clock()).run()


def drop(
    database: Database,
    follower: Follower,
    stream_id: str,
    *,
    reason: str,
    by: str,
    up_to: int | None = None,
    clock: Clock | None = None,
) -> Dropped:
    """Have the follower do without the event at which the stream is parked, and all others up to version ``up_to``.

    It is recorded, with ``reason`` and who decided so (``by``). The stream stays parked at the next event, if the
    follower has passed one; ``replay`` it. Raises ``NotFound`` if it isn't parked, ``Invalid`` naming ``reason`` or
    ``up_to``.
    """
    reason = _required(reason)
    with database.writing() as connection:
        position = followers.hold(connection, follower.name)
        parked = parking.lock(connection, follower.name, stream_id)
        if parked is None:
            raise NotFound(f"Stream {stream_id} is not parked for {follower.name}; tracker parked list shows what is.")
        last = parked.version if up_to is None else up_to
        _require_passed(connection, parked, last, position)
        at = to_microseconds((clock or Clock()).now())
        dropped = Dropped(follower.name, stream_id, parked.version, last, parked.error, reason, by, at)
        parking.record_drop(connection, dropped)
        parking.go_on(connection, follower.name, stream_id, _passed(connection, stream_id, last, position, 1))
    _log.warning("%s drops versions %d to %d of %s for %s", by, dropped.version, last, stream_id, follower.name)
    return dropped


class Retrying:
    """Takes up by itself what is parked for ``following``. For one thread."""

    def __init__(self, database: Database, clock: Clock, following: Sequence[Follower]) -> None:
        self._database, self._clock, self._following = database, clock, following
        self._began = to_microseconds(clock.now())
        self._look_at = 0.0

    def look(self) -> int:
        """Try one stream that is due, if it is time to look; returns how many. Raises what ``replay`` raises."""
        if self._clock.monotonic() < self._look_at:
            return 0
        for follower in self._following:
            if (parked := self._due(follower)) is not None:
                replay(self._database, follower, parked.stream_id, clock=self._clock)
                return 1
        self._look_at = self._clock.monotonic() + _LOOK_EVERY
        return 0

    def _due(self, follower: Follower) -> Parked | None:
        with self._database.reading() as connection:
            rows = parking.longest_untried(connection, follower.name)
        now = to_microseconds(self._clock.now())
        return next((row for row in rows if _is_due(row, now, self._began)), None)


def pause_after(attempts: int) -> timedelta:
    """How long a stream rests that was tried in vain ``attempts`` times."""
    doublings = min(attempts - 1, 20)
    return min(_LONGEST_PAUSE, _FIRST_PAUSE * (1 << doublings))


class _Replay:
    """One replay of one stream."""

    def __init__(self, database: Database, follower: Follower, stream_id: str, clock: Clock) -> None:
        self._database, self._follower, self._stream_id, self._clock = database, follower, stream_id, clock
        self._pace = Pace(database.kind, most=_MOST_EVENTS, clock=clock, first=1)
        #: The row as the last transaction found it.
        self._row: Parked | None = None

    def run(self) -> Parked | None:
        one_by_one = False
        while True:
            limit = 1 if one_by_one else self._pace.limit
            try:
                if not self._step(limit):
                    return None
            except Exception as error:
                if not followers.is_poison(self._database, self._follower, error):
                    raise
                if limit == 1:
                    return self._fail(error)
                one_by_one = True

    def _step(self, limit: int) -> bool:
        """Take at most ``limit`` events; says whether the stream is still parked."""
        with self._database.writing() as connection, self._pace.taking(limit):
            position = followers.hold(connection, self._follower.name)
            self._row = row = parking.lock(connection, self._follower.name, self._stream_id)
            if row is None:
                return False
            found = _passed(connection, self._stream_id, row.version - 1, position, limit + 1)
            batch, following = found[:limit], found[limit:]
            followers.require_known(self._follower, batch)
            if batch:
                self._follower.apply(connection, batch)
            parking.go_on(connection, self._follower.name, self._stream_id, following)
            return bool(following)

    def _fail(self, error: Exception) -> Parked | None:
        assert self._row is not None
        with self._database.writing() as connection:
            followers.hold(connection, self._follower.name)
            parking.failed_again(connection, self._row, error, self._clock.now())
            now = parking.lock(connection, self._follower.name, self._stream_id)
        _log.warning(
            "follower %s still can't take version %d of stream %s: %s",
            self._follower.name,
            self._row.version,
            self._stream_id,
            parking.in_words(error),
        )
        return now


def _passed(connection: Connection, stream_id: str, after: int, position: int, limit: int) -> list[LogEvent]:
    """At most ``limit`` events of the stream after version ``after`` that a follower at ``position`` has passed."""
    events = log.read(connection, stream_id, after=after, limit=limit)
    return [event for event in events if 0 < event.position <= position]


def _require_passed(connection: Connection, parked: Parked, last: int, position: int) -> None:
    if last < parked.version or not _passed(connection, parked.stream_id, last - 1, position, 1):
        detail = (
            f"up_to is at least {parked.version}, where the stream is parked, and no version that {parked.follower} "
            "has yet to come to."
        )
        raise Invalid(detail, faults=[Fault("up_to", detail)])


def _required(reason: str) -> str:
    reason = reason.strip()
    if not 0 < len(reason) <= _LONGEST_REASON:
        detail = f"reason says why, in {_LONGEST_REASON} characters at most."
        raise Invalid(detail, faults=[Fault("reason", detail)])
    return reason


def _is_due(row: Parked, now: int, began: int) -> bool:
    """A time that lies ahead was written by a clock that has been set back since."""
    pause = pause_after(row.attempts) // timedelta(microseconds=1)
    return row.tried_at < began or row.tried_at > now or now - row.tried_at >= pause
