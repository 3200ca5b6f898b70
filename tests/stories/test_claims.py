"""The rules of claims: what is marked, where its words have to stand, and what becomes of it on a new version."""

from __future__ import annotations

import pytest
from msgspec import structs

from tests.stories.samples import (
    CLOSED,
    NBC,
    OF_THE_WIRE,
    OPENED,
    WIRE,
    claims,
    file,
    filed,
    kill,
    mark,
    redacted,
    updated,
    withdraw,
)
from tests.stories.specification import given
from tracker.stories.claims import Support
from tracker.stories.errors import (
    AnnotationIsWithdrawn,
    AppearanceExists,
    ContentIsRedacted,
    OutletNotYours,
    PassageNotFound,
    ReportIsKilled,
    StatementDiffers,
    UnknownClaim,
    UnknownReport,
    UnknownVersion,
)
from tracker.stories.events import ClaimAsserted, Event
from tracker.stories.knowledge import Attribution, Count, Quote, Stance
from tracker.stories.values import PartyRef
from tracker.text.passages import Selector

BOLTON = PartyRef(id="pty_bolton", name="John Bolton")
REPORT: tuple[Event, ...] = (OPENED, filed(b1="The plan was old.", b2="Officials said so, and officials knew."))
MADE = ClaimAsserted(
    claim_id="clm_1",
    appearance=1,
    statement="The plan was old",
    report_id="rpt_1",
    version=1,
    selector=Selector(exact="The plan was old"),
)


# ---- Marking a claim


def test_a_claim_is_marked_by_its_words_alone_and_says_what_they_say() -> None:
    given(*REPORT).when(mark("clm_1", "The plan was old")).then(MADE)


def test_a_claim_is_said_once_in_our_words_whatever_the_outlets_call_it() -> None:
    given(*REPORT).when(mark("clm_1", "The plan was old", statement="It was weighed before.")).then(
        structs.replace(MADE, statement="It was weighed before.")
    )


def test_all_that_is_known_of_a_claim_is_kept() -> None:
    said = {
        "stance": Stance.REPORTS,
        "attribution": Attribution(label="officials", count=Count(min=2), via=(Attribution(outlet=WIRE),)),
        "about": (BOLTON,),
    }
    [event] = given(*REPORT).when(mark("clm_1", "The plan was old", **said)).events()
    assert event == structs.replace(MADE, **said)


def test_a_claim_is_marked_in_a_closed_story_too() -> None:
    given(*REPORT, CLOSED).when(mark("clm_1", "The plan was old")).then(MADE)


def test_one_claim_appears_in_several_reports_and_its_appearances_are_counted() -> None:
    other = filed("rpt_2", WIRE, "/b", b1="A plan, of years ago.")
    second = mark("clm_1", "A plan, of years ago", report_id="rpt_2", is_here=True)
    story = given(*REPORT, other).when(mark("clm_1", "The plan was old"), second).then_state()
    assert [(each.number, each.report_id) for each in story.claims["clm_1"].appearances] == [(1, "rpt_1"), (2, "rpt_2")]
    assert story.claims["clm_1"].statement == "The plan was old"
    assert story.claims_in == {"rpt_1": ("clm_1",), "rpt_2": ("clm_1",)}
    assert story.claims["clm_1"].standing.support is Support.CORROBORATED


def test_a_number_of_an_appearance_is_not_given_twice() -> None:
    again = mark("clm_1", "Officials said so")
    asked = given(*REPORT).when(
        mark("clm_1", "The plan was old"), mark("clm_1", "officials knew"), withdraw("clm_1/2"), again
    )
    assert [each.number for each in asked.then_state().claims["clm_1"].appearances] == [1, 3]


def test_the_same_claim_twice_is_no_event() -> None:
    once = mark("clm_1", "The plan was old", attribution=Attribution(party=BOLTON))
    given(*REPORT).when(once, once).then_nothing()


def test_the_same_claim_under_a_new_id_is_no_event() -> None:
    given(*REPORT).when(mark("clm_1", "The plan was old"), mark("clm_2", "The plan was old")).then_nothing()


def test_the_same_words_with_other_marks_of_quotation_or_spaces_are_the_same_claim() -> None:
    report = (OPENED, filed(b1="It was “an old  plan”."))
    given(*report).when(mark("clm_1", "“an old plan”"), mark("clm_2", '"an old plan"')).then_nothing()


def test_the_same_words_by_another_make_another_claim() -> None:
    by_bolton = mark("clm_2", "The plan was old", attribution=Attribution(party=BOLTON))
    assert len(given(*REPORT).when(mark("clm_1", "The plan was old"), by_bolton).events()) == 1


# ---- Refusals


