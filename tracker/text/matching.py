"""Finds what two sequences have in common, within a bound: equal runs of numbers, and items that resemble each other.

``common_runs`` is a longest common subsequence (rapidfuzz, bit-parallel) while the cells last: cells are what the
plain table of the algorithm would have, old length times new length, after equal ends and numbers that only one
side has are put aside. Beyond that, numbers, and then rows of numbers, that stand once on each side are taken as
anchors, and what lies between two anchors is tried anew. What is left then counts as not common, and the budget
remembers that it was exceeded. Nothing depends on a clock, so the result is the same on every run.

``pair_items`` pairs paragraphs or sentences: those that are equal, then those that share rare pairs of words,
then, in small gaps, by their words. Pairs that cross the others are given apart: they moved.

What it does badly: a subsequence that is longest in count is not always the most readable one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from rapidfuzz.distance import LCSseq

#: How many cells one comparison may cost in all; about 14 ms, in which no other thread runs.
CELLS = 40_000_000
#: Lengths of the rows of numbers that serve as anchors, one after the other.
_ANCHOR_LENGTHS = (1, 4, 16)
#: A pair of words is rare if at most so many items of each side have it.
_RARE = 3
#: The least resemblance (Dice) of two items that are paired; and of two that are said to have moved.
_ALIKE = 0.4
_ALIKE_MOVED = 0.6
#: The least number of words of an item that moved; shorter ones recur by chance.
MOVED_WORDS = 5
#: The largest gap (old items times new items) in which every item is held against every other.
_SMALL_GAP = 400


class Match(NamedTuple):
    """An equal run: where it begins in both sequences, and how long it is."""

    a: int
    b: int
    size: int


class Gap(NamedTuple):
    """What lies between two matches: ``a0`` up to ``a1`` on one side, ``b0`` up to ``b1`` on the other."""

    a0: int
    a1: int
    b0: int
    b1: int


class Item(NamedTuple):
    """A paragraph or a sentence. ``key`` is equal for equal ones; ``words`` are its numbers without punctuation."""

    key: int
    words: Sequence[int]


class Pairing(NamedTuple):
    """Pairs in rising order on both sides, and pairs that cross them."""

    stayed: list[tuple[int, int]]
    moved: list[tuple[int, int]]


class Budget:
    """The cells that are left for one comparison."""

    def __init__(self, cells: int = CELLS) -> None:
        self.left = cells
        #: Whether something was asked that could not be had.
        self.exceeded = False

    def take(self, cells: int) -> bool:
        """Take ``cells`` if they are left."""
        if cells > self.left:
            return False
        self.left -= cells
        return True


def common_runs(a: Sequence[int], b: Sequence[int], budget: Budget) -> list[Match]:
    """The equal runs of ``a`` and ``b``, in rising order on both sides, never touching on both."""
    found: list[Match] = []
    gaps = [(Gap(0, len(a), 0, len(b)), 0)]
    while gaps:
        gap, level = gaps.pop()
        gap = _take_equal_ends(a, b, gap, found)
        if gap.a0 == gap.a1 or gap.b0 == gap.b1:
            continue
        runs = _longest(a, b, gap, budget)
        if runs is not None:
            found.extend(runs)
        elif level == len(_ANCHOR_LENGTHS):
            budget.exceeded = True
        else:
            anchors = _anchors(a, b, gap, _ANCHOR_LENGTHS[level])
            found.extend(anchors)
            gaps.extend((inner, level + 1) for inner in gaps_between(anchors, gap))
    return _joined(found)


def gaps_between(matches: Iterable[Match], whole: Gap) -> Iterator[Gap]:
    """What lies before, between and after ``matches`` (in rising order) within ``whole``; empty gaps left out."""
    a, b = whole.a0, whole.b0
    for match in [*matches, Match(whole.a1, whole.b1, 0)]:
        if match.a > a or match.b > b:
            yield Gap(a, match.a, b, match.b)
        a, b = match.a + match.size, match.b + match.size


def _take_equal_ends(a: Sequence[int], b: Sequence[int], gap: Gap, found: list[Match]) -> Gap:
    a0, a1, b0, b1 = gap
    while a0 < a1 and b0 < b1 and a[a0] == b[b0]:
        a0, b0 = a0 + 1, b0 + 1
    while a0 < a1 and b0 < b1 and a[a1 - 1] == b[b1 - 1]:
        a1, b1 = a1 - 1, b1 - 1
    if a0 > gap.a0:
        found.append(Match(gap.a0, gap.b0, a0 - gap.a0))
    if a1 < gap.a1:
        found.append(Match(a1, b1, gap.a1 - a1))
    return Gap(a0, a1, b0, b1)


def _longest(a: Sequence[int], b: Sequence[int], gap: Gap, budget: Budget) -> list[Match] | None:
    """The longest common subsequence within ``gap``; None if there are not cells enough."""
    in_a, in_b = set(a[gap.a0 : gap.a1]), set(b[gap.b0 : gap.b1])
    at_a = [i for i in range(gap.a0, gap.a1) if a[i] in in_b]
    at_b = [j for j in range(gap.b0, gap.b1) if b[j] in in_a]
    if not budget.take(len(at_a) * len(at_b)):
        return None
    if not at_a:
        return []
    codes = LCSseq.opcodes([a[i] for i in at_a], [b[j] for j in at_b])
    return [
        Match(at_a[code.src_start + k], at_b[code.dest_start + k], 1)
        for code in codes
        if code.tag == "equal"
        for k in range(code.src_end - code.src_start)
    ]


def _anchors(a: Sequence[int], b: Sequence[int], gap: Gap, length: int) -> list[Match]:
    """Rows of ``length`` numbers that stand once on each side, as many as keep one order."""
    in_a, in_b = _once(a, gap.a0, gap.a1, length), _once(b, gap.b0, gap.b1, length)
    pairs = sorted((i, in_b[row]) for row, i in in_a.items() if row in in_b)
    anchors: list[Match] = []
    for i, j in _rising(pairs):
        if not anchors or (i >= anchors[-1].a + length and j >= anchors[-1].b + length):
            anchors.append(Match(i, j, length))
    return anchors


def _once(numbers: Sequence[int], start: int, end: int, length: int) -> dict[tuple[int, ...], int]:
    rows = [tuple(numbers[i : i + length]) for i in range(start, end - length + 1)]
    count = Counter(rows)
    return {row: start + i for i, row in enumerate(rows) if count[row] == 1}


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest part of ``pairs`` (sorted by the first) that rises in the second too."""
    tails: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for k, (_, j) in enumerate(pairs):
        at = bisect_left(tails, j)
        before.append(last[at - 1] if at else -1)
        tails[at : at + 1], last[at : at + 1] = [j], [k]
    chain: list[tuple[int, int]] = []
    k = last[-1] if last else -1
    while k >= 0:
        chain.append(pairs[k])
        k = before[k]
    return chain[::-1]


