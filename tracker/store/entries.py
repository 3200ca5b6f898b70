"""A stream read backwards, through filters: what a history page shows.

Only the events that pass are read with their content. What it does badly: a filter that little passes reads the
headers of the whole stream.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Connection, and_, case, column, exists, func, select, table

from tracker.db.schema import content_key, destroyed_key, event, withheld
from tracker.store import keys
from tracker.store.log import fitting
from tracker.store.log_events import LogEvent
from tracker.store.withholding import Sight

#: A table on PostgreSQL, a view of ``event`` on SQLite.
_order = table("event_order", column("position"), column("stream_id"), column("version"))
_destroyed_at = (
    select(destroyed_key.c.destroyed_at)
    .where(destroyed_key.c.stream_id == event.c.stream_id, destroyed_key.c.key_id == event.c.key_id)
    .scalar_subquery()
)
#: The columns that aren't the event's own.
_others = {
    "position": _order.c.position,
    "key": content_key.c.key,
    "wrapped_by": content_key.c.wrapped_by,
    # Looked for only where a key is missing.
    "destroyed_at": case((and_(content_key.c.key.is_(None), event.c.key_id.is_not(None)), _destroyed_at)),
}
_columns = [_others[name] if name in _others else event.c[name] for name in LogEvent._fields if name != "ring"]
_entries = select(*_columns).select_from(
    event.outerjoin(
        content_key, and_(content_key.c.stream_id == event.c.stream_id, content_key.c.key_id == event.c.key_id)
    ).outerjoin(_order, and_(_order.c.stream_id == event.c.stream_id, _order.c.version == event.c.version))
)


def newest(
    connection: Connection,
    stream_id: str,
    *,
    sight: Sight,
    before: int | None = None,
    after: int = 0,
    limit: int,
    types: Collection[str] | None = None,
    on_behalf_of: str | None = None,
    actor: str | None = None,
) -> list[LogEvent]:
    """At most ``limit`` events with ``after`` < version < ``before`` that whoever has ``sight`` sees, and that pass
    every filter given, newest first.

    Fewer, but one at least, where they hold more than a page's bytes (``log.fills_page``).
    """
    passes = [event.c.stream_id == stream_id, event.c.version > after, ~_hidden_from(sight)]
    if before is not None:
        passes.append(event.c.version < before)
    if types is not None:
        passes.append(event.c.type.in_(types))
    if on_behalf_of is not None:
        passes.append(event.c.on_behalf_of == on_behalf_of)
    if actor is not None:
        passes.append(event.c.actor == actor)
    return _page(connection, passes, limit)


def _hidden_from(sight: Sight) -> ColumnElement[bool]:
    """Whether the event is withheld now from whoever has that sight (``withholding.hidden``)."""
    return exists().where(
        withheld.c.stream_id == event.c.stream_id,
        withheld.c.version == event.c.version,
        withheld.c.lifted.is_(None),
        withheld.c.kind.not_in(sorted(sight)),
    )


def _page(connection: Connection, passes: Sequence[ColumnElement[bool]], limit: int) -> list[LogEvent]:
    newest_first = event.c.version.desc()
    lengths = select(func.length(event.c.data)).where(*passes).order_by(newest_first).limit(limit)
    count = fitting(connection.execute(lengths).scalars())
    rows = connection.execute(_entries.where(*passes).order_by(newest_first).limit(count))
    ring = keys.ring_of(connection)
    return [LogEvent(ring, *row) for row in rows]
