"""Reads an export into an empty database of either kind: the same ids, revisions, positions, hashes and cursors.

One transaction, in which a few hundred rows at a time are read, checked and written: whoever looks sees nothing or all
of it, and an import that was broken off left nothing behind. The chain of every stream is verified on the way.

On PostgreSQL an imported event has no number of a transaction, so that the sequencer never looks at it; it goes on
from the last position. What it does badly: SQLite's write-ahead log grows to the size of the database until the end.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Table, insert, select, update

from tracker.clock import to_microseconds
from tracker.db import migrating, schema
from tracker.db.database import Database
from tracker.db.prepared import Prepared
from tracker.errors import Damaged, Refusal
from tracker.store import chain, order
from tracker.store.transfer import lines
from tracker.store.transfer.lines import FORMAT, Header, Line
from tracker.store.transfer.tables import CARRIED, ENDPOINT_SECRETS, SECRET, decoders

#: Lines that are in memory at once.
_PAGE = 500
#: Streams whose last event is remembered, so that it needn't be looked up.
_MOST_STREAMS = 20_000

_header = msgspec.json.Decoder(Header)

# In the order in which a tick takes them, so that the two never wait for each other in a ring.
_hold_sequencer = Prepared(postgresql="SELECT position FROM sequencer WHERE id = 1 FOR UPDATE")
_let_nobody_write = Prepared(postgresql="LOCK TABLE stream, event IN EXCLUSIVE MODE")
_name_log = Prepared("UPDATE log SET log_id = :log_id, created_at = :created_at")
_go_on_from = Prepared(
    postgresql="UPDATE sequencer SET position = :position, snapshot = CAST(pg_current_snapshot() AS text), "
    "system_identifier = (SELECT system_identifier FROM pg_control_system()) WHERE id = 1"
)
_last_of = Prepared(
    "SELECT version, hash, recorded_at FROM event WHERE stream_id = :stream_id ORDER BY version DESC LIMIT 1"
)
# A stream whose row is not that of its last event, or is not there.
_wrong_head = Prepared(
    "SELECT e.stream_id FROM event e LEFT JOIN stream s ON s.id = e.stream_id WHERE s.id IS NULL "
    "OR e.version > s.version OR (e.version = s.version AND (e.hash <> s.head_hash OR e.recorded_at <> s.recorded_at)) "
    "UNION ALL SELECT s.id FROM stream s LEFT JOIN event e ON e.stream_id = s.id AND e.version = s.version "
    "WHERE e.stream_id IS NULL LIMIT 1"
)
_without_key = Prepared(
    "SELECT e.stream_id, e.key_id FROM event e WHERE e.key_id IS NOT NULL "
    "AND NOT EXISTS (SELECT 1 FROM content_key k WHERE k.stream_id = e.stream_id AND k.key_id = e.key_id) "
    "AND NOT EXISTS (SELECT 1 FROM destroyed_key d WHERE d.stream_id = e.stream_id AND d.key_id = e.key_id) LIMIT 1"
)


class Imported(NamedTuple):
    """What was read."""

    log_id: str
    #: The last position.
    events: int
    rows: int


def import_(
    database: Database,
    path: Path,
    keys: Path | None,
    now: datetime,
    *,
    expect: Callable[[int], None] = lambda count: None,
    advance: Callable[[int], None] = lambda count: None,
) -> Imported:
    """Read the export at ``path``, and what opens it from ``keys``, into ``database``, which is up to date and empty.

    Without ``keys`` sealed content can't be read, and endpoints, which have no secret, are deleted. ``expect`` is
    called once with the number of rows, ``advance`` with how many were just read. Raises ``Refusal`` for a database
    that isn't empty or another file's keys, ``Damaged`` with the number of the line that is wrong.
    """
    log_lines = lines.read(path)
    header = _head(log_lines, path, "log")
    key_lines = lines.read(keys) if keys else iter(())
    secrets = _head(key_lines, keys, "keys", header.export_id) if keys else None
    expect(sum(header.counts.values()) + (sum(secrets.counts.values()) if secrets else 0))
    with database.writing(alone=True) as connection:
        _take_possession(connection)
        incoming = _Incoming(connection, header.counts, None if keys else to_microseconds(now))
        incoming.read(log_lines, decoders(CARRIED), advance)
        if secrets:
            _Secrets(connection, secrets.counts).read(key_lines, decoders(SECRET, secret=True), advance)
        _conclude(connection, header, path, complete=keys is not None)
    return Imported(header.log_id, incoming.position, sum(header.counts.values()))


def _head(found: Iterator[Line], path: Path, holds: str, export_id: str | None = None) -> Header:
    line = next(found, None)
    if line is None or line.name != "tracker":
        raise Damaged(f"{path} is no export of a tracker. Nothing was imported.")
    header: Header = lines.decoded(line, _header)
    if header.format != FORMAT or header.revision != migrating.newest():
        raise Refusal(
            f"{path} was written by another version of the program (format {header.format}, database at "
            f"{header.revision}; this one: {FORMAT}, {migrating.newest()}). Import it with that version, then migrate."
        )
    if header.holds != holds:
        raise Refusal(f"{path} holds {header.holds}, not {holds}: were the two files mixed up?")
    if export_id not in (None, header.export_id):
        raise Refusal(f"{path} holds the keys of another export.")
    return header


def _take_possession(connection: Connection) -> None:
    """Let nobody else write. Raises ``Refusal`` unless the database is empty."""
    if connection.dialect.name == "postgresql":
        _hold_sequencer.run(connection)
        _let_nobody_write.run(connection)
    for table in schema.metadata.sorted_tables:
        if table in (schema.log, schema.sequencer) or table.info.get("only") not in (None, connection.dialect.name):
            continue
        if connection.execute(select(1).select_from(table).limit(1)).first():
            raise Refusal(f"The database is not empty: there are rows in {table.name}. Import into a new one.")


def _conclude(connection: Connection, header: Header, path: Path, *, complete: bool) -> None:
    """What can be said only when everything is there."""
    if row := _wrong_head.first(connection):
        raise Damaged(f"{path}: the row of stream {row[0]} doesn't name its last event. Nothing was imported.")
    if complete and (row := _without_key.first(connection)):
        raise Damaged(f"The key {row[1]} of stream {row[0]} is missing in the file of keys. Nothing was imported.")
    _name_log.run(connection, log_id=header.log_id, created_at=header.created_at)
    if connection.dialect.name == "postgresql":
        _go_on_from.run(connection, position=order.last_position(connection))


class _Rows:
    """Lines that become rows, a page at a time."""

    def __init__(self, connection: Connection, counts: dict[str, int]) -> None:
        self._connection = connection
        self._tables = schema.metadata.tables
        #: How many rows of each table are still to come.
        self._left = dict(counts)

    def read(
        self,
        found: Iterator[Line],
        decoders: dict[str, msgspec.json.Decoder[Any]],
        advance: Callable[[int], None],
    ) -> None:
        """Read every line. Raises ``Damaged`` for the first that is wrong."""
        while page := list(islice(found, _PAGE)):
            rows: dict[str, list[dict[str, Any]]] = {}
            for line in page:
                rows.setdefault(line.name, []).append(self._row(line, decoders))
            for name, some in rows.items():
                self.write(self._tables[name], some)
            advance(len(page))
        if any(self._left.values()):
            raise Damaged(f"Rows are missing that the first line counts: {self._left}. Nothing was imported.")

    def _row(self, line: Line, decoders: dict[str, msgspec.json.Decoder[Any]]) -> dict[str, Any]:
        if line.name not in decoders or not self._left.get(line.name):
            raise line.wrong(f"No row of {line.name} was to come here.")
        self._left[line.name] -= 1
        row = msgspec.structs.asdict(lines.decoded(line, decoders[line.name]))
        self.check(line, row)
        return row

    def check(self, line: Line, row: dict[str, Any]) -> None:
        """Raises ``Damaged`` for a row that is not as it should be."""

    def write(self, table: Table, rows: list[dict[str, Any]]) -> None:
        """Write rows of one table."""
        self._connection.execute(insert(table), rows)


class _Secrets(_Rows):
    """The file of keys."""

    def write(self, table: Table, rows: list[dict[str, Any]]) -> None:
        if table is not schema.endpoint:
            super().write(table, rows)
            return
        for row in rows:
            given = {name: row[name] for name in ENDPOINT_SECRETS}
            self._connection.execute(update(table).where(table.c.id == row["id"]).values(given))


class _Incoming(_Rows):
    """The log's file. Events come in the order of their positions."""

    def __init__(self, connection: Connection, counts: dict[str, int], closes_endpoints: int | None) -> None:
        """``closes_endpoints``: when those that have no secret are deleted; ``None``: they get theirs."""
        super().__init__(connection, counts)
        self.position = 0
        self._closes_endpoints = closes_endpoints
        self._heads = _Heads(connection)

    def check(self, line: Line, row: dict[str, Any]) -> None:
        if line.name == "event":
            self.position += 1
            if row["position"] != self.position:
                raise line.wrong(f"Position {self.position} was to come here, not {row['position']}.")
            self._heads.take(line, row)
        if line.name == "endpoint":
            row.update(dict.fromkeys(ENDPOINT_SECRETS, ""))
            row["deleted_at"] = row["deleted_at"] or self._closes_endpoints

    def write(self, table: Table, rows: list[dict[str, Any]]) -> None:
        if table is not schema.event:
            super().write(table, rows)
            return
        on_sqlite = self._connection.dialect.name == "sqlite"
        for row in rows:
            position = row.pop("position")
            place = {"position": position, "stream_id": row["stream_id"], "version": row["version"]}
            row.update({"seq": position} if on_sqlite else {"place": place})
        places = [row.pop("place") for row in rows if "place" in row]
        super().write(table, rows)
        if places:
            super().write(schema.event_order, places)
        self._heads.forget_some()


