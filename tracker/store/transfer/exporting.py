"""Writes the whole log, and what must go along with it, into a file that the other database can be made from.

Everything is of one moment (``moment``), while others write.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Mapping
from contextlib import ExitStack, closing
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import msgspec
from sqlalchemy import Connection, Select, Table, column, func, select
from sqlalchemy import table as named

from tracker.clock import rfc3339
from tracker.db import migrating, schema
from tracker.db.database import Database
from tracker.db.new_file import new_file, require_absent
from tracker.db.prepared import Prepared
from tracker.store.moment import one_moment
from tracker.store.transfer import lines
from tracker.store.transfer.lines import FORMAT, Header
from tracker.store.transfer.tables import CARRIED, OF_FOLLOWERS, SECRET, columns

#: Rows that are in memory at once.
_PAGE = 500


class Exported(NamedTuple):
    """What was written."""

    log_id: str
    #: The last position.
    events: int
    rows: int


#: Rows, each with its table's name; to be closed by whoever doesn't read them to the end.
_Rows: TypeAlias = Generator[tuple[str, Mapping[Any, Any]], None, None]

#: A table on PostgreSQL, a view of ``event`` on SQLite.
_order = named("event_order", column("position"), column("stream_id"), column("version"))
_log = Prepared("SELECT log_id, created_at FROM log")


def export(
    database: Database,
    path: Path,
    keys: Path | None,
    now: datetime,
    *,
    export_id: str,
    followers: Collection[str],
    expect: Callable[[int], None] = lambda count: None,
    advance: Callable[[int], None] = lambda count: None,
) -> Exported:
    """Write the log to ``path`` and, if given, what opens it to ``keys``. Both appear when they are whole.

    ``followers``: whose checkpoints go along, since what they did does. ``expect`` is called once with the number of
    rows, ``advance`` with how many were just written. Raises ``Refusal`` where a file is there already.
    """
    for each in (path, keys):
        if each:
            require_absent(each)
    with one_moment(database) as connection, ExitStack() as files:
        reading = _Reading(connection, followers)
        counts = {table.name: reading.count(table) for table in CARRIED}
        secrets = {table.name: reading.count(table) for table in SECRET} if keys else {}
        expect(sum(counts.values()) + sum(secrets.values()))
        header = _header(connection, counts, now, export_id)
        # What is entered last is named first: where the log's file is, that of its keys is too.
        part = files.enter_context(new_file(path))
        if keys:
            head = msgspec.structs.replace(header, holds="keys", counts=secrets)
            _write(files.enter_context(new_file(keys)), head, reading.secrets(), advance)
        _write(part, header, reading.rows(), advance)
    return Exported(header.log_id, counts["event"], sum(counts.values()))


def _header(connection: Connection, counts: dict[str, int], now: datetime, export_id: str) -> Header:
    row = _log.first(connection)
    assert row is not None
    return Header(
        format=FORMAT,
        holds="log",
        export_id=export_id,
        made_at=rfc3339(now),
        log_id=row[0],
        created_at=row[1],
        revision=migrating.newest(),
        counts=counts,
    )


def _write(path: Path, header: Header, rows: _Rows, advance: Callable[[int], None]) -> None:
    with path.open("wb") as file, closing(rows):
        writer = lines.Writer(file)
        writer.write("tracker", header)
        for count, (name, row) in enumerate(rows, start=1):
            writer.write(name, row)
            if count % _PAGE == 0:
                advance(_PAGE)
        writer.end()


class _Reading:
    """What is carried, as one connection sees it."""

    def __init__(self, connection: Connection, followers: Collection[str]) -> None:
        self._connection, self._followers = connection, list(followers)

    def count(self, table: Table) -> int:
        """How many rows of ``table`` go along."""
        return int(self._connection.execute(self._only(table, select(func.count()).select_from(table))).scalar_one())

    def rows(self) -> _Rows:
        """Every row of the log's file, with its table's name."""
        for table in CARRIED:
            yield from self._rows_of(table, self._every_row(table))

    def secrets(self) -> _Rows:
        """Every row of the file of keys."""
        for table in SECRET:
            yield from self._rows_of(table, select(*columns(table, secret=True)).order_by(*table.primary_key.columns))

    def _every_row(self, table: Table) -> Select[Any]:
        if table is schema.event:
            joined = (_order.c.stream_id == table.c.stream_id) & (_order.c.version == table.c.version)
            wanted = select(_order.c.position, *columns(table)).select_from(_order.join(table, joined))
            return wanted.order_by(_order.c.position)
        return self._only(table, select(*columns(table)).order_by(*table.primary_key.columns))

    def _only(self, table: Table, wanted: Select[Any]) -> Select[Any]:
        return wanted.where(table.c.follower.in_(self._followers)) if table in OF_FOLLOWERS else wanted

    def _rows_of(self, table: Table, wanted: Select[Any]) -> _Rows:
        with self._connection.execute(wanted, execution_options={"yield_per": _PAGE}) as found:
            for row in found.mappings():
                yield table.name, row
