"""What became of a command: the answer to it, and the events as they are remembered."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tracker.handling.envelopes import report_version
from tracker.store.log import Appended
from tracker.store.log_events import NewEvent
from tracker.stories.commands import Command, CorrectReport, FileReport, RedactContent, UpdateReport
from tracker.stories.events import Event, Recorded
from tracker.stories.story import Report, Story


class Outcome(msgspec.Struct, frozen=True):
    """What became of a command."""

    story_id: str
    #: The story's revision after the first answer to it.
    revision: int
    #: Of the last event written; ``None`` where nothing was, or its position isn't known yet.
    position: int | None = None
    #: The report and version that a report's command led to, or found.
    report_id: str | None = None
    version: int | None = None
    #: Whether the first answer wrote anything.
    written: bool = False
    #: Whether the outlet was mentioned for the first time.
    new_outlet: bool = False
    #: Whether this answers a request that was answered before.
    replayed: bool = False


def written(story_id: str, events: Sequence[Event], done: Appended, new_outlet: bool) -> Outcome:
    """The outcome of a command that led to ``events``, which were appended."""
    report_id, version = report_version(events[-1])
    return Outcome(
        story_id=story_id,
        revision=done.last,
        position=done.position,
        report_id=report_id,
        version=version,
        written=True,
        new_outlet=new_outlet,
    )


def already_so(command: Command, story: Story) -> Outcome:
    """The outcome of a command that led to nothing, since it is so."""
    match command:
        case FileReport():
            report = story.report_at(command.outlet.id, command.uri) or story.report(command.report_id)
        case UpdateReport() | CorrectReport():
            report = story.report(command.report_id)
        case RedactContent():
            return Outcome(command.story_id, story.targeted(command.target)[0].revision)
        case _:
            return Outcome(command.story_id, story.revision)
    found = report.versions[0] if _is_first_filing(command, report) else report.versions[-1]
    return Outcome(command.story_id, found.revision, report_id=report.report_id, version=found.version)


def _is_first_filing(command: Command, report: Report) -> bool:
    if not isinstance(command, FileReport) or command.as_next_version:
        return False
    return command.content.digest() == report.versions[0].digest


def recorded(events: Sequence[Event], new: Sequence[NewEvent], done: Appended) -> list[Recorded]:
    """``events`` as who reads them back from the log will find them."""
    return [
        Recorded(
            revision=revision,
            recorded_at=done.recorded_at,
            event=event,
            event_id=each.event_id,
            actor=each.actor,
            on_behalf_of=each.on_behalf_of,
            correlation_id=each.correlation_id,
        )
        for revision, (event, each) in enumerate(zip(events, new, strict=True), start=done.first)
    ]
