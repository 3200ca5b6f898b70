"""What counts for a claim, who disputes it, and what becomes of it."""

from __future__ import annotations

import pytest

from tests.stories.standings import (
    CLAIM,
    DIGEST,
    ESPER,
    IRAN,
    NBC,
    OTHER,
    POST,
    WIRE,
    Telling,
    by,
    outlet,
    sources,
    via,
)
from tracker.stories.claims import Disputant, Fate, Interval, Support
from tracker.stories.knowledge import Attribution, Basis, ClaimRef, RelationKind, Stance
from tracker.stories.standing import standing_at, touched_by
from tracker.stories.values import IssuedBy

DISPUTES = RelationKind.DISPUTES
ONE = Interval(1, 1)
TWO = Interval(2, 2)


@pytest.fixture
def telling() -> Telling:
    return Telling()


# ---- What counts


def test_what_appeared_only_in_killed_reports_has_fallen(telling: Telling) -> None:
    reports = [telling.told_by(NBC), telling.told_by(POST)]
    telling.kill(reports[0])
    assert (telling.standing().support, telling.standing().fate) == (Support.UNATTRIBUTED, Fate.CURRENT)
    telling.kill(reports[1])
    standing = telling.standing()
    assert (standing.support, standing.fate, standing.outlets) == (Support.NONE, Fate.FALLEN, Interval(0, 0))


def test_copies_do_not_become_independent_when_the_wire_is_killed(telling: Telling) -> None:
    wire = telling.told_by(WIRE)
    telling.told_by(NBC, None, wire)
    telling.told_by(POST, None, wire)
    telling.kill(wire)
    assert telling.standing().outlets == ONE


def test_an_outlet_that_takes_a_claim_back_no_longer_supports_it(telling: Telling) -> None:
    telling.told_by(NBC)
    telling.told_by(POST)
    telling.told_by(NBC, claim_id=OTHER)
    telling.relate(OTHER, RelationKind.RETRACTS, by=NBC)
    assert (telling.standing().support, telling.standing().fate) == (Support.UNATTRIBUTED, Fate.CURRENT)
    telling.relate(OTHER, RelationKind.RETRACTS, by=POST)
    assert (telling.standing().support, telling.standing().fate) == (Support.NONE, Fate.RETRACTED)


def test_what_an_outlet_says_anew_after_it_took_it_back_counts(telling: Telling) -> None:
    report = telling.told_by(NBC)
    telling.told_by(NBC, claim_id=OTHER)
    telling.relate(OTHER, RelationKind.RETRACTS, by=NBC)
    telling.says(report)
    assert telling.standing().fate is Fate.RETRACTED, "marked late, but published before"
    telling.update(report)
    telling.says(report)
    assert (telling.standing().support, telling.standing().fate) == (Support.UNATTRIBUTED, Fate.CURRENT)


def test_what_was_said_anew_may_be_taken_back_again(telling: Telling) -> None:
    report = telling.told_by(NBC)
    telling.told_by(NBC, claim_id=OTHER)
    telling.relate(OTHER, RelationKind.RETRACTS, by=NBC)
    telling.update(report)
    telling.says(report)
    telling.relate(OTHER, RelationKind.RETRACTS, by=NBC)
    assert telling.standing().fate is Fate.RETRACTED


def test_an_outlet_that_takes_a_claim_back_may_still_tell_who_denies_it(telling: Telling) -> None:
    report = telling.told_by(NBC)
    telling.says(report, by(IRAN), stance=Stance.DENIES)
    telling.told_by(NBC, claim_id=OTHER)
    telling.relate(OTHER, RelationKind.RETRACTS, by=NBC)
    assert telling.standing().disputed == (Disputant(party=IRAN, appearance=2),)


@pytest.mark.parametrize("relation", [DISPUTES, RelationKind.CORROBORATES])
def test_a_claim_that_was_taken_back_neither_disputes_nor_corroborates(
    telling: Telling, relation: RelationKind
) -> None:
    telling.told_by(NBC)
    before = telling.standing()
    telling.told_by(POST, claim_id=OTHER)
    telling.relate(OTHER, relation)
    assert telling.standing() != before
    telling.told_by(POST, claim_id="clm_3")
    telling.relate("clm_3", RelationKind.RETRACTS, OTHER, by=POST)
    assert telling.standing() == before


def test_a_retraction_stays_when_the_claim_from_which_it_comes_falls(telling: Telling) -> None:
    telling.told_by(NBC)
    notice = telling.told_by(NBC, claim_id=OTHER)
    telling.relate(OTHER, RelationKind.RETRACTS, by=NBC)
    telling.kill(notice)
    assert telling.standing().fate is Fate.RETRACTED


