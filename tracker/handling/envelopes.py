"""What is stamped on an event before it is appended: its id, who asked, whose it is, under which key it is sealed."""

from __future__ import annotations

from collections.abc import Sequence

from tracker.clock import Clock
from tracker.handling.asking import Asked
from tracker.ids import named_id, new_id
from tracker.store.log_events import NewEvent
from tracker.stories.events import (
    ContentRedacted,
    Event,
    ReportCorrected,
    ReportFiled,
    ReportUpdated,
    StoryClosed,
    StoryOpened,
    StoryReopened,
)
from tracker.stories.outlets import OutletAdded
from tracker.stories.story import Story


def addressed(clock: Clock, story_id: str, events: Sequence[Event], story: Story, asked: Asked) -> list[NewEvent]:
    """``events``, decided on ``story``, ready to be appended to its stream."""
    return [_story_event(clock, story_id, event, _outlet_of(event, story), asked) for event in events]


def outlet_event(
    clock: Clock, added: OutletAdded, actor: str, correlation_id: str, traceparent: str | None
) -> NewEvent:
    """``added`` ready to be appended to the outlet's stream."""
    return NewEvent(
        event_id=new_id("evt", clock),
        event=added,
        actor=actor,
        correlation_id=correlation_id,
        traceparent=traceparent,
    )


def closes(events: Sequence[Event]) -> bool | None:
    """Whether ``events`` close the story or open it again; ``None``: neither."""
    for event in reversed(events):
        if isinstance(event, StoryClosed | StoryOpened | StoryReopened):
            return isinstance(event, StoryClosed)
    return None


def destroyed_keys(events: Sequence[Event], story: Story) -> list[str]:
    """The keys that seal what ``events`` redact: each version of a report has its own."""
    return [
        f"{report.report_id}/{version}"
        for event in events
        if isinstance(event, ContentRedacted)
        for report, versions in [story.targeted(event.target)]
        for version in versions
    ]


def report_version(event: Event) -> tuple[str | None, int | None]:
    """The report and the version that ``event`` brings, if it brings one."""
    match event:
        case ReportFiled():
            return event.report_id, 1
        case ReportUpdated() | ReportCorrected():
            return event.report_id, event.version
        case _:
            return None, None


def _story_event(clock: Clock, story_id: str, event: Event, outlet_id: str | None, asked: Asked) -> NewEvent:
    report_id, version = report_version(event)
    return NewEvent(
        event_id=_event_id(clock, story_id, event),
        event=event,
        actor=asked.token.id,
        correlation_id=asked.correlation_id,
        traceparent=asked.traceparent,
        on_behalf_of=outlet_id,
        key_id=f"{report_id}/{version}" if report_id else None,
    )


def _event_id(clock: Clock, story_id: str, event: Event) -> str:
    if isinstance(event, ReportFiled):
        # The row keeps the rule: an outlet's uri, or a report without one, is filed once.
        return named_id("evt", story_id, event.outlet.id, event.uri or event.report_id)
    return new_id("evt", clock)


def _outlet_of(event: Event, story: Story) -> str | None:
    match event:
        case ReportFiled():
            return event.outlet.id
        case ReportUpdated() | ReportCorrected():
            return story.reports[event.report_id].outlet.id
        case _:
            return None
