"""The rules of what the desk holds back and takes back.

3.  What an outlet itself published is filed by whoever may file for it, at once. An act of the desk (a correction, a
    kill or a redaction that isn't the outlet's own) is requested by one person and approved by another; a newsroom of
    one may be allowed to act alone and say why. A hold needs one editor and acts at once.
4.  Killed is final.
9.  A preservation hold blocks redaction. What is redacted is gone for good: a version once, in a closed story too.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import assert_never

from tracker.stories.commands import ApproveAct, DeclineAct, KillReport, LiftHold, PlaceHold, RedactContent, RequestAct
from tracker.stories.decisions.reports import corrected
from tracker.stories.decisions.rights import require_right
from tracker.stories.desk import CorrectionAct, DeskAct, KillAct, RedactionAct, Request, RequestState
from tracker.stories.errors import (
    EmbargoWithoutEnd,
    IdTaken,
    KilledAlready,
    Preserved,
    RelationToItself,
    RequestDecided,
    SecondPersonNeeded,
    UnknownHold,
    UnknownRequest,
    WordsRepeated,
)
from tracker.stories.events import (
    ActApproved,
    ActDeclined,
    ActRequested,
    ContentRedacted,
    Event,
    HoldLifted,
    HoldPlaced,
    ReportKilled,
)
from tracker.stories.knowledge import Approval, HoldKind, HoldReason
from tracker.stories.reports import Report
from tracker.stories.story import Story
from tracker.stories.values import IssuedBy, in_utc

# ---- Kills and redactions


def kill(command: KillReport, story: Story) -> list[Event]:
    """Kill a report, as its outlet did."""
    report = story.report(command.report_id)
    require_right(command.by, report.outlet)
    asked = KillAct(
        report_id=command.report_id,
        reason=command.reason,
        public_note=command.public_note,
        successor=command.successor,
    )
    return _killed(asked, story, IssuedBy.OUTLET)


def _killed(asked: KillAct, story: Story, issued_by: IssuedBy) -> list[Event]:
    report = story.report(asked.report_id)
    if asked.successor == asked.report_id:
        raise RelationToItself("/successor")
    if asked.successor is not None:
        story.report(asked.successor)
    if report.kill:
        if (report.kill.public_note, report.kill.issued_by) == (asked.public_note, issued_by):
            return []
        raise KilledAlready(report.report_id)
    return [
        ReportKilled(
            report_id=asked.report_id,
            reason=asked.reason,
            public_note=asked.public_note,
            issued_by=issued_by,
            successor=asked.successor,
        )
    ]


def redact(command: RedactContent, story: Story) -> list[Event]:
    """Destroy what versions of a report say."""
    asked = RedactionAct(target=command.target, reason=command.reason, authority=command.authority)
    return _redacted(asked, story)


def _redacted(asked: RedactionAct, story: Story) -> list[Event]:
    report, versions = story.targeted(asked.target)
    if all(each.redacted for each in report.versions if each.version in versions):
        return []
    _require_not_preserved(report, story)
    _require_not_repeated(report, versions)
    return [
        ContentRedacted(
            target=asked.target,
            reason=asked.reason,
            authority=asked.authority,
            blocks_used=report.blocks_used,
        )
    ]


def _require_not_preserved(report: Report, story: Story) -> None:
    for each in story.holds.values():
        # A hold is on the report, or on the whole story.
        concerned = each.target == report.report_id or each.target not in story.reports
        if each.kind is HoldKind.PRESERVATION and each.lifted is None and concerned:
            raise Preserved(each.hold_id)


def _require_not_repeated(report: Report, versions: Collection[int]) -> None:
    """The passages that a correction names are words of the version before it."""
    for each in report.corrections:
        if each.passages and each.version - 1 in versions and each.version not in versions:
            raise WordsRepeated(f"{report.report_id}/{each.version}")


# ---- Holds


def place(command: PlaceHold, story: Story) -> list[Event]:
    """Place a hold on a report or on the story."""
    if command.target != command.story_id:
        story.report(command.target)
    if command.reason is HoldReason.EMBARGO and command.until is None:
        raise EmbargoWithoutEnd
    if placed_by(command, story):
        return []
    if command.hold_id in story.holds:
        raise IdTaken(command.hold_id)
    return [
        HoldPlaced(
            hold_id=command.hold_id,
            target=command.target,
            kind=command.kind,
            reason=command.reason,
            until=in_utc(command.until),
            authority=command.authority,
        )
    ]


def placed_by(command: PlaceHold, story: Story) -> str | None:
    """The hold that says so already."""
    wanted = (command.target, command.kind, command.reason, command.until)
    for each in story.holds.values():
        if each.lifted is None and (each.target, each.kind, each.reason, each.until) == wanted:
            return each.hold_id
    return None


def lift(command: LiftHold, story: Story) -> list[Event]:
    """Lift a hold; which revisions that releases is for whoever appends to say."""
    held = story.holds.get(command.hold_id)
    if held is None:
        raise UnknownHold(command.hold_id)
    if held.lifted is not None:
        return []
    return [
        HoldLifted(
            hold_id=held.hold_id,
            target=held.target,
            kind=held.kind,
            reason=held.reason,
            authority=command.authority,
        )
    ]


# ---- Acts of the desk that need a second person


def request(command: RequestAct, story: Story) -> list[Event]:
    """Ask for an act; where the setting allows and a reason is given, do it at once."""
    if command.alone_because is not None and command.approval is not Approval.ALONE_WITH_REASON:
        raise SecondPersonNeeded
    if command.alone_because is None and waiting(command.act, story):
        return []
    done = _done(command.act, story)
    if not done:
        return []
    if command.act_id in story.requests:
        raise IdTaken(command.act_id)
    target = _target(command.act)
    asked = ActRequested(
        act_id=command.act_id,
        target=target,
        version=story.targeted(target)[0].version,
        act=command.act,
    )
    if command.alone_because is None:
        return [asked]
    return [asked, ActApproved(act_id=command.act_id, alone_because=command.alone_because), *done]


def waiting(act: DeskAct, story: Story) -> Request | None:
    """The request for just that act that waits for a decision."""
    asked = (each for each in story.requests.values() if each.state is RequestState.WAITING)
    return next((each for each in asked if each.act == act), None)


def approve(command: ApproveAct, story: Story) -> list[Event]:
    """Do what another asked for."""
    asked = _asked(command.act_id, story)
    if asked.state is RequestState.APPROVED:
        return []
    if asked.state is RequestState.DECLINED:
        raise RequestDecided(asked.act_id, asked.state.value)
    if asked.act is None:
        raise RequestDecided(asked.act_id, "without its content, which is gone")
    if asked.requested_by == command.by.id:
        raise SecondPersonNeeded
    _require_up_to_date(asked, story)
    return [ActApproved(act_id=asked.act_id), *_done(asked.act, story)]


def _require_up_to_date(asked: Request, story: Story) -> None:
    """A correction is a whole version: it would undo those that came after it was asked for. Nor is a version destroyed
    with its report that nobody had seen when that was asked for.
    """
    now = story.targeted(asked.target)[0].version
    whole = isinstance(asked.act, RedactionAct) and "/" not in asked.target
    if (isinstance(asked.act, CorrectionAct) or whole) and now != asked.version:
        raise RequestDecided(asked.act_id, f"about version {asked.version}, and the report has version {now} by now")


def decline(command: DeclineAct, story: Story) -> list[Event]:
    """Don't do it."""
    asked = _asked(command.act_id, story)
    if asked.state is RequestState.DECLINED:
        return []
    if asked.state is RequestState.APPROVED:
        raise RequestDecided(asked.act_id, asked.state.value)
    return [ActDeclined(act_id=asked.act_id, reason=command.reason)]


def _asked(act_id: str, story: Story) -> Request:
    if act_id not in story.requests:
        raise UnknownRequest(act_id)
    return story.requests[act_id]


def _target(act: DeskAct) -> str:
    return act.target if isinstance(act, RedactionAct) else act.report_id


def _done(act: DeskAct, story: Story) -> list[Event]:
    """The events of the act itself; raises what its rules refuse."""
    match act:
        case CorrectionAct():
            return corrected(act, story, IssuedBy.DESK)
        case KillAct():
            return _killed(act, story, IssuedBy.DESK)
        case RedactionAct():
            return _redacted(act, story)
        case _ as never:
            assert_never(never)
