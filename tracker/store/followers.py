"""Followers: whatever is derived from the log, moved along it exactly once.

A follower has a name, a checkpoint and an ``apply``. ``advance`` reads a page of the log, then in one transaction
moves the checkpoint by compare-and-set and applies the page; two workers on one follower can't both win, and a
worker that dies leaves checkpoint and work as they were. Pages are dense, and ``advance`` asserts it: a gap stops
the follower instead of being skipped.

A page that fails is rolled back and taken again one event at a time. An event that fails by itself, or that a later
version of the program has written, parks its stream for that follower (``parking``), and the rest of the log goes on.
Later events of a parked stream are left out, until the stream is replayed (``replaying``) from where it was parked:
nothing is skipped. A follower with ``parks = False`` takes events of whatever type, and stops where it fails.
Trouble of the database, and a master key that is missing, park nothing: they are raised, and the page is taken another
time.

What it does badly: a follower that parks sees a stream's events later than others of a higher position.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Protocol

from sqlalchemy import Connection

from tracker.clock import Clock
from tracker.db.database import Database, meant_by, refused_a_row
from tracker.db.prepared import Prepared
from tracker.errors import Busy, Damaged, Unavailable
from tracker.store import log, parking, sequencer
from tracker.store.keys import MasterKeyMissing
from tracker.store.log_events import LogEvent
from tracker.store.pace import Pace
from tracker.stories import stored

_log = logging.getLogger(__name__)

_find = Prepared("SELECT position FROM checkpoint WHERE follower = :follower")
_begin = Prepared("INSERT INTO checkpoint (follower, position) VALUES (:follower, :position) ON CONFLICT DO NOTHING")
_hold = Prepared(
    sqlite="SELECT position FROM checkpoint WHERE follower = :follower",
    postgresql="SELECT position FROM checkpoint WHERE follower = :follower FOR UPDATE",
)
_move = Prepared("UPDATE checkpoint SET position = :to WHERE follower = :follower AND position = :position")
_forget = Prepared("DELETE FROM checkpoint WHERE follower = :follower")

#: These say nothing of the events: the same page may be taken later.
_PASSING = (Busy, Unavailable, MasterKeyMissing, MemoryError)


class Follower(Protocol):
    """What follows the log. With an attribute ``parks`` that is ``False`` it stops where others park."""

    @property
    def name(self) -> str:
        """The checkpoint's name; never changes."""
        ...

    def apply(self, connection: Connection, events: Sequence[LogEvent]) -> None:
        """Do what follows from ``events``, in the transaction that moves the checkpoint.

        The events of a stream come in order and without gaps; streams that were parked come later than others.
        """
        ...


def advance(
    database: Database, follower: Follower, limit: int = 200, *, pace: Pace | None = None, clock: Clock | None = None
) -> int:
    """Move ``follower`` along by one page; returns how many events it passed, 0 where there was nothing to do.

    A page has at most ``limit`` events, and at most ``pace.limit``, which it changes. ``clock`` gives the time at which
    a stream is parked. Raises ``Damaged`` at a gap, and what the follower raises where it does not park.
    """
    limit = min(limit, pace.limit) if pace else limit
    position, page = _page(database, follower.name, limit)
    if len(page) < limit and not log.fills_page(page) and sequencer.tick(database):
        position, page = _page(database, follower.name, limit)
    if not page:
        return 0
    _require_dense(follower.name, position, page)
    try:
        return _advanced(database, follower, position, page, pace)
    except Exception as error:
        if not is_poison(database, follower, error):
            raise
        _log.warning("follower %s failed with a page and takes it one by one: %s", follower.name, error)
    return _one_by_one(database, follower, position, page, clock or Clock())


