"""Appends to several streams at once, all or none, without deadlocks.

    append_to_all(connection, [Part("sty_2", "story", […]), Part("sty_1", "story", […])], now=…)

An append holds its stream until the transaction ends. Two transactions that take the same streams in different orders
would wait for each other, and the database would end one of them; so all take them by ascending id, whatever order
they are named in. The order holds within one call: who calls it twice in a transaction, or has locked a stream before,
sees to it himself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from tracker.store import log
from tracker.store.log import Appended, Expected
from tracker.store.log_events import NewEvent


class Part(NamedTuple):
    """What is appended to one of the streams; the fields are those of ``log.append``."""

    stream_id: str
    kind: str
    events: Sequence[NewEvent]
    expected: Expected = "any"
    closes: bool | None = None


def append_to_all(connection: Connection, parts: Sequence[Part], *, now: datetime) -> list[Appended]:
    """Append each of ``parts`` to its stream, in the caller's transaction; what became of each, in their order.

    Two parts of one stream are appended in the order in which they are given. Raises what ``log.append`` raises, and
    then the caller's transaction must be rolled back.
    """
    places = sorted(range(len(parts)), key=lambda place: parts[place].stream_id)
    done = {place: _append(connection, parts[place], now) for place in places}
    return [done[place] for place in range(len(parts))]


def _append(connection: Connection, part: Part, now: datetime) -> Appended:
    stream_id, kind, events, expected, closes = part
    return log.append(connection, stream_id, kind, events, expected=expected, now=now, closes=closes)
