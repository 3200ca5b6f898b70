"""The one total order: gives each appended event its position.

Positions are dense, and they become visible in their order, so that a reader who asks for what comes after the last
position it saw can't miss anything. On SQLite there is one writer at a time and the row's number is the position. On
PostgreSQL the row of ``turn`` is the last lock that an append takes and is held until COMMIT: the next append gets its
positions only when this one's are visible. A bare sequence would not do: its numbers are taken at INSERT and seen at
COMMIT, in another order.

What it does badly: appends on PostgreSQL commit one after the other. Everything else reads ``event_order``, on SQLite
the ``event`` that it is a view of, and asks nothing of how it is filled, so another way of numbering replaces this file
and the one statement of ``writing`` that it is part of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from tracker.db.prepared import Prepared

#: PostgreSQL: the parts of an append's statement that number its events. ``source`` has a row if there are any.
NUMBERED = """
        taken AS (
            UPDATE turn SET position = position + :count FROM {source} WHERE turn.id = 1 RETURNING position
        ),
        numbered AS (
            INSERT INTO event_order (position, stream_id, version)
            SELECT taken.position - :count + n, :of_stream, :first + n - 1 FROM taken, generate_series(1, :count) AS n
        )"""

_of = Prepared(sqlite="SELECT seq FROM event WHERE stream_id = :stream_id AND version = :version")
_last = Prepared(
    sqlite="SELECT coalesce(max(seq), 0) FROM event",
    postgresql="SELECT coalesce(max(position), 0) FROM event_order",
)


def numbering(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The parameters of ``NUMBERED`` for the events ``rows`` of one stream."""
    return {"count": len(rows), "of_stream": rows[0]["stream_id"], "first": rows[0]["version"]}


def last_of(connection: Connection, stream_id: str, version: int) -> int:
    """SQLite: the position of an event that was just inserted."""
    row = _of.first(connection, stream_id=stream_id, version=version)
    assert row is not None
    return int(row[0])


def last_position(connection: Connection) -> int:
    """The position of the newest event that can be read; 0 in an empty log."""
    row = _last.first(connection)
    return int(row[0]) if row else 0
