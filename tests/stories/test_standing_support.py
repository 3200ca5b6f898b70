"""How well a claim is supported: how many independent outlets, how many sources."""

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
from tracker.stories.claims import Fate, Interval, Support
from tracker.stories.knowledge import Attribution, Knowledge, RelationKind, Stance

DISPUTES = RelationKind.DISPUTES
ONE = Interval(1, 1)
TWO = Interval(2, 2)


@pytest.fixture
def telling() -> Telling:
    return Telling()


# ---- Support


def test_words_without_a_source_are_the_outlets_own_and_have_an_unknown_number_of_sources(telling: Telling) -> None:
    telling.told_by(NBC)
    standing = telling.standing()
    assert (standing.support, standing.outlets, standing.sources) == (Support.UNATTRIBUTED, ONE, Interval(1, None))
    assert (standing.disputed, standing.fate) == ((), Fate.CURRENT)


def test_an_outlet_that_names_itself_as_the_source_states_none(telling: Telling) -> None:
    telling.told_by(NBC, via(NBC))
    assert telling.standing().support is Support.UNATTRIBUTED


def test_one_outlet_with_a_named_source_is_a_single_source(telling: Telling) -> None:
    telling.told_by(NBC, by(ESPER))
    standing = telling.standing()
    assert (standing.support, standing.outlets, standing.sources) == (Support.SINGLE_SOURCE, ONE, ONE)


def test_two_outlets_that_say_so_themselves_corroborate_each_other_by_at_least_two_sources(telling: Telling) -> None:
    telling.told_by(NBC)
    telling.told_by(POST)
    standing = telling.standing()
    assert (standing.support, standing.outlets, standing.sources) == (Support.CORROBORATED, TWO, Interval(2, None))


@pytest.mark.parametrize("with_the_wire", [True, False], ids=["the wire is here", "the wire is elsewhere"])
def test_five_copies_of_one_wire_are_one(telling: Telling, with_the_wire: bool) -> None:
    if with_the_wire:
        telling.told_by(WIRE, sources(2, 3))
    for number in range(5):
        telling.told_by(outlet(f"paper{number}"), sources(2, 3, via=(via(WIRE),)))
    standing = telling.standing()
    assert (standing.support, standing.outlets, standing.sources) == (Support.SINGLE_SOURCE, ONE, Interval(2, 3))


def test_reports_that_cite_the_wire_copy_it_whatever_they_attribute_it_to(telling: Telling) -> None:
    wire = telling.told_by(WIRE, sources(1, 1))
    for number in range(5):
        telling.told_by(outlet(f"paper{number}"), sources(1, 1, label=f"an official {number}"), wire)
    assert (telling.standing().outlets, telling.standing().sources) == (ONE, ONE)


def test_citing_a_report_that_does_not_make_the_claim_joins_nothing(telling: Telling) -> None:
    elsewhere = telling.told_by(NBC, claim_id=OTHER)
    telling.told_by(NBC)
    telling.told_by(POST, None, elsewhere)
    assert telling.standing().outlets == TWO


def test_two_outlets_with_the_same_named_source_are_one(telling: Telling) -> None:
    telling.told_by(NBC, by(ESPER))
    telling.told_by(POST, by(ESPER))
    standing = telling.standing()
    assert (standing.support, standing.outlets, standing.sources) == (Support.SINGLE_SOURCE, ONE, ONE)


def test_unnamed_people_of_the_same_party_do_not_join_two_outlets(telling: Telling) -> None:
    telling.told_by(NBC, by(IRAN, named=False))
    telling.told_by(POST, by(IRAN, named=False))
    assert telling.standing().outlets == Interval(1, 2)


def test_outlets_of_one_owner_are_one_however_the_owner_is_spelled(telling: Telling) -> None:
    telling.told_by(outlet("morning", owner="Big  Group"))
    telling.told_by(outlet("evening", owner="big group"))
    assert (telling.standing().support, telling.standing().outlets) == (Support.UNATTRIBUTED, ONE)


def test_a_copy_by_an_outlet_of_the_same_owner_is_no_chain_that_leads_away(telling: Telling) -> None:
    telling.told_by(outlet("morning", owner="Group"))
    telling.told_by(outlet("evening", owner="Group"), via(outlet("morning", owner="Group")))
    telling.told_by(NBC)
    assert telling.standing().outlets == TWO


def test_a_bridge_that_cites_two_outlets_counts_for_neither_and_does_not_join_them(telling: Telling) -> None:
    nbc = telling.told_by(NBC)
    post = telling.told_by(POST)
    before = telling.standing()
    telling.told_by(DIGEST, None, nbc, post)
    assert telling.standing() == before
    assert before.outlets == TWO


def test_a_bridge_whose_attribution_names_the_outlets_is_no_different(telling: Telling) -> None:
    telling.told_by(NBC)
    telling.told_by(POST)
    telling.told_by(DIGEST, via(NBC, via=(via(POST),)))
    assert telling.standing().outlets == TWO


def test_a_bridge_alone_is_one_outlet(telling: Telling) -> None:
    telling.told_by(DIGEST, via(NBC, via=(via(POST),)))
    assert (telling.standing().support, telling.standing().outlets) == (Support.SINGLE_SOURCE, ONE)


