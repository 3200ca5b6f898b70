"""Rule 3: an act of the desk is asked for by one person and approved by another, or done alone with a reason."""

from __future__ import annotations

import pytest
from msgspec import structs

from tests.stories.samples import (
    ANYBODY,
    CLOSED,
    NOTE,
    OPENED,
    SECOND,
    approve,
    asks,
    content,
    corrected,
    filed,
    hold,
    kill,
    redact,
    redacted,
    update,
    updated,
)
from tests.stories.specification import given
from tracker.errors import Refusal
from tracker.stories.commands import Command, DeclineAct
from tracker.stories.desk import CorrectionAct, DeskAct, KillAct, RedactionAct, RequestState
from tracker.stories.errors import (
    CorrectionChangesNothing,
    IdTaken,
    KilledAlready,
    PassageNotFound,
    Preserved,
    ReportIsKilled,
    RequestDecided,
    SecondPersonNeeded,
    StoryIsClosed,
    UnknownReport,
    UnknownRequest,
    UnknownTarget,
)
from tracker.stories.events import ActApproved, ActDeclined, ActRequested, Event, ReportKilled
from tracker.stories.knowledge import Approval, HoldKind
from tracker.stories.values import CorrectionKind, IssuedBy
from tracker.text.passages import Selector

REPORT: tuple[Event, ...] = (OPENED, filed(b1="One."))
CORRECTION = CorrectionAct(report_id="rpt_1", content=content("Two."), note=NOTE)
KILL = KillAct(report_id="rpt_1", reason="It was made up.", public_note="Withdrawn.")
REDACTION = RedactionAct(target="rpt_1/1", reason="It names a source.", authority="The editor")
DECLINE = DeclineAct(story_id="sty_1", act_id="act_1", reason="It is right.", by=SECOND)
ALONE = {"approval": Approval.ALONE_WITH_REASON, "alone_because": "Nobody else is here."}

#: Each act, and the event that it leads to.
DONE: list[tuple[DeskAct, Event]] = [
    (CORRECTION, structs.replace(corrected(2, b2="Two."), issued_by=IssuedBy.DESK)),
    (
        KILL,
        ReportKilled(report_id="rpt_1", reason="It was made up.", public_note="Withdrawn.", issued_by=IssuedBy.DESK),
    ),
    (REDACTION, redacted("rpt_1/1")),
]
acts = pytest.mark.parametrize(("act", "done"), DONE, ids=["correction", "kill", "redaction"])


@acts
def test_rule_3_one_person_asks_and_nothing_is_done(act: DeskAct, done: Event) -> None:
    target = "rpt_1/1" if act is REDACTION else "rpt_1"
    given(*REPORT).when(asks(act)).then(ActRequested(act_id="act_1", target=target, version=1, act=act))
    story = given(*REPORT).when(asks(act)).then_state()
    assert (story.requests["act_1"].state, story.requests["act_1"].requested_by) == (RequestState.WAITING, ANYBODY.id)
    assert story.reports["rpt_1"].version == 1
    assert done is not None


@acts
def test_rule_3_another_approves_it_and_it_is_done(act: DeskAct, done: Event) -> None:
    given(*REPORT).when(asks(act), approve()).then(ActApproved(act_id="act_1"), done)
    request = given(*REPORT).when(asks(act), approve()).then_state().requests["act_1"]
    assert (request.state, request.decided_by, request.alone) == (RequestState.APPROVED, SECOND.id, False)


@acts
def test_rule_3_whoever_asked_for_it_does_not_approve_it(act: DeskAct, done: Event) -> None:
    refusal = given(*REPORT).when(asks(act), approve(by=ANYBODY)).refused(SecondPersonNeeded)
    assert "colleague" in str(refusal)
    assert len(given(*REPORT).when(asks(act, by=SECOND), approve(by=ANYBODY)).events()) == 2
    assert done is not None