def _joined(matches: list[Match]) -> list[Match]:
    joined: list[Match] = []
    for match in sorted(matches):
        last = joined[-1] if joined else None
        if last and last.a + last.size == match.a and last.b + last.size == match.b:
            joined[-1] = Match(last.a, last.b, last.size + match.size)
        else:
            joined.append(match)
    return joined


def resemblance(a: Sequence[int], b: Sequence[int]) -> float:
    """How many words both have, each as often as both have it: Dice's coefficient, 0 to 1; 0 without words."""
    if not a or not b:
        return 0.0
    return 2 * (Counter(a) & Counter(b)).total() / (len(a) + len(b))


def pair_items(a: Sequence[Item], b: Sequence[Item], whole: Sequence[Gap], budget: Budget) -> Pairing:
    """Which item of ``a`` became which of ``b`` within the gaps ``whole`` (in rising order on both sides)."""
    stayed: list[tuple[int, int]] = []
    gaps: list[Gap] = []
    for gap in whole:
        exact = _exact(a, b, gap, budget)
        stayed.extend((match.a, match.b) for match in exact)
        gaps.extend(gaps_between(exact, gap))
    alike = _alike(a, b, gaps)
    for gap, pairs in zip(gaps, _by_gap(alike, gaps), strict=True):
        kept = _heaviest_rising(a, pairs, alike)
        stayed.extend(kept)
        for inner in gaps_between([Match(i, j, 1) for i, j in kept], gap):
            stayed.extend(_by_words(a, b, inner, budget))
    return Pairing(sorted(stayed), _moved(a, alike, stayed))


