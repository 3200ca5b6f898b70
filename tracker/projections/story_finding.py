"""Finding stories in the list: by words, topic, outlet and state, as somebody sees them, the latest changed first.

A list may be behind, and restrictions may not: a row whose story was restricted or released since it was written is
renewed before it is shown (``audiences``), and shown only if what was asked for still applies to it.

What it does badly: whoever pages through while stories change sees none twice, but finds one that changed meanwhile
only at the front, on a new first page. A search for words reads every row's title.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, Integer, Select, literal_column, or_, select

from tracker.access.sight import Sight, audience_of
from tracker.clock import from_microseconds, to_microseconds
from tracker.db.schema import outlet, story_list, story_outlet, story_topic, stream
from tracker.errors import Fault, Invalid
from tracker.projections import audiences
from tracker.store import followers, generations
from tracker.stories.story import Status

#: The checkpoint's name.
NAME = "story_list"
#: The longest text that is searched for, in characters.
LONGEST_QUERY = 200
#: The generation that is read.
_LIVE: ColumnElement[int] = literal_column(generations.live_number(NAME), Integer)


class StoryRow(msgspec.Struct, frozen=True, kw_only=True):
    """A story as the list shows it."""

    story_id: str
    slug: str
    title: str
    status: Status
    language: str | None
    urgency: int | None
    topics: tuple[str, ...]
    #: How many reports it has.
    reports: int
    revision: int
    opened_at: datetime
    changed_at: datetime
    #: The position of its latest event: the list's order.
    position: int


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Some stories, the one that changed last first."""

    items: list[StoryRow]
    #: The log was followed at least up to here.
    as_at_position: int
    #: Whether more stories follow the last one.
    more: bool
    #: The position of the last one, also where it is not among the items: for the next page.
    last_position: int = 0


def find(
    connection: Connection,
    *,
    sight: Sight,
    q: str | None = None,
    topic: str | None = None,
    outlet_id: str | None = None,
    status: str | None = None,
    changed_since: datetime | None = None,
    before_position: int | None = None,
    limit: int,
) -> Page:
    """At most ``limit`` stories to which all that is given applies, as somebody sees them, the one that changed last
    first.

    ``q`` occurs in the title or the slug, ``topic`` is one of its topics (both without regard to case), the outlet
    has a report in it, ``status`` is a ``Status`` or its word, and it changed at ``changed_since`` or later.
    ``before_position`` is the position of the last story of the page before. Raises ``Invalid`` for a ``q`` of more
    than ``LONGEST_QUERY`` characters.
    """
    asked = _Asked(q, topic, outlet_id, status, changed_since)
    wanted = _wanted(sight).limit(limit + 1)
    if before_position is not None:
        wanted = wanted.where(story_list.c.position < before_position)
    as_at = followers.position_of(connection, NAME)
    found = connection.execute(asked.of_list(wanted, audience_of(sight))).mappings().all()
    rows = [row for each in found[:limit] if (row := asked.as_seen_now(connection, each, sight))]
    topics = _topics(connection, [row["story_id"] for row in rows])
    last = found[:limit][-1]["position"] if found else 0
    items = [_story(row, topics) for row in rows]
    return Page(items=items, as_at_position=as_at, more=len(found) > limit, last_position=last)


def _wanted(sight: Sight) -> Select[Any]:
    """Every row that those who have that sight are shown, and whether it was restricted since."""
    seen = story_list.c.audience.in_([audiences.EVERYONE, audience_of(sight)])
    now = select(stream.c.redactions).where(stream.c.id == story_list.c.story_id).scalar_subquery()
    wanted = select(story_list, now.label("redactions_now")).where(story_list.c.generation == _LIVE, seen)
    return wanted.order_by(story_list.c.position.desc())


