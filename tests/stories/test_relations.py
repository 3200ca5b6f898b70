"""Rule 7: what one claim does to another, whose judgement that is, and what it rests on."""

from __future__ import annotations

import pytest
from msgspec import structs

from tests.stories.samples import (
    NBC,
    OF_THE_WIRE,
    OPENED,
    WIRE,
    claims,
    file,
    filed,
    kill,
    link,
    mark,
    redacted,
    relate,
    relates,
    update,
    updated,
    withdraw,
)
from tests.stories.specification import given
from tracker.errors import Refusal
from tracker.stories.claims import Fate
from tracker.stories.commands import Command, OtherClaim
from tracker.stories.decisions import decide
from tracker.stories.errors import (
    AnnotationIsWithdrawn,
    ClaimHasFallen,
    ContentIsRedacted,
    IdTaken,
    JoinedAcross,
    NotTheAsserter,
    OutletNotYours,
    PassageNotFound,
    RelationAcross,
    RelationGoesRound,
    RelationToItself,
    UnknownClaim,
    UnknownReport,
    UnknownVersion,
)
from tracker.stories.events import ClaimsRelated, Event
from tracker.stories.knowledge import ACROSS_STORIES, Basis, ClaimRef, RelationKind, Stance

DISPUTES, SUPERSEDES, RETRACTS = RelationKind.DISPUTES, RelationKind.SUPERSEDES, RelationKind.RETRACTS
REPORTS: tuple[Event, ...] = (
    OPENED,
    filed(b1="It was imminent. It was planned."),
    filed("rpt_2", WIRE, "/b", b1="It was not, this could mean."),
)
#: clm_1 in NBC's report, clm_2 in the wire's.
MARKED = (mark("clm_1", "It was imminent"), mark("clm_2", "It was not", report_id="rpt_2"))
LINKED = (*MARKED, link())


def related(source: str, relation: RelationKind, target: str) -> ClaimsRelated:
    return ClaimsRelated(
        relation_id="rel_1", source=ClaimRef(claim_id=source), target=ClaimRef(claim_id=target), relation=relation
    )


@pytest.mark.parametrize("kind", sorted(set(RelationKind) - {RETRACTS}))
def test_a_claim_does_something_to_another_as_the_desk_sees_it(kind: RelationKind) -> None:
    given(*REPORTS).when(*MARKED, relate("clm_2", kind, "clm_1")).then(related("clm_2", kind, "clm_1"))


def test_a_relation_rests_on_words_with_their_hedge_and_is_somebodys() -> None:
    basis = Basis(text="It was not, this could mean", report_id="rpt_2")
    [event] = given(*REPORTS).when(*MARKED, relate("clm_2", DISPUTES, "clm_1", basis=basis, by=WIRE)).events()
    assert isinstance(event, ClaimsRelated)
    assert (event.basis, event.report_id, event.version, event.by) == (basis.text, "rpt_2", 1, WIRE)


def test_a_basis_may_be_words_of_the_desk_which_stand_nowhere() -> None:
    [event] = given(*REPORTS).when(*MARKED, relate("clm_2", DISPUTES, "clm_1", basis=Basis(text="By date."))).events()
    assert isinstance(event, ClaimsRelated)
    assert (event.basis, event.report_id, event.version) == ("By date.", None, None)


def test_a_basis_may_stand_several_times_and_in_an_older_version() -> None:
    history = (*REPORTS, updated(2, b2="Nothing is known. Nothing is known."))
    for basis in (Basis(text="It was", report_id="rpt_1", version=1), Basis(text="is known", report_id="rpt_1")):
        marked = (mark("clm_1", "It was imminent", version=1), MARKED[1])
        [event] = given(*history).when(*marked, relate("clm_2", DISPUTES, "clm_1", basis=basis)).events()
        assert isinstance(event, ClaimsRelated)
        assert event.version == (basis.version or 2)


