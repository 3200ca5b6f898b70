"""Which stories there are, the one that changed last first: behind the list of stories and its filters.

Every event of a story moves its row to the front, so the list's order is the log's. A page of events is applied by
a handful of statements, whatever its length: the rows are read, carried forward in memory and written back. Only
events that hold a title are opened; where one was redacted, its title is empty.

What it does badly: whoever pages through while stories change sees none twice, but finds one that changed meanwhile
only at the front, on a new first page. A search for words reads every row's title.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Integer, Select, delete, literal_column, select

from tracker.clock import from_microseconds, to_microseconds
from tracker.db.prepared import Prepared
from tracker.db.schema import story_list, story_outlet, story_topic
from tracker.errors import Fault, Invalid
from tracker.projections.pages import by_story
from tracker.store import followers, generations, redaction
from tracker.store.log_events import LogEvent
from tracker.stories.events import StoryEdited, StoryOpened
from tracker.stories.story import Status

#: The checkpoint's name.
NAME = "story_list"
#: The longest text that is searched for, in characters.
LONGEST_QUERY = 200
#: The types of event that may hold a title; of others only what is in the clear is read.
_TITLED = ("story.opened", "story.edited")

_write = Prepared(
    "INSERT INTO story_list (generation, story_id, slug, title, searched, status, language, urgency, reports, "
    "revision, opened_at, changed_at, position) VALUES (:generation, :story_id, :slug, :title, :searched, :status, "
    ":language, :urgency, :reports, :revision, :opened_at, :changed_at, :position) "
    "ON CONFLICT (story_id, generation) DO UPDATE SET slug = excluded.slug, title = excluded.title, "
    "searched = excluded.searched, status = excluded.status, urgency = excluded.urgency, "
    "reports = excluded.reports, revision = excluded.revision, changed_at = excluded.changed_at, "
    "position = excluded.position"
)
_add_topic = Prepared(
    "INSERT INTO story_topic (generation, topic, story_id, label, place) "
    "VALUES (:generation, :topic, :story_id, :label, :place)"
)
# One statement for a page, in which there may be a pair for each event.
_add_outlets = Prepared(
    sqlite="INSERT INTO story_outlet (generation, outlet_id, story_id) "
    "SELECT :generation, value ->> 0, value ->> 1 FROM json_each(:pairs) WHERE true ON CONFLICT DO NOTHING",
    postgresql="INSERT INTO story_outlet (generation, outlet_id, story_id) SELECT :generation, pair ->> 0, pair ->> 1 "
    "FROM json_array_elements(CAST(:pairs AS json)) AS pair ON CONFLICT DO NOTHING",
)


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


class StoryList:
    """Follows the log and keeps ``story_list``, ``story_topic`` and ``story_outlet``."""

    name = NAME
    tables = (story_list, story_topic, story_outlet)

    def apply(self, connection: Connection, events: Sequence[LogEvent]) -> None:
        """Carry the rows that are read forward."""
        self.write(connection, generations.live(connection, NAME), events)

    def write(self, connection: Connection, generation: int, events: Sequence[LogEvent]) -> None:
        """Carry the rows of the stories that ``events`` touch forward, in that generation."""
        touched = by_story(_not_redacted_since(connection, events))
        rows = _rows(connection, generation, touched)
        topics: dict[str, tuple[str, ...]] = {}
        outlets: set[tuple[str, str]] = set()
        for story_id, history in touched.items():
            row = rows.setdefault(story_id, {"story_id": story_id, "generation": generation})
            for event in history:
                row |= _changed(row, event)
                topics |= _new_topics(event)
                outlets |= _outlets(event)
        _write.run_many(connection, [{**row, "searched": _searched(row)} for row in rows.values()])
        _write_topics(connection, generation, topics)
        _write_outlets(connection, generation, outlets)


def find(
    connection: Connection,
    *,
    q: str | None = None,
    topic: str | None = None,
    outlet_id: str | None = None,
    status: str | None = None,
    changed_since: datetime | None = None,
    before_position: int | None = None,
    limit: int,
) -> Page:
    """At most ``limit`` stories to which all that is given applies, the one that changed last first.

    ``q`` occurs in the title or the slug, ``topic`` is one of its topics (both without regard to case), the outlet
    has a report in it, ``status`` is a ``Status`` or its word, and it changed at ``changed_since`` or later.
    ``before_position`` is the position of the last story of the page before. Raises ``Invalid`` for a ``q`` of more
    than ``LONGEST_QUERY`` characters.
    """
    wanted = select(story_list).where(story_list.c.generation == _LIVE)
    wanted = wanted.order_by(story_list.c.position.desc()).limit(limit + 1)
    if before_position is not None:
        wanted = wanted.where(story_list.c.position < before_position)
    if status is not None:
        wanted = wanted.where(story_list.c.status == str(status))
    if changed_since is not None:
        wanted = wanted.where(story_list.c.changed_at >= to_microseconds(changed_since))
    as_at = followers.position_of(connection, NAME)
    rows = connection.execute(_related(_searching(wanted, q), topic, outlet_id)).mappings().all()
    topics = _topics(connection, [row["story_id"] for row in rows[:limit]])
    items = [_story(row, topics) for row in rows[:limit]]
    return Page(items=items, as_at_position=as_at, more=len(rows) > limit)


def _not_redacted_since(connection: Connection, events: Sequence[LogEvent]) -> list[LogEvent]:
    """``events`` without the titles that were redacted after they were read; those of the others can't be, for now."""
    titled = redaction.as_of_now(connection, [event for event in events if event.type in _TITLED])
    found = {event.position: event for event in titled}
    return [found.get(event.position, event) for event in events]