@acts
def test_rule_3_alone_with_a_reason_where_the_setting_allows_it(act: DeskAct, done: Event) -> None:
    asked, approved, last = given(*REPORT).when(asks(act, **ALONE)).events()
    assert isinstance(asked, ActRequested)
    assert approved == ActApproved(act_id="act_1", alone_because="Nobody else is here.")
    assert last == done
    request = given(*REPORT).when(asks(act, **ALONE)).then_state().requests["act_1"]
    assert (request.alone, request.reason) == (True, "Nobody else is here.")


@acts
def test_rule_3_alone_is_refused_where_the_setting_asks_for_two(act: DeskAct, done: Event) -> None:
    given(*REPORT).when(asks(act, alone_because="Nobody else is here.")).refused(SecondPersonNeeded)
    assert done is not None


def test_rule_3_where_one_may_act_alone_he_may_ask_another_all_the_same() -> None:
    [event] = given(*REPORT).when(asks(KILL, approval=Approval.ALONE_WITH_REASON)).events()
    assert isinstance(event, ActRequested)


@acts
def test_asking_twice_approving_twice_and_declining_twice_is_once(act: DeskAct, done: Event) -> None:
    given(*REPORT).when(asks(act), asks(act, "act_2", by=SECOND)).then_nothing()
    given(*REPORT).when(asks(act), approve(), approve()).then_nothing()
    given(*REPORT).when(asks(act), approve(), approve(by=ANYBODY)).then_nothing()
    given(*REPORT).when(asks(act), DECLINE, DECLINE).then_nothing()
    given(*REPORT).when(asks(act, **ALONE), asks(act, "act_2", **ALONE)).then_nothing()
    assert done is not None


def test_what_is_done_already_is_not_asked_for() -> None:
    given(*REPORT).when(redact("rpt_1/1"), asks(REDACTION)).then_nothing()


def test_what_was_declined_may_be_asked_for_anew() -> None:
    assert len(given(*REPORT).when(asks(KILL), DECLINE, asks(KILL, "act_2")).events()) == 1
    given(*REPORT).when(asks(KILL), DECLINE, asks(KILL)).refused(IdTaken)


def test_it_is_declined_with_a_reason_also_by_whoever_asked() -> None:
    given(*REPORT).when(asks(KILL), DECLINE).then(ActDeclined(act_id="act_1", reason="It is right."))
    given(*REPORT).when(asks(KILL), structs.replace(DECLINE, by=ANYBODY)).then(
        ActDeclined(act_id="act_1", reason="It is right.")
    )


@pytest.mark.parametrize(("first", "then"), [(approve(), DECLINE), (DECLINE, approve())], ids=["done", "declined"])
def test_what_was_decided_is_not_decided_otherwise(first: Command, then: Command) -> None:
    refusal = given(*REPORT).when(asks(KILL), first, then).refused(RequestDecided)
    assert "ask anew" in str(refusal)


@pytest.mark.parametrize("command", [approve(), DECLINE], ids=["approve", "decline"])
def test_what_nobody_asked_for_is_not_decided(command: Command) -> None:
    given(*REPORT).when(command).refused(UnknownRequest)


# ---- The rules of the act hold when it is asked for, and when it is done


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        (structs.replace(CORRECTION, report_id="rpt_9"), UnknownReport),
        (structs.replace(CORRECTION, content=content("One.")), CorrectionChangesNothing),
        (structs.replace(CORRECTION, passages=(Selector(exact="Nine"),)), PassageNotFound),
        (structs.replace(KILL, report_id="rpt_9"), UnknownReport),
        (structs.replace(KILL, successor="rpt_9"), UnknownReport),
        (structs.replace(REDACTION, target="rpt_1/2"), UnknownTarget),
    ],
)
def test_what_could_not_be_done_is_not_asked_for(act: DeskAct, kind: type[Refusal]) -> None:
    given(*REPORT).when(asks(act)).refused(kind)


