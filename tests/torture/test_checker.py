"""The checker of histories sees every fault that is planted in a good one, and none in the good one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from click.testing import CliRunner

from tests.torture import __main__ as program
from tests.torture.checker import Attempt, History, Kind, Outcome, Part, Place, Stored, faults, kinds


def good() -> History:
    """Four transactions, one after the other: one of three events, one taken back, one killed, one at two streams."""
    stored = [
        Stored("s1", 1, "a", 10),
        Stored("s1", 2, "b", 10),
        Stored("s1", 3, "c", 10),
        Stored("s2", 1, "e", 12),
        Stored("s2", 2, "f", 12),
        Stored("s1", 4, "g", 13),
        Stored("s3", 1, "h", 13),
    ]
    order = [Place(position, each.stream_id, each.version) for position, each in enumerate(stored, start=1)]
    return History(
        attempts=[
            Attempt(Outcome.ACKNOWLEDGED, (Part("s1", ("a", "b", "c"), 1),), 1.0, 2.0),
            Attempt(Outcome.REFUSED, (Part("s1", ("d",)),), 3.0, 4.0),
            Attempt(Outcome.UNKNOWN, (Part("s2", ("e", "f")),), 5.0),
            Attempt(Outcome.UNKNOWN, (Part("s2", ("not", "there")),), 5.5),
            Attempt(Outcome.ACKNOWLEDGED, (Part("s1", ("g",), 4), Part("s3", ("h",), 1)), 6.0, 7.0),
            # The same events again, with the first answer.
            Attempt(Outcome.ACKNOWLEDGED, (Part("s1", ("a", "b", "c"), 1),), 8.0, 9.0),
        ],
        stored=stored,
        order=order,
        taken={"first": list(order), "second": list(order)},
    )


def test_nothing_is_wrong_with_a_good_history() -> None:
    assert faults(good()) == []


def test_an_empty_history_is_a_good_one() -> None:
    assert faults(History(taken={"first": []})) == []


def lose_an_acknowledged(history: History) -> None:
    del history.stored[6]


def answer_another_version(history: History) -> None:
    history.attempts[0] = replace(history.attempts[0], parts=(Part("s1", ("a", "b", "c"), 2),))


def store_what_was_refused(history: History) -> None:
    history.stored.append(Stored("s1", 5, "d", 14))


def store_half_of_an_unknown(history: History) -> None:
    del history.stored[4]


def store_an_unknown_in_two_places(history: History) -> None:
    history.stored[4] = Stored("s2", 3, "f", 12)


def store_what_nobody_appended(history: History) -> None:
    history.stored.append(Stored("s4", 1, "z", 1))


def store_an_event_twice(history: History) -> None:
    history.stored.append(Stored("s1", 5, "g", 13))


def leave_a_version_out(history: History) -> None:
    history.stored[5] = Stored("s1", 5, "g", 13)


def give_a_version_twice(history: History) -> None:
    history.stored[1] = Stored("s1", 1, "b", 10)


def turn_time_back(history: History) -> None:
    history.stored[5] = Stored("s1", 4, "g", 9)


def leave_one_unnumbered(history: History) -> None:
    del history.order[-1]


def number_one_twice(history: History) -> None:
    history.order.append(Place(8, "s1", 1))


def number_nothing(history: History) -> None:
    history.order.append(Place(8, "s9", 1))


def leave_a_position_out(history: History) -> None:
    history.order[-1] = Place(8, "s3", 1)


def give_a_position_twice(history: History) -> None:
    history.order[-1] = Place(6, "s3", 1)


def number_a_stream_out_of_order(history: History) -> None:
    history.order[1], history.order[2] = Place(2, "s1", 3), Place(3, "s1", 2)


def number_a_later_one_first(history: History) -> None:
    history.order[2], history.order[5] = Place(3, "s1", 4), Place(6, "s1", 3)


def skip_one(history: History) -> None:
    del history.taken["second"][3]


def skip_the_last(history: History) -> None:
    history.taken["second"].pop()


def skip_all(history: History) -> None:
    history.taken["second"].clear()


def take_one_twice(history: History) -> None:
    history.taken["second"].insert(3, history.taken["second"][2])


def take_two_in_the_wrong_order(history: History) -> None:
    taken = history.taken["second"]
    taken[1], taken[2] = taken[2], taken[1]


def take_one_at_another_position(history: History) -> None:
    history.taken["second"][6] = Place(8, "s3", 1)


@pytest.mark.parametrize(
    ("plant", "seen"),
    [
        (lose_an_acknowledged, {Kind.LOST, Kind.NOTHING_NUMBERED}),
        (answer_another_version, {Kind.MOVED}),
        (store_what_was_refused, {Kind.UNWANTED, Kind.UNNUMBERED, Kind.MISSED}),
        (store_half_of_an_unknown, {Kind.HALF, Kind.NOTHING_NUMBERED}),
        (store_an_unknown_in_two_places, {Kind.HALF, Kind.GAP, Kind.UNNUMBERED, Kind.NOTHING_NUMBERED, Kind.MISSED}),
        (store_what_nobody_appended, {Kind.FOREIGN, Kind.UNNUMBERED, Kind.MISSED}),
        (store_an_event_twice, {Kind.DOUBLED, Kind.MOVED, Kind.UNNUMBERED, Kind.MISSED}),
        (leave_a_version_out, {Kind.GAP, Kind.MOVED, Kind.UNNUMBERED, Kind.NOTHING_NUMBERED, Kind.MISSED}),
        (give_a_version_twice, {Kind.GAP, Kind.MOVED, Kind.NOTHING_NUMBERED}),
        (turn_time_back, {Kind.TIME}),
        (leave_one_unnumbered, {Kind.UNNUMBERED, Kind.ELSEWHERE}),
        (number_one_twice, {Kind.NUMBERED_TWICE, Kind.REORDERED, Kind.EARLIER}),
        (number_nothing, {Kind.NOTHING_NUMBERED}),
        (leave_a_position_out, {Kind.POSITIONS, Kind.ELSEWHERE}),
        (give_a_position_twice, {Kind.POSITIONS, Kind.ELSEWHERE}),
        (number_a_stream_out_of_order, {Kind.REORDERED, Kind.ELSEWHERE}),
        (number_a_later_one_first, {Kind.EARLIER, Kind.REORDERED, Kind.ELSEWHERE}),
        (skip_one, {Kind.MISSED, Kind.POSITIONS}),
        (skip_the_last, {Kind.MISSED}),
        (skip_all, {Kind.MISSED}),
        (take_one_twice, {Kind.TWICE, Kind.POSITIONS}),
        (take_two_in_the_wrong_order, {Kind.REORDERED, Kind.POSITIONS}),
        (take_one_at_another_position, {Kind.ELSEWHERE, Kind.POSITIONS}),
    ],
)
def test_a_planted_fault_is_seen(plant: Callable[[History], None], seen: set[Kind]) -> None:
    history = good()
    plant(history)
    assert kinds(faults(history)) == seen


def test_a_fault_is_told_in_words() -> None:
    history = good()
    lose_an_acknowledged(history)
    skip_one(history)
    assert [str(fault) for fault in faults(history)] == [
        "event h of stream s3: acknowledged, but not stored",
        "version 1 of stream s3: a position of no event",
        "follower second, version 1 of stream s2: a follower never got it",
        "follower second at 5, where 4 was to come: positions are not dense",
    ]


def test_the_program_ends_with_1_and_says_what_is_wrong_and_how_to_see_it_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def perform(history: program.History) -> int:
        history.faults.append("event h of stream s3: acknowledged, but not stored")
        return 7

    monkeypatch.setattr(program.History, "perform", perform)
    done = CliRunner().invoke(program.main, ["--minutes", "5", "--seed", "9", "--engine", "sqlite"])
    assert done.exit_code == 1
    assert "event h of stream s3: acknowledged, but not stored\n" in done.output
    assert "python -m tests.torture --minutes 5 --seed 9 --engine sqlite" in done.output
