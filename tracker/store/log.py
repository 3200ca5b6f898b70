"""The log: append events to a stream, read a stream, read everything in order.

Guarantees: what ``append`` returned and the transaction committed is durable; a stream's versions are dense; of two
appends that expect the same version one wins; the same events again return the first result; nothing is changed
afterwards (the database refuses) and a change behind its back shows (``chain``). ``append`` runs inside the caller's
transaction, so that what must be written with the events is. ``log_events`` says what an event is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal, NamedTuple, NoReturn, TypeAlias

from sqlalchemy import Connection

from tracker.clock import from_microseconds, to_microseconds
from tracker.db.prepared import Prepared
from tracker.errors import Conflict, Contended
from tracker.store import chain, keys, order, writing
from tracker.store.keys import Redacted
from tracker.store.log_events import LogEvent, NewEvent, Sealing
from tracker.store.writing import Change

#: What the caller knows of the stream: that it isn't there, that it is, its version, or nothing.
Expected: TypeAlias = Literal["none", "any", "exists"] | int


class Head(NamedTuple):
    """Where a stream stands."""

    version: int
    hash: bytes
    recorded_at: int
    redactions: int


class Appended(NamedTuple):
    """What became of an append: the versions from ``first`` to ``last``."""

    first: int
    last: int
    #: The last one's position, where it is known by now (``order``).
    position: int | None
    recorded_at: datetime
    #: The last one's hash.
    hash: bytes
    #: Whether these events were there before (the same event id again).
    again: bool = False
    #: What each one's hash covers besides place and time; nothing where they were there before.
    rests: Sequence[bytes] = ()

    def follows(self, version: int, previous: bytes) -> bool:
        """Whether these were appended now, right after the event of that version and hash."""
        if not self.rests or self.first != version + 1:
            return False
        at = to_microseconds(self.recorded_at)
        for number, rest in enumerate(self.rests, start=self.first):
            previous = chain.linked(previous, number, at, rest)
        return previous == self.hash


class WrongVersion(Conflict):
    """The stream is not where the caller thought it was."""

    name = "wrong-version"

    def __init__(self, stream_id: str, expected: Expected, found: int) -> None:
        super().__init__(
            f"Stream {stream_id}: expected version {expected}, found {found}.",
            facts={"expected": expected, "found": found},
        )


class Closed(Conflict):
    """Nothing may be appended to the stream by somebody who hasn't read it."""

    name = "stream-closed"

    def __init__(self, stream_id: str) -> None:
        super().__init__(f"Stream {stream_id} is closed.")


class EventDiffers(Conflict):
    """An event of that id is in the stream, with other content."""

    name = "event-differs"

    def __init__(self, event_id: str) -> None:
        super().__init__(
            f"The event {event_id} was recorded before, with other content; what differs needs an id of its own.",
            facts={"event_id": event_id},
        )


_HEAD = "SELECT version, head_hash, recorded_at, redactions FROM stream WHERE id = :id"
_head = Prepared(sqlite=_HEAD, postgresql=f"{_HEAD} FOR UPDATE")
_find_head = Prepared(_HEAD)
_find_event = Prepared("SELECT version FROM event WHERE stream_id = :stream_id AND event_id = :event_id")

