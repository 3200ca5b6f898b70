"""Rule 6: words that are marked stand in the version that is named, and go on to the next one or are orphaned there."""

from __future__ import annotations

import pytest
from msgspec import structs

from tests.stories.samples import NBC, OPENED, correct, filed, mark, update, updated
from tests.stories.specification import given
from tests.stories.test_claims import MADE, REPORT
from tracker.stories.claims import Appearance, Fate
from tracker.stories.commands import Command
from tracker.stories.errors import PassageAmbiguous, PassageNotFound
from tracker.stories.events import ClaimAsserted, Event
from tracker.stories.knowledge import Attribution, Quote
from tracker.stories.values import CorrectionKind
from tracker.text.passages import Selector


def appearance(*commands: Command, report: tuple[Event, ...] = REPORT) -> Appearance:
    """The first appearance of the claim, after these."""
    return given(*report).when(*commands).then_state().claims["clm_1"].appearances[0]


# ---- Rule 6: the words stand in the version that is named


def test_words_that_do_not_stand_there_are_refused_at_their_place_in_the_request() -> None:
    refusal = given(*REPORT).when(mark("clm_1", "The plan is old")).refused(PassageNotFound)
    assert refusal.facts == {"report_id": "rpt_1", "version": 1}
    assert [fault.pointer for fault in refusal.faults] == ["/exact"]


def test_words_that_stand_there_twice_are_refused_with_the_candidates() -> None:
    report = (OPENED, filed(b1="It was old.", b2="It was old."))
    refused = given(*report).when(mark("clm_1", "It was old")).refused(PassageAmbiguous)
    found = refused.facts["candidates"]
    assert isinstance(found, list)
    assert [each["block"] for each in found] == ["b1", "b2"]


@pytest.mark.parametrize(
    ("selector", "block"),
    [
        (Selector(exact="old", block="b2"), "b2"),
        (Selector(exact="old", suffix="again"), None),
        (Selector(exact="old", prefix="It was", block="b1"), "b1"),
    ],
)
def test_a_block_or_what_stands_beside_tells_one_place_from_another(selector: Selector, block: str | None) -> None:
    report = (OPENED, filed(b1="It was old.", b2="It is old again."))
    [event] = given(*report).when(mark("clm_1", "", selector=selector)).events()
    assert isinstance(event, ClaimAsserted)
    assert (event.selector.exact, event.selector.block) == ("old", block)


def test_a_claim_of_an_older_version_is_found_in_that_version() -> None:
    history = (*REPORT, updated(2, b3="Nothing is known."))
    given(*history).when(mark("clm_1", "The plan was old", version=1)).then(MADE)
    given(*history).when(mark("clm_1", "The plan was old")).refused(PassageNotFound)


def test_the_words_are_kept_as_they_stand_in_the_text() -> None:
    report = (OPENED, filed(b1="“It’s old,” they said."))
    [event] = given(*report).when(mark("clm_1", '"It\'s old,"')).events()
    assert isinstance(event, ClaimAsserted)
    assert event.selector.exact == "“It’s old,”"


def quote(*parts: str, inner: tuple[Quote, ...] = ()) -> Quote:
    return Quote(parts=tuple(Selector(exact=part) for part in parts), inner=inner)


TWO_PARTS = filed(b1="“It's an idea that's been batted around,” one said. “It's not hard to come up with.”")


def test_a_quote_stands_there_in_parts_and_the_joined_words_stand_nowhere() -> None:
    parts = ("It's an idea that's been batted around", "It's not hard to come up with")
    marked = mark("clm_1", parts[0], quotes=(quote(*parts),))
    [event] = given(OPENED, TWO_PARTS).when(marked).events()
    assert isinstance(event, ClaimAsserted)
    assert event.quotes == (quote(*parts),)
    joined = mark("clm_1", parts[0], quotes=(quote(" ".join(parts)),))
    refusal = given(OPENED, TWO_PARTS).when(joined).refused(PassageNotFound)
    assert refusal.faults[0].pointer == "/quotes/0/parts/0/exact"


