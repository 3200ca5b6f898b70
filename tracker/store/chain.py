"""The chain: each event's hash covers the one before it, so that nothing can be altered or taken out unseen.

    data_hash = SHA-256(data)
    hash      = SHA-256(hash of the event before ‖ version ‖ recorded_at ‖ rest ‖ data_hash)

``version`` and ``recorded_at`` (microseconds since 1970) are 8 bytes each, big endian, signed; they come first since
they are known last, under the stream's lock. ``rest`` is every other field of the header in the order of ``Header``,
each as its length (4 bytes, big endian) and its UTF-8 bytes; a field that is absent has the length 0xFFFFFFFF and no
bytes. The first event of a stream follows 32 zero bytes. This is the stored format; golden vectors hold it.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

#: What the first event of a stream follows.
GENESIS = bytes(32)

_ABSENT = b"\xff\xff\xff\xff"


class Header(NamedTuple):
    """What the hash covers besides place, time and content; the order is part of the format."""

    stream_id: str
    event_id: str
    type: str
    schema_version: int
    actor: str
    on_behalf_of: str | None
    correlation_id: str
    causation_id: str | None
    traceparent: str | None
    key_id: str | None

    def to_bytes(self) -> bytes:
        """Every field with its length before it."""
        stream_id, event_id, *shared, key_id = self
        return _field(stream_id) + _field(event_id) + _fields(*shared) + _field(key_id)


def data_hash(data: bytes) -> bytes:
    """SHA-256 over an event's stored data, sealed as it is."""
    return sha256(data).digest()


def link(previous: bytes, version: int, recorded_at: int, header: Header, hash_of_data: bytes) -> bytes:
    """The hash of the event that follows ``previous``."""
    return linked(previous, version, recorded_at, header.to_bytes() + hash_of_data)


def linked(previous: bytes, version: int, recorded_at: int, rest: bytes) -> bytes:
    """The same, where ``rest`` is the header's bytes and the data's hash."""
    return sha256(previous + struct.pack(">qq", version, recorded_at) + rest).digest()


@lru_cache(maxsize=128)
def _fields(*values: str | int | None) -> bytes:
    """Those that the events of one append have in common."""
    return b"".join(map(_field, values))


def _field(value: str | int | None) -> bytes:
    if value is None:
        return _ABSENT
    text = str(value).encode()
    return len(text).to_bytes(4, "big") + text
