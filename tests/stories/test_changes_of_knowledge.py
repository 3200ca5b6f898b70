"""Typed changes of what is known: claims and how they stand and why, dates, holds, kills, requests."""

from __future__ import annotations

from typing import Any, TypeVar

from hypothesis import given
from hypothesis import strategies as st

from tests.stories.samples import (
    NBC,
    WIRE,
    approve,
    asks,
    claims,
    file,
    hold,
    kill,
    link,
    mark,
    record,
    relate,
    update,
    withdraw,
)
from tests.stories.sequences import histories, history_of
from tracker.stories.changes import (
    AppearanceChange,
    Change,
    ClaimChange,
    HoldChange,
    KillChange,
    LinkChange,
    OccurrenceChange,
    OrphanChange,
    RelationChange,
    RequestChange,
    StandingChange,
    WithdrawalChange,
    changes,
)
from tracker.stories.claims import Fate, Support
from tracker.stories.commands import Command, LiftHold, OpenStory
from tracker.stories.dates import When
from tracker.stories.desk import KillAct, RequestState
from tracker.stories.events import Recorded
from tracker.stories.folding import fold
from tracker.stories.knowledge import Attribution, Basis, RelationKind
from tracker.stories.story import Story

_Kind = TypeVar("_Kind")
_OPENING = OpenStory(story_id="sty_1", slug="strike", title="Strike")
#: Officials' claim in NBC's report, and another one there that disputes it.
_IMMINENT = mark(
    "clm_1", "It was imminent", statement="The attack was imminent.", attribution=Attribution(label="officials")
)
_PLANNED = mark("clm_2", "It was planned", statement="The strike was planned.")
_DISPUTES = relate(
    "clm_2", RelationKind.DISPUTES, "clm_1", by=NBC, basis=Basis(text="could undermine", report_id="rpt_1")
)
_NBC_FILES = file("It was imminent. It was planned. That could undermine it.")
_WIRE_FILES = file("It was imminent, two say.", outlet=WIRE, report_id="rpt_2", uri="/wire")
_WIRE_SAYS = mark("clm_1", "It was imminent", report_id="rpt_2", attribution=Attribution(label="two diplomats"))
_KNOWN: tuple[Command, ...] = (_NBC_FILES, _IMMINENT, _PLANNED)


def test_a_claim_that_is_marked_is_told_with_its_place_its_standing_and_why() -> None:
    found = _between((_NBC_FILES,), _IMMINENT)
    claim, appearance, standing = found
    assert isinstance(claim, ClaimChange)
    assert (claim.op, claim.claim_id, claim.old, claim.new) == ("insert", "clm_1", None, "The attack was imminent.")
    assert isinstance(appearance, AppearanceChange)
    assert (appearance.op, appearance.number, appearance.outlet, appearance.statement) == ("insert", 1, NBC, claim.new)
    assert appearance.new
    assert appearance.new.selector.exact == "It was imminent"
    assert isinstance(standing, StandingChange)
    assert (standing.old, standing.new and standing.new.support) == (None, Support.SINGLE_SOURCE)
    assert standing.why == ("NBC News, citing officials, asserts it",)


def test_a_dispute_tells_the_relation_and_that_the_other_claim_stands_otherwise() -> None:
    standing, relation = _between(_KNOWN, _DISPUTES)
    assert isinstance(standing, StandingChange)
    assert (standing.op, standing.claim_id) == ("replace", "clm_1")
    assert standing.old
    assert standing.new
    assert (standing.old.disputed, [each.outlet for each in standing.new.disputed]) == ((), [NBC])
    said = "NBC News disputes “The attack was imminent” with “The strike was planned”"
    assert standing.why == (f"{said}: “could undermine”",)
    assert isinstance(relation, RelationChange)
    assert (relation.op, relation.words) == ("insert", said)


def test_what_the_desk_itself_judges_is_told_as_its_judgement() -> None:
    standing = _only(StandingChange, _between(_KNOWN, relate("clm_2", RelationKind.DISPUTES, "clm_1")))
    assert standing.why == ("the desk judged that “The strike was planned” disputes “The attack was imminent”",)


def test_another_outlet_that_says_so_is_an_appearance_and_why_the_claim_is_corroborated() -> None:
    found = _between((*_KNOWN, _WIRE_FILES), _WIRE_SAYS)
    appearance, standing = found
    assert isinstance(appearance, AppearanceChange)
    assert (appearance.number, appearance.outlet) == (2, WIRE)
    assert isinstance(standing, StandingChange)
    assert standing.new
    assert standing.new.support is Support.CORROBORATED
    assert standing.why == ("The Wire, citing two diplomats, asserts it",)


def test_a_kill_is_told_once_and_is_why_a_claim_that_lived_there_alone_fell() -> None:
    told = _between((*_KNOWN, _WIRE_FILES, _WIRE_SAYS), kill())
    killed = _only(KillChange, told)
    assert (killed.op, killed.outlet, killed.kill.public_note) == ("insert", NBC, "Withdrawn.")
    stands = {each.claim_id: each for each in told if isinstance(each, StandingChange)}
    assert [each.new and each.new.fate for each in stands.values()] == [Fate.CURRENT, Fate.FALLEN]
    assert stands["clm_1"].new
    assert stands["clm_1"].new.support is Support.SINGLE_SOURCE
    assert {each.why for each in stands.values()} == {("a report of NBC News was killed",)}
    assert [(each.claim_id, each.new) for each in told if isinstance(each, ClaimChange)] == [("clm_2", "")]


