"""An outlet: given these events, when this command, then these events; and what they fold to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from tracker.errors import Refusal
from tracker.stories.outlets import (
    AddOutlet,
    EditOutlet,
    MergeOutlet,
    Outlet,
    OutletAdded,
    OutletCommand,
    OutletEdited,
    OutletEvent,
    OutletMerged,
    Redistribute,
    decide,
    evolve,
    fold,
)

AT = datetime(2020, 1, 3, tzinfo=UTC)
NBC = OutletAdded(outlet_id="out_1", name="NBC News", aliases=("NBC",), owner="Comcast")


def after(*events: OutletEvent) -> Outlet | None:
    return fold((event, AT + timedelta(hours=number)) for number, event in enumerate(events))


def decided(*events: OutletEvent, when: OutletCommand) -> Sequence[OutletEvent]:
    return decide(when, after(*events))


class TestAdding:
    def test_names_are_kept_with_single_spaces_and_each_once(self) -> None:
        command = AddOutlet(outlet_id="out_1", name=" NBC   News", aliases=("NBC", "nbc", "nbc news", " N B C "))
        assert decided(when=command) == [OutletAdded(outlet_id="out_1", name="NBC News", aliases=("NBC", "N B C"))]

    def test_the_same_again_adds_nothing_whichever_way_it_is_written(self) -> None:
        for name, aliases in (("NBC News", ("NBC",)), (" NBC  News ", ("NBC", "NBC"))):
            command = AddOutlet(outlet_id="out_1", name=name, aliases=aliases, owner="Comcast")
            assert decided(NBC, when=command) == []

    @pytest.mark.parametrize(
        "other", [{"name": "nbc news"}, {"aliases": ()}, {"owner": None}, {"redistribute": Redistribute.TEXT}]
    )
    def test_what_differs_from_what_is_there_is_refused_and_names_that(self, other: dict[str, Any]) -> None:
        asked: dict[str, Any] = {"name": "NBC News", "aliases": ("NBC",), "owner": "Comcast", **other}
        with pytest.raises(Refusal) as refused:
            decided(NBC, when=AddOutlet(outlet_id="out_1", **asked))
        assert (refused.value.name, refused.value.facts) == ("name-taken", {"outlet_id": "out_1"})
        assert [fault.pointer for fault in refused.value.faults] == ["/name"]


class TestEditing:
    def test_only_what_changes_is_written(self) -> None:
        command = EditOutlet(outlet_id="out_1", owner="Comcast", redistribute=Redistribute.TEXT)
        assert decided(NBC, when=command) == [OutletEdited(redistribute=Redistribute.TEXT)]

    def test_an_owner_is_taken_away_by_null(self) -> None:
        assert decided(NBC, when=EditOutlet(outlet_id="out_1", owner=None)) == [OutletEdited(owner=None)]

    def test_a_former_name_stays_an_alias_unless_the_aliases_are_given(self) -> None:
        renamed = EditOutlet(outlet_id="out_1", name="MS NOW")
        assert decided(NBC, when=renamed) == [OutletEdited(name="MS NOW", aliases=("NBC", "NBC News"))]
        given = EditOutlet(outlet_id="out_1", name="MS NOW", aliases=("NBC",))
        assert decided(NBC, when=given) == [OutletEdited(name="MS NOW")]

    def test_an_alias_may_become_the_name(self) -> None:
        command = EditOutlet(outlet_id="out_1", name="NBC")
        assert decided(NBC, when=command) == [OutletEdited(name="NBC", aliases=("NBC News",))]


class TestMerging:
    def test_the_one_that_goes_says_into_which(self) -> None:
        assert decided(NBC, when=MergeOutlet(outlet_id="out_1", into="out_2")) == [OutletMerged(into="out_2")]

    def test_asked_again_nothing_is_added_and_another_one_is_refused(self) -> None:
        gone = OutletMerged(into="out_2")
        assert decided(NBC, gone, when=MergeOutlet(outlet_id="out_1", into="out_2")) == []
        for command in (MergeOutlet(outlet_id="out_1", into="out_3"), EditOutlet(outlet_id="out_1", name="ABC")):
            with pytest.raises(Refusal) as refused:
                decided(NBC, gone, when=command)
            assert (refused.value.name, refused.value.facts) == ("merged", {"outlet_id": "out_2"})

    def test_an_outlet_is_not_merged_into_itself(self) -> None:
        with pytest.raises(Refusal) as refused:
            decided(NBC, when=MergeOutlet(outlet_id="out_1", into="out_1"))
        assert refused.value.name == "merged-into-itself"


@pytest.mark.parametrize("command", [EditOutlet(outlet_id="out_9"), MergeOutlet(outlet_id="out_9", into="out_1")])
def test_what_is_not_there_is_said_not_to_be(command: OutletCommand) -> None:
    with pytest.raises(Refusal, match="out_9") as refused:
        decided(when=command)
    assert refused.value.name == "unknown-outlet"


def test_the_fold_tells_its_revision_and_its_times() -> None:
    outlet = after(NBC, OutletEdited(owner=None), OutletMerged(into="out_2"))
    assert outlet == Outlet(
        outlet_id="out_1",
        name="NBC News",
        aliases=("NBC",),
        owner=None,
        merged_into="out_2",
        revision=3,
        added_at=AT,
        changed_at=AT + timedelta(hours=2),
    )


def test_what_was_never_added_has_no_history() -> None:
    assert after() is None
    with pytest.raises(ValueError, match="added"):
        evolve(None, OutletEdited(name="A"), AT)


_names = st.sampled_from(["A", "a", "B", " b ", "C"])
_aliases = st.lists(_names, max_size=3).map(tuple)
_edits = st.builds(
    EditOutlet,
    outlet_id=st.just("out_1"),
    name=st.just(UNSET) | _names,
    aliases=st.just(UNSET) | _aliases,
    owner=st.just(UNSET) | st.none() | st.just("O"),
    redistribute=st.just(UNSET) | st.sampled_from(Redistribute),
)


@given(st.lists(_edits, max_size=5))
def test_an_edit_asked_twice_changes_nothing_twice_and_is_what_was_asked_for(edits: list[EditOutlet]) -> None:
    outlet = after(OutletAdded(outlet_id="out_1", name="A"))
    for edit in edits:
        for event in decide(edit, outlet):
            outlet = evolve(outlet, event, AT)
        assert outlet is not None
        assert decide(edit, outlet) == []
        assert edit.owner in (UNSET, outlet.owner)
        assert edit.redistribute in (UNSET, outlet.redistribute)