def test_words_that_are_marked_for_the_claim_otherwise_are_refused() -> None:
    denied = mark("clm_1", "The plan was old", stance=Stance.DENIES)
    refusal = given(*REPORT).when(mark("clm_1", "The plan was old"), denied).refused(AppearanceExists)
    assert refusal.facts == {"claim_id": "clm_1", "appearance": 1}
    assert "clm_1/1" in str(refusal)


def test_a_claim_has_one_statement() -> None:
    asked = mark("clm_1", "officials knew", statement="Something else.")
    refusal = given(*REPORT).when(mark("clm_1", "The plan was old"), asked).refused(StatementDiffers)
    assert refusal.facts == {"statement": "The plan was old"}
    assert refusal.faults[0].pointer == "/statement"


def test_a_claim_that_is_named_has_to_be_here() -> None:
    given(*REPORT).when(mark("clm_1", "The plan was old", is_here=True)).refused(UnknownClaim)


def test_a_claim_of_a_report_that_is_not_here_is_refused() -> None:
    given(*REPORT).when(mark("clm_1", "The plan", report_id="rpt_9")).refused(UnknownReport)


def test_a_source_that_is_a_report_has_to_be_here_however_far_down_the_chain() -> None:
    chain = Attribution(label="officials", via=(Attribution(outlet=WIRE, via=(Attribution(report_id="rpt_9"),)),))
    given(*REPORT).when(mark("clm_1", "The plan was old", attribution=chain)).refused(UnknownReport)
    quoted = Quote(parts=(Selector(exact="The plan was old"),), inner=(Quote(parts=(Selector(exact="old"),)),))
    deep = structs.replace(quoted, inner=(structs.replace(quoted.inner[0], speaker=chain),))
    given(*REPORT).when(mark("clm_1", "The plan was old", quotes=(deep,))).refused(UnknownReport)


def test_a_version_that_is_not_there_is_refused_and_the_versions_are_told() -> None:
    refusal = given(*REPORT).when(mark("clm_1", "The plan was old", version=2)).refused(UnknownVersion)
    assert refusal.facts == {"first": 1, "latest": 1}


def test_rule_4_nothing_is_marked_in_a_killed_report() -> None:
    given(*REPORT).when(kill(), mark("clm_1", "The plan was old")).refused(ReportIsKilled)


def test_nothing_is_marked_in_a_version_that_was_destroyed() -> None:
    given(*REPORT, redacted(blocks_used=2)).when(mark("clm_1", "The plan was old")).refused(ContentIsRedacted)


def test_rule_8_a_limited_token_marks_nothing_in_another_outlets_report() -> None:
    refusal = given(*REPORT).when(mark("clm_1", "The plan was old", by=OF_THE_WIRE)).refused(OutletNotYours)
    assert NBC.name in str(refusal)


@pytest.mark.parametrize("taken", ["clm_1", "clm_1/1"])
def test_a_claim_that_was_withdrawn_is_not_marked_again_under_its_id(taken: str) -> None:
    once = mark("clm_1", "The plan was old")
    refusal = given(*REPORT).when(once, withdraw(taken), once).refused(AnnotationIsWithdrawn)
    assert "an id of its own" in str(refusal)
    assert len(given(*REPORT).when(once, withdraw(taken), mark("clm_2", "The plan was old")).events()) == 1


# ---- All or nothing with a filing


def test_what_rides_along_with_a_filing_comes_after_it_each_upon_the_one_before() -> None:
    asked = file("The plan was old.", claims=(claims("clm_1", "The plan was old"), claims("clm_1", "The plan")))
    events = given(OPENED).when(asked).events()
    assert [type(event).__name__ for event in events] == ["ReportFiled", "ClaimAsserted", "ClaimAsserted"]
    assert [event.appearance for event in events if isinstance(event, ClaimAsserted)] == [1, 2]


def test_a_filing_of_which_one_claim_is_refused_files_nothing_and_names_the_claim() -> None:
    asked = file("The plan was old.", claims=(claims("clm_1", "The plan was old"), claims("clm_2", "It was new")))
    refusal = given(OPENED).when(asked).refused(PassageNotFound)
    assert refusal.faults[0].pointer == "/claims/1/exact"


def test_the_same_filing_with_its_claims_twice_is_no_event() -> None:
    asked = file("The plan was old.", claims=(claims("clm_1", "The plan was old"),))
    given(OPENED).when(asked, structs.replace(asked, report_id="rpt_2")).then_nothing()


def test_with_leniency_claims_are_marked_in_the_version_that_came_with_them() -> None:
    asked = file("The plan was older.", report_id="rpt_2", as_next_version=True, claims=(claims("clm_1", "older"),))
    version, made = given(*REPORT).when(asked).events()
    assert version == updated(2, b3="The plan was older.")
    assert isinstance(made, ClaimAsserted)
    assert (made.report_id, made.version) == ("rpt_1", 2)