def _exact(a: Sequence[Item], b: Sequence[Item], gap: Gap, budget: Budget) -> list[Match]:
    """Equal items within ``gap``, each a match of its own."""
    keys_a, keys_b = [item.key for item in a[gap.a0 : gap.a1]], [item.key for item in b[gap.b0 : gap.b1]]
    return [
        Match(gap.a0 + match.a + k, gap.b0 + match.b + k, 1)
        for match in common_runs(keys_a, keys_b, budget)
        for k in range(match.size)
    ]


def _by_gap(pairs: Iterable[tuple[int, int]], gaps: Sequence[Gap]) -> list[list[tuple[int, int]]]:
    """For each gap the pairs that have both ends in it, sorted."""
    home_a = {i: k for k, gap in enumerate(gaps) for i in range(gap.a0, gap.a1)}
    home_b = {j: k for k, gap in enumerate(gaps) for j in range(gap.b0, gap.b1)}
    inside: list[list[tuple[int, int]]] = [[] for _ in gaps]
    for i, j in sorted(pairs):
        if home_a[i] == home_b[j]:
            inside[home_a[i]].append((i, j))
    return inside


def _alike(a: Sequence[Item], b: Sequence[Item], gaps: Sequence[Gap]) -> dict[tuple[int, int], float]:
    """Pairs of the items in ``gaps`` that resemble each other, the best first, each item once, and how much."""
    left_a = [i for gap in gaps for i in range(gap.a0, gap.a1)]
    left_b = [j for gap in gaps for j in range(gap.b0, gap.b1)]
    if len(gaps) == 1 and len(left_a) <= 1 and len(left_b) <= 1:
        return {}
    scored = [(resemblance(a[i].words, b[j].words), i, j) for i, j in _candidates(a, b, left_a, left_b)]
    taken_a: set[int] = set()
    taken_b: set[int] = set()
    chosen: dict[tuple[int, int], float] = {}
    for score, i, j in sorted(scored, key=lambda found: (-found[0], found[1], found[2])):
        if score >= _ALIKE and i not in taken_a and j not in taken_b:
            chosen[i, j] = score
            taken_a.add(i)
            taken_b.add(j)
    return chosen


def _candidates(a: Sequence[Item], b: Sequence[Item], left_a: list[int], left_b: list[int]) -> set[tuple[int, int]]:
    """For each item the three of the other side with which it shares most rare pairs of words."""
    holders_a, holders_b = _holders(a, left_a), _holders(b, left_b)
    votes: Counter[tuple[int, int]] = Counter()
    for pair, in_a in holders_a.items():
        in_b = holders_b.get(pair, ())
        if len(in_a) <= _RARE and len(in_b) <= _RARE:
            votes.update((i, j) for i in in_a for j in in_b)
    best_a: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    best_b: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for (i, j), count in votes.items():
        best_a[i].append((-count, j))
        best_b[j].append((-count, i))
    of_a = {(i, j) for i, found in best_a.items() for _, j in sorted(found)[:3]}
    return of_a | {(i, j) for j, found in best_b.items() for _, i in sorted(found)[:3]}


def _holders(items: Sequence[Item], places: list[int]) -> dict[tuple[int, int], list[int]]:
    holders: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for place in places:
        for pair in dict.fromkeys(pairwise(items[place].words)):
            holders[pair].append(place)
    return holders


