"""Writes the rows of an append: the stream's new head, the events, their positions.

On SQLite, where a statement costs little, one after the other under the write lock. On PostgreSQL, where each would
be a trip to the server, all in one statement; ``order`` says why its row of ``turn`` may be taken here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from tracker.db.prepared import Prepared
from tracker.store import order

#: The columns of ``event`` that an append fills, and their types on PostgreSQL.
_COLUMNS = {
    "stream_id": "text",
    "version": "bigint",
    "event_id": "text",
    "type": "text",
    "schema_version": "integer",
    "recorded_at": "bigint",
    "actor": "text",
    "on_behalf_of": "text",
    "correlation_id": "text",
    "causation_id": "text",
    "traceparent": "text",
    "key_id": "text",
    "data": "bytea",
    "data_hash": "bytea",
    "hash": "bytea",
}
_NAMES = ", ".join(_COLUMNS)
_ONE = ", ".join(f"CAST(:{name} AS {kind})" for name, kind in _COLUMNS.items())
_MANY = ", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in _COLUMNS.items())

_begin = "INSERT INTO stream (id, kind, version, head_hash, recorded_at) VALUES (:id, :kind, :last, :head, :at) "
_move = "UPDATE stream SET version = :last, head_hash = :head, recorded_at = :at WHERE id = :id"
_begin_stream = Prepared(_begin + "ON CONFLICT DO NOTHING")
_move_stream = Prepared(_move)
_insert = Prepared(f"INSERT INTO event ({_NAMES}) VALUES ({', '.join(f':{name}' for name in _COLUMNS)})")


def _at_once(head: str, events: str) -> Prepared:
    """Everything in one statement; no row comes back where ``head`` changed none."""
    return Prepared(
        postgresql=f"""
        WITH head AS ({head} RETURNING id),
        stored AS (INSERT INTO event ({_NAMES}) SELECT {events}),
        {order.NUMBERED.format(source="head")}
        SELECT position FROM taken
        """
    )


#: By whether the stream is new, and whether there are several events: an array costs more to send than its item.
_statements = {
    (begin, several): _at_once(
        _begin + "ON CONFLICT DO NOTHING" if begin else _move,
        f"new.* FROM head, unnest({_MANY}) AS new" if several else f"{_ONE} FROM head",
    )
    for begin in (True, False)
    for several in (True, False)
}


def write(connection: Connection, kind: str, rows: Sequence[Mapping[str, Any]], *, begin: bool) -> int | None:
    """Write ``rows`` of one stream and move its head there; returns the last one's position.

    ``begin``: the stream is new; ``None`` is returned, and nothing is written, if it is there after all.
    """
    last = rows[-1]
    head = {"id": last["stream_id"], "last": last["version"], "head": last["hash"], "at": last["recorded_at"]}
    if begin:
        head["kind"] = kind
    if connection.dialect.name == "postgresql":
        several = len(rows) > 1
        columns = {name: [row[name] for row in rows] if several else last[name] for name in _COLUMNS}
        found = _statements[begin, several].first(connection, **head, **columns, **order.numbering(rows))
        return int(found[0]) if found else None
    if begin and not _begin_stream.run(connection, **head):
        return None
    if not begin:
        _move_stream.run(connection, **head)
    _insert.run_many(connection, rows)
    return order.last_of(connection, last["stream_id"], last["version"])
