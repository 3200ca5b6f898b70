"""What a story would be after events that were decided and not yet recorded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from tracker.stories.events import Event, Recorded
from tracker.stories.folding import advanced
from tracker.stories.story import Story

#: Stands in for the time of what is only supposed to have happened.
_SOME_TIME = datetime(1970, 1, 1, tzinfo=UTC)


def as_recorded(story: Story, events: Sequence[Event]) -> list[Recorded]:
    """``events`` as if they followed on ``story``: for what doesn't depend on when, or by whom."""
    return [
        Recorded(revision=revision, recorded_at=story.changed_at or _SOME_TIME, event=event)
        for revision, event in enumerate(events, start=story.revision + 1)
    ]


def supposed(story: Story, events: Sequence[Event]) -> Story:
    """The story as it would be after ``events``."""
    return advanced(story, as_recorded(story, events)) if events else story
