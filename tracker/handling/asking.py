"""Who asks, what came with the request, and whether what the caller has seen is still so."""

from __future__ import annotations

from dataclasses import dataclass

from tracker.access.tokens import Token
from tracker.errors import Stale
from tracker.store.requests import RequestKey
from tracker.stories.commands import (
    ApproveAct,
    AssertClaim,
    Command,
    CorrectReport,
    DeclineAct,
    FileReport,
    KillReport,
    LiftHold,
    LinkStories,
    OpenStory,
    PlaceHold,
    RecordOccurrence,
    RedactContent,
    RelateClaims,
    RequestAct,
    UpdateReport,
    WithdrawAnnotation,
)
from tracker.stories.desk import CorrectionAct, KillAct, RedactionAct
from tracker.stories.story import Story


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, and what came with the request."""

    token: Token
    #: Shared by all events of this request.
    correlation_id: str
    traceparent: str | None = None
    #: The Idempotency-Key, if one was sent.
    key: RequestKey | None = None
    #: The revision that the caller has read (If-Match); refused when the resource has changed since.
    seen: int | None = None


def require_seen(command: Command, story: Story, seen: int | None) -> None:
    """Raises ``Stale`` where what the command is about has changed since revision ``seen``; ``None``: don't care."""
    # What isn't there has no state to differ from; ``decide`` says that it isn't there (RFC 9110 §13.2.1).
    if seen is None or not (story.revision or isinstance(command, OpenStory)):
        return
    changed = _changed_at(command, story)
    if not changed <= seen <= story.revision:
        raise Stale(
            f"You have read revision {seen}; revision {changed} last changed this, and {story.revision} is the latest. "
            "Read it again and repeat the request with its ETag.",
            facts={"expected": seen, "found": changed},
        )


def _changed_at(command: Command, story: Story) -> int:
    """The revision that last changed what the command is about: a report, or what the desk says of the story."""
    match command:
        case UpdateReport() | CorrectReport() | KillReport():
            return story.report(command.report_id).revision
        case RedactContent():
            return story.targeted(command.target)[0].revision
        case LiftHold() if command.hold_id in story.holds:
            held = story.holds[command.hold_id]
            return held.lifted or held.revision
        case ApproveAct() | DeclineAct() if command.act_id in story.requests:
            request = story.requests[command.act_id]
            return request.decided_revision or request.revision
        case RequestAct(act=RedactionAct() as act):
            return story.targeted(act.target)[0].revision
        case RequestAct(act=(CorrectionAct() | KillAct()) as act):
            return story.report(act.report_id).revision
        case AssertClaim() | RelateClaims() | RecordOccurrence() | WithdrawAnnotation() | LinkStories() | PlaceHold():
            return story.revision
        case FileReport() | LiftHold() | ApproveAct() | DeclineAct():
            return story.revision
        case _:
            return story.edited_revision
