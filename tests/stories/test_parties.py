"""A party: its rules, and who it was at a time. Who held which office when is public record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import Refusal
from tracker.stories.parties import (
    AddParty,
    EditParty,
    MergeParty,
    Party,
    PartyAdded,
    PartyCommand,
    PartyEdited,
    PartyEvent,
    PartyKind,
    PartyMerged,
    Role,
    decide,
    evolve,
    fold,
    role_at,
)

AT = datetime(2020, 1, 3, tzinfo=UTC)
BOLTON = PartyAdded(
    party_id="pty_1",
    name="John Bolton",
    kind=PartyKind.PERSON,
    roles=(Role(title="National Security Adviser", since="2018-04-09", until="2019-09-10"),),
)
POMPEO = PartyAdded(
    party_id="pty_2",
    name="Mike Pompeo",
    roles=(
        Role(title="Director", organisation="CIA", since="2017-01-23", until="2018-04"),
        Role(title="Secretary of State", since="2018-04"),
    ),
)
KELLY = PartyAdded(
    party_id="pty_3",
    name="John Kelly",
    roles=(
        Role(title="Secretary of Homeland Security", since="2017-01-20", until="2017-07-31"),
        Role(title="Chief of Staff", organisation="White House", since="2017-07-31", until="2019-01"),
    ),
)


def after(*events: PartyEvent) -> Party | None:
    return fold((event, AT) for event in events)


def decided(*events: PartyEvent, when: PartyCommand) -> Sequence[PartyEvent]:
    return decide(when, after(*events))


def titles(added: PartyAdded, earliest: date, latest: date | None = None) -> list[str]:
    party = after(added)
    assert party is not None
    return [role.title for role in role_at(party, earliest, latest or earliest)]


class TestRoles:
    def test_who_somebody_was_then_and_is_now(self) -> None:
        june, written = (date(2019, 6, 1), date(2019, 6, 30)), date(2020, 1, 13)
        assert titles(BOLTON, *june) == ["National Security Adviser"]
        assert titles(BOLTON, written) == []
        assert titles(POMPEO, *june) == titles(POMPEO, written) == ["Secretary of State"]
        assert titles(POMPEO, date(2017, 1, 23)) == ["Director"]

    def test_a_later_title_is_not_the_one_of_the_time(self) -> None:
        assert titles(KELLY, date(2017, 3, 1), date(2017, 5, 31)) == ["Secretary of Homeland Security"]

    def test_where_an_end_is_known_to_the_month_each_of_its_days_counts(self) -> None:
        assert (
            titles(POMPEO, date(2018, 4, 2)) == titles(POMPEO, date(2018, 4, 30)) == ["Director", "Secretary of State"]
        )
        assert titles(POMPEO, date(2018, 3, 31)) == ["Director"]
        assert titles(POMPEO, date(2018, 5, 1)) == ["Secretary of State"]

    def test_an_open_end_is_open_and_a_season_is_a_quarter(self) -> None:
        always = PartyAdded(party_id="pty_4", name="A", roles=(Role(title="Spokesman"),))
        assert titles(always, date.min) == titles(always, date.max) == ["Spokesman"]
        role = Role(title="Chairman", since="2017-21", until="2017-21")
        spring = PartyAdded(party_id="pty_5", name="B", roles=(role,))
        days = (date(2017, 2, 28), date(2017, 3, 1), date(2017, 5, 31), date(2017, 6, 1))
        assert [titles(spring, day) for day in days] == [[], ["Chairman"], ["Chairman"], []]

    @pytest.mark.parametrize(
        ("role", "pointer"),
        [
            ({"since": "last spring"}, "/roles/1/from"),
            ({"since": "2017-02-30"}, "/roles/1/from"),
            ({"until": "2017/2018"}, "/roles/1/to"),
            ({"until": "2017-01-20T12:00:00Z"}, "/roles/1/to"),
            ({"since": "2018-05", "until": "2018-04"}, "/roles/1/to"),
            ({"since": "2018", "until": "2017-12-31"}, "/roles/1/to"),
        ],
    )
    def test_a_time_that_can_not_be_is_refused_at_its_place(self, role: dict[str, str], pointer: str) -> None:
        roles = (Role(title="Adviser"), Role(title="Director", **role))
        for command in (AddParty(party_id="pty_9", name="A", roles=roles), EditParty(party_id="pty_9", roles=roles)):
            there = [PartyAdded(party_id="pty_9", name="A")] if isinstance(command, EditParty) else []
            with pytest.raises(Refusal) as refused:
                decided(*there, when=command)
            assert (refused.value.name, [fault.pointer for fault in refused.value.faults]) == ("bad-date", [pointer])

    def test_an_end_that_may_be_after_the_beginning_is_taken(self) -> None:
        roles = (Role(title="Director", since="2018-04-26", until="2018-04"),)
        assert decided(BOLTON, when=EditParty(party_id="pty_1", roles=roles)) == [PartyEdited(roles=roles)]


class TestRules:
    def test_adding_the_same_again_adds_nothing_and_anything_else_is_refused(self) -> None:
        same: dict[str, Any] = {"party_id": "pty_1", "name": "John  Bolton", "kind": PartyKind.PERSON}
        assert decided(BOLTON, when=AddParty(**same, roles=BOLTON.roles)) == []
        with pytest.raises(Refusal) as refused:
            decided(BOLTON, when=AddParty(**same))
        assert (refused.value.name, refused.value.facts) == ("name-taken", {"party_id": "pty_1"})

    def test_an_edit_writes_what_changes_and_a_former_name_stays_an_alias(self) -> None:
        command = EditParty(party_id="pty_1", name="John R. Bolton", kind=PartyKind.PERSON)
        assert decided(BOLTON, when=command) == [PartyEdited(name="John R. Bolton", aliases=("John Bolton",))]
        assert decided(BOLTON, when=EditParty(party_id="pty_1", kind=None)) == [PartyEdited(kind=None)]

    def test_what_was_merged_is_changed_no_more(self) -> None:
        gone = PartyMerged(into="pty_2")
        assert decided(BOLTON, when=MergeParty(party_id="pty_1", into="pty_2")) == [gone]
        assert decided(BOLTON, gone, when=MergeParty(party_id="pty_1", into="pty_2")) == []
        for command in (MergeParty(party_id="pty_1", into="pty_3"), EditParty(party_id="pty_1", roles=())):
            with pytest.raises(Refusal) as refused:
                decided(BOLTON, gone, when=command)
            assert refused.value.name == "merged"
        with pytest.raises(Refusal) as refused:
            decided(BOLTON, when=MergeParty(party_id="pty_1", into="pty_1"))
        assert refused.value.name == "merged-into-itself"

    @pytest.mark.parametrize("command", [EditParty(party_id="pty_9"), MergeParty(party_id="pty_9", into="pty_1")])
    def test_what_is_not_there_is_said_not_to_be(self, command: PartyCommand) -> None:
        with pytest.raises(Refusal, match="pty_9") as refused:
            decided(when=command)
        assert refused.value.name == "unknown-party"

    def test_what_was_never_added_has_no_history(self) -> None:
        assert after() is None
        with pytest.raises(ValueError, match="added"):
            evolve(None, PartyMerged(into="pty_2"), AT)

    def test_the_fold_counts_its_revisions(self) -> None:
        party = after(BOLTON, PartyEdited(kind=None, roles=()), PartyMerged(into="pty_2"))
        assert party is not None
        assert (party.kind, party.roles, party.merged_into, party.revision) == (None, (), "pty_2", 3)


_years = st.integers(2010, 2020).map(str)
_dates = _years | st.builds("{}-{:02}".format, _years, st.integers(1, 12))


@given(st.none() | _dates, st.none() | _dates, st.dates(date(2009, 1, 1), date(2022, 1, 1)))
def test_a_role_is_had_on_every_day_from_its_first_to_its_last(since: str | None, until: str | None, day: date) -> None:
    """Against a slow reading of the same: a date is the beginning of each day's name that it may mean."""
    role = Role(title="Adviser", since=since, until=until)
    party = Party(party_id="pty_1", name="A", roles=(role,), revision=1, added_at=AT, changed_at=AT)
    written = day.isoformat()
    begun = since is None or written[: len(since)] >= since
    goes_on = until is None or written[: len(until)] <= until
    assert (role_at(party, day, day) == (role,)) is (begun and goes_on)