def test_the_same_relation_twice_is_no_event_also_under_a_new_id() -> None:
    once = relate("clm_2", DISPUTES, "clm_1", basis=Basis(text="It was not", report_id="rpt_2"), by=WIRE)
    given(*REPORTS).when(*MARKED, once, once).then_nothing()
    again = structs.replace(once, relating=structs.replace(once.relating, relation_id="rel_2"))
    given(*REPORTS).when(*MARKED, once, again).then_nothing()


@pytest.mark.parametrize("other", [{"by": NBC}, {"basis": Basis(text="By date.")}])
def test_the_same_relation_by_another_or_on_other_words_is_another(other: dict[str, object]) -> None:
    once, again = relate("clm_2", DISPUTES, "clm_1"), relate("clm_2", DISPUTES, "clm_1", "rel_2", **other)
    assert len(given(*REPORTS).when(*MARKED, once, again).events()) == 1


def test_a_relation_stands_with_both_claims_and_changes_how_the_other_stands() -> None:
    story = given(*REPORTS).when(*MARKED, relate("clm_2", DISPUTES, "clm_1")).then_state()
    assert [story.claims[each].relations for each in ("clm_1", "clm_2")] == [["rel_1"], ["rel_1"]]
    assert [each.relation_id for each in story.claims["clm_1"].standing.disputed] == ["rel_1"]
    assert story.claims["clm_2"].standing.disputed == ()


# ---- Refusals


def test_a_claim_has_no_relation_with_itself() -> None:
    refusal = given(*REPORTS).when(*MARKED, relate("clm_1", DISPUTES, "clm_1")).refused(RelationToItself)
    assert refusal.faults[0].pointer == "/to"


@pytest.mark.parametrize(("source", "target"), [("clm_9", "clm_1"), ("clm_1", "clm_9")])
def test_both_claims_have_to_be_here(source: str, target: str) -> None:
    given(*REPORTS).when(*MARKED, relate(source, DISPUTES, target)).refused(UnknownClaim)


@pytest.mark.parametrize(
    ("basis", "kind"),
    [
        (Basis(text="It was never", report_id="rpt_1"), PassageNotFound),
        (Basis(text="It was", report_id="rpt_9"), UnknownReport),
        (Basis(text="It was", report_id="rpt_1", version=2), UnknownVersion),
    ],
)
def test_the_words_that_it_rests_on_stand_in_the_version_that_is_named(basis: Basis, kind: type[Refusal]) -> None:
    given(*REPORTS).when(*MARKED, relate("clm_2", DISPUTES, "clm_1", basis=basis)).refused(kind)


def test_it_rests_on_no_words_that_were_destroyed() -> None:
    basis = Basis(text="It was", report_id="rpt_1")
    asked = relate("clm_2", DISPUTES, "clm_1", basis=basis)
    marked = (MARKED[1], mark("clm_1", "this could mean", report_id="rpt_2"))
    given(*REPORTS, redacted()).when(*marked, asked).refused(ContentIsRedacted)


def test_the_id_of_a_relation_is_not_given_to_another() -> None:
    asked = (relate("clm_2", DISPUTES, "clm_1"), relate("clm_2", RelationKind.REFINES, "clm_1"))
    assert given(*REPORTS).when(*MARKED, *asked).refused(IdTaken).facts == {"id": "rel_1"}


def test_a_relation_that_was_withdrawn_is_not_marked_again_under_its_id() -> None:
    once = relate("clm_2", DISPUTES, "clm_1")
    given(*REPORTS).when(*MARKED, once, withdraw("rel_1"), once).refused(AnnotationIsWithdrawn)


def test_rule_8_a_limited_token_says_nothing_in_another_outlets_name() -> None:
    asked = relate("clm_2", DISPUTES, "clm_1", by=NBC, person=OF_THE_WIRE)
    given(*REPORTS).when(*MARKED, asked).refused(OutletNotYours)
    allowed = relate("clm_2", DISPUTES, "clm_1", by=WIRE, person=OF_THE_WIRE)
    assert len(given(*REPORTS).when(*MARKED, allowed).events()) == 1


