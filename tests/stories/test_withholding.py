"""Rule 5: what is held leaves nothing in what others see, what they see folds, and lifted it is all there again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec
from hypothesis import given as given_any

from tests.stories.samples import (
    WIRE,
    asks,
    claims,
    file,
    hold,
    kill,
    mark,
    record,
    relate,
    update,
    withdraw,
)
from tests.stories.sequences import FEW, all_commands, steps_of
from tests.stories.withheld_rows import STORY, Rows
from tracker.access.sight import ALL, AUDIENCES, PUBLIC
from tracker.stories.commands import Command, LiftHold, OpenStory
from tracker.stories.desk import KillAct
from tracker.stories.events import ClaimAsserted, ClaimsRelated, OccurrenceRecorded, Recorded
from tracker.stories.folding import evolve, fold
from tracker.stories.knowledge import Attribution, Basis, HoldKind, HoldReason, RelationKind
from tracker.stories.story import Story
from tracker.stories.values import Content, PartyRef
from tracker.text.passages import Selector

_OPEN = OpenStory(story_id=STORY, slug="strike", title="Strike in Baghdad")
_IDS = re.compile(rb"\b(?:rpt|clm|rel|occ|act|hld)_\d+")


def rows_of(commands: Iterable[Command]) -> Rows:
    rows = Rows()
    for step in steps_of(list(commands)):
        assert step.refusal is None, step.refusal
        rows.add(step)
    return rows


def names(rows: Rows, sight: frozenset[str] = PUBLIC) -> list[str]:
    """The types of the events that are seen, of those after the opening."""
    return [type(each.event).__name__ for each in rows.visible(sight)[1:]]


# ---- What a hold withholds

TWO = (
    _OPEN,
    file("One. Two.", claims=(claims("clm_1", "One"), claims("clm_3", "Two"))),
    file("One. Three.", report_id="rpt_2", outlet=WIRE, uri="/b", claims=(claims("clm_1", "One"),)),
    mark("clm_2", "Three", report_id="rpt_2"),
)
OF_TWO = ["ReportFiled", "ClaimAsserted", "ClaimAsserted"]


def test_a_hold_on_a_report_withholds_what_was_filed_of_it_and_marked_in_it() -> None:
    assert names(rows_of([*TWO, update("One. Two. New."), hold()])) == OF_TWO


def test_a_relation_is_held_with_a_claim_that_nobody_else_makes() -> None:
    held = (relate("clm_3", RelationKind.DISPUTES, "clm_2"), hold())
    assert names(rows_of([*TWO, *held])) == OF_TWO
    shown = (relate("clm_1", RelationKind.DISPUTES, "clm_2"), hold())
    assert names(rows_of([*TWO, *shown])) == [*OF_TWO, "ClaimsRelated"]


def test_what_rests_on_words_of_a_held_report_is_held() -> None:
    basis = Basis(text="Two", report_id="rpt_1")
    resting = (
        relate("clm_1", RelationKind.DISPUTES, "clm_2", basis=basis),
        record("occ_1", "It happened", basis=basis),
        mark("clm_2", "One", report_id="rpt_2", attribution=Attribution(report_id="rpt_1")),
    )
    assert names(rows_of([*TWO, *resting, hold()])) == OF_TWO
    assert names(rows_of([*TWO, hold(), *resting])) == OF_TWO


def test_a_claim_that_is_shown_elsewhere_is_held_when_that_is_held_too_withdrawn_or_killed() -> None:
    third = file("Four.", report_id="rpt_3", uri="/c", claims=(claims("clm_4", "Four"),))
    last = relate("clm_1", RelationKind.DISPUTES, "clm_4")
    for gone in (hold("hld_2", "rpt_2"), withdraw("clm_1/2"), kill("rpt_2")):
        assert names(rows_of([*TWO, third, gone, hold(), last])) == names(rows_of([*TWO, third, gone, hold()]))
        assert names(rows_of([*TWO, third, last, gone, hold()])) == names(rows_of([*TWO, third, gone, hold()]))
    shown = names(rows_of([*TWO, third, hold(), last]))
    assert (
        shown
        == names(rows_of([*TWO, third, last, hold()]))
        == [*names(rows_of([*TWO, third, hold()])), "ClaimsRelated"]
    )


def test_a_marking_that_names_a_held_source_is_taken_back_unseen() -> None:
    sourced = mark("clm_9", "Three", report_id="rpt_2", attribution=Attribution(report_id="rpt_1"))
    rows = rows_of([*TWO, sourced, hold(), withdraw("clm_9/1")])
    assert names(rows) == OF_TWO
    assert fold(Story(), rows.visible(PUBLIC)).claims.keys() == {"clm_1", "clm_2"}


def test_a_hold_on_the_story_withholds_everything_that_was_and_that_comes() -> None:
    rows = rows_of([*TWO, hold(target=STORY), update("Two.")])
    assert rows.visible(PUBLIC) == []
    lifted = rows_of([*TWO, hold(target=STORY), update("Two."), LiftHold(story_id=STORY, hold_id="hld_1")])
    assert lifted.visible(PUBLIC) == lifted.history


def test_of_two_holds_the_one_that_is_lifted_shows_nothing() -> None:
    both = (hold(), hold("hld_2", reason=HoldReason.EDITORIAL), LiftHold(story_id=STORY, hold_id="hld_1"))
    rows = rows_of([*TWO, *both])
    assert names(rows) == [*OF_TWO]
    assert not rows_of([*TWO, *both, LiftHold(story_id=STORY, hold_id="hld_2")]).hidden(PUBLIC)


def test_an_embargo_and_a_hold_are_seen_through_by_different_people() -> None:
    embargo = hold(reason=HoldReason.EMBARGO, until=datetime(2020, 1, 13, tzinfo=UTC))
    rows = rows_of([*TWO, embargo])
    assert rows.visible(frozenset({"embargo", "request"})) == rows.history
    assert names(rows) == OF_TWO


def test_preservation_and_what_waits_for_a_second_person_are_for_the_newsroom_for_good() -> None:
    act = KillAct(report_id="rpt_1", reason="It was made up.", public_note="Withdrawn.")
    preserved = hold(kind=HoldKind.PRESERVATION)
    rows = rows_of([*TWO, preserved, asks(act), LiftHold(story_id=STORY, hold_id="hld_1")])
    assert names(rows) == names(rows_of(TWO))
    assert rows.visible(ALL) == rows.history


# ---- Laws


def planted(history: Iterable[Recorded]) -> list[Recorded]:
    """``history`` in which all that a report says, and what is marked in it, holds a word of its own."""
    return [msgspec.structs.replace(each, event=_planted(each.event)) for each in history]


def _planted(event: Any) -> Any:
    report_id = getattr(event, "report_id", None)
    if report_id is None:
        return event
    word = f"secret-of-{report_id}"
    match event:
        case ClaimAsserted():
            return msgspec.structs.replace(
                event, selector=Selector(exact=word), about=(PartyRef(id=word, name=word),), quotes=()
            )
        case ClaimsRelated():
            return msgspec.structs.replace(event, basis=word)
        case OccurrenceRecorded():
            return msgspec.structs.replace(event, title=word)
        case _ if hasattr(event, "content"):
            return msgspec.structs.replace(event, content=_with_word(event.content, word))
        case _ if hasattr(event, "public_note"):
            return msgspec.structs.replace(event, public_note=word)
        case _:
            return event


def _with_word(content: Content, word: str) -> Content:
    return msgspec.structs.replace(content, headline=word, byline=word)


@FEW
@given_any(all_commands)
def test_what_is_seen_folds_and_holds_no_word_of_what_is_held(commands: list[Command]) -> None:
    rows = Rows()
    for step in steps_of(commands):
        rows.add(step)
        if not step.events:
            continue
        for sight in AUDIENCES.values():
            story = fold(Story(), planted(rows.visible(sight)))
            shown = msgspec.json.encode(story)
            held = rows.targets(sight)
            assert not held or STORY not in held or not rows.visible(sight)
            for target in held:
                assert f"secret-of-{target}".encode() not in shown
                assert target not in story.reports


@FEW
@given_any(all_commands)
def test_no_more_is_withheld_than_what_names_something_held(commands: list[Command]) -> None:
    rows, made = Rows(), dict[str, set[str]]()
    ever_held: set[str] = set()
    for step in steps_of(commands):
        rows.add(step)
        ever_held |= {each.target for each in rows.holds}
        for each in step.events:
            for name in _named(each):
                made.setdefault(name, set()).update(_named(each))
    by_hold = {revision for revision, _, kind in rows.rows if kind != "request"}
    for each in rows.history:
        if each.revision in by_hold and STORY not in ever_held and getattr(each.event, "kind", None) != "preservation":
            assert _reached(_named(each), made) & ever_held, each


def _named(recorded: Recorded) -> set[str]:
    return {name.decode() for name in _IDS.findall(msgspec.json.encode(recorded.event))}


def _reached(found: set[str], made: dict[str, set[str]]) -> set[str]:
    """All that these ids lead to, by what was ever said of each."""
    seen = set(found)
    while new := {name for each in seen for name in made.get(each, ())} - seen:
        seen |= new
    return seen


@FEW
@given_any(all_commands)
def test_when_all_holds_are_lifted_everything_is_there_again(commands: list[Command]) -> None:
    rows = Rows()
    steps = steps_of(commands)
    lifts = [LiftHold(story_id=STORY, hold_id=each) for each in steps[-1].after.holds]
    for step in steps_of([*commands, *lifts]):
        rows.add(step)
    newsroom = {revision for revision, _, kind in rows.rows if kind in ("request", "hold")}
    preserving = {each.revision for each in rows.history if getattr(each.event, "kind", None) is HoldKind.PRESERVATION}
    assert rows.hidden(PUBLIC) == newsroom
    assert rows.hidden(frozenset({"request"})) <= preserving
    assert rows.visible(ALL) == rows.history


@FEW
@given_any(all_commands)
def test_whoever_sees_all_sees_the_story_as_it_is(commands: list[Command]) -> None:
    rows, story = Rows(), Story()
    for step in steps_of(commands):
        rows.add(step)
        for each in step.events:
            story = evolve(story, each)
    assert fold(Story(), rows.visible(ALL)) == story