def test_a_report_that_its_outlet_retracts_takes_back_what_its_earlier_versions_say(telling: Telling) -> None:
    report = telling.told_by(NBC)
    telling.retract(report)
    assert (telling.standing().support, telling.standing().fate) == (Support.NONE, Fate.RETRACTED)
    telling.says(report)
    assert telling.standing().fate is Fate.CURRENT


def test_a_retraction_of_passages_leaves_the_rest_of_the_report(telling: Telling) -> None:
    report = telling.report(NBC)
    telling.says(report, words="attacks were imminent")
    telling.says(report, claim_id=OTHER, words="It was ordered.")
    telling.retract(report, "Officials said that attacks were imminent.")
    assert telling.standing().fate is Fate.RETRACTED
    assert telling.standing(OTHER).fate is Fate.CURRENT


def test_a_retraction_by_our_desk_takes_nothing_back_in_an_outlets_name(telling: Telling) -> None:
    telling.retract(telling.told_by(NBC), issued_by=IssuedBy.DESK)
    assert telling.standing().fate is Fate.CURRENT


def test_a_claim_that_another_supersedes_keeps_its_support(telling: Telling) -> None:
    telling.told_by(NBC)
    telling.told_by(POST)
    newer = telling.told_by(NBC, claim_id=OTHER)
    telling.relate(OTHER, RelationKind.SUPERSEDES)
    telling.kill(newer)
    assert (telling.standing().fate, telling.standing().support) == (Fate.SUPERSEDED, Support.CORROBORATED)


# ---- Disputes


def test_who_denies_it_is_the_party_the_label_or_the_outlet_that_is_named(telling: Telling) -> None:
    report = telling.told_by(NBC)
    names = [by(IRAN), sources(label="a diplomat"), via(POST), Attribution(report_id=report), None]
    for number, name in enumerate(names):
        telling.says(telling.report(outlet(f"paper{number}")), name, stance=Stance.DENIES)
    standing = telling.standing()
    assert standing.disputed == (
        Disputant(party=IRAN, appearance=2),
        Disputant(label="a diplomat", appearance=3),
        Disputant(outlet=POST, appearance=4),
        Disputant(outlet=NBC, appearance=5),
        Disputant(outlet=outlet("paper4"), appearance=6),
    )
    assert (standing.support, standing.outlets) == (Support.UNATTRIBUTED, ONE)


def test_a_denial_in_a_killed_report_disputes_nothing(telling: Telling) -> None:
    telling.told_by(NBC)
    denial = telling.report(POST)
    telling.says(denial, by(IRAN), stance=Stance.DENIES)
    telling.kill(denial)
    assert telling.standing().disputed == ()


def test_what_is_only_denied_is_said_by_nobody(telling: Telling) -> None:
    telling.says(telling.report(NBC), by(IRAN), stance=Stance.DENIES)
    standing = telling.standing()
    assert (standing.support, standing.fate) == (Support.NONE, Fate.CURRENT)
    assert standing.disputed == (Disputant(party=IRAN, appearance=1),)


def test_a_claim_disputes_as_long_as_somebody_says_it(telling: Telling) -> None:
    telling.told_by(NBC)
    reports = [telling.told_by(each, claim_id=OTHER) for each in (POST, DIGEST)]
    relation = telling.relate(OTHER, DISPUTES, by=POST)
    expected = (Disputant(outlet=POST, relation_id=relation, claim=ClaimRef(claim_id=OTHER)),)
    assert telling.standing().disputed == expected
    telling.kill(reports[0])
    assert telling.standing().disputed == expected
    telling.retract(reports[1])
    assert telling.standing().disputed == ()


def test_a_claim_of_another_story_disputes_as_it_is(telling: Telling) -> None:
    telling.told_by(NBC)
    relation = telling.relate("clm_far", DISPUTES, story_id="sty_2")
    far = ClaimRef(claim_id="clm_far", story_id="sty_2")
    assert telling.standing().disputed == (Disputant(relation_id=relation, claim=far),)


# ---- Corroboration by another claim


def test_a_claim_lends_its_outlets_to_the_one_that_it_corroborates(telling: Telling) -> None:
    telling.told_by(NBC)
    report = telling.told_by(POST, by(ESPER), claim_id=OTHER)
    telling.relate(OTHER, RelationKind.CORROBORATES)
    assert (telling.standing().support, telling.standing().outlets) == (Support.CORROBORATED, TWO)
    assert telling.standing(OTHER).outlets == ONE
    telling.kill(report)
    assert telling.standing().support is Support.UNATTRIBUTED