def test_rule_4_nothing_relates_to_a_claim_that_has_fallen() -> None:
    given(*REPORTS).when(*MARKED, kill(), relate("clm_2", DISPUTES, "clm_1")).refused(ClaimHasFallen)


@pytest.mark.parametrize("by", [None, WIRE])
def test_only_the_outlet_that_asserted_a_claim_retracts_it(by: object) -> None:
    asked = relate("clm_2", RETRACTS, "clm_1", by=by)
    assert "Record it as disputes." in str(given(*REPORTS).when(*MARKED, asked).refused(NotTheAsserter))


def test_an_outlet_retracts_what_it_asserted() -> None:
    own = mark("clm_3", "It was planned")
    story = given(*REPORTS).when(*MARKED, own, relate("clm_3", RETRACTS, "clm_1", by=NBC)).then_state()
    assert story.claims["clm_1"].standing.fate is Fate.RETRACTED


def test_an_outlet_that_only_denied_a_claim_does_not_retract_it() -> None:
    denied = mark("clm_1", "It was not", report_id="rpt_2", stance=Stance.DENIES)
    asked = relate("clm_2", RETRACTS, "clm_1", by=WIRE)
    given(*REPORTS).when(MARKED[0], denied, mark("clm_2", "this could mean", report_id="rpt_2"), asked).refused(
        NotTheAsserter
    )


# ---- Circles


def ring(count: int, kind: RelationKind) -> list[Command]:
    """Claims of which each does so to the next one."""
    words = [f"Word{number}." for number in range(count)]
    made = [mark(f"clm_{number}", word) for number, word in enumerate(words)]
    chain = [relate(f"clm_{n}", kind, f"clm_{n + 1}", f"rel_{n}", by=NBC) for n in range(count - 1)]
    return [file(" ".join(words)), *made, *chain]


@pytest.mark.parametrize("kind", [SUPERSEDES, RETRACTS])
@pytest.mark.parametrize("count", [2, 3, 40])
def test_supersedes_and_retracts_do_not_go_round_however_long_the_way(kind: RelationKind, count: int) -> None:
    last = relate(f"clm_{count - 1}", kind, "clm_0", "rel_last", by=NBC)
    refusal = given(OPENED).when(*ring(count, kind), last).refused(RelationGoesRound)
    assert refusal.facts == {"relations": [f"rel_{number}" for number in range(count - 1)]}


def test_a_circle_of_which_one_relation_was_withdrawn_is_none() -> None:
    last = relate("clm_2", SUPERSEDES, "clm_0", "rel_last")
    assert len(given(OPENED).when(*ring(3, SUPERSEDES), withdraw("rel_0"), last).events()) == 1


def test_a_diamond_is_no_circle() -> None:
    sides = [relate("clm_0", SUPERSEDES, "clm_2", "rel_a"), relate("clm_1", SUPERSEDES, "clm_3", "rel_b")]
    assert len(given(OPENED).when(*ring(4, SUPERSEDES), *sides).events()) == 1


@pytest.mark.parametrize("kind", sorted(set(RelationKind) - {SUPERSEDES, RETRACTS}))
def test_other_relations_may_go_both_ways(kind: RelationKind) -> None:
    both = (relate("clm_1", kind, "clm_2"), relate("clm_2", kind, "clm_1", "rel_2"))
    assert len(given(*REPORTS).when(*MARKED, *both).events()) == 1


def test_one_kind_may_go_one_way_and_another_the_other() -> None:
    both = (relate("clm_1", SUPERSEDES, "clm_2"), relate("clm_2", DISPUTES, "clm_1", "rel_2"))
    assert len(given(*REPORTS).when(*MARKED, *both).events()) == 1


# ---- Across stories


@pytest.mark.parametrize("kind", sorted(ACROSS_STORIES))
@pytest.mark.parametrize(("source", "target"), [("clm_1", "sty_2/clm_9"), ("sty_2/clm_9", "clm_1")])
def test_some_relations_join_claims_of_linked_stories(kind: RelationKind, source: str, target: str) -> None:
    story = given(*REPORTS).when(*LINKED, relate(source, kind, target)).then_state()
    assert story.claims["clm_1"].relations == ["rel_1"]