class _Head(NamedTuple):
    version: int
    hash: bytes
    recorded_at: int


class _Heads:
    """Where each stream stands: what came last is remembered, the rest looked up."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: OrderedDict[str, _Head] = OrderedDict()

    def take(self, line: Line, row: dict[str, Any]) -> None:
        """Let an event follow the last one of its stream. Raises ``Damaged`` if it doesn't."""
        before = self._of(row["stream_id"])
        header = chain.Header(*(row[name] for name in chain.Header._fields))
        here = f"Event {row['event_id']} of stream {row['stream_id']}"
        if row["version"] != before.version + 1 or row["recorded_at"] < before.recorded_at:
            raise line.wrong(f"{here} doesn't come after version {before.version}.")
        if chain.data_hash(row["data"]) != row["data_hash"]:
            raise line.wrong(f"{here} has data that were altered.")
        if chain.link(before.hash, row["version"], row["recorded_at"], header, row["data_hash"]) != row["hash"]:
            raise line.wrong(f"{here} doesn't follow the one before it.")
        self._known[row["stream_id"]] = _Head(row["version"], row["hash"], row["recorded_at"])

    def forget_some(self) -> None:
        """Keep memory small; to be called when everything that was taken is written."""
        while len(self._known) > _MOST_STREAMS:
            self._known.popitem(last=False)

    def _of(self, stream_id: str) -> _Head:
        if stream_id in self._known:
            self._known.move_to_end(stream_id)
            return self._known[stream_id]
        row = _last_of.first(self._connection, stream_id=stream_id)
        return _Head(row[0], bytes(row[1]), row[2]) if row else _Head(0, chain.GENESIS, 0)