class _Asked(NamedTuple):
    """What is asked of each story in the list."""

    q: str | None
    topic: str | None
    outlet_id: str | None
    status: str | None
    changed_since: datetime | None

    def of_list(self, wanted: Select[Any], audience: str) -> Select[Any]:
        """Those rows of ``wanted`` to which it applies."""
        if self.status is not None:
            wanted = wanted.where(story_list.c.status == str(self.status))
        if self.changed_since is not None:
            wanted = wanted.where(story_list.c.changed_at >= to_microseconds(self.changed_since))
        return _related(_searching(wanted, self.q), self.topic, self.outlet_id, audience)

    def as_seen_now(self, connection: Connection, row: Mapping[Any, Any], sight: Sight) -> Mapping[Any, Any] | None:
        """``row`` as it may be shown now; ``None`` where the story isn't seen, or something no longer applies."""
        if row["redactions_now"] in (row["redactions"], None):
            return row
        found = audiences.renewed(connection, row, sight)
        if found is None or not self._applies(connection, *found):
            return None
        return found[0]

    def _applies(self, connection: Connection, row: Mapping[str, Any], outlets: frozenset[str]) -> bool:
        if self.q and folded(self.q) not in searched(row):
            return False
        if self.outlet_id is not None:
            same = {self.outlet_id, *connection.scalars(_merged_into(self.outlet_id))}
            if outlets.isdisjoint(same):
                return False
        if self.changed_since is not None and row["changed_at"] < to_microseconds(self.changed_since):
            return False
        return self.status is None or row["status"] == str(self.status)


def _searching(wanted: Select[Any], q: str | None) -> Select[Any]:
    if not q:
        return wanted
    if len(q) > LONGEST_QUERY:
        detail = f"q is at most {LONGEST_QUERY} characters long."
        raise Invalid(detail, name="invalid-parameter", faults=[Fault("q", detail)])
    return wanted.where(story_list.c.searched.contains(folded(q), autoescape=True, escape="\\"))


def _related(wanted: Select[Any], topic: str | None, outlet_id: str | None, audience: str) -> Select[Any]:
    if topic is not None:
        with_topic = select(story_topic.c.story_id).where(
            story_topic.c.generation == _LIVE, story_topic.c.topic == folded(topic)
        )
        wanted = wanted.where(story_list.c.story_id.in_(with_topic))
    if outlet_id is not None:
        with_outlet = select(story_outlet.c.story_id).where(
            story_outlet.c.generation == _LIVE,
            story_outlet.c.audience.in_([audiences.EVERYONE, audience]),
            or_(story_outlet.c.outlet_id == outlet_id, story_outlet.c.outlet_id.in_(_merged_into(outlet_id))),
        )
        wanted = wanted.where(story_list.c.story_id.in_(with_outlet))
    return wanted


def _merged_into(outlet_id: str) -> Select[Any]:
    """The ids of those that were merged into the outlet: what was filed for them was filed for it."""
    return select(outlet.c.outlet_id).where(outlet.c.merged_into == outlet_id)


def _topics(connection: Connection, story_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    wanted = select(story_topic.c.story_id, story_topic.c.label).where(
        story_topic.c.story_id.in_(story_ids), story_topic.c.generation == _LIVE
    )
    found: dict[str, tuple[str, ...]] = {}
    for story_id, label in connection.execute(wanted.order_by(story_topic.c.place)):
        found[story_id] = (*found.get(story_id, ()), label)
    return found


def searched(row: Mapping[str, Any]) -> str:
    """Title and slug, in which words are sought; without a title the slug alone, as in what is forgotten
    (``db.schema``).
    """
    title, slug = folded(row["title"]), folded(row["slug"])
    return f"{title}\n{slug}" if title else slug


def folded(text: str) -> str:
    """``text`` without regard to case, in one of the ways in which its letters can be written."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def _story(row: Mapping[Any, Any], topics: Mapping[str, tuple[str, ...]]) -> StoryRow:
    values = {name: row[name] for name in StoryRow.__struct_fields__ if name in row}
    values |= {
        "status": Status(row["status"]),
        "topics": topics.get(row["story_id"], ()),
        "opened_at": from_microseconds(row["opened_at"]),
        "changed_at": from_microseconds(row["changed_at"]),
    }
    return StoryRow(**values)
