"""What changed from one text to another, as an editor would mark it: blocks, in them sentences, in them words.

How. Blocks that are equal to the letter are set aside. The others are cut into sentences and tokens and paired:
equal but for typography, then by resemblance. Within two paired blocks the sentences are paired in the same way (a
sentence that was split or joined stands with both its halves), and within two paired sentences the words are
aligned. Blocks, and whole sentences, that changed their place are marked as moved.

Guaranteed: both texts can be rebuilt to the letter; no cut falls within a word, a number or a grapheme cluster;
the same input gives the same result on every run; comparing backwards finds the same changes, the other way round;
the work is bounded (``CELLS``), and where the bound is met the result is coarser and says ``truncated``.

What it does badly: a paragraph that was split in two is one edited and one new paragraph with moved sentences; a
sentence that was moved and edited too is a deletion and an insertion.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from tracker.text.assembly import Assembly, Group
from tracker.text.blocks import Block
from tracker.text.comparison import Comparison, Place
from tracker.text.matching import (
    CELLS,
    Budget,
    Gap,
    Item,
    Match,
    Pairing,
    common_runs,
    gaps_between,
    pair_items,
    resemblance,
)
from tracker.text.parsed import Keys, ParsedBlock
from tracker.text.tokens import Vocabulary
from tracker.text.words import Span, spans, swallow_between

#: By how much the resemblance of two sentences must grow for a neighbour to be taken as part of one of them.
_GAIN = 0.05
#: How many neighbours a sentence may take in on each of its four sides.
_MOST_TAKEN = 2
#: The order in which a pair tries to grow, as (field of the gap, step): after it, then before it; and the same
#: for the other direction, or the outcome would depend on which text is called the old one.
_EDGES = ((1, 1), (3, 1), (0, -1), (2, -1))
_EDGES_BACKWARDS = ((3, 1), (1, 1), (2, -1), (0, -1))


def compare(old: Sequence[Block], new: Sequence[Block], *, cells: int = CELLS) -> Comparison:
    """Everything that changed from ``old`` to ``new``; ``cells`` bounds the work (see ``tracker.text.matching``)."""
    return _Comparer(old, new, cells).result()


class _Comparer:
    """One comparison under way."""

    def __init__(self, old: Sequence[Block], new: Sequence[Block], cells: int) -> None:
        self.old, self.new = old, new
        self.budget = Budget(cells)
        self.keys = Keys()
        #: Ties are broken alike in both directions by always working in one of them.
        self.backwards = _order(new) < _order(old)

    def result(self) -> Comparison:
        """Pair the blocks, then go through them in the order of the new text."""
        same = self._same_blocks()
        whole = Gap(0, len(self.old), 0, len(self.new))
        gaps = list(gaps_between(same, whole))
        self._parse(gaps)
        pairing = self._paired(self.keys.items(self.olds), self.keys.items(self.news), gaps)
        self.left = {i: (number, j) for number, (i, j) in enumerate(pairing.moved, 1)}
        self.arrived = {j: (number, i) for number, (i, j) in enumerate(pairing.moved, 1)}
        self.assembly = Assembly()
        pairs = sorted([*pairing.stayed, *((m.a + k, m.b + k) for m in same for k in range(m.size))])
        for gap in _filled([Gap(i, i + 1, j, j + 1) for i, j in pairs], whole):
            self._block(gap)
        return self.assembly.finished(self.budget.exceeded)

    def _same_blocks(self) -> list[Match]:
        """Blocks that are equal to the letter."""
        known: dict[str, int] = {}
        numbers = [[known.setdefault(block.text, len(known)) for block in side] for side in (self.old, self.new)]
        return self._matches(numbers[0], numbers[1])

    def _parse(self, gaps: Sequence[Gap]) -> None:
        """Cut the blocks in ``gaps`` into tokens; those outside are equal and need not be looked into."""
        vocabulary = Vocabulary()
        self.nothing = ParsedBlock(Block(None, "paragraph", ""), vocabulary)
        self.olds: list[ParsedBlock | None] = [None] * len(self.old)
        self.news: list[ParsedBlock | None] = [None] * len(self.new)
        for gap in gaps:
            for i in range(gap.a0, gap.a1):
                self.olds[i] = ParsedBlock(self.old[i], vocabulary)
            for j in range(gap.b0, gap.b1):
                self.news[j] = ParsedBlock(self.new[j], vocabulary)

    def _block(self, gap: Gap) -> None:
        """One block of the old text, or of the new, or a pair of them."""
        i, j = gap.a0, gap.b0
        place_old = _place(self.old, i) if gap.a1 > i else None
        place_new = _place(self.new, j) if gap.b1 > j else None
        old = self.olds[i] if place_old else self.nothing
        new = self.news[j] if place_new else self.nothing
        if place_old and not place_new and i in self.left:
            self.assembly.moved_away(place_old, self.old[i].text, self.left[i][0])
        elif place_new and not place_old and j in self.arrived:
            move, origin = self.arrived[j]
            self._pair((_place(self.old, origin), place_new), self.olds[origin], new, move)
        elif place_old and place_new and not old:
            self.assembly.same(place_old, place_new, self.new[j].text)
        else:
            self._pair((place_old, place_new), old, new)

    def _pair(
        self,
        places: tuple[Place | None, Place | None],
        old: ParsedBlock | None,
        new: ParsedBlock | None,
        move: int | None = None,
    ) -> None:
        if old and new:
            self.assembly.changed(places, old, new, self._sentences(old, new), move)

    def _sentences(self, old: ParsedBlock, new: ParsedBlock) -> list[Group]:
        """Which sentences of the two blocks belong together, and how the words of each changed."""
        groups = [(group, self._words(old, new, group)) for group in self._groups(old, new)]
        for (first, cut), (second, following) in pairwise(groups):
            weights = old.side(first.a0, first.a1).weights, old.side(second.a0, second.a1).weights
            swallow_between(cut, following, weights)
        return groups

    def _groups(self, old: ParsedBlock, new: ParsedBlock) -> list[Gap]:
        """All sentences of both blocks: pairs (perhaps with both halves of one), and those of one side only."""
        whole = Gap(0, old.sentence_count, 0, new.sentence_count)
        if not whole.a1 or not whole.b1:
            return _filled([], whole)
        if old.numbers == new.numbers:
            return _common_sentences(old, new)
        items_old = [self.keys.item(old, k, k + 1) for k in range(old.sentence_count)]
        items_new = [self.keys.item(new, k, k + 1) for k in range(new.sentence_count)]
        pairs = self._paired(items_old, items_new, [whole]).stayed
        groups = [Gap(i, i + 1, j, j + 1) for i, j in pairs]
        _take_in_halves(groups, old, new, whole, _EDGES_BACKWARDS if self.backwards else _EDGES)
        return _filled(groups, whole)

    def _words(self, old: ParsedBlock, new: ParsedBlock, group: Gap) -> list[Span]:
        a, b = old.side(group.a0, group.a1), new.side(group.b0, group.b1)
        return spans(a, b, self._matches(a.numbers, b.numbers))

    def _matches(self, old: Sequence[int], new: Sequence[int]) -> list[Match]:
        if not self.backwards:
            return common_runs(old, new, self.budget)
        return [Match(b, a, size) for a, b, size in common_runs(new, old, self.budget)]

    def _paired(self, old: Sequence[Item], new: Sequence[Item], gaps: Sequence[Gap]) -> Pairing:
        if not self.backwards:
            return pair_items(old, new, gaps, self.budget)
        turned = pair_items(new, old, [Gap(g.b0, g.b1, g.a0, g.a1) for g in gaps], self.budget)
        return Pairing([(i, j) for j, i in turned.stayed], sorted((i, j) for j, i in turned.moved))


def _order(blocks: Sequence[Block]) -> list[str]:
    return [block.text for block in blocks]


def _place(blocks: Sequence[Block], index: int) -> Place:
    return Place(index, blocks[index].id, blocks[index].kind)


def _filled(groups: Sequence[Gap], whole: Gap) -> list[Gap]:
    """``groups``, and what lies between them one by one: first the old ones, then the new."""
    out: list[Gap] = []
    a, b = whole.a0, whole.b0
    for group in [*groups, Gap(whole.a1, whole.a1, whole.b1, whole.b1)]:
        out.extend(Gap(i, i + 1, b, b) for i in range(a, group.a0))
        out.extend(Gap(group.a0, group.a0, j, j + 1) for j in range(b, group.b0))
        if group.a1 > group.a0:
            out.append(group)
        a, b = group.a1, group.b1
    return out


def _common_sentences(old: ParsedBlock, new: ParsedBlock) -> list[Gap]:
    """The sentences of two blocks of the same words, parted only where both begin a sentence."""
    at_old = {start: k for k, start in enumerate(old.starts)}
    cuts = [Match(at_old[start], k, 0) for k, start in enumerate(new.starts) if start in at_old]
    return [Gap(first.a, last.a, first.b, last.b) for first, last in pairwise(cuts)]


def _take_in_halves(
    groups: list[Gap], old: ParsedBlock, new: ParsedBlock, whole: Gap, edges: Sequence[tuple[int, int]]
) -> None:
    """Let paired sentences take in unpaired neighbours that are their other half: split or joined sentences."""
    for k, group in enumerate(groups):
        before = groups[k - 1] if k else Gap(0, whole.a0, 0, whole.b0)
        after = groups[k + 1] if k + 1 < len(groups) else Gap(whole.a1, 0, whole.b1, 0)
        room = Gap(before.a1, after.a0, before.b1, after.b0)
        if room != group:
            groups[k] = _grown(group, room, old, new, edges)


def _grown(group: Gap, room: Gap, old: ParsedBlock, new: ParsedBlock, edges: Sequence[tuple[int, int]]) -> Gap:
    best = _likeness(group, old, new)
    for side, step in edges:
        for _ in range(_MOST_TAKEN):
            if group[side] == room[side]:
                break
            wider = group._replace(**{Gap._fields[side]: group[side] + step})
            likeness = _likeness(wider, old, new)
            if likeness < best + _GAIN:
                break
            group, best = wider, likeness
    return group


def _likeness(group: Gap, old: ParsedBlock, new: ParsedBlock) -> float:
    return resemblance(old.words(group.a0, group.a1), new.words(group.b0, group.b1))
