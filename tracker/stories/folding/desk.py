"""What the desk's own acts do to a story: what it says of it, what it holds back, what it asks a second person for."""

from __future__ import annotations

import msgspec
from msgspec import UNSET

from tracker.stories import events
from tracker.stories.desk import Hold, Request, RequestState
from tracker.stories.events import Recorded
from tracker.stories.story import Status, Story


def say(story: Story, event: events.StoryEvent, recorded: Recorded) -> None:
    """Note what the desk says of the story itself."""
    match event:
        case events.StoryOpened():
            for name in event.__struct_fields__:
                setattr(story, name, getattr(event, name))
            story.status, story.opened_at = Status.OPEN, recorded.recorded_at
        case events.StoryEdited():
            _edit(story, event, recorded.revision)
        case events.StoryClosed():
            story.status = Status.CLOSED
        case events.StoryReopened():
            story.status = Status.OPEN
    story.edited_revision = recorded.revision


def _edit(story: Story, event: events.StoryEdited, revision: int) -> None:
    for name in event.__struct_fields__:
        value = getattr(event, name)
        if value is not UNSET:
            setattr(story, name, value)
    if event.summary is not UNSET:
        story.summary_revision = revision


def hold(story: Story, event: events.HoldPlaced | events.HoldLifted, recorded: Recorded) -> None:
    """Place or lift a hold."""
    if isinstance(event, events.HoldPlaced):
        said = {name: getattr(event, name) for name in event.__struct_fields__}
        story.holds[event.hold_id] = Hold(**said, revision=recorded.revision, recorded_at=recorded.recorded_at)
    elif event.hold_id in story.holds:
        held = story.holds[event.hold_id]
        story.holds[event.hold_id] = msgspec.structs.replace(held, lifted=recorded.revision)


def request(
    story: Story, event: events.ActRequested | events.ActApproved | events.ActDeclined, recorded: Recorded
) -> None:
    """Note what is asked for, and what became of it."""
    match event:
        case events.ActRequested():
            story.requests[event.act_id] = Request(
                act_id=event.act_id,
                act=event.act,
                target=event.target,
                version=event.version,
                revision=recorded.revision,
                recorded_at=recorded.recorded_at,
                requested_by=recorded.actor,
            )
        case events.ActApproved():
            alone = event.alone_because
            _decide(story, event.act_id, RequestState.APPROVED, alone, alone is not None, recorded)
        case events.ActDeclined():
            _decide(story, event.act_id, RequestState.DECLINED, event.reason, False, recorded)


def _decide(
    story: Story, act_id: str, state: RequestState, reason: str | None, alone: bool, recorded: Recorded
) -> None:
    story.requests[act_id] = msgspec.structs.replace(
        story.requests[act_id],
        state=state,
        reason=reason,
        alone=alone,
        decided_revision=recorded.revision,
        decided_at=recorded.recorded_at,
        decided_by=recorded.actor,
    )
