"""What events do to a state.

``evolve`` takes a state and one recorded event to the next state and leaves its argument alone, ``advanced`` does so
for many. ``fold`` changes a state that it alone holds, so that ten thousand events cost ten thousand steps.

    reports   versions, corrections              claims   appearances, relations, what is carried to a new version
    desk      the story itself, holds, requests  marks    occurrences, links, markings that are withdrawn
    gone      what is left of what was killed or redacted
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from tracker.stories import events
from tracker.stories.events import Recorded
from tracker.stories.folding import claims, desk, gone, marks, reports
from tracker.stories.folding.draft import Draft
from tracker.stories.folding.gone import struck
from tracker.stories.story import Story
from tracker.stories.values import CorrectionKind

__all__ = ["advanced", "evolve", "fold", "struck"]


def evolve(story: Story, recorded: Recorded) -> Story:
    """The state after ``recorded``; ``story`` stays as it is."""
    return advanced(story, (recorded,))


def advanced(story: Story, history: Iterable[Recorded]) -> Story:
    """The state after ``history``; ``story`` stays as it is, and the two share what did not change."""
    return _folded(Draft.of(story), history)


def fold(story: Story, history: Iterable[Recorded]) -> Story:
    """The state after ``history``. Changes ``story``, which the caller alone must hold, and returns it."""
    return _folded(Draft(story, owned=None), history)


def _folded(draft: Draft, history: Iterable[Recorded]) -> Story:
    for recorded in history:
        _apply(draft, recorded)
        draft.story.revision = recorded.revision
        draft.story.changed_at = recorded.recorded_at
    return draft.story


def _apply(draft: Draft, recorded: Recorded) -> None:
    match recorded.event:
        case (events.StoryOpened() | events.StoryEdited() | events.StoryClosed() | events.StoryReopened()) as event:
            desk.say(draft.story, event, recorded)
        case events.ReportFiled() as event:
            reports.file(draft.story, event, recorded)
        case (events.ReportUpdated() | events.ReportCorrected()) as event:
            reports.add_version(draft, event, recorded)
            claims.carry(draft, event.report_id)
            if isinstance(event, events.ReportCorrected) and event.kind is CorrectionKind.RETRACTION:
                claims.stand_anew(draft, draft.story.claims_in.get(event.report_id, ()), recorded.revision)
        case events.ReportKilled() as event:
            gone.kill(draft, event, recorded)
        case events.ContentRedacted() as event:
            gone.redact(draft, event, recorded)
        case events.ClaimAsserted() as event:
            claims.assert_claim(draft, event, recorded)
        case events.ClaimsRelated() as event:
            claims.relate(draft, event, recorded)
        case events.OccurrenceRecorded() as event:
            marks.record(draft, event, recorded)
        case events.StoriesLinked() as event:
            marks.link(draft.story, event, recorded)
        case events.AnnotationWithdrawn() as event:
            marks.withdraw(draft, event, recorded)
        case (events.HoldPlaced() | events.HoldLifted()) as event:
            desk.hold(draft.story, event, recorded)
        case (events.ActRequested() | events.ActApproved() | events.ActDeclined()) as event:
            desk.request(draft.story, event, recorded)
        case _ as never:
            assert_never(never)
