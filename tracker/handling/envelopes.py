"""What is stamped on an event before it is appended: its id, who asked, whose it is, under which key it is sealed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tracker.clock import Clock
from tracker.handling.asking import Asked
from tracker.ids import named_id, new_id
from tracker.store.log_events import NewEvent
from tracker.stories.events import (
    ActRequested,
    AnnotationWithdrawn,
    ClaimAsserted,
    ClaimsRelated,
    ContentRedacted,
    Event,
    OccurrenceRecorded,
    ReportCorrected,
    ReportFiled,
    ReportKilled,
    ReportUpdated,
)
from tracker.stories.outlets import OutletEvent
from tracker.stories.parties import PartyEvent
from tracker.stories.story import Status, Story
from tracker.stories.withholding import is_held


def addressed(clock: Clock, story_id: str, events: Sequence[Event], story: Story, asked: Asked) -> list[NewEvent]:
    """``events``, decided on ``story``, ready to be appended to its stream."""
    filed = {event.report_id: event.outlet.id for event in events if isinstance(event, ReportFiled)}
    return [_story_event(clock, story_id, event, _outlet_of(event, story, filed), asked) for event in events]


def register_event(
    clock: Clock, event: OutletEvent | PartyEvent, actor: str, correlation_id: str, traceparent: str | None
) -> NewEvent:
    """``event`` ready to be appended to the stream of its outlet or party."""
    return NewEvent(
        event_id=new_id("evt", clock),
        event=event,
        actor=actor,
        correlation_id=correlation_id,
        traceparent=traceparent,
    )


def closes(before: Story, after: Story, story_id: str) -> bool | None:
    """Whether from now on nobody appends to the story who hasn't read it, or everybody does; ``None``: as it was."""
    was, now = (_is_guarded(each, story_id) for each in (before, after))
    return None if was == now else now


def _is_guarded(story: Story, story_id: str) -> bool:
    # What is filed in a story that is held as a whole is held from the beginning, so that whoever files has to look.
    return story.status is Status.CLOSED or is_held(story, story_id)


def destroyed_keys(events: Sequence[Event], story: Story) -> list[str]:
    """The keys that seal what ``events`` redact: each version of a report has its own, and so has each request."""
    keys: list[str] = []
    for event in events:
        if isinstance(event, ContentRedacted):
            report, versions = story.targeted(event.target)
            keys += [f"{report.report_id}/{version}" for version in versions]
            keys += [each.act_id for each in story.requests.values() if each.repeats(report.report_id, versions)]
    return keys


def report_version(event: Event) -> tuple[str | None, int | None]:
    """The report and the version that ``event`` brings, if it brings one."""
    match event:
        case ReportFiled():
            return event.report_id, 1
        case ReportUpdated() | ReportCorrected():
            return event.report_id, event.version
        case _:
            return None, None


def subject(event: Event) -> str | None:
    """The id of what ``event`` made or is about, besides reports and the story itself."""
    match event:
        case ClaimAsserted():
            return f"{event.claim_id}/{event.appearance}"
        case AnnotationWithdrawn():
            return event.target
        case _:
            names = ("relation_id", "occurrence_id", "link_id", "hold_id", "act_id")
            return next((found for name in names if (found := getattr(event, name, None))), None)


def _story_event(clock: Clock, story_id: str, event: Event, outlet_id: str | None, asked: Asked) -> NewEvent:
    key_id, shares_key = key_of(event)
    return NewEvent(
        event_id=_event_id(clock, story_id, event),
        event=event,
        actor=asked.token.id,
        correlation_id=asked.correlation_id,
        traceparent=asked.traceparent,
        on_behalf_of=outlet_id,
        key_id=key_id,
        shares_key=shares_key,
    )


def key_of(event: Event) -> tuple[str | None, bool]:
    """What seals ``event``, ``None``: a key of its own, and whether an event before it is sealed with that already.

    What repeats words of a report's version goes with that version's key. A request may repeat those of two versions,
    so it has a key that goes with either.
    """
    match event:
        case ReportFiled():
            return f"{event.report_id}/1", False
        case ReportUpdated() | ReportCorrected():
            return f"{event.report_id}/{event.version}", False
        case ClaimAsserted():
            return f"{event.report_id}/{event.version}", True
        case ClaimsRelated() | OccurrenceRecorded() if event.report_id:
            return f"{event.report_id}/{event.version}", True
        case ActRequested():
            return event.act_id, False
        case _:
            return None, False


def _event_id(clock: Clock, story_id: str, event: Event) -> str:
    if isinstance(event, ReportFiled):
        # The row keeps the rule: an outlet's uri, or a report without one, is filed once.
        return named_id("evt", story_id, event.outlet.id, event.uri or event.report_id)
    return new_id("evt", clock)


def _outlet_of(event: Event, story: Story, filed: Mapping[str, str]) -> str | None:
    """On whose behalf it is done; ``filed``: the outlets of reports that are filed with it."""
    match event:
        case ReportFiled() | ReportUpdated() | ReportCorrected() | ReportKilled() | ClaimAsserted():
            return filed.get(event.report_id) or story.reports[event.report_id].outlet.id
        case ClaimsRelated():
            return event.by.id if event.by else None
        case _:
            return None
