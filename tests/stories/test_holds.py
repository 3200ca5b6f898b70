"""What is held back, or kept from being destroyed, and until when (rules 5 and 9)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from msgspec import structs

from tests.stories.samples import CLOSED, OPENED, claims, file, filed, hold, redact, redacted, update, updated
from tests.stories.specification import given
from tracker.stories.commands import LiftHold
from tracker.stories.errors import EmbargoWithoutEnd, IdTaken, Preserved, UnknownHold, UnknownReport
from tracker.stories.events import Event, HoldLifted, HoldPlaced, ReportFiled, ReportUpdated
from tracker.stories.knowledge import HoldKind, HoldReason

REPORT: tuple[Event, ...] = (OPENED, filed(b1="One."))
UNTIL = datetime(2020, 1, 13, 18, tzinfo=UTC)
LIFT = LiftHold(story_id="sty_1", hold_id="hld_1")
KEPT = HoldKind.PRESERVATION


def placed(target: str = "rpt_1", **fields: object) -> HoldPlaced:
    said = HoldPlaced(hold_id="hld_1", target=target, kind=HoldKind.PUBLICATION, reason=HoldReason.LEGAL)
    return structs.replace(said, **fields)


@pytest.mark.parametrize("kind", HoldKind)
@pytest.mark.parametrize("target", ["rpt_1", "sty_1"])
def test_one_editor_holds_a_report_or_the_whole_story_at_once(kind: HoldKind, target: str) -> None:
    given(*REPORT).when(hold(target=target, kind=kind, authority="The court")).then(
        placed(target, kind=kind, authority="The court")
    )


def test_a_closed_story_is_held_all_the_same() -> None:
    given(*REPORT, CLOSED).when(hold()).then(placed())


def test_the_same_hold_twice_is_no_event_also_under_a_new_id() -> None:
    given(*REPORT).when(hold(until=UNTIL), hold(until=UNTIL)).then_nothing()
    given(*REPORT).when(hold(), hold("hld_2")).then_nothing()


def test_two_holds_for_two_reasons_stand_side_by_side_and_are_lifted_one_by_one() -> None:
    both = (hold(), hold("hld_2", reason=HoldReason.EDITORIAL))
    story = given(*REPORT).when(*both, LIFT).then_state()
    assert [(each.hold_id, each.lifted) for each in story.holds.values()] == [("hld_1", 5), ("hld_2", None)]


def test_the_id_of_a_hold_is_not_given_to_another() -> None:
    given(*REPORT).when(hold(), hold(reason=HoldReason.EDITORIAL)).refused(IdTaken)
    given(*REPORT).when(hold(), LIFT, hold()).refused(IdTaken)


@pytest.mark.parametrize("target", ["rpt_9", "rpt_1/1", "clm_1", "sty_2", ""])
def test_only_a_report_of_the_story_or_the_story_itself_is_held(target: str) -> None:
    given(*REPORT).when(hold(target=target)).refused(UnknownReport)


def test_an_embargo_has_an_end() -> None:
    refusal = given(*REPORT).when(hold(reason=HoldReason.EMBARGO)).refused(EmbargoWithoutEnd)
    assert refusal.faults[0].pointer == "/until"
    given(*REPORT).when(hold(reason=HoldReason.EMBARGO, until=UNTIL)).then(
        placed(reason=HoldReason.EMBARGO, until=UNTIL)
    )


def test_a_moment_is_kept_in_one_form_whatever_its_offset() -> None:
    there = UNTIL.astimezone(timezone(timedelta(hours=3)))
    [event] = given(*REPORT).when(hold(until=there)).events()
    assert isinstance(event, HoldPlaced)
    assert event.until is not None
    assert (event.until, event.until.tzinfo) == (UNTIL, UTC)


def test_a_hold_is_lifted_once() -> None:
    given(*REPORT).when(hold(), LIFT).then(
        HoldLifted(hold_id="hld_1", target="rpt_1", kind=HoldKind.PUBLICATION, reason=HoldReason.LEGAL)
    )
    given(*REPORT).when(hold(), LIFT, LIFT).then_nothing()


def test_a_hold_that_was_never_placed_is_not_lifted() -> None:
    given(*REPORT).when(LIFT).refused(UnknownHold)


def test_work_goes_on_under_a_hold() -> None:
    given(*REPORT).when(hold(), update("Two.")).then(updated(2, b2="Two."))


# ---- An embargo that comes with a filing


def test_rule_5_what_is_filed_under_embargo_is_held_from_the_beginning() -> None:
    asked = file("One.", embargoed_until=UNTIL, hold_id="hld_1", claims=(claims("clm_1", "One"),))
    report, embargo, claim = given(OPENED).when(asked).events()
    assert report == structs.replace(filed(b1="One."), embargoed_until=UNTIL)
    assert embargo == placed(reason=HoldReason.EMBARGO, until=UNTIL)
    assert type(claim).__name__ == "ClaimAsserted"
    given(OPENED).when(asked, structs.replace(asked, report_id="rpt_2", hold_id="hld_2")).then_nothing()


def test_rule_5_an_embargo_on_the_next_version_of_a_report_holds_all_of_it() -> None:
    asked = file("Two.", as_next_version=True, report_id="rpt_2", embargoed_until=UNTIL, hold_id="hld_1")
    version, embargo = given(*REPORT).when(asked).events()
    assert isinstance(version, ReportUpdated)
    assert embargo == placed(reason=HoldReason.EMBARGO, until=UNTIL)


def test_a_filing_without_an_embargo_is_not_held() -> None:
    [event] = given(OPENED).when(file("One.")).events()
    assert isinstance(event, ReportFiled)
    assert event.embargoed_until is None


# ---- Rule 9


@pytest.mark.parametrize("kept", ["rpt_1", "sty_1"])
@pytest.mark.parametrize("target", ["rpt_1", "rpt_1/1"])
def test_rule_9_what_is_to_be_preserved_is_not_destroyed_and_the_refusal_names_the_hold(kept: str, target: str) -> None:
    refusal = given(*REPORT).when(hold(target=kept, kind=KEPT), redact(target)).refused(Preserved)
    assert (refusal.facts, "lifted first" in str(refusal)) == ({"hold_id": "hld_1"}, True)


def test_rule_9_it_is_destroyed_when_the_hold_is_lifted() -> None:
    given(*REPORT).when(hold(kind=KEPT), LIFT, redact()).then(redacted())


def test_rule_9_another_report_is_not_preserved_with_it() -> None:
    given(*REPORT, filed("rpt_2", uri="/b", b1="Two.")).when(hold(target="rpt_2", kind=KEPT), redact()).then(redacted())


def test_rule_9_a_hold_on_publication_preserves_nothing() -> None:
    given(*REPORT).when(hold(), redact()).then(redacted())
