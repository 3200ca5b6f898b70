"""Parked streams: those that a follower could not go on with, while the rest of the log goes on without them.

A row says which event of the stream was not taken, what went wrong, how often it was tried and when. Neither that event
nor any later one of the stream is taken by that follower until it is tried again (``replaying``); none is ever left
out but those that an operator drops, which ``dropped`` records. Rows are changed only by whoever holds the follower's
checkpoint.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from traceback import extract_tb
from typing import NamedTuple

from sqlalchemy import Connection

from tracker.clock import to_microseconds
from tracker.db.prepared import Prepared
from tracker.errors import Damaged, TrackerError
from tracker.store.log_events import LogEvent

#: A follower that fails with more streams than this is itself what is broken, and stops.
MOST = 1000


class Parked(NamedTuple):
    """A stream that a follower could not go on with, at the first of its events that was not taken."""

    follower: str
    stream_id: str
    version: int
    position: int
    event_id: str
    type: str
    #: What went wrong the last time, in words; never content.
    error: str
    attempts: int
    #: Microseconds since 1970, UTC.
    parked_at: int
    tried_at: int


class Dropped(NamedTuple):
    """Events that an operator decided a follower shall do without: ``version`` to ``up_to`` of a stream."""

    follower: str
    stream_id: str
    version: int
    up_to: int
    error: str
    reason: str
    dropped_by: str
    dropped_at: int


_COLUMNS = ", ".join(Parked._fields)
_FIND = f"SELECT {_COLUMNS} FROM parked WHERE follower = :follower AND stream_id = :stream_id"
_streams = Prepared("SELECT stream_id FROM parked WHERE follower = :follower")
_count = Prepared("SELECT follower, count(*) FROM parked GROUP BY follower")
_all = Prepared(f"SELECT {_COLUMNS} FROM parked ORDER BY follower, position LIMIT :most")
_by_trial = Prepared(f"SELECT {_COLUMNS} FROM parked WHERE follower = :follower ORDER BY tried_at, stream_id")
_lock = Prepared(sqlite=_FIND, postgresql=f"{_FIND} FOR UPDATE")
_insert = Prepared(
    f"INSERT INTO parked ({_COLUMNS}) VALUES (:follower, :stream_id, :version, :position, :event_id, :type, :error, "
    ":attempts, :parked_at, :tried_at)"
)
_try = Prepared(
    "UPDATE parked SET error = :error, attempts = attempts + 1, tried_at = :tried_at "
    "WHERE follower = :follower AND stream_id = :stream_id AND version = :version"
)
_go_on = Prepared(
    "UPDATE parked SET version = :version, position = :position, event_id = :event_id, type = :type "
    "WHERE follower = :follower AND stream_id = :stream_id"
)
_remove = Prepared("DELETE FROM parked WHERE follower = :follower AND stream_id = :stream_id")
_rename = Prepared("UPDATE parked SET follower = :to WHERE follower = :follower")
_remove_all = Prepared("DELETE FROM parked WHERE follower = :follower")
_drop = Prepared(
    f"INSERT INTO dropped ({', '.join(Dropped._fields)}) VALUES (:follower, :stream_id, :version, :up_to, :error, "
    ":reason, :dropped_by, :dropped_at)"
)


def streams(connection: Connection, follower: str) -> frozenset[str]:
    """The ids of the streams that are parked for the follower; ``MOST`` at most."""
    return frozenset(stream_id for (stream_id,) in _streams.all(connection, follower=follower))


def counts(connection: Connection) -> dict[str, int]:
    """How many streams are parked for each follower that has any."""
    return {follower: int(count) for follower, count in _count.all(connection)}


def every(connection: Connection, limit: int = 10_000) -> list[Parked]:
    """At most ``limit`` parked streams of all followers, by follower, then the one that was parked first."""
    return [Parked(*row) for row in _all.all(connection, most=limit)]


def longest_untried(connection: Connection, follower: str) -> list[Parked]:
    """The follower's parked streams, the one first that was not tried for the longest time."""
    return [Parked(*row) for row in _by_trial.all(connection, follower=follower)]


def lock(connection: Connection, follower: str, stream_id: str) -> Parked | None:
    """The row, which nobody else changes until the transaction ends; ``None`` if the stream isn't parked.

    Whoever locks it holds the follower's checkpoint already.
    """
    row = _lock.first(connection, follower=follower, stream_id=stream_id)
    return Parked(*row) if row else None


def park(connection: Connection, follower: str, event: LogEvent, error: Exception, now: datetime) -> None:
    """Park the stream of ``event``, which the follower could not take. Raises ``Damaged`` where ``MOST`` are parked."""
    if len(streams(connection, follower)) >= MOST:
        raise Damaged(
            f"Follower {follower} could not go on with {MOST} streams, and parks no more: it is the follower that is "
            f"broken. The last time it was: {in_words(error)}"
        ) from error
    at = to_microseconds(now)
    row = Parked(
        follower=follower,
        stream_id=event.stream_id,
        version=event.version,
        position=event.position,
        event_id=event.event_id,
        type=event.type,
        error=in_words(error),
        attempts=1,
        parked_at=at,
        tried_at=at,
    )
    _insert.run(connection, **row._asdict())


def failed_again(connection: Connection, parked: Parked, error: Exception, now: datetime) -> None:
    """Note that the event of ``parked`` was tried once more in vain; nothing where the row has moved on meanwhile."""
    _try.run(
        connection,
        follower=parked.follower,
        stream_id=parked.stream_id,
        version=parked.version,
        error=in_words(error),
        tried_at=to_microseconds(now),
    )


def go_on(connection: Connection, follower: str, stream_id: str, following: Sequence[LogEvent]) -> None:
    """The stream is parked at the first of ``following`` from now on; where there is none, no more."""
    if not following:
        _remove.run(connection, follower=follower, stream_id=stream_id)
        return
    first = following[0]
    _go_on.run(
        connection,
        follower=follower,
        stream_id=stream_id,
        version=first.version,
        position=first.position,
        event_id=first.event_id,
        type=first.type,
    )


def record_drop(connection: Connection, dropped: Dropped) -> None:
    """Write down that events were left out on purpose."""
    _drop.run(connection, **dropped._asdict())


def rename(connection: Connection, follower: str, to: str) -> None:
    """What was parked for ``follower`` is parked for ``to``, for which nothing is."""
    _rename.run(connection, follower=follower, to=to)


def forget(connection: Connection, follower: str) -> None:
    """Delete what was parked for a follower that is no more."""
    _remove_all.run(connection, follower=follower)


def in_words(error: Exception) -> str:
    """What went wrong: the program's own errors are sentences; of others only their kind and place, never content."""
    if isinstance(error, TrackerError):
        return str(error)
    frames = extract_tb(error.__traceback__)
    place = f" in {frames[-1].name}, line {frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"