def _searching(wanted: Select[Any], q: str | None) -> Select[Any]:
    if not q:
        return wanted
    if len(q) > LONGEST_QUERY:
        detail = f"q is at most {LONGEST_QUERY} characters long."
        raise Invalid(detail, name="invalid-parameter", faults=[Fault("q", detail)])
    return wanted.where(story_list.c.searched.contains(_folded(q), autoescape=True, escape="\\"))


def _related(wanted: Select[Any], topic: str | None, outlet_id: str | None) -> Select[Any]:
    if topic is not None:
        with_topic = select(story_topic.c.story_id).where(
            story_topic.c.generation == _LIVE, story_topic.c.topic == _folded(topic)
        )
        wanted = wanted.where(story_list.c.story_id.in_(with_topic))
    if outlet_id is not None:
        with_outlet = select(story_outlet.c.story_id).where(
            story_outlet.c.generation == _LIVE, story_outlet.c.outlet_id == outlet_id
        )
        wanted = wanted.where(story_list.c.story_id.in_(with_outlet))
    return wanted


def _rows(connection: Connection, generation: int, story_ids: Collection[str]) -> dict[str, dict[str, Any]]:
    wanted = select(story_list).where(story_list.c.story_id.in_(story_ids), story_list.c.generation == generation)
    found = connection.execute(wanted)
    return {row["story_id"]: dict(row) for row in found.mappings()}


def _changed(row: Mapping[str, Any], event: LogEvent) -> dict[str, Any]:
    """What the event changes in the story's row. An event of any other type only moves the story to the front."""
    place = {"revision": event.version, "changed_at": event.recorded_at, "position": event.position}
    match event.type:
        case "story.opened":
            fields = {name: event.clear().get(name) for name in ("slug", "language", "urgency")}
            opened = {"status": Status.OPEN.value, "reports": 0, "opened_at": event.recorded_at}
            return {**place, **fields, **opened, "title": _title(event) or ""}
        case "story.edited":
            fields = {name: value for name, value in event.clear().items() if name in ("slug", "urgency")}
            title = _title(event)
            return {**place, **fields} if title is None else {**place, **fields, "title": title}
        case "story.closed":
            return {**place, "status": Status.CLOSED.value}
        case "story.reopened":
            return {**place, "status": Status.OPEN.value}
        case "report.filed":
            return {**place, "reports": row["reports"] + 1}
        case _:
            return place


def _title(event: LogEvent) -> str | None:
    """The title that the event gives the story; none where it gives none, or where it was redacted."""
    if event.redacted:
        return None
    opened = event.open()
    assert isinstance(opened, StoryOpened | StoryEdited)
    return opened.title if isinstance(opened.title, str) else None


def _new_topics(event: LogEvent) -> dict[str, tuple[str, ...]]:
    if event.type not in _TITLED:
        return {}
    clear = event.clear()
    return {event.stream_id: tuple(clear["topics"])} if "topics" in clear else {}


def _outlets(event: LogEvent) -> set[tuple[str, str]]:
    return {(event.clear()["outlet"]["id"], event.stream_id)} if event.type == "report.filed" else set()


def _write_topics(connection: Connection, generation: int, topics: Mapping[str, tuple[str, ...]]) -> None:
    if not topics:
        return
    before = delete(story_topic).where(story_topic.c.story_id.in_(topics), story_topic.c.generation == generation)
    connection.execute(before)
    rows = {
        (_folded(label), story_id): {"label": label, "place": place}
        for story_id, labels in topics.items()
        for place, label in reversed(list(enumerate(labels)))
    }
    _add_topic.run_many(
        connection,
        [{"generation": generation, "topic": t, "story_id": s, **row} for (t, s), row in rows.items()],
    )


def _write_outlets(connection: Connection, generation: int, outlets: Collection[tuple[str, str]]) -> None:
    if outlets:
        pairs = msgspec.json.encode(sorted(outlets)).decode()
        _add_outlets.run(connection, generation=generation, pairs=pairs)


def _topics(connection: Connection, story_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    wanted = select(story_topic.c.story_id, story_topic.c.label).where(
        story_topic.c.story_id.in_(story_ids), story_topic.c.generation == _LIVE
    )
    found: dict[str, tuple[str, ...]] = {}
    for story_id, label in connection.execute(wanted.order_by(story_topic.c.place)):
        found[story_id] = (*found.get(story_id, ()), label)
    return found


def _searched(row: Mapping[str, Any]) -> str:
    """As what is forgotten leaves it, too (``db.schema``): where there is no title, the slug alone."""
    title, slug = _folded(row["title"]), _folded(row["slug"])
    return f"{title}\n{slug}" if title else slug


def _folded(text: str) -> str:
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
