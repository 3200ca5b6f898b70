"""What holds of every standing, whatever the story: it equals a plain reckoning, and support has its laws."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.stories.standing_histories import (
    CLAIMS,
    Killed,
    Related,
    Retracted,
    Said,
    Step,
    filings,
    histories,
    relatings,
    steps,
    take,
    told,
)
from tests.stories.standing_reckoning import reckoned
from tests.stories.standings import CLAIM, NBC, Telling, outlet, sources, via
from tracker.stories.claims import Fate, Standing, Support
from tracker.stories.knowledge import RelationKind, Stance
from tracker.stories.standing import standing_at, standing_of, touched_by

_RANKS = [Support.NONE, Support.UNATTRIBUTED, Support.SINGLE_SOURCE, Support.CORROBORATED]


def claims_of(telling: Telling) -> list[str]:
    return list(telling.story.claims)


def all_standings(telling: Telling) -> dict[str, Standing]:
    return {claim_id: telling.standing(claim_id) for claim_id in claims_of(telling)}


@settings(max_examples=300)
@given(histories)
def test_support_equals_what_a_plain_reckoning_finds(history: list[Step]) -> None:
    telling = told(history)
    for claim_id, standing in all_standings(telling).items():
        assert (standing.support, standing.outlets, standing.sources) == reckoned(telling.story, claim_id)


@settings(max_examples=150)
@given(histories)
def test_no_interval_is_upside_down(history: list[Step]) -> None:
    for standing in all_standings(told(history)).values():
        assert standing.outlets.max is not None
        assert standing.outlets.min <= standing.outlets.max
        assert standing.sources.max is None or standing.sources.min <= standing.sources.max
        assert (standing.support is Support.NONE) == (standing.outlets.max == 0) == (standing.sources.max == 0)
        assert standing.support is not Support.CORROBORATED or standing.outlets.max >= 2
        assert standing.fate not in (Fate.FALLEN, Fate.RETRACTED) or standing.support is Support.NONE


@settings(max_examples=150)
@given(histories, st.integers(0, 6), st.sampled_from([Killed, Retracted]))
def test_a_kill_or_a_retraction_raises_no_claims_support(
    history: list[Step], report: int, act: Callable[[int], Step]
) -> None:
    telling = told(history)
    before = all_standings(telling)
    take(telling, act(report))
    for claim_id, after in all_standings(telling).items():
        assert_not_raised(before[claim_id], after)


@settings(max_examples=150)
@given(histories, relatings)
def test_taking_a_claim_back_raises_no_claims_support(history: list[Step], relating: Related) -> None:
    telling = told(history)
    before = all_standings(telling)
    take(telling, Related(relating.source, RelationKind.RETRACTS, relating.target, relating.outlet))
    for claim_id, after in all_standings(telling).items():
        assert_not_raised(before[claim_id], after)


def assert_not_raised(before: Standing, after: Standing) -> None:
    """Nothing grows. What a figure rested on may be gone, so that a number of sources that was known is not known any
    more; and where it was not known, what is left may be known more exactly than both together.
    """
    assert _RANKS.index(after.support) <= _RANKS.index(before.support)
    assert after.outlets.min <= before.outlets.min
    assert (after.outlets.max or 0) <= (before.outlets.max or 0)
    assert before.sources.max is None or after.sources.min <= before.sources.min
    assert after.sources.max is None or before.sources.max is None or after.sources.max <= before.sources.max


@settings(max_examples=100)
@given(histories, filings, st.integers(1, 3))
def test_copies_of_a_wire_raise_no_count(history: list[Step], wire: Step, copies: int) -> None:
    telling = told([*history, wire])
    wire_id = list(telling.story.reports)[-1]
    agency = telling.story.reports[wire_id].outlet
    before = all_standings(telling)
    copied = [
        (claim_id, each.attribution)
        for claim_id, claim in telling.story.claims.items()
        for each in claim.appearances
        if each.report_id == wire_id and each.stance is not Stance.DENIES
    ]
    for number in range(copies):
        paper = telling.report(outlet(f"paper{number}"), wire_id)
        for claim_id, attribution in copied:
            telling.says(paper, attribution or via(agency), claim_id)
    for claim_id, after in all_standings(telling).items():
        assert after.outlets.min <= before[claim_id].outlets.min
        assert (after.outlets.max or 0) <= (before[claim_id].outlets.max or 0)
        assert after.sources.min <= before[claim_id].sources.min
        assert after.sources == before[claim_id].sources or after.outlets != before[claim_id].outlets


@settings(max_examples=100)
@given(histories, st.data())
def test_the_order_of_appearances_does_not_matter(history: list[Step], data: st.DataObject) -> None:
    telling = told(history)
    for claim_id in claims_of(telling):
        places = list(range(len(telling.story.claims[claim_id].appearances)))
        order = data.draw(st.permutations(places))
        assert telling.rearranged(order, claim_id).standing(claim_id) == telling.standing(claim_id)


@settings(max_examples=100)
@given(histories, steps)
def test_withdrawing_what_was_marked_gives_what_was_before(history: list[Step], step: Step) -> None:
    assume(isinstance(step, Said | Related))
    telling = told(history)
    before = all_standings(telling)
    relations = set(telling.story.relations)
    marked = take(telling, step)
    for relation_id in set(telling.story.relations) - relations:
        telling.withdraw_relation(relation_id)
    if isinstance(step, Said) and marked:
        claim_id = CLAIMS[step.claim]
        telling.withdraw_appearance(telling.story.claims[claim_id].numbered, claim_id)
    assert {claim_id: telling.standing(claim_id) for claim_id in before} == before


@settings(max_examples=200)
@given(histories)
def test_deriving_anew_what_a_step_touches_gives_every_standing(history: list[Step]) -> None:
    telling = Telling()
    kept: dict[str, Standing] = {}
    for step in history:
        about = take(telling, step)
        beside = {other for claim_id in about for other in touched_by(telling.story, claim_id)}
        kept |= {claim_id: telling.standing(claim_id) for claim_id in about | beside}
        assert kept == all_standings(telling)


@settings(max_examples=100)
@given(histories, st.data())
def test_among_some_reports_a_claim_stands_as_in_a_story_that_has_no_others(
    history: list[Step], data: st.DataObject
) -> None:
    telling = told(history)
    reports = data.draw(st.sets(st.sampled_from(list(telling.story.reports))))
    smaller = without_others(telling, reports)
    for claim_id in claims_of(smaller):
        assert standing_at(telling.story, claim_id, reports) == smaller.standing(claim_id)


def without_others(telling: Telling, reports: set[str]) -> Telling:
    smaller = telling.copy()
    story = smaller.story
    for claim in list(story.claims.values()):
        claim.appearances = [each for each in claim.appearances if each.report_id in reports]
        if not claim.appearances:
            for relation_id in list(claim.relations):
                smaller.withdraw_relation(relation_id)
            del story.claims[claim.claim_id]
    story.reports = {each: report for each, report in story.reports.items() if each in reports}
    return smaller


class Counted(dict[str, object]):
    """Reports, relations or claims that count how often they are looked up."""

    looked_up = 0

    def __getitem__(self, key: str) -> object:
        self.looked_up += 1
        return super().__getitem__(key)


def test_a_standing_looks_at_nothing_but_the_claim_and_what_relates_to_it() -> None:
    def lookups(strangers: int) -> int:
        telling = Telling()
        for number in range(10):
            telling.told_by(outlet(str(number)), sources(), *list(telling.story.reports)[-2:])
        telling.told_by(NBC, claim_id=CLAIMS[1])
        telling.relate(CLAIMS[1], RelationKind.DISPUTES)
        for number in range(strangers):
            telling.told_by(NBC, claim_id=f"clm_stranger{number}")
            telling.relate(f"clm_stranger{number}", RelationKind.DISPUTES, CLAIMS[2])
        story = telling.story
        counted = [Counted(each) for each in (story.reports, story.relations, story.claims)]
        story.reports, story.relations, story.claims = counted  # type: ignore[assignment]
        standing_of(story, CLAIM)
        return sum(each.looked_up for each in counted)

    assert lookups(0) == lookups(200) < 60
