"""The chain's hash, written from the description of the format alone: nothing here calls ``tracker.store.chain``."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

GENESIS = bytes(32)


def hash_after(before: bytes, version: int, recorded_at: int, header: Sequence[str | int | None], data: bytes) -> bytes:
    """The hash of the event with this place, time (microseconds since 1970), header and data."""
    rest = b""
    for value in header:
        written = None if value is None else str(value).encode("utf-8")
        rest += b"\xff\xff\xff\xff" if written is None else len(written).to_bytes(4, "big") + written
    place = version.to_bytes(8, "big", signed=True) + recorded_at.to_bytes(8, "big", signed=True)
    return hashlib.sha256(before + place + rest + hashlib.sha256(data).digest()).digest()
