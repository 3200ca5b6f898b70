"""Followers: whatever is derived from the log, moved along it exactly once.

A follower has a name, a checkpoint and an ``apply``. ``advance`` reads a page of the log, then in one transaction
moves the checkpoint by compare-and-set and applies the page; two workers on one follower can't both win, and a
worker that dies leaves checkpoint and work as they were. Pages are dense, and ``advance`` asserts it: a gap stops
the follower instead of being skipped.

What it does badly: an event that a follower can't digest stops that follower (the others go on), until the program
or the event's content is mended.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import Connection

from tracker.db.database import Database
from tracker.db.prepared import Prepared
from tracker.errors import Damaged
from tracker.store import log, sequencer
from tracker.store.log import LogEvent

_find = Prepared("SELECT position FROM checkpoint WHERE follower = :follower")
_begin = Prepared("INSERT INTO checkpoint (follower, position) VALUES (:follower, 0) ON CONFLICT DO NOTHING")
_hold = Prepared(
    sqlite="SELECT position FROM checkpoint WHERE follower = :follower",
    postgresql="SELECT position FROM checkpoint WHERE follower = :follower FOR UPDATE",
)
_move = Prepared("UPDATE checkpoint SET position = :to WHERE follower = :follower AND position = :position")


class Follower(Protocol):
    """What follows the log."""

    @property
    def name(self) -> str:
        """The checkpoint's name; never changes."""
        ...

    def apply(self, connection: Connection, events: Sequence[LogEvent]) -> None:
        """Do what follows from ``events``, in the transaction that moves the checkpoint."""
        ...


def advance(database: Database, follower: Follower, limit: int = 200) -> int:
    """Move ``follower`` along by one page; returns how many events it took, 0 where there was nothing to do."""
    position, page = _page(database, follower.name, limit)
    if len(page) < limit and sequencer.tick(database):
        position, page = _page(database, follower.name, limit)
    if not page:
        return 0
    _require_dense(follower.name, position, page)
    with database.writing() as connection:
        if not _moved(connection, follower.name, position, page[-1].position):
            return 0
        follower.apply(connection, page)
    return len(page)


def _page(database: Database, name: str, limit: int) -> tuple[int, list[LogEvent]]:
    with database.reading() as connection:
        position = position_of(connection, name)
        return position, log.read_all(connection, after=position, limit=limit)


def position_of(connection: Connection, name: str) -> int:
    """The last position that the follower has taken."""
    row = _find.first(connection, follower=name)
    return int(row[0]) if row else 0


def hold(connection: Connection, name: str) -> int:
    """The last position that the follower has taken; it takes no further one until this transaction ends."""
    _begin.run(connection, follower=name)
    row = _hold.first(connection, follower=name)
    assert row is not None
    return int(row[0])


def _moved(connection: Connection, name: str, position: int, to: int) -> bool:
    if position == 0:
        _begin.run(connection, follower=name)
    return _move.run(connection, follower=name, position=position, to=to) == 1


def _require_dense(name: str, position: int, page: Sequence[LogEvent]) -> None:
    for expected, event in enumerate(page, start=position + 1):
        if event.position != expected:
            raise Damaged(
                f"Follower {name} stands at {position} and expected position {expected}, but the log goes on at "
                f"{event.position}. Nothing was skipped; run: tracker status"
            )
