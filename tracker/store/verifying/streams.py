"""Verifies each stream from its first event to its head: the chain, the numbers, the times, the keys, the places.

One walk over all events in the order of stream and version, a page at a time. Each row carries what its stream's head
was at the moment of reading, so that whoever appends meanwhile is no finding: the last event of a stream that a page
shows is the one that its head names, or the next page goes on with it.

An event that was altered is told once: its successor may follow the hash that stands there or the right one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from sqlalchemy import Connection

from tracker.clock import from_microseconds, rfc3339
from tracker.db.prepared import Prepared
from tracker.errors import Damaged
from tracker.store import chain, keys
from tracker.store.log_events import LogEvent
from tracker.store.verifying.findings import Finding, Findings, Kind

#: Events that are read at once.
_PAGE = 500


class Row(NamedTuple):
    """An event, and what the database says of it elsewhere."""

    event: LogEvent
    data_hash: bytes
    #: What its stream's row says: NULL in all three where there is none.
    head_version: int | None
    head_hash: bytes | None
    head_at: int | None
    #: Whether its key is among those that were destroyed.
    destroyed: int
    #: Whether it should have a position by now, and has none.
    unplaced: int


#: What of a ``LogEvent`` is read, in its order, and where it stands if not in ``event``.
_FIELDS = tuple(name for name in LogEvent._fields if name != "ring")
_ELSEWHERE = {
    "key": "k.key",
    "wrapped_by": "k.wrapped_by",
    "destroyed_at": "CASE WHEN k.key IS NULL THEN d.destroyed_at END",
}


def _page(position: str, unplaced: str, joined: str) -> str:
    """Events after a stream's version; ``position`` and ``unplaced`` are expressions, ``joined`` what they need."""
    given = {"position": f"coalesce({position}, 0)", **_ELSEWHERE}
    columns = ", ".join(given.get(name, f"e.{name}") for name in _FIELDS)
    return (
        f"SELECT {columns}, e.data_hash, s.version, s.head_hash, s.recorded_at, "
        f"CASE WHEN d.key_id IS NULL THEN 0 ELSE 1 END, {unplaced} FROM event e "
        "LEFT JOIN content_key k ON k.stream_id = e.stream_id AND k.key_id = e.key_id "
        "LEFT JOIN destroyed_key d ON d.stream_id = e.stream_id AND d.key_id = e.key_id "
        f"LEFT JOIN stream s ON s.id = e.stream_id {joined} "
        "WHERE (e.stream_id, e.version) > (:stream_id, :version) ORDER BY e.stream_id, e.version LIMIT :most"
    )


# What the sequencer's last tick saw must have its position; so must what came in another cluster, or without a number.
_SEEN = (
    "e.xid IS NULL OR e.epoch IS DISTINCT FROM (SELECT max(epoch) FROM log) OR "
    "pg_visible_in_snapshot(CAST(CAST(e.xid AS text) AS xid8), "
    "(SELECT CAST(snapshot AS pg_snapshot) FROM sequencer WHERE id = 1))"
)
_read = Prepared(
    sqlite=_page("e.seq", "0", ""),
    postgresql=_page(
        "o.position",
        f"CASE WHEN o.position IS NULL AND ({_SEEN}) THEN 1 ELSE 0 END",
        "LEFT JOIN event_order o ON o.stream_id = e.stream_id AND o.version = e.version",
    ),
)
_empty = Prepared(
    "SELECT s.id, s.version FROM stream s "
    "WHERE NOT EXISTS (SELECT 1 FROM event e WHERE e.stream_id = s.id) ORDER BY s.id LIMIT :most"
)


def verify(
    connection: Connection, findings: Findings, *, up_to: int, content: bool, advance: Callable[[int], None]
) -> tuple[int, int]:
    """Add what is wrong with any stream to ``findings``; with ``content`` also what can't be opened.

    Returns how many streams there are, and how many events at positions up to ``up_to``.
    """
    streams, placed, stream = 0, 0, None
    for row in _rows(connection, advance):
        if stream is None or stream.id != row.event.stream_id:
            streams += 1
            stream = _next(stream, row, findings)
        stream.take(row, findings)
        placed += 0 < row.event.position <= up_to
        if content:
            _open(row, findings)
    if stream:
        stream.end(findings)
    _find_empty(connection, findings)
    return streams, placed


