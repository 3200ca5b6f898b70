"""A stream read backwards, through filters: what a history page shows.

Only the events that pass are read with their content. What it does badly: a filter that little passes reads the
headers of the whole stream.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, and_, column, select, table

from tracker.db.schema import content_key, event
from tracker.store.log import LogEvent

#: A table on PostgreSQL, a view of ``event`` on SQLite.
_order = table("event_order", column("position"), column("stream_id"), column("version"))
_columns = [
    content_key.c.key if name == "key" else _order.c.position if name == "position" else event.c[name]
    for name in LogEvent._fields
]
_entries = select(*_columns).select_from(
    event.outerjoin(
        content_key, and_(content_key.c.stream_id == event.c.stream_id, content_key.c.key_id == event.c.key_id)
    ).outerjoin(_order, and_(_order.c.stream_id == event.c.stream_id, _order.c.version == event.c.version))
)


def newest(
    connection: Connection,
    stream_id: str,
    *,
    before: int | None = None,
    after: int = 0,
    limit: int,
    types: Collection[str] | None = None,
    on_behalf_of: str | None = None,
    actor: str | None = None,
) -> list[LogEvent]:
    """At most ``limit`` events with ``after`` < version < ``before`` that pass every filter given, newest first."""
    wanted = _entries.where(event.c.stream_id == stream_id, event.c.version > after)
    if before is not None:
        wanted = wanted.where(event.c.version < before)
    if types is not None:
        wanted = wanted.where(event.c.type.in_(types))
    if on_behalf_of is not None:
        wanted = wanted.where(event.c.on_behalf_of == on_behalf_of)
    if actor is not None:
        wanted = wanted.where(event.c.actor == actor)
    rows = connection.execute(wanted.order_by(event.c.version.desc()).limit(limit))
    return [LogEvent(*row) for row in rows]
