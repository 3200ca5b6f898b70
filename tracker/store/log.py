"""The log: append events to a stream, read a stream, read everything in order.

Guarantees: what ``append`` returned and the transaction committed is durable; a stream's versions are dense; of two
appends that expect the same version one wins; the same events again return the first result; nothing is changed
afterwards (the database refuses) and a change behind its back shows (``chain``). ``append`` runs inside the caller's
transaction, so that what must be written with the events is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple, NoReturn, TypeAlias

import msgspec
from sqlalchemy import Connection

from tracker.clock import from_microseconds, to_microseconds
from tracker.db.prepared import Prepared
from tracker.errors import Conflict, Contended
from tracker.store import chain, order, seals, writing
from tracker.store.writing import Change, Sealed
from tracker.stories import stored
from tracker.stories.events import Recorded

#: What the caller knows of the stream: that it isn't there, that it is, its version, or nothing.
Expected: TypeAlias = Literal["none", "any", "exists"] | int


class NewEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event to be appended."""

    event_id: str
    event: stored.Stored
    actor: str
    correlation_id: str
    on_behalf_of: str | None = None
    causation_id: str | None = None
    traceparent: str | None = None
    #: What the key seals: a report's version, or else the event alone.
    key_id: str | None = None
    #: Whether an event before it has that key already.
    shares_key: bool = False


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


class LogEvent(NamedTuple):
    """An event as it stands in the log. ``open()`` reads its content."""

    #: 0 where it has none yet.
    position: int
    stream_id: str
    version: int
    event_id: str
    type: str
    schema_version: int
    #: Microseconds since 1970, UTC.
    recorded_at: int
    actor: str
    on_behalf_of: str | None
    correlation_id: str
    causation_id: str | None
    traceparent: str | None
    key_id: str | None
    data: bytes
    hash: bytes
    key: bytes | None

    def open(self) -> stored.Stored:
        """The event. Raises ``Unreadable`` if its key was destroyed, ``Damaged`` if it was altered."""
        bound = _bound(self.event_id, self.type, self.schema_version)
        clear, private = seals.unframe(self.data, self.key, bound)
        return stored.read(stored.Form(self.type, self.schema_version, clear, private))

    def clear(self) -> Mapping[str, Any]:
        """The fields that are in the clear, also when the content can't be read."""
        fields: Mapping[str, Any] = msgspec.json.decode(seals.clear_part(self.data))
        return fields

    def follows(self, previous: bytes) -> bool:
        """Whether the chain goes on with this event from the one whose hash is ``previous``."""
        header = chain.Header(*(getattr(self, name) for name in chain.Header._fields))
        return chain.link(previous, self.version, self.recorded_at, header, chain.data_hash(self.data)) == self.hash

    def recorded(self) -> Recorded:
        """The event of a story, with its revision and time."""
        return Recorded(
            revision=self.version,
            recorded_at=from_microseconds(self.recorded_at),
            event=self.open(),  # type: ignore[arg-type]  # a story's stream holds a story's events only
            event_id=self.event_id,
            actor=self.actor,
            on_behalf_of=self.on_behalf_of,
            correlation_id=self.correlation_id,
        )


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
_find_key = Prepared("SELECT key FROM content_key WHERE stream_id = :stream_id AND key_id = :key_id")
_find_event = Prepared("SELECT version FROM event WHERE stream_id = :stream_id AND event_id = :event_id")

_COLUMNS = (
    "e.stream_id, e.version, e.event_id, e.type, e.schema_version, e.recorded_at, e.actor, e.on_behalf_of, "
    "e.correlation_id, e.causation_id, e.traceparent, e.key_id, e.data, e.hash, k.key"
)
_KEYED = "LEFT JOIN content_key k ON k.stream_id = e.stream_id AND k.key_id = e.key_id"
_read = Prepared(
    sqlite=f"SELECT e.seq, {_COLUMNS} FROM event e {_KEYED} "
    "WHERE e.stream_id = :stream_id AND e.version > :after AND e.version <= :up_to ORDER BY e.version LIMIT :most",
    postgresql=f"SELECT coalesce(o.position, 0), {_COLUMNS} FROM event e {_KEYED} "
    "LEFT JOIN event_order o ON o.stream_id = e.stream_id AND o.version = e.version "
    "WHERE e.stream_id = :stream_id AND e.version > :after AND e.version <= :up_to ORDER BY e.version LIMIT :most",
)
_read_all = Prepared(
    sqlite=f"SELECT e.seq, {_COLUMNS} FROM event e {_KEYED} WHERE e.seq > :after ORDER BY e.seq LIMIT :most",
    postgresql=f"SELECT o.position, {_COLUMNS} FROM event_order o "
    f"JOIN event e ON e.stream_id = o.stream_id AND e.version = o.version {_KEYED} "
    "WHERE o.position > :after ORDER BY o.position LIMIT :most",
)