def _rows(connection: Connection, advance: Callable[[int], None]) -> Iterator[Row]:
    after, width, ring = ("", 0), len(_FIELDS), keys.ring_of(connection)
    while found := _read.all(connection, stream_id=after[0], version=after[1], most=_PAGE):
        rows = [Row(LogEvent(ring, *row[:width]), *row[width:]) for row in found]
        yield from rows
        after = rows[-1].event.stream_id, rows[-1].event.version
        advance(len(rows))


def _next(before: _Stream | None, row: Row, findings: Findings) -> _Stream:
    if before:
        before.end(findings)
    return _Stream(row.event.stream_id)


class _Stream:
    """What was seen of one stream so far."""

    def __init__(self, id: str) -> None:
        self.id = id
        self._last: Row | None = None
        self._version = 0
        self._recorded_at = 0
        self._position = 0
        #: What the next event may follow.
        self._hashes: tuple[bytes, ...] = (chain.GENESIS,)

    def take(self, row: Row, findings: Findings) -> None:
        """Look at the next event."""
        event = row.event
        for kind, what in (*self._in_its_place(event), *self._as_written(row), *_with_its_key(row)):
            findings.add(_at(event, kind, what))
        computed = chain.link(self._hashes[0], event.version, event.recorded_at, event.header, row.data_hash)
        self._last, self._version = row, event.version
        self._recorded_at, self._position = event.recorded_at, event.position or self._position
        self._hashes = (bytes(event.hash), computed)

    def end(self, findings: Findings) -> None:
        """Look at the stream's head: no further event came."""
        assert self._last is not None
        event, row = self._last.event, self._last
        if row.head_version is None or row.head_hash is None or row.head_at is None:
            findings.add(_at(event, "stream", "The stream of this event has no row."))
        elif row.head_version > event.version:
            findings.add(
                _at(event, "head", f"The stream has {row.head_version} events by its head, but ends with this one.")
            )
        elif (row.head_version, bytes(row.head_hash)) != (event.version, bytes(event.hash)):
            findings.add(_at(event, "head", f"The stream's head names version {row.head_version} with another hash."))
        elif row.head_at != event.recorded_at:
            findings.add(_at(event, "head", f"The stream's head says {_time(row.head_at)}, this last event another."))

    def _in_its_place(self, event: LogEvent) -> Iterator[tuple[Kind, str]]:
        if event.version == self._version:
            yield "version", "It stands there twice, or has two positions."
        elif event.version > self._version + 1:
            first, last = self._version + 1, event.version - 1
            yield (
                "version",
                f"Before it, {f'versions {first} to {last} are' if first < last else f'version {first} is'} missing.",
            )
        if event.recorded_at < self._recorded_at:
            yield "time", f"It was recorded at {_time(event.recorded_at)}, before its predecessor."
        if event.position and event.position <= self._position:
            yield "order", f"Its predecessor in the stream stands behind it, at position {self._position}."

    def _as_written(self, row: Row) -> Iterator[tuple[Kind, str]]:
        event, data_hash = row.event, bytes(row.data_hash)
        if chain.data_hash(event.data) != data_hash:
            yield "data", "Its data was altered: they don't have the hash that was stored with them."
        if row.unplaced:
            yield "order", "It has no position, and will never get one."
        if event.version != self._version + 1:
            return
        links = (chain.link(each, event.version, event.recorded_at, event.header, data_hash) for each in self._hashes)
        if bytes(event.hash) not in links:
            yield "chain", "It doesn't follow its predecessor: its header or its hash was altered, or it was put there."


def _with_its_key(row: Row) -> Iterator[tuple[Kind, str]]:
    if row.event.key is not None and row.destroyed:
        yield "key", f"Its key {row.event.key_id} was destroyed, and is there again: a list of them was not applied."
    elif row.event.key is None and row.event.key_id and not row.destroyed:
        yield "key", f"Its key {row.event.key_id} is missing, and nobody destroyed it."


def _open(row: Row, findings: Findings) -> None:
    if row.event.key_id and row.event.key is None:
        # Its key was destroyed, as it should be, or that it is missing was told.
        return
    try:
        row.event.open()
    except (Damaged, keys.MasterKeyMissing) as error:
        findings.add(_at(row.event, "content", f"Its content can't be read: {error}"))


def _find_empty(connection: Connection, findings: Findings) -> None:
    for stream_id, version in _empty.all(connection, most=_PAGE):
        what = f"The stream has {version} events by its head, but there are none."
        findings.add(Finding("stream", what, stream_id=stream_id))


def _at(event: LogEvent, kind: Kind, what: str) -> Finding:
    return Finding(kind, what, event.position or None, event.stream_id, event.version, event.event_id)


def _time(microseconds: int) -> str:
    return rfc3339(from_microseconds(microseconds))