def _heaviest_rising(
    a: Sequence[Item], pairs: Sequence[tuple[int, int]], alike: dict[tuple[int, int], float]
) -> list[tuple[int, int]]:
    """Of ``pairs`` (sorted) those that rise on both sides and hold the most words together."""
    columns = sorted({j for _, j in pairs})
    #: A Fenwick tree: the heaviest chain (weight, its last pair) that ends in a column up to this one.
    tree = [(0.0, -1)] * (len(columns) + 1)
    before: list[int] = []
    for k, (i, j) in enumerate(pairs):
        column = bisect_left(columns, j)
        weight, previous = _heaviest_up_to(tree, column)
        before.append(previous)
        _record(tree, column + 1, (weight + alike[i, j] * len(a[i].words), k))
    chain: list[tuple[int, int]] = []
    k = _heaviest_up_to(tree, len(columns))[1]
    while k >= 0:
        chain.append(pairs[k])
        k = before[k]
    return chain[::-1]


def _heaviest_up_to(tree: list[tuple[float, int]], column: int) -> tuple[float, int]:
    heaviest = (0.0, -1)
    while column:
        heaviest = max(heaviest, tree[column])
        column &= column - 1
    return heaviest


def _record(tree: list[tuple[float, int]], column: int, chain: tuple[float, int]) -> None:
    while column < len(tree):
        tree[column] = max(tree[column], chain)
        column += column & -column


def _by_words(a: Sequence[Item], b: Sequence[Item], gap: Gap, budget: Budget) -> list[tuple[int, int]]:
    """Pairs of a small gap in rising order that resemble each other most; one against one always is a pair."""
    rows, columns = gap.a1 - gap.a0, gap.b1 - gap.b0
    if rows == columns == 1:
        return [(gap.a0, gap.b0)]
    size = sum(len(item.words) for item in (*a[gap.a0 : gap.a1], *b[gap.b0 : gap.b1]))
    if not 0 < rows * columns <= _SMALL_GAP or not budget.take(size * max(rows, columns)):
        return []
    pairs = _best_table(a, b, gap)
    holes = gaps_between([Match(i, j, 1) for i, j in pairs], gap)
    return pairs + [(hole.a0, hole.b0) for hole in holes if hole.a1 - hole.a0 == hole.b1 - hole.b0 == 1]


def _best_table(a: Sequence[Item], b: Sequence[Item], gap: Gap) -> list[tuple[int, int]]:
    """The textbook table: the best sum of resemblances of what is paired from (i, j) to the end of the gap."""
    rows, columns = gap.a1 - gap.a0, gap.b1 - gap.b0
    table = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    alike = [[resemblance(x.words, y.words) for y in b[gap.b0 : gap.b1]] for x in a[gap.a0 : gap.a1]]
    for i in range(rows - 1, -1, -1):
        for j in range(columns - 1, -1, -1):
            paired = alike[i][j] + table[i + 1][j + 1] if alike[i][j] >= _ALIKE else 0.0
            table[i][j] = max(table[i + 1][j], table[i][j + 1], paired)
    pairs: list[tuple[int, int]] = []
    i = j = 0
    while i < rows and j < columns:
        if table[i][j] == table[i + 1][j]:
            i += 1
        elif table[i][j] == table[i][j + 1]:
            j += 1
        else:
            pairs.append((gap.a0 + i, gap.b0 + j))
            i, j = i + 1, j + 1
    return pairs


def _moved(
    a: Sequence[Item], alike: dict[tuple[int, int], float], stayed: list[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Pairs that resemble each other, long enough, neither of which found its place among those that stayed."""
    placed_a, placed_b = {i for i, _ in stayed}, {j for _, j in stayed}
    return sorted(
        (i, j)
        for (i, j), score in alike.items()
        if score >= _ALIKE_MOVED and len(a[i].words) >= MOVED_WORDS and i not in placed_a and j not in placed_b
    )
