"""The one total order: gives each appended event its position.

Positions are dense, and they become visible in their order, so that a reader who asks for what comes after the last
position it saw can't miss anything. On SQLite there is one writer at a time and the row's number is the position. On
PostgreSQL the row of ``turn`` is the last lock that an append takes and is held until COMMIT: the next append gets
its positions only when this one's are visible. A bare sequence would not do: its numbers are taken at INSERT and
seen at COMMIT, in another order.

What it does badly: appends on PostgreSQL commit one after the other. Everything else reads through ``event_order``
and asks nothing of how it is filled, so another way of numbering replaces this file alone.
"""

from __future__ import annotations

from sqlalchemy import Connection

from tracker.db.prepared import Prepared

_number = Prepared(
    sqlite="SELECT seq FROM event WHERE stream_id = :stream_id AND version = :first + :count - 1",
    postgresql="""
        WITH taken AS (UPDATE turn SET position = position + :count WHERE id = 1 RETURNING position),
        numbered AS (
            INSERT INTO event_order (position, stream_id, version)
            SELECT taken.position - :count + n, :stream_id, :first + n - 1 FROM taken, generate_series(1, :count) AS n
        )
        SELECT position FROM taken
    """,
)

_last = Prepared(
    sqlite="SELECT coalesce(max(seq), 0) FROM event",
    postgresql="SELECT coalesce(max(position), 0) FROM event_order",
)


def number(connection: Connection, stream_id: str, first: int, count: int) -> int:
    """Give the events ``first`` … ``first + count - 1`` of a stream their positions; returns the last one.

    The caller has inserted them in this transaction and takes no other lock after this.
    """
    row = _number.first(connection, stream_id=stream_id, first=first, count=count)
    assert row is not None
    return int(row[0])


def last_position(connection: Connection) -> int:
    """The position of the newest event that can be read; 0 in an empty log."""
    row = _last.first(connection)
    return int(row[0]) if row else 0
