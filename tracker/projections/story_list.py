"""Which stories there are, the one that changed last first: the tables behind the list of stories and its filters.

Every event of a story moves its row to the front, so the list's order is the log's. A page of events is applied by
a handful of statements, whatever its length: the rows are read, carried forward in memory and written back. Only
events that hold a title are opened; where one was redacted, its title is empty.

Where something of a story is hidden from somebody, there is a row for each audience (``audiences``), and those are made
from the story itself. The list is read by ``story_finding``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, select

from tracker.db.prepared import Prepared
from tracker.db.schema import story_list, story_outlet, story_topic
from tracker.projections import audiences
from tracker.projections.pages import by_story
from tracker.projections.story_finding import LONGEST_QUERY, NAME, Page, StoryRow, find, folded, searched
from tracker.store import generations, redaction, veils
from tracker.store.log import Head
from tracker.store.log_events import LogEvent
from tracker.stories.events import StoryEdited, StoryOpened
from tracker.stories.story import Status

__all__ = ["LONGEST_QUERY", "NAME", "Page", "StoryList", "StoryRow", "find"]

#: The types of event that may hold a title; of others only what is in the clear is read.
_TITLED = ("story.opened", "story.edited")

_write = Prepared(
    "INSERT INTO story_list (generation, story_id, slug, title, searched, status, language, urgency, reports, "
    "revision, opened_at, changed_at, position, audience, redactions) VALUES (:generation, :story_id, :slug, :title, "
    ":searched, :status, :language, :urgency, :reports, :revision, :opened_at, :changed_at, :position, :audience, "
    ":redactions) ON CONFLICT (story_id, generation, audience) DO UPDATE SET slug = excluded.slug, "
    "title = excluded.title, searched = excluded.searched, status = excluded.status, urgency = excluded.urgency, "
    "reports = excluded.reports, revision = excluded.revision, changed_at = excluded.changed_at, "
    "position = excluded.position, redactions = excluded.redactions"
)
_add_topic = Prepared(
    "INSERT INTO story_topic (generation, topic, story_id, label, place) "
    "VALUES (:generation, :topic, :story_id, :label, :place)"
)
# One statement for a page, in which there may be a pair for each event.
_add_outlets = Prepared(
    sqlite="INSERT INTO story_outlet (generation, outlet_id, story_id, audience) SELECT :generation, value ->> 0, "
    "value ->> 1, value ->> 2 FROM json_each(:found) WHERE true ON CONFLICT DO NOTHING",
    postgresql="INSERT INTO story_outlet (generation, outlet_id, story_id, audience) SELECT :generation, pair ->> 0, "
    "pair ->> 1, pair ->> 2 FROM json_array_elements(CAST(:found AS json)) AS pair ON CONFLICT DO NOTHING",
)


#: Of a story of which nothing is restricted.
_FOR_EVERYONE = {"audience": audiences.EVERYONE, "redactions": 0}


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
        # Before anything else is looked up: what is restricted later makes these rows old.
        restricted = veils.restricted(connection, touched)
        rows = _rows(connection, generation, touched)
        topics: dict[str, tuple[str, ...]] = {}
        outlets: set[tuple[str, str, str]] = set()
        for story_id, history in touched.items():
            row = rows.setdefault(story_id, {"story_id": story_id, "generation": generation, **_FOR_EVERYONE})
            for event in history:
                row |= _changed(row, event)
                topics |= _new_topics(event)
                outlets |= _outlets(event) if story_id not in restricted else set()
        for story_id, head in restricted.items():
            outlets |= _split(connection, generation, rows.pop(story_id), head)
        _write.run_many(connection, [{**row, "searched": searched(row)} for row in rows.values()])
        _write_topics(connection, generation, topics)
        _write_outlets(connection, generation, outlets)


def _not_redacted_since(connection: Connection, events: Sequence[LogEvent]) -> list[LogEvent]:
    """``events`` without the titles that were redacted after they were read; those of the others can't be, for now."""
    titled = redaction.as_of_now(connection, [event for event in events if event.type in _TITLED])
    found = {event.position: event for event in titled}
    return [found.get(event.position, event) for event in events]


def _split(connection: Connection, generation: int, row: dict[str, Any], head: Head) -> set[tuple[str, str, str]]:
    """Write the story's row for each audience, instead of those that it had; returns the outlets of each."""
    for table in (story_list, story_outlet):
        where = (table.c.story_id == row["story_id"], table.c.generation == generation)
        connection.execute(delete(table).where(*where))
    split = audiences.rows(connection, row, head)
    _write.run_many(connection, [{**each, "searched": searched(each)} for each, _ in split])
    return {(outlet_id, row["story_id"], each["audience"]) for each, outlets in split for outlet_id in outlets}


def _rows(connection: Connection, generation: int, story_ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """The rows of all that there is."""
    wanted = select(story_list).where(
        story_list.c.story_id.in_(story_ids),
        story_list.c.generation == generation,
        story_list.c.audience.in_([audiences.EVERYONE, "all"]),
    )
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


def _outlets(event: LogEvent) -> set[tuple[str, str, str]]:
    if event.type != "report.filed":
        return set()
    return {(event.clear()["outlet"]["id"], event.stream_id, audiences.EVERYONE)}


def _write_topics(connection: Connection, generation: int, topics: Mapping[str, tuple[str, ...]]) -> None:
    if not topics:
        return
    before = delete(story_topic).where(story_topic.c.story_id.in_(topics), story_topic.c.generation == generation)
    connection.execute(before)
    rows = {
        (folded(label), story_id): {"label": label, "place": place}
        for story_id, labels in topics.items()
        for place, label in reversed(list(enumerate(labels)))
    }
    _add_topic.run_many(
        connection,
        [{"generation": generation, "topic": t, "story_id": s, **row} for (t, s), row in rows.items()],
    )


def _write_outlets(connection: Connection, generation: int, outlets: Collection[tuple[str, str, str]]) -> None:
    if outlets:
        found = msgspec.json.encode(sorted(outlets)).decode()
        _add_outlets.run(connection, generation=generation, found=found)
