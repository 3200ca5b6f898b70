"""Where a page of a list ends and the next begins: opaque cursors and ``Link`` (RFC 8288).

A cursor is ``base64url(version ‖ checksum ‖ MessagePack [kind, …])``. The kind names the list, so that the
cursor of one list is not taken by another; the checksum catches what was cut short or mistyped. It is no
signature: whoever reads a cursor treats what it holds as a client's word. A text that ``encode_cursor`` would
not have written is refused whole, so that one place has one cursor.

A bare number is enough for lists that show the newest first: after an older backup was restored, what the list has
stands under that number or at the front, as with whatever changes while somebody pages. Lists that go on to the
newer have cursors that belong to one history (``cursors``).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec
from werkzeug.urls import iri_to_uri

from tracker.api.rooms import rooms
from tracker.errors import Fault, Invalid

_VERSION = b"\x01"
_CHECKSUM = 4
_LONGEST = 1024
_MIN, _MAX = -(2**63), 2**63 - 1

_items = msgspec.msgpack.Decoder(list[str | int])


def encode_cursor(kind: str, payload: Sequence[str | int]) -> str:
    """The cursor that ``decode_cursor`` reads back.

    ValueError for what it would refuse: U+0000, more than 64 bits, more than 1024 characters in all.
    """
    items = [kind, *payload]
    if not _storable(items) or len(text := _written(msgspec.msgpack.encode(items))) > _LONGEST:
        raise ValueError(f"A cursor of {kind!r} can't hold this")
    return text


def decode_cursor(kind: str, text: str, *, parameter: str = "cursor") -> list[str | int]:
    """What ``encode_cursor(kind, …)`` was given: strings without U+0000 and integers of 64 bits.

    Raises ``Invalid`` (``bad-cursor``, at ``parameter``) for any other text, whatever it holds.
    """
    try:
        packed = _packed_in(text)
        found, *payload = _items.decode(packed)
    except (ValueError, msgspec.DecodeError):
        raise _bad("This is no cursor, or not the whole of one.", parameter) from None
    if _written(packed) != text or not _storable(payload):
        raise _bad("This is no cursor, or not the whole of one.", parameter)
    if found != kind:
        raise _bad("This cursor belongs to another list.", parameter)
    return payload


def number_in(kind: str, text: str) -> int:
    """The number that ``encode_cursor(kind, [number])`` was given. Raises ``Invalid`` (``bad-cursor``)."""
    match decode_cursor(kind, text):
        case [int(number)] if number >= 0:
            return number
    raise _bad("This is no cursor of this list.")


def limit_of(value: int | str | None, default: int, maximum: int) -> int:
    """How many entries a page holds: ``value``, or ``default`` without one.

    Raises ``Invalid`` (``invalid-parameter``) for anything but 1 to ``maximum``.
    """
    if value is None:
        return default
    if isinstance(value, str):
        value = int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0
    if not 1 <= value <= maximum:
        detail = f"limit is a whole number from 1 to {maximum}."
        raise Invalid(detail, name="invalid-parameter", faults=[Fault("limit", detail)])
    return value


def limit_asked(query: Mapping[str, Any]) -> int:
    """How many entries the page holds that ``query`` asks for, by the settings. Raises as ``limit_of``."""
    settings = rooms().settings
    return limit_of(query.get("limit"), settings.page_limit_default, settings.page_limit_max)


def link_header(request_url: str, next_cursor: str, parameter: str = "cursor") -> str:
    """The value of ``Link`` for the next page: ``request_url`` with ``parameter`` set to ``next_cursor``."""
    parts = urlsplit(iri_to_uri(request_url))
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != parameter]
    query = urlencode([*kept, (parameter, next_cursor)])
    return f'<{urlunsplit(parts._replace(query=query, fragment=""))}>; rel="next"'


def _written(packed: bytes) -> str:
    return base64.urlsafe_b64encode(_VERSION + _checksum(packed) + packed).rstrip(b"=").decode()


def _packed_in(text: str) -> bytes:
    """The part behind version and checksum; whether they are right is seen by writing it again."""
    if len(text) > _LONGEST:
        raise ValueError("longer than any cursor")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))[len(_VERSION) + _CHECKSUM :]


def _checksum(packed: bytes) -> bytes:
    return hashlib.blake2s(packed, digest_size=_CHECKSUM).digest()


def _storable(payload: Sequence[str | int]) -> bool:
    return all("\x00" not in item if isinstance(item, str) else _MIN <= item <= _MAX for item in payload)


def _bad(detail: str, parameter: str = "cursor") -> Invalid:
    return Invalid(f"{detail} Begin again without one.", name="bad-cursor", faults=[Fault(parameter, detail)])
