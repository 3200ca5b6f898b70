"""What two sequences have in common, against the textbook's table."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from tracker.text.matching import Budget, Gap, Item, Match, common_runs, pair_items

_NUMBERS = st.lists(st.integers(0, 5), max_size=14)


def longest_common(a: list[int], b: list[int]) -> int:
    """The slow and obvious table."""
    table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i in range(len(a)):
        for j in range(len(b)):
            same = table[i][j] + 1 if a[i] == b[j] else 0
            table[i + 1][j + 1] = max(same, table[i][j + 1], table[i + 1][j])
    return table[-1][-1]


def assert_valid(a: list[int], b: list[int], matches: list[Match]) -> None:
    last_a = last_b = 0
    for match in matches:
        assert match.a >= last_a
        assert match.b >= last_b
        last_a, last_b = match.a + match.size, match.b + match.size
        assert a[match.a : last_a] == b[match.b : last_b]
        assert match.size > 0


@given(_NUMBERS, _NUMBERS)
def test_common_runs_are_as_long_as_the_table_says(a: list[int], b: list[int]) -> None:
    matches = common_runs(a, b, Budget())
    assert_valid(a, b, matches)
    assert sum(match.size for match in matches) == longest_common(a, b)


@given(_NUMBERS, _NUMBERS, st.integers(0, 40))
def test_with_few_cells_the_runs_are_still_right(a: list[int], b: list[int], cells: int) -> None:
    budget = Budget(cells)
    matches = common_runs(a, b, budget)
    assert_valid(a, b, matches)
    assert budget.left >= 0
    if sum(match.size for match in matches) < longest_common(a, b):
        assert budget.exceeded or cells < len(a) * len(b)


def test_anchors_find_small_edits_in_what_is_too_long_for_the_table() -> None:
    a = [random.Random(1).randrange(2) for _ in range(1)] + [random.Random(k).randrange(50_000) for k in range(9_000)]
    b = [*a[:3_000], -1, *a[3_000:6_000], *a[6_010:]]
    budget = Budget(1_000)
    assert sum(match.size for match in common_runs(a, b, budget)) == len(a) - 10
    assert not budget.exceeded


def test_what_is_hopeless_is_left_and_said() -> None:
    budget = Budget(1_000)
    common_runs([0, 1] * 500, [1, 1, 0] * 500, budget)
    assert budget.exceeded


def item(text: str) -> Item:
    words = [hash(word) for word in text.split()]
    return Item(hash(text), words)


def pairs(a: list[str], b: list[str]) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    found = pair_items([*map(item, a)], [*map(item, b)], [Gap(0, len(a), 0, len(b))], Budget())
    return found.stayed, found.moved


def test_cells_once_taken_are_gone() -> None:
    budget = Budget(10)
    assert budget.take(6)
    assert not budget.take(6)
    assert budget.left == 4


def test_the_calls_of_one_comparison_share_its_cells() -> None:
    a, b = [0, 1] * 50, [1, 1, 0] * 40
    budget = Budget(len(a) * len(b))
    common_runs(a, b, budget)
    assert not budget.exceeded
    common_runs(a, b, budget)
    assert budget.exceeded


_A, _B, _C = (
    "the strike was ordered to stop an imminent attack officials said",
    "a plan was approved in June on condition of a final say",
    "the drone had been shot down over the strait that summer",
)


def test_an_edited_paragraph_is_paired_past_an_inserted_one() -> None:
    assert pairs([_A, _B], [_A, _C, _B.replace("June", "July")]) == ([(0, 0), (1, 2)], [])


def test_a_paragraph_that_crosses_the_others_has_moved() -> None:
    stayed, moved = pairs([_A, _B, _C], [_C.replace("summer", "autumn"), _A, _B])
    assert stayed == [(0, 1), (1, 2)]
    assert moved == [(2, 0)]


def test_one_against_one_is_always_a_pair() -> None:
    assert pairs(["17 dead"], ["nobody hurt"]) == ([(0, 0)], [])