def test_what_touches_a_claim_by_way_of_another_is_why_too() -> None:
    """The dispute falls with the claim that it comes from."""
    told = _between((_WIRE_FILES, _WIRE_SAYS, _NBC_FILES, _PLANNED, _DISPUTES_OF_THE_WIRE), kill())
    standing = next(each for each in told if isinstance(each, StandingChange) and each.claim_id == "clm_1")
    assert standing.new
    assert standing.new.disputed == ()
    assert "a report of NBC News was killed" in standing.why


_DISPUTES_OF_THE_WIRE = relate("clm_2", RelationKind.DISPUTES, "clm_1", by=NBC)


def test_what_is_withdrawn_leaves_and_says_so() -> None:
    told = _between((*_KNOWN, _DISPUTES), withdraw("rel_1"))
    withdrawal = _only(WithdrawalChange, told)
    assert (withdrawal.op, withdrawal.target) == ("insert", "rel_1")
    assert _only(RelationChange, told).op == "delete"
    assert _only(StandingChange, told).why == (
        "it holds no more that NBC News disputes “The attack was imminent” with “The strike was planned”",
    )
    both = _between(_KNOWN, _DISPUTES, withdraw("rel_1"))
    assert [type(each) for each in both] == [WithdrawalChange]


def test_words_that_a_new_version_does_not_have_are_orphaned_once_and_found_again() -> None:
    told = _between(_KNOWN, update("It was planned. It was not imminent."))
    orphan = _only(OrphanChange, told)
    assert (orphan.op, orphan.claim_id, orphan.words) == ("insert", "clm_1", "It was imminent")
    assert (orphan.marked_version, orphan.version) == (1, 2)
    again = _between((*_KNOWN, update("It was planned.")), update("It was imminent. It was planned."))
    assert _only(OrphanChange, again).op == "delete"
    assert not [each for each in told if isinstance(each, AppearanceChange)]


def test_a_date_that_is_refined_is_one_change_with_both_accounts() -> None:
    first = record("occ_1", "The idea", when=When(phrase="in spring of 2017"))
    told = _between((first,), record("occ_1", "The idea", when=When(phrase="in April 2017")))
    change = _only(OccurrenceChange, told)
    assert change.old
    assert change.new
    assert change.old.when
    assert change.new.when
    assert (change.old.when.edtf, change.new.when.edtf) == ("2017-21", "2017-04")
    assert [account.title for account in change.accounts] == ["The idea"]


def test_holds_links_and_requests_are_named_by_their_ids() -> None:
    asked = asks(KillAct(report_id="rpt_1", reason="Made up.", public_note="Withdrawn."))
    told = _between((_NBC_FILES,), hold(), link(), asked)
    assert [(type(each), each.op) for each in told] == [
        (LinkChange, "insert"),
        (HoldChange, "insert"),
        (RequestChange, "insert"),
    ]
    assert _only(HoldChange, told).words == "NBC News’s “Strike”"
    lifted = _only(HoldChange, _between((_NBC_FILES, hold()), LiftHold(story_id="sty_1", hold_id="hld_1")))
    assert (lifted.op, lifted.old and lifted.old.lifted, lifted.new and lifted.new.lifted) == ("replace", None, 4)
    approved = _only(RequestChange, _between((_NBC_FILES, asked), approve()))
    assert approved.new
    assert (approved.op, approved.new.state) == ("replace", RequestState.APPROVED)


def test_what_came_with_a_filing_is_told_beside_it() -> None:
    with_claims = file("It was imminent.", claims=(claims("clm_1", "It was imminent"),))
    kinds = {type(each).__name__ for each in _between((), with_claims)}
    assert kinds == {"ReportChange", "ClaimChange", "AppearanceChange", "StandingChange"}


@given(st.data())
def test_whenever_a_claim_stands_otherwise_it_is_told_why(data: st.DataObject) -> None:
    history: list[Recorded] = data.draw(histories)
    low = data.draw(st.integers(0, len(history)))
    before, after = fold(Story(), history[:low]), fold(Story(), history)
    for change in changes(before, after):
        if isinstance(change, StandingChange) and change.new is not None:
            assert change.why, change


def _between(known: tuple[Command, ...], *then: Command) -> tuple[Change, ...]:
    """What changed by ``then``, in a story of which ``known`` is known."""
    history = history_of([_OPENING, *known])
    whole = history_of([_OPENING, *known, *then])
    assert len(whole) > len(history), "nothing was done"
    return changes(fold(Story(), history), fold(Story(), whole))


def _only(kind: type[_Kind], told: tuple[Any, ...]) -> _Kind:
    (found,) = [each for each in told if isinstance(each, kind)]
    return found
