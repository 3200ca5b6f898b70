"""One value: from a file's TOML or a variable's text to what its setting holds, and back to text."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from ipaddress import ip_network
from typing import Any

from tracker.config.settings import About, Network

_KEY_BYTES = 32
_RIGHT_KEYS = f"keys of {_KEY_BYTES} bytes, in hexadecimal or base64, separated by commas"

_YES, _NO = ("true", "1", "yes", "on"), ("false", "0", "no", "off")


class Wrong(ValueError):
    """A value isn't what its setting needs; says what would be."""


def read(value: object, kind: Any, what: About) -> object:
    """``value`` as its setting's type ``kind``: text is read, a file's other values are held to the type.

    Raises ``Wrong`` where it can't be, or is none of the right values.
    """
    if kind is bool:
        return _truth(value)
    if kind is int or kind is float:
        return _number(value, kind, what)
    if kind is str:
        return _word(value, what)
    items = [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value
    if not isinstance(items, list):
        raise Wrong("a list")
    return tuple(_item(item, kind, what) for item in items)


def _item(value: object, kind: Any, what: About) -> object:
    if kind == tuple[int, ...]:
        return _number(value, int, what)
    return _key(value) if kind == tuple[bytes, ...] else _network(value)


def _truth(value: object) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word not in _YES + _NO:
        raise Wrong("true or false")
    return word in _YES


def _number(value: object, kind: type[int] | type[float], what: About) -> int | float:
    number: object = value
    try:
        number = kind(value) if isinstance(value, str) else value
    except ValueError:
        raise Wrong(_right_number(kind, what)) from None
    if isinstance(number, bool) or not isinstance(number, int if kind is int else int | float):
        raise Wrong(_right_number(kind, what))
    # Not a number (``nan``) fails every comparison, so it is refused here too.
    if not what.low <= number <= what.high or math.isinf(number):
        raise Wrong(_right_number(kind, what))
    return kind(number)


def _right_number(kind: type[int] | type[float], what: About) -> str:
    right = ("a whole number" if kind is int else "a number") + (f" of {what.unit}" if what.unit else "")
    if math.isinf(what.high):
        return f"{right}, {what.low} or more"
    return f"{right} from {what.low} to {what.high}"


def _word(value: object, what: About) -> str:
    if not isinstance(value, str):
        raise Wrong("a text")
    if not what.choices:
        return value.strip()
    for choice in what.choices:
        if choice.lower() == value.strip().lower():
            return choice
    raise Wrong(any_of(what.choices))


def _network(value: object) -> Network:
    try:
        return ip_network(str(value))
    except ValueError as error:
        raise Wrong(f"networks in CIDR form ({error})") from None


def _key(value: object) -> bytes:
    """32 bytes, in hexadecimal or in base64 (RFC 4648 §4, §5)."""
    text = str(value)
    try:
        if len(text) == 2 * _KEY_BYTES:
            return bytes.fromhex(text)
        key = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except ValueError:
        raise Wrong(_RIGHT_KEYS) from None
    if len(key) != _KEY_BYTES:
        raise Wrong(_RIGHT_KEYS)
    return key


def written(value: object) -> str:
    """``value`` as a variable's text, which ``read`` reads back as the same."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return value.hex()
    return ",".join(map(written, value)) if isinstance(value, tuple | list) else str(value)


def any_of(words: Sequence[str]) -> str:
    """``words`` as a choice: "one, two or three"."""
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