_COLUMNS = (
    "e.stream_id, e.version, e.event_id, e.type, e.schema_version, e.recorded_at, e.actor, e.on_behalf_of, "
    "e.correlation_id, e.causation_id, e.traceparent, e.key_id, e.data, e.hash, k.key, k.wrapped_by, "
    # Looked for only where a key is missing.
    "CASE WHEN k.key IS NULL AND e.key_id IS NOT NULL THEN (SELECT d.destroyed_at FROM destroyed_key d "
    "WHERE d.stream_id = e.stream_id AND d.key_id = e.key_id) END"
)
_KEYED = "LEFT JOIN content_key k ON k.stream_id = e.stream_id AND k.key_id = e.key_id"
# PostgreSQL plans a page without knowing how short it is; OFFSET 0 has it look up each row's key, and each place's
# event, instead of joining whole tables.
_KEYED_BY_ROW = (
    "LEFT JOIN LATERAL (SELECT key, wrapped_by FROM content_key "
    "WHERE stream_id = e.stream_id AND key_id = e.key_id OFFSET 0) k ON true"
)
_PAGE = (
    "(SELECT position, stream_id, version FROM event_order WHERE position > :after ORDER BY position LIMIT :most) o "
    "CROSS JOIN LATERAL (SELECT * FROM event WHERE stream_id = o.stream_id AND version = o.version OFFSET 0) e"
)
_RANGE = "e.stream_id = :stream_id AND e.version > :after AND e.version <= :up_to ORDER BY e.version LIMIT :most"
_read = Prepared(
    sqlite=f"SELECT e.seq, {_COLUMNS} FROM event e {_KEYED} WHERE {_RANGE}",
    postgresql=f"SELECT coalesce(o.position, 0), {_COLUMNS} FROM event e {_KEYED_BY_ROW} "
    f"LEFT JOIN event_order o ON o.stream_id = e.stream_id AND o.version = e.version WHERE {_RANGE}",
)
_read_unplaced = Prepared(
    sqlite=f"SELECT 0, {_COLUMNS} FROM event e {_KEYED} WHERE {_RANGE}",
    postgresql=f"SELECT 0, {_COLUMNS} FROM event e {_KEYED_BY_ROW} WHERE {_RANGE}",
)
_read_all = Prepared(
    sqlite=f"SELECT e.seq, {_COLUMNS} FROM event e {_KEYED} WHERE e.seq > :after ORDER BY e.seq LIMIT :most",
    postgresql=f"SELECT o.position, {_COLUMNS} FROM {_PAGE} {_KEYED_BY_ROW} ORDER BY o.position",
)
_lengths = Prepared(
    sqlite="SELECT length(data) FROM event WHERE seq > :after ORDER BY seq LIMIT :most",
    postgresql=f"SELECT octet_length(e.data) FROM {_PAGE} ORDER BY o.position",
)

_find_log = Prepared("SELECT log_id FROM log")

_UNBOUNDED = 2**62
#: A page of events ends when it holds so many bytes: to open them takes some hundredths of a second.
PAGE_BYTES = 4 * 1024 * 1024


def head(connection: Connection, stream_id: str) -> Head | None:
    """Where the stream stands, without a lock; ``None`` if it isn't there."""
    row = _find_head.first(connection, id=stream_id)
    return Head(*row) if row else None


def lock(connection: Connection, stream_id: str) -> Head | None:
    """Where the stream stands, with its row locked until the transaction ends; ``None`` if it isn't there.

    Whoever locks several streams does it by ascending id.
    """
    row = _head.first(connection, id=stream_id)
    return Head(*row) if row else None


def append(
    connection: Connection,
    stream_id: str,
    kind: str,
    events: Sequence[NewEvent],
    *,
    expected: Expected,
    now: datetime,
    closes: bool | None = None,
) -> Appended:
    """Append ``events`` to a stream, all or none, in the caller's transaction.

    ``now`` is stamped as recorded_at, or the stream's last time if that is later: time never runs back within a
    stream. ``closes`` says whether the stream is closed with these events, or opened again; whoever expects a number
    has read the stream, and may append to a closed one. The same events again, by the first one's id, are answered
    with the first result.

    On PostgreSQL it is one statement, and a transaction of its own where the caller has begun none. Raises
    ``WrongVersion``, ``Closed``, ``EventDiffers`` and ``Redacted``; ``Contended`` where somebody else appends the
    same at once.
    """
    sealing = Sealing(connection, stream_id, events)
    change = _change(stream_id, kind, events, sealing, expected, now, closes)
    written = writing.write(connection, change)
    if written is None and expected == "any":
        # It isn't there; or somebody else has just begun it.
        written = writing.write(connection, change._replace(expected=0)) or writing.write(connection, change)
    if written is None:
        return _appended_before(connection, stream_id, events) or _refused(connection, change, expected)
    position = (
        order.position_of(connection, stream_id, written.version) if connection.dialect.name == "sqlite" else None
    )
    first, at = written.version - len(events) + 1, from_microseconds(written.recorded_at)
    return Appended(first, written.version, position, at, written.hash, rests=sealing.rests)


