"""What happened in a story, one row for each revision, newest first.

A page reads the events that it shows and no others, except where the desk changed something: then the desk's former
acts are looked up, at most ``_LOOK_BACK`` of them, so that the sentence can say what was replaced. If all of those
don't say it, the sentence leaves the former value out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from tracker.clock import from_microseconds
from tracker.history.states import latest_revision
from tracker.store import entries, log
from tracker.store.log_events import LogEvent
from tracker.stories.events import StoryEdited, StoryOpened
from tracker.stories.sentences import DeskValues, desk_values, sentence

_REDACTED = "The content of this revision was redacted."
#: The types of events that set what the desk says of the story itself.
_DESK = ("story.opened", "story.edited")
_LOOK_BACK = 100


class Outlet(msgspec.Struct, frozen=True):
    """The outlet on whose behalf something was done."""

    id: str
    name: str


class RevisionRow(msgspec.Struct, frozen=True, kw_only=True):
    """What happened in one revision."""

    revision: int
    #: The stored type, for instance "report.filed".
    type: str
    #: The token that asked for it.
    actor: str
    outlet: Outlet | None
    report_id: str | None
    version: int | None
    recorded_at: datetime
    correlation_id: str
    event_id: str
    sentence: str


class RevisionPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some revisions, newest first."""

    items: list[RevisionRow]
    #: Whether older ones follow the last one.
    more: bool
    #: The story's latest revision.
    latest: int


def revisions(
    connection: Connection,
    story_id: str,
    *,
    before: int | None = None,
    after: int = 0,
    limit: int,
    types: Collection[str] | None = None,
    outlet_id: str | None = None,
    actor: str | None = None,
) -> RevisionPage:
    """At most ``limit`` revisions with ``after`` < revision < ``before`` that pass every filter given, newest first.

    Fewer where their contents are large (``log.fills_page``); ``more`` says whether others follow. ``types`` are stored
    types, ``outlet_id`` the outlet on whose behalf it was done, ``actor`` a token's id. Raises ``NotFound``
    (``unknown-story``).
    """
    latest = latest_revision(connection, story_id)
    found = entries.newest(
        connection,
        story_id,
        before=before,
        after=after,
        limit=limit + 1,
        types=types,
        on_behalf_of=outlet_id,
        actor=actor,
    )
    shown = found[:limit]
    more = len(found) > limit or log.fills_page(found)
    return RevisionPage(items=_rows(connection, shown), more=more, latest=latest)


def _rows(connection: Connection, events: Sequence[LogEvent]) -> list[RevisionRow]:
    names = _outlet_names(connection, {event.on_behalf_of for event in events if event.on_behalf_of})
    former = _former_values(connection, events)
    return [_row(event, names, former.get(event.version, DeskValues())) for event in events]


def _row(event: LogEvent, names: dict[str, str], former: DeskValues) -> RevisionRow:
    report_id, version = _report_version(event)
    name = names.get(event.on_behalf_of or "", "")
    return RevisionRow(
        revision=event.version,
        type=event.type,
        actor=event.actor,
        outlet=Outlet(event.on_behalf_of, name) if event.on_behalf_of else None,
        report_id=report_id,
        version=version,
        recorded_at=from_microseconds(event.recorded_at),
        correlation_id=event.correlation_id,
        event_id=event.event_id,
        sentence=_sentence(event, name, former),
    )


def _report_version(event: LogEvent) -> tuple[str | None, int | None]:
    """The report that the event is about, and its version, if it is about one."""
    clear = event.clear()
    if event.type == "content.redacted":
        report_id, _, version = clear["target"].partition("/")
        return report_id, int(version) if version else None
    return clear.get("report_id"), 1 if event.type == "report.filed" else clear.get("version")


def _sentence(event: LogEvent, outlet: str, former: DeskValues) -> str:
    return _REDACTED if event.redacted else sentence(event.recorded().event, outlet=outlet, former=former)


def _outlet_names(connection: Connection, outlet_ids: Iterable[str]) -> dict[str, str]:
    """The names of outlets, from their own streams: the list of outlets may not have come to them yet."""
    added = {outlet_id: log.read(connection, outlet_id, limit=1) for outlet_id in outlet_ids}
    return {outlet_id: events[0].clear()["name"] for outlet_id, events in added.items() if events}


def _former_values(connection: Connection, events: Sequence[LogEvent]) -> dict[int, DeskValues]:
    """What the desk said before each of ``events`` (newest first) by which it changed something, as far as found."""
    edited = [event.version for event in events if event.type == "story.edited"]
    if not edited:
        return {}
    desk = entries.newest(
        connection,
        events[0].stream_id,
        before=edited[0] + 1,
        types=_DESK,
        limit=len(edited) + _LOOK_BACK,
    )
    former: dict[int, DeskValues] = {}
    known = DeskValues()
    for event in reversed(desk):
        former[event.version] = known
        known = _known_after(known, event)
    return former


def _known_after(known: DeskValues, event: LogEvent) -> DeskValues:
    if event.redacted:
        return DeskValues()
    opened = event.open()
    assert isinstance(opened, StoryOpened | StoryEdited)
    return {**known, **desk_values(opened)}
