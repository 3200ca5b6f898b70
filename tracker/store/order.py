"""The one total order, as readers see it: ``event_order``, on SQLite a view of ``event``.

Positions are dense, and they become visible in their order, so that a reader who asks for what comes after the last
position it saw can't miss anything. On SQLite there is one writer at a time and the row's number is the position. On
PostgreSQL the ``sequencer`` gives positions to what was committed; until it has come by, an event has none, and no
follower sees it.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection

from tracker.db.prepared import Prepared

_of = Prepared("SELECT position FROM event_order WHERE stream_id = :stream_id AND version = :version")
_last = Prepared(
    sqlite="SELECT coalesce(max(seq), 0) FROM event",
    postgresql="SELECT coalesce(max(position), 0) FROM event_order",
)
_at = Prepared(
    sqlite="SELECT stream_id, version, recorded_at, hash FROM event WHERE seq = :position",
    postgresql="SELECT stream_id, version, recorded_at, hash FROM event_order JOIN event USING (stream_id, version) "
    "WHERE position = :position",
)


class Placed(NamedTuple):
    """The event at a position, without its content."""

    stream_id: str
    version: int
    #: Microseconds since 1970, UTC.
    recorded_at: int
    hash: bytes


def position_of(connection: Connection, stream_id: str, version: int) -> int | None:
    """The position of an event; ``None`` if it has none yet, or there is no such event."""
    row = _of.first(connection, stream_id=stream_id, version=version)
    return int(row[0]) if row else None


def last_position(connection: Connection) -> int:
    """The position of the newest event that can be read; 0 in an empty log."""
    row = _last.first(connection)
    return int(row[0]) if row else 0


def at(connection: Connection, position: int) -> Placed | None:
    """The event at ``position``; ``None`` where there is none."""
    row = _at.first(connection, position=position)
    return Placed(*row) if row else None