def _change(
    stream_id: str,
    kind: str,
    events: Sequence[NewEvent],
    sealing: Sealing,
    expected: Expected,
    now: datetime,
    closes: bool | None,
) -> Change:
    return Change(
        stream_id=stream_id,
        kind=kind,
        how_many=len(events),
        first_id=events[0].event_id,
        first_key=events[0].key_id,
        events=sealing,
        now=to_microseconds(now),
        expected=0 if expected == "none" else None if isinstance(expected, str) else expected,
        may_be_closed=isinstance(expected, int),
        closes=closes,
    )


def read(
    connection: Connection,
    stream_id: str,
    *,
    after: int = 0,
    up_to: int | None = None,
    limit: int | None = None,
    placed: bool = True,
) -> list[LogEvent]:
    """A stream's events with ``after`` < version ≤ ``up_to``, in order, at most ``limit``.

    ``placed``: with their positions, which on PostgreSQL must be looked up.
    """
    rows = (_read if placed else _read_unplaced).all(
        connection,
        stream_id=stream_id,
        after=after,
        up_to=_UNBOUNDED if up_to is None else up_to,
        most=_UNBOUNDED if limit is None else limit,
    )
    ring = keys.ring_of(connection)
    return [LogEvent(ring, *row) for row in rows]


def read_all(connection: Connection, *, after: int, limit: int) -> list[LogEvent]:
    """At most ``limit`` events after position ``after``, in the one order that no follower can miss anything of.

    Fewer, but one at least, where they hold more than a page's bytes (``fills_page``).
    """
    if limit > 1:
        limit = fitting(row[0] for row in _lengths.all(connection, after=after, most=limit))
    if not limit:
        return []
    ring = keys.ring_of(connection)
    return [LogEvent(ring, *row) for row in _read_all.all(connection, after=after, most=limit)]


def fitting(lengths: Iterable[int]) -> int:
    """How many events of these lengths in bytes a page takes: until they reach ``PAGE_BYTES``."""
    count = held = 0
    for length in lengths:
        if held >= PAGE_BYTES:
            break
        count, held = count + 1, held + length
    return count


def fills_page(events: Iterable[LogEvent]) -> bool:
    """Whether a page ends with ``events`` for their bytes, so that others may follow."""
    return sum(len(event.data) for event in events) >= PAGE_BYTES


def log_id(connection: Connection) -> str:
    """Which history this is: given once, when the database was made."""
    row = _find_log.first(connection)
    assert row is not None
    return str(row[0])


def _refused(connection: Connection, change: Change, expected: Expected) -> NoReturn:
    if change.first_key and keys.is_destroyed(connection, change.stream_id, change.first_key):
        raise Redacted("What has this name was redacted; it needs another one.")
    found = head(connection, change.stream_id)
    version = found.version if found else 0
    if expected in ("any", "exists") and found:
        raise Closed(change.stream_id)
    if version == change.expected:
        # Somebody else was about to append when this one looked, and has given up since.
        raise Contended("Two requests met over the same thing; try again in a moment.")
    raise WrongVersion(change.stream_id, expected, version)


def _appended_before(connection: Connection, stream_id: str, events: Sequence[NewEvent]) -> Appended | None:
    row = _find_event.first(connection, stream_id=stream_id, event_id=events[0].event_id)
    if row is None:
        return None
    found = read(connection, stream_id, after=row[0] - 1, limit=len(events))
    if any(event.redacted for event in found):
        raise Redacted("What was recorded of this was redacted; it is not recorded again.")
    if [(event.event_id, event.open()) for event in found] != [(new.event_id, new.event) for new in events]:
        raise EventDiffers(events[0].event_id)
    last, at = found[-1], from_microseconds(found[-1].recorded_at)
    return Appended(row[0], last.version, last.position or None, at, last.hash, again=True)
