"""Names for things: a prefix that says what it is, and 128 bits in the alphabet of Crockford's base 32.

    sty_01jh2r8m5efk0b3s0w1x5w6q7t      a story        rpt_  a report       out_  an outlet      pty_  a party
    evt_                                an event       end_  an endpoint    tok_  a token

A new id is a UUID of version 7 (RFC 9562 §5.7): it begins with the millisecond in which it was made, so that neighbours
in time are neighbours in an index. An id that must come out the same when the same thing is asked twice is a UUID of
version 5 (RFC 9562 §5.5) over the words that name the thing. The form is that of TypeID 0.3. What it does badly: it
tells anyone who sees it when the thing was made.
"""

from __future__ import annotations

import os
import re
import uuid

from tracker.clock import Clock, to_microseconds

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
#: Two letters at a time, the first ones leftmost.
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_SHIFTS = range(120, -1, -10)
_SHAPE = re.compile(r"([a-z]{3})_([0-7][0-9a-hjkmnp-tv-z]{25})")
_NAMESPACE = uuid.UUID("6ba7b812-9dad-11d1-80b4-00c04fd430c8")


def new_id(prefix: str, clock: Clock) -> str:
    """A fresh id: ``prefix``, an underscore and 26 characters, for instance ``sty_01jh2r8m5e…``."""
    milliseconds = to_microseconds(clock.now()) // 1000
    random = int.from_bytes(os.urandom(10), "big")
    high = milliseconds << 80 | 0x7 << 76 | (random >> 62 & 0xFFF) << 64
    return _written(prefix, high | 0b10 << 62 | random & (1 << 62) - 1)


def named_id(prefix: str, *words: str) -> str:
    """The one id of the thing that ``words`` name; the same words give the same id on every machine."""
    joined = "".join(f"{len(word)}:{word}" for word in words)
    return _written(prefix, uuid.uuid5(_NAMESPACE, joined).int)


def looks_like_id(text: str, prefix: str | None = None) -> bool:
    """Whether ``text`` has the shape of an id (of ``prefix``, if given)."""
    found = _SHAPE.fullmatch(text)
    return found is not None and prefix in (None, found[1])


def _written(prefix: str, number: int) -> str:
    return f"{prefix}_{''.join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])}"
