"""What happened in a story, one row for each revision, newest first; ``grouping`` makes one row of each act of them.

A page reads the events that it shows and no others, except where the desk changed something: then the desk's former
acts are looked up, at most ``_LOOK_BACK`` of them, so that the sentence can say what was replaced. If all of those
don't say it, the sentence leaves the former value out. What else a sentence names is called as in the latest state
(``naming``), which a page of reports alone doesn't load. Revisions that the reader doesn't see are not there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import cast

import msgspec
from sqlalchemy import Connection

from tracker.clock import from_microseconds
from tracker.history import naming
from tracker.store import entries, log, register, seeing, veils
from tracker.store.log_events import LogEvent
from tracker.store.veils import NO_VEIL
from tracker.store.withholding import Sight
from tracker.stories.events import Event, StoryEdited, StoryOpened
from tracker.stories.sentences import DeskValues, desk_values, sentence

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
    #: The report that it is about, and the version.
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
    #: The story's latest revision that the reader sees.
    latest: int


def revisions(
    connection: Connection,
    story_id: str,
    *,
    sight: Sight,
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
    latest = seeing.require_latest(connection, story_id, sight)
    found = entries.newest(
        connection,
        story_id,
        before=before,
        after=after,
        limit=limit + 1,
        types=types,
        on_behalf_of=outlet_id,
        actor=actor,
        sight=sight,
    )
    shown = found[:limit]
    more = len(found) > limit or log.fills_page(found)
    return RevisionPage(items=_rows(connection, story_id, sight, shown), more=more, latest=latest)


def _rows(connection: Connection, story_id: str, sight: Sight, found: Sequence[LogEvent]) -> list[RevisionRow]:
    veil = veils.veils(connection, [story_id], sight).get(story_id, NO_VEIL)
    # A hold may have been placed since they were found.
    events = [event for event in found if event.version not in veil.hidden]
    on_behalf_of = {event.on_behalf_of for event in events if event.on_behalf_of}
    outlets = register.names_of(connection, "outlet", on_behalf_of) if on_behalf_of else {}
    former = _former_values(connection, events, sight)
    said = {event.version: cast(Event, veil.opened(event)) for event in events}
    names = naming.names_of(connection, story_id, sight, veil, said)
    return [
        _row(
            event,
            sentence(
                said[event.version],
                outlet=outlets.get(event.on_behalf_of or "", ""),
                former=former.get(event.version, DeskValues()),
                names=names[event.version],
                gone=veil.gone(event),
            ),
            outlets,
        )
        for event in events
    ]


def _row(event: LogEvent, said: str, outlets: Mapping[str, str]) -> RevisionRow:
    report_id, version = _report_version(event)
    return RevisionRow(
        revision=event.version,
        type=event.type,
        actor=event.actor,
        outlet=Outlet(event.on_behalf_of, outlets.get(event.on_behalf_of, "")) if event.on_behalf_of else None,
        report_id=report_id,
        version=version,
        recorded_at=from_microseconds(event.recorded_at),
        correlation_id=event.correlation_id,
        event_id=event.event_id,
        sentence=said,
    )


def _report_version(event: LogEvent) -> tuple[str | None, int | None]:
    """The report that the event is about, and its version, if it is about one."""
    clear = event.clear()
    report_id, _, version = str(clear.get("target", "")).partition("/")
    if report_id.startswith("rpt_"):
        # What a hold, a request or a redaction is about.
        return report_id, int(version) if version else None
    return clear.get("report_id"), 1 if event.type == "report.filed" else clear.get("version")


def _former_values(connection: Connection, events: Sequence[LogEvent], sight: Sight) -> dict[int, DeskValues]:
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
        sight=sight,
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