_find_log = Prepared("SELECT log_id FROM log")

_UNBOUNDED = 2**62


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
    ``WrongVersion``, ``Closed`` and ``EventDiffers``; ``Contended`` where somebody else appends the same just now.
    """
    change = Change(
        stream_id=stream_id,
        kind=kind,
        events=_sealed(connection, stream_id, events),
        now=to_microseconds(now),
        expected=0 if expected == "none" else None if isinstance(expected, str) else expected,
        may_be_closed=isinstance(expected, int),
        closes=closes,
    )
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
    return Appended(first, written.version, position, at, written.hash)


def read(
    connection: Connection,
    stream_id: str,
    *,
    after: int = 0,
    up_to: int | None = None,
    limit: int | None = None,
) -> list[LogEvent]:
    """A stream's events with ``after`` < version ≤ ``up_to``, in order, at most ``limit``."""
    rows = _read.all(
        connection,
        stream_id=stream_id,
        after=after,
        up_to=_UNBOUNDED if up_to is None else up_to,
        most=_UNBOUNDED if limit is None else limit,
    )
    return [LogEvent(*row) for row in rows]


def read_all(connection: Connection, *, after: int, limit: int) -> list[LogEvent]:
    """At most ``limit`` events after position ``after``, in the one order that no follower can miss anything of."""
    return [LogEvent(*row) for row in _read_all.all(connection, after=after, most=limit)]


def log_id(connection: Connection) -> str:
    """Which history this is: given once, when the database was made."""
    row = _find_log.first(connection)
    assert row is not None
    return str(row[0])


def _refused(connection: Connection, change: Change, expected: Expected) -> NoReturn:
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
    if [(event.event_id, event.open()) for event in found] != [(new.event_id, new.event) for new in events]:
        raise EventDiffers(events[0].event_id)
    last, at = found[-1], from_microseconds(found[-1].recorded_at)
    return Appended(row[0], last.version, last.position or None, at, last.hash, again=True)


def _sealed(connection: Connection, stream_id: str, events: Sequence[NewEvent]) -> list[Sealed]:
    keys: dict[str, bytes] = {}
    return [_seal(connection, stream_id, new, keys) for new in events]


def _seal(connection: Connection, stream_id: str, new: NewEvent, keys: dict[str, bytes]) -> Sealed:
    """``new`` with its content sealed, under a key of ``keys``, of the stream, or one that is made and put there."""
    form = stored.write(new.event)
    key_id = None if form.private is None else new.key_id or new.event_id
    made = None
    if key_id and key_id not in keys:
        made = None if new.shares_key else seals.new_key()
        keys[key_id] = made or _key(connection, stream_id, key_id)
    key = keys[key_id] if key_id else None
    data = seals.frame(form.clear, form.private, key, _bound(new.event_id, form.type, form.schema_version))
    header = chain.Header(
        stream_id=stream_id,
        event_id=new.event_id,
        type=form.type,
        schema_version=form.schema_version,
        actor=new.actor,
        on_behalf_of=new.on_behalf_of,
        correlation_id=new.correlation_id,
        causation_id=new.causation_id,
        traceparent=new.traceparent,
        key_id=key_id,
    )
    return Sealed(*header[1:], data, chain.data_hash(data), header.to_bytes(), made, None)


def _key(connection: Connection, stream_id: str, key_id: str) -> bytes:
    """A key that seals other events already. Raises ``Unreadable`` where it was destroyed."""
    found = _find_key.first(connection, stream_id=stream_id, key_id=key_id)
    if found is None:
        raise seals.Unreadable("What this belongs to was redacted.")
    return bytes(found[0])


def _bound(event_id: str, kind: str, schema_version: int) -> bytes:
    return f"{event_id} {kind} {schema_version}".encode()
