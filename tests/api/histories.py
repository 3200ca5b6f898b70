"""Puts the beginning of one database's history into another: what the restore of an older backup leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, Table, insert, select, text, update

from tracker.db.database import Database
from tracker.db.schema import address, content_key, event, stream
from tracker.db.schema import log as log_table
from tracker.store import log
from tracker.store.log_events import LogEvent


def copy(source: Database, target: Database, *, up_to: int) -> None:
    """Copy what stands at the positions up to ``up_to`` into ``target``, which is empty, with its ids and hashes."""
    with source.reading() as old, target.writing() as new:
        new.execute(update(log_table).values(log_id=log.log_id(old)))
        events = [each for each in log.read_all(old, after=0, limit=10_000) if each.position <= up_to]
        heads = {each.stream_id: each for each in events}
        keys = {(each.stream_id, each.key_id) for each in events}
        _copy_rows(old, new, address, lambda row: row["stream_id"] in heads)
        _copy_rows(old, new, content_key, lambda row: (row["stream_id"], row["key_id"]) in keys)
        _copy_rows(old, new, stream, lambda row: row["id"] in heads)
        for id, last in heads.items():
            head = {"version": last.version, "head_hash": last.hash, "recorded_at": last.recorded_at}
            new.execute(update(stream).where(stream.c.id == id).values(head))
        for each in events:
            _copy_event(old, new, each)
        if target.kind == "postgresql":
            new.execute(text("UPDATE sequencer SET position = :last"), {"last": len(events)})


def _copy_rows(old: Connection, new: Connection, table: Table, wanted: Callable[[Mapping[Any, Any]], bool]) -> None:
    rows = [dict(row) for row in old.execute(select(table)).mappings() if wanted(row)]
    new.execute(insert(table), rows)


def _copy_event(old: Connection, new: Connection, each: LogEvent) -> None:
    place = {"stream_id": each.stream_id, "version": each.version}
    columns = [column for column in event.columns if column.name != "seq" and "only" not in column.info]
    found = old.execute(select(*columns).filter_by(**place)).mappings().one()
    # On SQLite the row's number is its position; on PostgreSQL the sequencer gave it one.
    position = {"seq": each.position} if new.dialect.name == "sqlite" else {}
    new.execute(insert(event).values({**found, **position}))
    if not position:
        statement = "INSERT INTO event_order (position, stream_id, version) VALUES (:position, :stream_id, :version)"
        new.execute(text(statement), {**place, "position": each.position})
