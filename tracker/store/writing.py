"""Writes the rows of an append: the stream's new head, the keys, the events.

On SQLite, where a statement costs little, one after the other under the write lock, which also keeps the order. On
PostgreSQL, where each would be a trip to the server, all in one statement, which is a transaction of its own where the
caller has begun none. The chain is computed where the head is locked: here in Python, there by the database
(``sha256``, ``chain_hashes``), from the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection

from tracker.db.database import begun
from tracker.db.prepared import Prepared
from tracker.store import chain


class Sealed(NamedTuple):
    """An event that is ready to be written: all of it but its place, its time and its hash."""

    event_id: str
    type: str
    schema_version: int
    actor: str
    on_behalf_of: str | None
    correlation_id: str
    causation_id: str | None
    traceparent: str | None
    key_id: str | None
    data: bytes
    data_hash: bytes
    #: What the hash covers besides place, time and content (``chain.Header.to_bytes``).
    header: bytes
    #: A key that was made for it, as it is stored, and what wraps it; ``None`` where it was there or none is needed.
    key: bytes | None
    wrapped_by: str | None

    @property
    def rest(self) -> bytes:
        """What the hash covers besides the event before, place and time."""
        return self.header + self.data_hash


class Change(NamedTuple):
    """What is to happen to a stream."""

    stream_id: str
    kind: str
    #: How many events there are, the first one's id and the key that it brings, and the events, each sealed when it is
    #: asked for.
    how_many: int
    first_id: str
    first_key: str | None
    events: Iterable[Sealed]
    #: Microseconds since 1970; the stream's last time counts where that is later.
    now: int
    #: The version that the stream must have; ``None``: any but that of a stream that isn't there, which 0 begins.
    expected: int | None
    #: Whether the stream may be closed, and what it is to be afterwards; ``None``: as before.
    may_be_closed: bool
    closes: bool | None

    def parameters(self) -> dict[str, Any]:
        """Everything but the events themselves."""
        given = self._asdict()
        del given["events"]
        return given


class Written(NamedTuple):
    """Where the stream stands now."""

    version: int
    recorded_at: int
    hash: bytes


#: The columns of ``event`` that come from ``Sealed``, and their types on PostgreSQL.
_COLUMNS = {
    "event_id": "text",
    "type": "text",
    "schema_version": "integer",
    "actor": "text",
    "on_behalf_of": "text",
    "correlation_id": "text",
    "causation_id": "text",
    "traceparent": "text",
    "key_id": "text",
    "data": "bytea",
    "data_hash": "bytea",
}
_NAMES = ", ".join(_COLUMNS)
_TYPED = ", ".join(f"CAST(:{name} AS {kind})" for name, kind in _COLUMNS.items())
_LISTED = ", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in _COLUMNS.items())
_FILLED = f"stream_id, version, recorded_at, hash, {_NAMES}"

_AS_EXPECTED = (
    "id = :stream_id AND (CAST(:expected AS bigint) IS NULL OR version = :expected) "
    "AND (:may_be_closed OR closed_at IS NULL) "
    "AND NOT EXISTS (SELECT 1 FROM event WHERE stream_id = :stream_id AND event_id = :first_id) "
    # A key that was destroyed is never made again: what it sealed would seem damaged.
    "AND NOT EXISTS (SELECT 1 FROM destroyed_key WHERE stream_id = :stream_id AND key_id = :first_key)"
)

# ---- PostgreSQL

_AT = "greatest(recorded_at, CAST(:now AS bigint))"


def _closed_at(at: str, before: str) -> str:
    """Since when the stream is closed, after an append at ``at``; both are expressions."""
    return f"CASE WHEN CAST(:closes AS boolean) IS NULL THEN {before} WHEN :closes THEN {at} END"


#: The transaction has its number before the event gets its ``seq``: ``head`` has changed a row.
_ORDERED = "(SELECT epoch FROM log), CAST(CAST(pg_current_xact_id() AS text) AS bigint)"

_append_one = Prepared(
    postgresql=f"""
    WITH head AS (
        UPDATE stream SET version = version + 1, recorded_at = {_AT}, closed_at = {_closed_at(_AT, "closed_at")},
        head_hash = sha256(head_hash || int8send(version + 1) || int8send({_AT}) || :rest)
        WHERE {_AS_EXPECTED} RETURNING version, recorded_at, head_hash
    ),
    keyed AS (
        INSERT INTO content_key (stream_id, key_id, key, wrapped_by)
        SELECT :stream_id, :key_id, :key, :wrapped_by FROM head WHERE CAST(:key AS bytea) IS NOT NULL
    ),
    stored AS (
        INSERT INTO event ({_FILLED}, epoch, xid)
        SELECT :stream_id, version, recorded_at, head_hash, {_TYPED}, {_ORDERED} FROM head
    )
    SELECT version, recorded_at, head_hash FROM head
    """
)

_several = f"""
    keyed AS (
        INSERT INTO content_key (stream_id, key_id, key, wrapped_by)
        SELECT :stream_id, made.* FROM head, unnest(
            CAST(:made_ids AS text[]), CAST(:keys AS bytea[]), CAST(:wrapped_by AS text[])
        ) AS made
    ),
    stored AS (
        INSERT INTO event ({_FILLED}, epoch, xid)
        SELECT :stream_id, head.version - :how_many + new.place, head.recorded_at, new.hash, {_NAMES}, {_ORDERED}
        FROM head, unnest(head.hashes, {_LISTED}) WITH ORDINALITY AS new(hash, {_NAMES}, place) ORDER BY new.place
    )
    SELECT version, recorded_at, hashes[:how_many] FROM head
    """
_append_several = Prepared(
    postgresql=f"""
    WITH held AS (
        SELECT id, version, closed_at, {_AT} AS recorded_at, head_hash FROM stream WHERE {_AS_EXPECTED} FOR UPDATE
    ),
    linked AS MATERIALIZED (
        SELECT held.*, chain_hashes(head_hash, version, recorded_at, CAST(:rests AS bytea[])) AS hashes FROM held
    ),
    head AS (
        UPDATE stream SET version = linked.version + :how_many, recorded_at = linked.recorded_at,
        head_hash = linked.hashes[:how_many],
        closed_at = {_closed_at("linked.recorded_at", "linked.closed_at")}
        FROM linked WHERE stream.id = linked.id RETURNING stream.version, stream.recorded_at, linked.hashes
    ), {_several}"""
)
_begin = Prepared(
    postgresql=f"""
    WITH linked AS MATERIALIZED (
        SELECT chain_hashes(CAST(:genesis AS bytea), 0, CAST(:now AS bigint), CAST(:rests AS bytea[])) AS hashes
    ),
    begun AS (
        INSERT INTO stream (id, kind, version, recorded_at, head_hash, closed_at)
        SELECT :stream_id, :kind, :how_many, :now, hashes[:how_many], {_closed_at("CAST(:now AS bigint)", "NULL")}
        FROM linked ON CONFLICT DO NOTHING RETURNING version, recorded_at
    ),
    head AS (SELECT begun.*, linked.hashes FROM begun, linked), {_several}"""
)

#: From so many events on they are streamed, which costs two more trips to the server, and far less for each event.
_MANY = 16
# Taken before the epoch is read: no other one begins until COMMIT.
_hold_epoch = Prepared(postgresql="LOCK TABLE event IN ROW EXCLUSIVE MODE")
_hold_head = Prepared(
    postgresql=f"SELECT version, head_hash, {_AT}, {_ORDERED} FROM stream WHERE {_AS_EXPECTED} FOR UPDATE"
)
_stream_events = Prepared(postgresql=f"COPY event ({_FILLED}, epoch, xid) FROM STDIN (FORMAT BINARY)")
_EVENT_TYPES = ("text", "bigint", "bigint", "bytea", *_COLUMNS.values(), "integer", "bigint")
_stream_keys = Prepared(postgresql="COPY content_key (stream_id, key_id, key, wrapped_by) FROM STDIN (FORMAT BINARY)")
_KEY_TYPES = ("text", "text", "bytea", "text")
_move_head = Prepared(
    postgresql="UPDATE stream SET version = :version, recorded_at = :recorded_at, head_hash = :hash, "
    f"closed_at = {_closed_at('CAST(:recorded_at AS bigint)', 'closed_at')} WHERE id = :stream_id"
)

# ---- SQLite

_find_head = Prepared(sqlite=f"SELECT version, head_hash, recorded_at FROM stream WHERE {_AS_EXPECTED}")
_begin_stream = Prepared(
    sqlite="INSERT INTO stream (id, kind, version, recorded_at, head_hash, closed_at) "
    "VALUES (:stream_id, :kind, :version, :recorded_at, :hash, :closed_at) ON CONFLICT DO NOTHING"
)
_move_stream = Prepared(
    sqlite="UPDATE stream SET version = :version, recorded_at = :recorded_at, head_hash = :hash, "
    "closed_at = CASE WHEN :closes IS NULL THEN closed_at ELSE :closed_at END WHERE id = :stream_id"
)
_insert_key = Prepared(sqlite="INSERT INTO content_key (stream_id, key_id, key, wrapped_by) VALUES (?, ?, ?, ?)")
_insert = Prepared(sqlite=f"INSERT INTO event ({_FILLED}) VALUES (?, ?, ?, ?{', ?' * len(_COLUMNS)})")


def write(connection: Connection, change: Change) -> Written | None:
    """Carry out ``change``; ``None``, and nothing is written, where the stream is not as it expects.

    Neither is anything written where the stream has an event with the id of the first one, or had the key that the
    first one brings, which was destroyed.
    """
    if connection.dialect.name != "postgresql":
        return _step_by_step(connection, change)
    if change.expected != 0 and change.how_many >= _MANY and begun(connection):
        return _streamed(connection, change)
    return _at_once(connection, change)


def _at_once(connection: Connection, change: Change) -> Written | None:
    given, events = change.parameters(), list(change.events)
    if change.expected != 0 and change.how_many == 1:
        row = _append_one.first(connection, **given, **events[0]._asdict(), rest=events[0].rest)
        return Written(*row) if row else None
    made = [event for event in events if event.key is not None]
    row = (_begin if change.expected == 0 else _append_several).first(
        connection,
        **given,
        **{name: [getattr(event, name) for event in events] for name in _COLUMNS},
        rests=[event.rest for event in events],
        genesis=chain.GENESIS,
        made_ids=[event.key_id for event in made],
        keys=[event.key for event in made],
        wrapped_by=[event.wrapped_by for event in made],
    )
    return Written(*row) if row else None


def _streamed(connection: Connection, change: Change) -> Written | None:
    """The events are sealed and linked while the server takes in those before."""
    _hold_epoch.run(connection)
    head = _hold_head.first(connection, **change.parameters())
    if head is None:
        return None
    version, previous, recorded_at, *ordered = head
    keys: list[tuple[Any, ...]] = []
    stream = _Linking(change, version, previous, recorded_at)
    _stream_events.in_bulk(connection, _EVENT_TYPES, ((*row, *ordered) for row in stream.rows(keys)))
    _stream_keys.in_bulk(connection, _KEY_TYPES, keys)
    written = stream.written()
    _move_head.run(connection, stream_id=change.stream_id, closes=change.closes, **written._asdict())
    return written


def _step_by_step(connection: Connection, change: Change) -> Written | None:
    begins = change.expected == 0
    head = None if begins else _find_head.first(connection, **change.parameters())
    if head is None and not begins:
        return None
    version, previous, last_at = head or (0, chain.GENESIS, change.now)
    keys: list[tuple[Any, ...]] = []
    stream = _Linking(change, version, previous, max(change.now, last_at))
    rows = list(stream.rows(keys))
    written = stream.written()
    closed_at = written.recorded_at if change.closes else None
    move = _begin_stream if begins else _move_stream
    if not move.run(connection, **change.parameters(), **written._asdict(), closed_at=closed_at):
        return None
    _insert_key.run_rows(connection, keys)
    _insert.run_rows(connection, rows)
    return written


class _Linking:
    """Goes along the chain from a stream's head."""

    def __init__(self, change: Change, version: int, previous: bytes, recorded_at: int) -> None:
        self._change, self._version, self._hash, self._at = change, version, previous, recorded_at

    def rows(self, keys: list[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
        """The rows of ``event`` (``_FILLED``), each linked to the one before it; those of the keys go to ``keys``."""
        stream_id = self._change.stream_id
        for event in self._change.events:
            self._version += 1
            self._hash = chain.linked(self._hash, self._version, self._at, event.rest)
            if event.key is not None:
                keys.append((stream_id, event.key_id, event.key, event.wrapped_by))
            yield stream_id, self._version, self._at, self._hash, *event[: len(_COLUMNS)]

    def written(self) -> Written:
        """Where the stream stands after the last row."""
        return Written(self._version, self._at, self._hash)
