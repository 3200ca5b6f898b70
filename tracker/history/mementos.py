"""At which moments a story changed: its mementos (RFC 7089), one for each revision that is seen."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from tracker.clock import from_microseconds
from tracker.db.prepared import Prepared
from tracker.store import log, withholding
from tracker.store.withholding import Sight
from tracker.stories.errors import UnknownStory

_after = Prepared(
    "SELECT version, recorded_at FROM event WHERE stream_id = :stream_id AND version > :after "
    "ORDER BY version LIMIT :most"
)


class Memento(NamedTuple):
    """A revision, and when it was recorded."""

    revision: int
    recorded_at: datetime


class Beside(NamedTuple):
    """The mementos that one has beside it."""

    first: Memento
    prev: Memento | None
    next: Memento | None
    last: Memento


def mementos(connection: Connection, story_id: str, *, sight: Sight, after: int = 0, limit: int) -> list[Memento]:
    """At most ``limit`` of them after revision ``after``, the first one first. Raises ``UnknownStory``."""
    hidden = withholding.hidden(connection, story_id, sight)
    rows = _after.all(connection, stream_id=story_id, after=after, most=limit + len(hidden))
    found = [Memento(version, from_microseconds(at)) for version, at in rows if version not in hidden]
    if not found and not after:
        raise UnknownStory(story_id)
    return found[:limit]


def beside(connection: Connection, story_id: str, revision: int, *, sight: Sight) -> Beside:
    """The first and the last memento of a story, and those before and after ``revision``. Raises ``UnknownStory``."""
    head = log.head(connection, story_id)
    hidden = withholding.hidden(connection, story_id, sight)
    first = _next_seen(0, head.version if head else 0, hidden)
    if head is None or first is None:
        raise UnknownStory(story_id)
    last = next(each for each in range(head.version, 0, -1) if each not in hidden)
    before = next((each for each in range(revision - 1, 0, -1) if each not in hidden), None)
    following = _next_seen(revision, head.version, hidden)
    return Beside(
        _at(connection, story_id, first),
        _at(connection, story_id, before) if before else None,
        _at(connection, story_id, following) if following else None,
        _at(connection, story_id, last),
    )


def _next_seen(after: int, up_to: int, hidden: Collection[int]) -> int | None:
    return next((each for each in range(after + 1, up_to + 1) if each not in hidden), None)


def _at(connection: Connection, story_id: str, revision: int) -> Memento:
    row = _after.first(connection, stream_id=story_id, after=revision - 1, most=1)
    assert row is not None, "a revision that is seen is in the log"
    return Memento(row[0], from_microseconds(row[1]))
