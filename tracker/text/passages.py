"""Finds exact words in the blocks of one version of a report, wherever they stand.

``searchable`` prepares the blocks once; every question is then asked of what it returns. Two texts are the same here
if they differ only in their typography:

- in normal form (compared in NFC), or in which single or double quotation mark or apostrophe they use;
- in white space: a run of it, no-break spaces and line ends included, is one space, and none at the ends counts;
- in characters that are not seen: soft hyphens, zero-width spaces, marks of direction.

Case, dashes and everything else are exact. What is compared are whole grapheme clusters (UAX #29), so that no match
begins or ends within a letter and its marks, an emoji sequence or a flag. A match lies within one block. Places that
overlap are places of their own: "aa" stands in "aaa" twice, and nobody could say which is meant.

The time is linear in the text, whatever it is (``searching``). Nothing is cached: when a text must be forgotten,
nothing here remembers it.

What it does badly: it knows nothing of words ("he" is found in "the"), and an ellipsis within a quotation is three
characters like any others: such a quotation is given in parts. Clusters and NFC are those of the installed tables of
Unicode; newer ones may join characters that were not assigned before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from tracker.text.blocks import Block
from tracker.text.searching import Index, Needle, needles, searched

#: What the edge lets through: the lengths, in code points, of a selector's words and of what stands beside them.
MAX_EXACT = 2_000
MAX_BESIDE = 200
#: How many places are told; one more that is found says only that there are more.
MOST_PLACES = 20
#: How many characters of the text (grapheme clusters) are shown on each side of a candidate.
CONTEXT = 40


class Selector(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Words to be found in a report (W3C Web Annotation Data Model, 4.2.4, Text Quote Selector, and a block).

    Its texts are not limited here; empty or blank ``exact`` is found nowhere.
    """

    exact: str
    #: The id of the one block in which they are looked for; in all blocks without it.
    block: str | None = None
    #: What stands right before and right after them, in the same block; white space between does not count.
    prefix: str | None = None
    suffix: str | None = None


class Passage(msgspec.Struct, frozen=True, gc=False):
    """Where words stand: ``start`` up to ``end`` are code points of the text of the block with the id ``block``."""

    block: str
    start: int
    end: int
    #: The words as they stand there.
    exact: str


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """One of several places, with what a selector can name to mean this one."""

    block: str
    start: int
    end: int
    exact: str
    #: At most ``CONTEXT`` characters of the same block before and after it, none cut in two.
    prefix: str
    suffix: str


class NotFoundInText(LookupError):
    """The words do not stand there. ``part``: which part of a quote it is, from 0."""

    def __init__(self, selector: Selector, part: int = 0) -> None:
        super().__init__("The words do not stand in this text.")
        self.selector = selector
        self.part = part


class FoundMoreThanOnce(LookupError):
    """The words stand at several places: the first ``MOST_PLACES`` of them, and whether there are ``more``."""

    def __init__(self, selector: Selector, candidates: tuple[Candidate, ...], more: bool, part: int = 0) -> None:
        super().__init__("The words stand in this text more than once.")
        self.selector = selector
        self.candidates = candidates
        self.more = more
        self.part = part


def searchable(blocks: Iterable[Block]) -> Searchable:
    """The blocks of one version of a report, ready to be searched. Raises ``ValueError`` for one without an id."""
    return Searchable(blocks)


class Searchable:
    """The blocks of one version, prepared once. It holds their text, and does not change."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        self._texts = {_id(block): searched(block.text) for block in blocks}
        self._ids = list(self._texts)
        self._numbers = {block: number for number, block in enumerate(self._ids)}
        self._index = Index(list(self._texts.values()))

    def find(self, selector: Selector) -> tuple[Passage, ...]:
        """All places in the order of the text, those that overlap too; at most ``MOST_PLACES`` and one."""
        return self._places(selector, None)

    def locate(self, selector: Selector) -> Passage:
        """The one place. Raises ``NotFoundInText``, ``FoundMoreThanOnce``."""
        return self._located(selector, None, 0)

    def find_in_parts(self, parts: Sequence[Selector]) -> tuple[Passage, ...]:
        """The one place of each part of a quote, in the order in which they were printed.

        The first must stand once in the text; each other once in what follows the part before it. Nothing later
        helps to choose an earlier one. Raises ``NotFoundInText``, ``FoundMoreThanOnce``.
        """
        found: list[Passage] = []
        for number, part in enumerate(parts):
            found.append(self._located(part, found[-1] if found else None, number))
        return tuple(found)

    def carried(self, selector: Selector, *, elsewhere: bool = True) -> Passage | None:
        """Where words of an older version stand in this one; None unless that is certain.

        They stand in the selector's block, which is the same text as long as it has its id, exactly once; otherwise
        exactly once in the whole. ``elsewhere=False``: they are not looked for outside of that block. That is right
        where the block alone told the place from others, for one of these would be taken for it.
        """
        return self._carried(selector, None, elsewhere)

    def carried_in_parts(self, parts: Sequence[Selector]) -> tuple[Passage, ...] | None:
        """As ``carried``, for a quote: each part after the first is looked for behind the one before it."""
        found: list[Passage] = []
        for part in parts:
            place = self._carried(part, found[-1] if found else None, True)
            if place is None:
                return None
            found.append(place)
        return tuple(found)

    def _located(self, selector: Selector, after: Passage | None, part: int) -> Passage:
        found = self._places(selector, after)
        if not found:
            raise NotFoundInText(selector, part)
        if len(found) > 1:
            candidates = tuple(self._candidate(place) for place in found[:MOST_PLACES])
            raise FoundMoreThanOnce(selector, candidates, len(found) > MOST_PLACES, part)
        return found[0]

    def _candidate(self, place: Passage) -> Candidate:
        prefix, suffix = self._texts[place.block].around(place.start, place.end, CONTEXT, MAX_BESIDE)
        return Candidate(place.block, place.start, place.end, place.exact, prefix, suffix)

    def _carried(self, selector: Selector, after: Passage | None, elsewhere: bool) -> Passage | None:
        found = self._places(selector, after)
        if not found and selector.block is not None and elsewhere:
            found = self._places(msgspec.structs.replace(selector, block=None), after)
        return found[0] if len(found) == 1 else None

    def _places(self, selector: Selector, after: Passage | None) -> tuple[Passage, ...]:
        wanted = needles(selector.exact, selector.prefix or "", selector.suffix or "")
        found: list[Passage] = []
        for block in self._blocks_with(wanted, selector.block, after):
            text = self._texts[block]
            since = after.end if after and after.block == block else 0
            spans = text.spans(wanted, since, MOST_PLACES + 1)
            found.extend(Passage(block, start, end, text.text[start:end]) for start, end in spans)
            if len(found) > MOST_PLACES:
                break
        return tuple(found[: MOST_PLACES + 1])

    def _blocks_with(self, wanted: Sequence[Needle], block: str | None, after: Passage | None) -> list[str]:
        """The blocks that are worth a look: ``block`` alone where one is named, and none before that of ``after``."""
        first = self._numbers[after.block] if after else 0
        if block is not None:
            return [block] if self._numbers.get(block, -1) >= first else []
        # The first may hold the words only before ``after``.
        return [self._ids[number] for number in self._index.holding(wanted, first, MOST_PLACES + 2)]


def _id(block: Block) -> str:
    if block.id is None:
        raise ValueError("A block without an id can't be pointed at.")
    return block.id