@pytest.mark.parametrize(
    ("act", "between", "kind"),
    [
        (KILL, kill(public_note="Another note."), RequestDecided),
        (CORRECTION, kill(), RequestDecided),
        (REDACTION, hold(kind=HoldKind.PRESERVATION), Preserved),
        (CORRECTION, update("Three."), RequestDecided),
        (CORRECTION, redact("rpt_1"), RequestDecided),
    ],
    ids=["killed otherwise", "killed", "preserved", "updated", "redacted"],
)
def test_what_can_not_be_done_any_more_is_refused_when_it_is_approved(
    act: DeskAct, between: Command, kind: type[Refusal]
) -> None:
    given(*REPORT).when(asks(act), between, approve()).refused(kind)


def test_a_correction_that_would_undo_a_newer_version_is_refused_and_says_so() -> None:
    refusal = given(*REPORT).when(asks(CORRECTION), update("Three."), approve()).refused(RequestDecided)
    assert "about version 1, and the report has version 2 by now; ask anew" in str(refusal)


def test_a_kill_asked_for_before_a_new_version_kills_it_with_the_rest() -> None:
    assert len(given(*REPORT).when(asks(KILL), update("Three."), approve()).events()) == 2


def test_a_closed_story_takes_no_correction_of_the_desk_but_a_kill_and_a_redaction() -> None:
    given(*REPORT, CLOSED).when(asks(CORRECTION)).refused(StoryIsClosed)
    for act in (KILL, REDACTION):
        assert len(given(*REPORT, CLOSED).when(asks(act), approve()).events()) == 2


def test_a_report_that_was_killed_with_another_note_is_not_asked_to_be_killed() -> None:
    given(*REPORT).when(kill(public_note="Another note."), asks(KILL)).refused(KilledAlready)


def test_what_was_asked_for_twice_and_is_done_once_is_done() -> None:
    both = (asks(REDACTION), asks(structs.replace(REDACTION, reason="For another reason."), "act_2"))
    given(*REPORT).when(*both, approve(), approve("act_2")).then(ActApproved(act_id="act_2"))


def test_an_outlets_own_correction_needs_nobody_else() -> None:
    given(*REPORT).when(update("Two.")).then(updated(2, b2="Two."))


@pytest.mark.parametrize("kind", CorrectionKind)
def test_a_correction_of_the_desk_has_a_note_passages_and_a_kind(kind: CorrectionKind) -> None:
    act = structs.replace(CORRECTION, kind=kind, passages=(Selector(exact="One"),))
    correction = given(*REPORT).when(asks(act), approve()).then_state().reports["rpt_1"].corrections[0]
    assert (correction.kind, correction.issued_by, correction.note) == (kind, IssuedBy.DESK, NOTE)
    assert correction.passages == (Selector(exact="One"),)


# ---- What is left of a request


@pytest.mark.parametrize("gone", [kill(), redact("rpt_1/1")], ids=["killed", "redacted"])
def test_what_was_asked_for_is_forgotten_with_the_report(gone: Command) -> None:
    request = given(*REPORT).when(asks(CORRECTION), gone).then_state().requests["act_1"]
    assert (request.act, request.state) == (None, RequestState.WAITING)


def test_a_correction_that_was_asked_for_is_forgotten_with_the_version_that_it_brought() -> None:
    story = given(*REPORT).when(asks(CORRECTION), approve(), redact("rpt_1/2")).then_state()
    assert story.requests["act_1"].act is None
    assert given(*REPORT).when(asks(CORRECTION), approve()).then_state().requests["act_1"].act == CORRECTION


def test_a_redaction_that_was_asked_for_stays_to_be_read() -> None:
    story = given(*REPORT).when(asks(REDACTION), approve()).then_state()
    assert story.requests["act_1"].act == REDACTION


def test_a_killed_report_is_not_corrected() -> None:
    given(*REPORT).when(kill(), asks(CORRECTION)).refused(ReportIsKilled)