@pytest.mark.parametrize("kind", sorted(set(RelationKind) - ACROSS_STORIES))
def test_the_others_join_claims_of_one_story(kind: RelationKind) -> None:
    refusal = given(*REPORTS).when(*LINKED, relate("clm_1", kind, "sty_2/clm_9")).refused(RelationAcross)
    assert "disputes" in str(refusal)


def test_stories_that_are_not_linked_have_no_relations() -> None:
    refusal = given(*REPORTS).when(*MARKED, relate("clm_1", DISPUTES, "sty_2/clm_9")).refused(RelationAcross)
    assert "link them first" in str(refusal)


def test_the_other_storys_claim_has_to_be_there() -> None:
    story = given(*REPORTS).when(*LINKED).then_state()
    asked = relate("clm_1", DISPUTES, "sty_2/clm_9", other=OtherClaim(story_id="sty_2", there=False, linked=True))
    with pytest.raises(UnknownClaim, match="clm_9"):
        decide(asked, story)


def test_one_of_two_claims_is_of_this_story() -> None:
    given(*REPORTS).when(*LINKED, relate("sty_2/clm_8", DISPUTES, "sty_2/clm_9")).refused(RelationAcross)


def test_the_same_relation_across_stories_twice_is_no_event() -> None:
    once = relate("clm_1", DISPUTES, "sty_2/clm_9")
    again = relate("clm_1", DISPUTES, "sty_2/clm_9", "rel_2")
    given(*REPORTS).when(*LINKED, once, again).then_nothing()


@pytest.mark.parametrize("target", ["clm_1", "clm_1/1", "lnk_1"])
def test_what_is_joined_with_another_story_is_not_withdrawn_before_the_relation(target: str) -> None:
    joined = (*LINKED, relate("clm_1", DISPUTES, "sty_2/clm_9"))
    refusal = given(*REPORTS).when(*joined, withdraw(target)).refused(JoinedAcross)
    assert (refusal.facts, "rel_1" in str(refusal)) == ({"relations": ["rel_1"]}, True)
    assert len(given(*REPORTS).when(*joined, withdraw("rel_1"), withdraw(target)).events()) == 1


def test_one_of_two_appearances_of_a_claim_that_is_joined_is_withdrawn() -> None:
    joined = (*LINKED, mark("clm_1", "It was planned"), relate("clm_1", DISPUTES, "sty_2/clm_9"))
    assert len(given(*REPORTS).when(*joined, withdraw("clm_1/2")).events()) == 1


# ---- With a filing


def test_relations_ride_along_with_the_claims_that_they_join_and_rest_on_the_filing() -> None:
    asked = file(
        "It was planned. It could undermine that.",
        report_id="rpt_3",
        uri="/c",
        claims=(claims("clm_3", "It was planned"),),
        relations=(relates("clm_3", DISPUTES, "clm_1", basis=Basis(text="It could undermine")),),
    )
    *_, event = given(*REPORTS).when(*MARKED, asked).events()
    assert isinstance(event, ClaimsRelated)
    assert (event.report_id, event.version) == ("rpt_3", 1)
    missing = structs.replace(asked, relations=(relates("clm_3", DISPUTES, "clm_9"),))
    given(*REPORTS).when(*MARKED, missing).refused(UnknownClaim)


def test_a_relation_that_rides_along_may_rest_on_an_older_version_of_another_report() -> None:
    basis = Basis(text="It was imminent", report_id="rpt_1", version=1)
    asked = file("Not so.", report_id="rpt_3", uri="/c", relations=(relates("clm_2", DISPUTES, "clm_1", basis=basis),))
    *_, event = given(*REPORTS).when(*MARKED, update("Nothing is known."), asked).events()
    assert isinstance(event, ClaimsRelated)
    assert (event.report_id, event.version) == ("rpt_1", 1)
