"""An event on its way into the log, where it is sealed, and as it stands there, where it is opened.

    for sealed in Sealing(connection, stream_id, [NewEvent(…), …]): …    ready to be written (``writing``)
    LogEvent.open()                                                      what the event says, unless it was redacted

What is sealed is bound to the event's id, type and schema version, so that it opens in no other event (``seals``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection

from tracker.clock import from_microseconds
from tracker.store import chain, keys, seals
from tracker.store.keys import Ring
from tracker.store.writing import Sealed
from tracker.stories import stored
from tracker.stories.events import Recorded


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


class LogEvent(NamedTuple):
    """An event as it stands in the log. ``open()`` reads its content, as far as it was not redacted."""

    #: What opens its key where that is wrapped.
    ring: Ring
    #: 0 where it has none yet, or wasn't asked for.
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
    #: As it is stored, and the master key that wraps it, by its fingerprint.
    key: bytes | None
    wrapped_by: str | None
    #: When the key was destroyed, microseconds since 1970; ``None``: it was not.
    destroyed_at: int | None

    @property
    def redacted(self) -> bool:
        """Whether its content is gone, so that only what is in the clear is left."""
        return self.destroyed_at is not None

    @property
    def header(self) -> chain.Header:
        """What its hash covers besides its place, its time and its content."""
        return chain.Header(*(getattr(self, name) for name in chain.Header._fields))

    def open(self) -> stored.Stored:
        """The event; where it was redacted, blank but for what is in the clear.

        Raises ``Damaged`` if it was altered or its key is missing, ``MasterKeyMissing``.
        """
        if self.destroyed_at is not None:
            return stored.blank(self.type, self.schema_version, seals.clear_part(self.data))
        if self.key is None and self.key_id is not None:
            raise keys.missing(self.stream_id, self.key_id)
        key = self.key if self.wrapped_by is None else self.ring.opened(self.key or b"", self.wrapped_by)
        clear, private = seals.unframe(self.data, key, _bound(self.event_id, self.type, self.schema_version))
        return stored.read(stored.Form(self.type, self.schema_version, clear, private))

    def without_key(self, destroyed_at: int | None) -> LogEvent:
        """The event as it is if its key was destroyed at that time; itself where it was not (``None``)."""
        if destroyed_at is None:
            return self
        return self._replace(key=None, wrapped_by=None, destroyed_at=destroyed_at)

    def clear(self) -> Mapping[str, Any]:
        """The fields that are in the clear, also when the content can't be read."""
        fields: Mapping[str, Any] = msgspec.json.decode(seals.clear_part(self.data))
        return fields

    def follows(self, previous: bytes) -> bool:
        """Whether the chain goes on with this event from the one whose hash is ``previous``."""
        link = chain.link(previous, self.version, self.recorded_at, self.header, chain.data_hash(self.data))
        return link == self.hash

    def recorded(self) -> Recorded:
        """The event of a story, with its revision and time."""
        return Recorded(
            revision=self.version,
            recorded_at=from_microseconds(self.recorded_at),
            event=self.open(),  # type: ignore[arg-type]  # a story's stream holds a story's events only
            redacted=self.redacted,
            event_id=self.event_id,
            actor=self.actor,
            on_behalf_of=self.on_behalf_of,
            correlation_id=self.correlation_id,
        )


class Sealing:
    """The events of an append, each sealed when it is asked for, and anew for whoever asks again."""

    def __init__(self, connection: Connection, stream_id: str, events: Sequence[NewEvent]) -> None:
        self._stream_id, self._events, self._ring = stream_id, events, keys.ring_of(connection)
        # Looked up beforehand: whoever asks for the events may be using the connection for them.
        shared = {new.key_id for new in events if new.shares_key and new.key_id}
        made = {new.key_id for new in events if not new.shares_key}
        self._shared = {key_id: keys.find(connection, stream_id, key_id) for key_id in shared - made}
        #: What the hash covers of each event besides its place and time, as they were sealed last.
        self.rests: list[bytes] = []

    def __iter__(self) -> Iterator[Sealed]:
        known = dict(self._shared)
        self.rests = []
        for new in self._events:
            sealed = self._seal(new, known)
            self.rests.append(sealed.rest)
            yield sealed

    def _seal(self, new: NewEvent, known: dict[str, bytes]) -> Sealed:
        """``new`` with its content sealed under a key of ``known``, or one that is made and put there."""
        form = stored.write(new.event)
        key_id = None if form.private is None else new.key_id or new.event_id
        key = known.get(key_id) if key_id else None
        stored_key, wrapped_by = None, None
        if key_id and key is None:
            key, stored_key, wrapped_by = self._ring.make()
            known[key_id] = key
        data = seals.frame(form.clear, form.private, key, _bound(new.event_id, form.type, form.schema_version))
        header = chain.Header(
            self._stream_id,
            new.event_id,
            form.type,
            form.schema_version,
            new.actor,
            new.on_behalf_of,
            new.correlation_id,
            new.causation_id,
            new.traceparent,
            key_id,
        )
        return Sealed(*header[1:], data, chain.data_hash(data), header.to_bytes(), stored_key, wrapped_by)


def _bound(event_id: str, kind: str, schema_version: int) -> bytes:
    return f"{event_id} {kind} {schema_version}".encode()