def test_a_chain_leads_to_its_beginning(telling: Telling) -> None:
    first = telling.told_by(NBC)
    second = telling.told_by(POST, None, first)
    telling.told_by(DIGEST, None, second)
    assert telling.standing().outlets == ONE


def test_outlets_that_have_it_from_each_other_are_one(telling: Telling) -> None:
    telling.told_by(NBC, via(POST))
    telling.told_by(POST, via(NBC))
    telling.told_by(DIGEST, via(POST))
    assert telling.standing().outlets == ONE


def test_an_outlet_that_only_reports_that_it_is_said_adds_nothing_to_one_that_says_so(telling: Telling) -> None:
    telling.says(telling.report(DIGEST), stance=Stance.REPORTS)
    assert telling.standing().outlets == ONE
    telling.told_by(NBC, by(ESPER))
    assert (telling.standing().support, telling.standing().outlets) == (Support.SINGLE_SOURCE, ONE)


def test_an_outlet_whose_words_were_destroyed_adds_nothing_to_one_whose_words_are_there(telling: Telling) -> None:
    telling.told_by(POST)
    telling.redact(CLAIM, 1)
    assert (telling.standing().outlets, telling.standing().sources) == (ONE, Interval(1, None))
    telling.told_by(NBC, by(ESPER))
    assert (telling.standing().support, telling.standing().sources) == (Support.SINGLE_SOURCE, ONE)


# ---- How many sources


def test_counted_sources_of_two_outlets_are_added(telling: Telling) -> None:
    telling.told_by(NBC, sources(2, 3))
    telling.told_by(POST, sources(4, 5))
    assert (telling.standing().outlets, telling.standing().sources) == (TWO, Interval(6, 8))


def test_one_unnamed_source_in_each_of_two_outlets_may_be_the_same_person(telling: Telling) -> None:
    telling.told_by(NBC, sources(1, 1))
    telling.told_by(POST, sources(1, 1))
    standing = telling.standing()
    assert standing.support is Support.CORROBORATED
    assert (standing.outlets, standing.sources) == (Interval(1, 2), Interval(1, 2))


def test_an_unnamed_source_may_be_the_one_whom_another_outlet_names(telling: Telling) -> None:
    telling.told_by(NBC, by(ESPER))
    telling.told_by(POST, sources(1, 1))
    assert (telling.standing().outlets, telling.standing().sources) == (Interval(1, 2), Interval(1, 2))


def test_an_unnamed_source_is_not_another_outlets_own_word(telling: Telling) -> None:
    telling.told_by(NBC)
    telling.told_by(POST, sources(1, 1))
    assert (telling.standing().outlets, telling.standing().sources) == (TWO, Interval(2, None))


def test_whom_an_outlet_once_had_as_a_source_may_still_be_the_source_of_another(telling: Telling) -> None:
    telling.told_by(NBC)
    killed = telling.told_by(NBC, sources(1, 1))
    telling.told_by(POST, sources(1, 1))
    before = telling.standing().outlets
    telling.kill(killed)
    assert telling.standing().outlets == before == Interval(1, 2)


def test_a_bridge_that_counts_more_sources_than_others_state_tells_how_many_there_are(telling: Telling) -> None:
    reports = [telling.told_by(each, sources(1, 1)) for each in (NBC, POST)]
    telling.told_by(DIGEST, sources(2, 3), *reports)
    assert (telling.standing().outlets, telling.standing().sources) == (Interval(1, 2), Interval(2, 3))


def test_sources_that_nobody_counted_stay_unknown(telling: Telling) -> None:
    telling.told_by(NBC, sources())
    assert telling.standing().sources == Interval(1, None)
    telling.told_by(POST, sources(4, 5))
    assert telling.standing().sources == Interval(4, None)


def test_a_second_official_is_one_source(telling: Telling) -> None:
    telling.told_by(NBC, sources(label="a second senior administration official", ordinal=2))
    assert telling.standing().sources == ONE


def test_the_same_words_again_in_a_report_mean_the_same_sources(telling: Telling) -> None:
    report = telling.told_by(NBC, sources(2, 2))
    telling.says(report, sources(2, 2))
    assert telling.standing().sources == TWO
    telling.says(report, sources(1, 1, label="a diplomat"))
    assert telling.standing().sources == Interval(2, 3)


def test_a_source_may_be_told_by_how_it_knows_alone(telling: Telling) -> None:
    telling.told_by(NBC, Attribution(knowledge=Knowledge.DOCUMENT))
    assert (telling.standing().support, telling.standing().sources) == (Support.SINGLE_SOURCE, Interval(1, None))


def test_what_a_copy_tells_of_the_sources_of_the_wire_adds_no_sources(telling: Telling) -> None:
    telling.told_by(WIRE, sources(1, 2))
    telling.told_by(NBC, sources(2, 2, label="two people", via=(via(WIRE),)))
    assert telling.standing().sources == TWO
    telling.told_by(POST, sources(3, None, via=(via(WIRE),)))
    assert telling.standing().sources == Interval(3, None)
