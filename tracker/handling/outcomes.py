"""What became of a command: the answer to it, and the events as they are remembered."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tracker.handling.envelopes import report_version, subject
from tracker.handling.names import NOTHING_ADDED, Added
from tracker.store.log import Appended
from tracker.store.log_events import NewEvent
from tracker.stories.commands import Command, CorrectReport, FileReport, KillReport, RedactContent, UpdateReport
from tracker.stories.decisions import existing
from tracker.stories.events import Event, Recorded
from tracker.stories.reports import Report
from tracker.stories.story import Story


class Outcome(msgspec.Struct, frozen=True):
    """What became of a command."""

    story_id: str
    #: The story's revision after the first answer to it; the one that brought a report's version, where it led to one.
    revision: int
    #: Of the last event written; ``None`` where nothing was, or its position isn't known yet.
    position: int | None = None
    #: The report and version that a report's command led to, or found.
    report_id: str | None = None
    version: int | None = None
    #: The id of the marking, hold or request that a command made, or found.
    subject: str | None = None
    #: Whether the first answer wrote anything.
    written: bool = False
    #: Whether the outlet was mentioned for the first time.
    new_outlet: bool = False
    #: The names of outlets and parties that were mentioned for the first time.
    new_outlets: tuple[str, ...] = ()
    new_parties: tuple[str, ...] = ()
    #: Whether this answers a request that was answered before.
    replayed: bool = False


def written(story_id: str, events: Sequence[Event], done: Appended, added: Added = NOTHING_ADDED) -> Outcome:
    """The outcome of a command that led to ``events``, which were appended."""
    brought = ((revision, *report_version(event)) for revision, event in enumerate(events, start=done.first))
    revision, report_id, version = next((each for each in brought if each[1]), (done.last, None, None))
    return Outcome(
        story_id=story_id,
        revision=revision,
        position=done.position,
        report_id=report_id,
        version=version,
        subject=subject(events[0]),
        written=True,
        new_outlet=bool(added.outlets),
        new_outlets=tuple(each.name for each in added.outlets),
        new_parties=tuple(each.name for each in added.parties),
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
        case KillReport():
            return Outcome(command.story_id, story.report(command.report_id).revision, report_id=command.report_id)
        case _:
            return Outcome(command.story_id, story.revision, subject=existing.subject(command, story))
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