def test_parts_stand_in_the_order_in_which_they_are_given() -> None:
    turned = quote("It's not hard to come up with", "It's an idea that's been batted around")
    refusal = given(OPENED, TWO_PARTS).when(mark("clm_1", "one said", quotes=(turned,))).refused(PassageNotFound)
    assert refusal.faults[0].pointer == "/quotes/0/parts/1/exact"


def test_a_quote_within_a_quote_has_a_speaker_of_its_own_and_exact_words() -> None:
    report = (OPENED, filed(b1="NBC wrote: “He saw ‘very serious threats’ then.”"))
    within = structs.replace(quote("very serious threats"), speaker=Attribution(label="an official", ordinal=2))
    outer = structs.replace(
        quote("He saw ‘very serious threats’ then", inner=(within,)), speaker=Attribution(outlet=NBC)
    )
    [event] = given(*report).when(mark("clm_1", "He saw", quotes=(outer,))).events()
    assert isinstance(event, ClaimAsserted)
    assert event.quotes == (outer,)
    wrong = structs.replace(outer, inner=(quote("serious dangers"),))
    refusal = given(*report).when(mark("clm_1", "He saw", quotes=(wrong,))).refused(PassageNotFound)
    assert refusal.faults[0].pointer == "/quotes/0/inner/0/parts/0/exact"


# ---- Rule 6: on a new version


def test_words_that_stand_once_in_the_next_version_are_carried_to_it() -> None:
    command = update("Something new.\n\nThe plan was old, and officials knew.")
    assert appearance(mark("clm_1", "The plan was old"), command).found_in == (2,)


@pytest.mark.parametrize("text", ["Nothing is known.", "The plan was old. The plan was old.", ""])
def test_words_that_are_gone_or_stand_twice_are_orphaned(text: str) -> None:
    assert appearance(mark("clm_1", "The plan was old"), update(text)).found_in == ()


def test_words_come_back_with_an_older_text() -> None:
    old = "The plan was old.\n\nOfficials said so, and officials knew."
    found = appearance(mark("clm_1", "The plan was old"), update("Nothing is known."), update(old))
    assert (found.version, found.found_in) == (1, (3,))


def test_a_claim_goes_with_its_quotes_or_is_orphaned() -> None:
    marked = mark("clm_1", "It's an idea", quotes=(quote("It's an idea", "It's not hard"),))
    report = (OPENED, TWO_PARTS)
    assert appearance(marked, update("It's an idea. It's not hard."), report=report).found_in == (2,)
    assert appearance(marked, update("It's an idea. It is not hard."), report=report).found_in == ()


def test_where_the_block_told_the_place_from_another_that_one_is_not_taken_for_it() -> None:
    report = (OPENED, filed(b1="It was old.", b2="It was old. Twice."))
    marked = mark("clm_1", "", selector=Selector(exact="It was old", block="b1"))
    assert appearance(marked, update("It was new.\n\nIt was old. Twice."), report=report).found_in == ()
    assert appearance(marked, update("It was old.\n\nIt was old, thrice."), report=report).found_in == (2,)


def test_a_claim_of_an_older_version_is_looked_for_in_the_latest() -> None:
    history = (*REPORT, updated(2, b3="Nothing."), updated(3, b4="The plan was old, they say."))
    assert appearance(mark("clm_1", "The plan was old", version=1), report=history).found_in == (3,)


def test_a_correction_carries_claims_too_and_a_retraction_takes_them_back() -> None:
    text = "The plan was old. We were wrong."
    marked = mark("clm_1", "The plan was old")
    assert appearance(marked, correct(text)).found_in == (2,)
    standing = given(*REPORT).when(marked, correct(text)).then_state().claims["clm_1"].standing
    assert standing.fate is Fate.CURRENT
    retracted = given(*REPORT).when(marked, correct(text, kind=CorrectionKind.RETRACTION)).then_state()
    assert retracted.claims["clm_1"].standing.fate is Fate.RETRACTED
    assert [each.revision for each in retracted.claims["clm_1"].standings] == [3, 4]