def take(connection: Connection, follower: Follower, position: int, page: Sequence[LogEvent]) -> bool:
    """Move the checkpoint from ``position`` to the end of ``page`` and apply it; ``False`` where somebody else did.

    The checkpoint comes first, so that nobody parks or replays a stream of this follower meanwhile.
    """
    if not move(connection, follower.name, position, page[-1].position):
        return False
    if _parks(follower) and (parked := parking.streams(connection, follower.name)):
        page = [event for event in page if event.stream_id not in parked]
    if page:
        require_known(follower, page)
        follower.apply(connection, page)
    return True


def require_known(follower: Follower, events: Sequence[LogEvent]) -> None:
    """Raises ``Damaged`` for an event of a later version of the program, unless the follower takes any."""
    if _parks(follower):
        for kind, version in {(event.type, event.schema_version) for event in events}:
            stored.require_known(kind, version)


def is_poison(database: Database, follower: Follower, error: Exception) -> bool:
    """Whether ``error`` is the events' and the follower's own, so that a stream has to be parked.

    A row that a key refuses would be refused again: whoever holds the checkpoint meets nobody over its rows.
    """
    passing = isinstance(meant_by(database.kind, error), _PASSING) and not refused_a_row(database.kind, error)
    return _parks(follower) and not passing


def position_of(connection: Connection, name: str) -> int:
    """The last position that the follower has passed."""
    row = _find.first(connection, follower=name)
    return int(row[0]) if row else 0


def hold(connection: Connection, name: str) -> int:
    """The last position that the follower has passed; it passes no further one until this transaction ends."""
    _begin.run(connection, follower=name, position=0)
    row = _hold.first(connection, follower=name)
    assert row is not None
    return int(row[0])


def move(connection: Connection, name: str, position: int, to: int) -> bool:
    """Move the checkpoint, and hold it; ``False`` if it is not at ``position``."""
    if position == 0:
        _begin.run(connection, follower=name, position=0)
    return _move.run(connection, follower=name, position=position, to=to) == 1


def begin(connection: Connection, name: str, position: int) -> None:
    """Make the checkpoint of a new follower that has passed ``position``."""
    _begin.run(connection, follower=name, position=position)


def forget(connection: Connection, name: str) -> None:
    """Delete the checkpoint of a follower that is no more."""
    _forget.run(connection, follower=name)


def _page(database: Database, name: str, limit: int) -> tuple[int, list[LogEvent]]:
    with database.reading() as connection:
        position = position_of(connection, name)
        return position, log.read_all(connection, after=position, limit=limit)


def _advanced(
    database: Database, follower: Follower, position: int, page: Sequence[LogEvent], pace: Pace | None
) -> int:
    with database.writing() as connection, pace.taking(len(page)) if pace else nullcontext():
        return len(page) if take(connection, follower, position, page) else 0


def _one_by_one(database: Database, follower: Follower, position: int, page: Sequence[LogEvent], clock: Clock) -> int:
    """Returns how many events were passed; fewer than all where somebody else moves the checkpoint."""
    for number, event in enumerate(page):
        try:
            passed = _advanced(database, follower, event.position - 1, [event], None)
        except Exception as error:
            if not is_poison(database, follower, error):
                raise
            passed = _parked(database, follower, event, error, clock)
        if not passed:
            return number
    return len(page)


def _parked(database: Database, follower: Follower, event: LogEvent, error: Exception, clock: Clock) -> bool:
    with database.writing() as connection:
        if not move(connection, follower.name, event.position - 1, event.position):
            return False
        parking.park(connection, follower.name, event, error, clock.now())
    _log.error(
        "follower %s can't take the %s at position %d and has parked stream %s: %s",
        follower.name,
        event.type,
        event.position,
        event.stream_id,
        parking.in_words(error),
        exc_info=error,
    )
    return True


def _parks(follower: Follower) -> bool:
    return bool(getattr(follower, "parks", True))


def _require_dense(name: str, position: int, page: Sequence[LogEvent]) -> None:
    for expected, event in enumerate(page, start=position + 1):
        if event.position != expected:
            raise Damaged(
                f"Follower {name} stands at {position} and expected position {expected}, but the log goes on at "
                f"{event.position}. Nothing was skipped; run: tracker status"
            )