def test_corroboration_goes_one_step_and_never_replaces_saying_so(telling: Telling) -> None:
    nbc = telling.told_by(NBC)
    telling.told_by(POST, claim_id=OTHER)
    telling.told_by(DIGEST, claim_id="clm_3")
    telling.relate(OTHER, RelationKind.CORROBORATES)
    telling.relate("clm_3", RelationKind.CORROBORATES, OTHER)
    assert telling.standing().outlets == TWO
    telling.kill(nbc)
    assert telling.standing().support is Support.NONE


def test_a_claim_of_another_story_lends_nothing(telling: Telling) -> None:
    telling.told_by(NBC)
    telling.relate("clm_far", RelationKind.CORROBORATES, story_id="sty_2")
    assert telling.standing().support is Support.UNATTRIBUTED


# ---- Reach


def test_a_claim_touches_those_that_it_disputes_or_corroborates(telling: Telling) -> None:
    telling.told_by(NBC)
    for number, relation in enumerate(RelationKind):
        telling.told_by(POST, claim_id=f"clm_{number + 2}")
        telling.relate(CLAIM, relation, f"clm_{number + 2}")
    telling.relate(OTHER, DISPUTES)
    assert [kind.value for kind in RelationKind][:2] == ["disputes", "corroborates"]
    assert touched_by(telling.story, CLAIM) == ("clm_2", "clm_3")


# ---- The founding story


@pytest.fixture
def founding(telling: Telling) -> Telling:
    """A tells of an imminent attack; NBC and the Post tell otherwise; the aggregator sums them up."""
    a, b, c = (telling.report(each) for each in (outlet("a"), NBC, POST))
    telling.says(a, sources(label="officials"), "clm_imminent")
    telling.says(b, None, "clm_approved")
    telling.says(c, None, "clm_discussed")
    for report in (b, c, telling.report(DIGEST, b, c)):
        telling.says(report, None, "clm_weighed")
    basis = Basis(text="could undermine the Trump administration's stated justification", report_id=b, version=1)
    telling.relate("clm_approved", DISPUTES, "clm_imminent", by=NBC, basis=basis)
    telling.relate("clm_discussed", DISPUTES, "clm_imminent", basis=Basis(text="as early as", report_id=c, version=1))
    return telling


def test_the_killing_was_weighed_long_before_by_two_outlets_and_at_least_two_sources(founding: Telling) -> None:
    standing = founding.standing("clm_weighed")
    assert (standing.support, standing.outlets, standing.sources) == (Support.CORROBORATED, TWO, Interval(2, None))


def test_the_imminent_attack_is_disputed_by_nbc_and_by_our_desk(founding: Telling) -> None:
    standing = founding.standing("clm_imminent")
    assert [each.outlet for each in standing.disputed] == [NBC, None]
    assert [each.claim and each.claim.claim_id for each in standing.disputed] == ["clm_approved", "clm_discussed"]
    assert standing.support is Support.SINGLE_SOURCE


def test_before_the_post_reported_the_imminent_attack_was_disputed_by_nbc_alone(founding: Telling) -> None:
    before = {"rpt_1", "rpt_2"}
    assert [each.outlet for each in standing_at(founding.story, "clm_imminent", before).disputed] == [NBC]
    assert standing_at(founding.story, "clm_weighed", before).support is Support.UNATTRIBUTED
    assert standing_at(founding.story, "clm_discussed", before).support is Support.NONE


def test_a_relation_is_not_there_before_the_words_that_it_rests_on(telling: Telling) -> None:
    early = [telling.told_by(NBC), telling.told_by(POST, claim_id=OTHER)]
    late = telling.report(POST)
    telling.relate(OTHER, DISPUTES, by=POST, basis=Basis(text="It was not so.", report_id=late, version=1))
    assert standing_at(telling.story, CLAIM, early).disputed == ()
    assert [each.outlet for each in standing_at(telling.story, CLAIM, [*early, late]).disputed] == [POST]


def test_a_retraction_published_later_is_not_there_before(telling: Telling) -> None:
    first = telling.told_by(NBC)
    telling.told_by(NBC, claim_id=OTHER)
    telling.relate(OTHER, RelationKind.RETRACTS, by=NBC)
    assert telling.standing().fate is Fate.RETRACTED
    assert standing_at(telling.story, CLAIM, {first}).fate is Fate.CURRENT
