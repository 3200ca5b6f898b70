"""Finds words in one text whatever its typography, by whole grapheme clusters and in linear time.

A text is cut into units: a grapheme cluster (UAX #29) without the characters that are not seen, in NFC, with one kind
of each quotation mark; or a run of white space. Each unit becomes one character of a second string, in which
``str.find`` looks: a hit never begins or ends within a cluster, so none has to be refused, and the time is linear in
the text, whatever it is. Most texts are their own second string, but for their marks.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, islice, product
from typing import NamedTuple

import msgspec
import regex

from tracker.text.tokens import CLINGING

#: The characters with the property White_Space, and the four separators of ASCII.
_WHITE = "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
#: What is compared as another character. Quotation marks of one kind are one; two are what NFC makes ` and ´ of.
_SAME = dict.fromkeys(_WHITE, " ") | dict.fromkeys("‘’‚‛‹›ʻʼ′`´\u1fef\u1ffd", "'") | dict.fromkeys("“”„‟«»″〝〞＂", '"')
_ALIKE = re.compile(f"[{''.join(_SAME.keys() - {' '})}]")
_UNSEEN = re.compile("[\xad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
#: Every cluster of two or more characters has one of these in it, and nothing else composes in NFC.
_JOINING = regex.compile(rf"{CLINGING} | [\p{{GCB=PP}}\p{{GCB=RI}}\p{{GCB=L}}\p{{GCB=V}}\p{{GCB=T}}]", regex.VERBOSE)
#: Anything but Latin, Greek and Cyrillic letters and their punctuation: only there need one look for those, slowly.
_PERHAPS_JOINING = re.compile("[^\x00-\u02ff\u0370-\u0482\u048a-\u052f\u2010-\u2027\u20a0-\u20bf]")
#: A run of spaces, or a cluster. Flags are taken pair by pair: ``\X`` alone counts them anew from the first for each.
_UNIT = regex.compile(rf"(?> \ + (?!{CLINGING}) | \p{{RI}}{{2}} {CLINGING}*+ | \X )", regex.VERBOSE)
#: Stands between the texts of an index, and in none of them: what is looked for never holds it.
_BETWEEN = "\x00"
#: Longer clusters are no writing (UAX #15 allows 30 marks in a row); normalising one could take forever.
_LONGEST_CLUSTER = 64


class Needle(NamedTuple):
    """What is looked for: units; those from ``lead`` up to ``end`` are the words, the others stand beside them."""

    lead: int
    end: int
    units: list[str]
    #: The units joined, for texts in which every unit is one character.
    joined: str


class SearchedText(msgspec.Struct, frozen=True):
    """A text, and its units as a string of one character each. Offsets are code points of ``text``."""

    text: str
    symbols: str
    #: The character of each unit; None where each unit is one character and stands for itself.
    codes: dict[str, str] | None
    #: Where each unit begins among the characters that are seen, and their number; None as for ``codes``.
    cuts: array[int] | None
    #: Where each character that is seen stands in ``text``, and its length; None where all are.
    seen_at: array[int] | None

    def spans(self, needles: Iterable[Needle], since: int, most: int) -> list[tuple[int, int]]:
        """The first ``most`` places that begin at ``since`` or after it, in order: where each begins and ends."""
        first = self._unit_at(since)
        found = {units for needle in needles for units in islice(self._units_of(needle, first), most)}
        return [(self._begin(first), self._end(last)) for first, last in sorted(found)[:most]]

    def around(self, start: int, end: int, units: int, length: int) -> tuple[str, str]:
        """What stands before and after a span: at most ``units`` units and ``length`` code points on each side."""
        first, last = self._unit_at(start), self._unit_at(end)
        before = map(self._begin, range(max(0, first - units), first + 1))
        after = map(self._begin, range(min(len(self.symbols), last + units), last - 1, -1))
        begin = next((offset for offset in before if start - offset <= length), start)
        stop = next((offset for offset in after if offset - end <= length), end)
        return self.text[begin:start], self.text[end:stop]

    def _units_of(self, needle: Needle, first: int) -> Iterator[tuple[int, int]]:
        """From and up to which units the words stand, wherever they begin at the unit ``first`` or after it."""
        symbols = self._encoded(needle)
        if symbols is None:
            return
        at = self.symbols.find(symbols, max(0, first - needle.lead))
        while at >= 0:
            yield at + needle.lead, at + needle.end
            at = self.symbols.find(symbols, at + 1)

    def _encoded(self, needle: Needle) -> str | None:
        """The needle in the characters of this text; None if it has a unit that the text hasn't."""
        if self.codes is None:
            return needle.joined
        symbols = [self.codes.get(unit, "") for unit in needle.units]
        return "".join(symbols) if all(symbols) else None

    def _begin(self, unit: int) -> int:
        """Where a unit begins in ``text``; the length of ``text`` for the one after the last."""
        seen = unit if self.cuts is None else self.cuts[unit]
        return seen if self.seen_at is None else self.seen_at[seen]

    def _end(self, unit: int) -> int:
        """Where what stands before a unit ends in ``text``, without unseen characters between."""
        seen = unit if self.cuts is None else self.cuts[unit]
        return seen if self.seen_at is None else self.seen_at[seen - 1] + 1

    def _unit_at(self, offset: int) -> int:
        """The first unit that begins at ``offset`` or after it."""
        seen = offset if self.seen_at is None else bisect_left(self.seen_at, offset)
        return seen if self.cuts is None else bisect_left(self.cuts, seen)


class Index:
    """Many texts, of which those that may hold something are found without a look at each."""

    def __init__(self, texts: Sequence[SearchedText]) -> None:
        plain = [number for number, text in enumerate(texts) if text.codes is None]
        self._plain = plain
        self._coded = [number for number, text in enumerate(texts) if text.codes is not None]
        self._joined = _BETWEEN.join(texts[number].symbols for number in plain)
        lengths = (len(texts[number].symbols) + 1 for number in plain)
        self._starts = list(accumulate(lengths, initial=0))

    def holding(self, needles: Iterable[Needle], first: int, most: int) -> list[int]:
        """The numbers of the texts from ``first`` on that may hold one of ``needles``, in order: at most ``most`` for
        each of them, and all of those whose clusters are more than one character.
        """
        found = {number for number in self._coded if number >= first}
        for needle in needles:
            found.update(islice(self._holding(needle.joined, bisect_left(self._plain, first)), most))
        return sorted(found)

    def _holding(self, symbols: str, place: int) -> Iterator[int]:
        at = self._joined.find(symbols, self._starts[place])
        while at >= 0:
            place = bisect_right(self._starts, at)
            yield self._plain[place - 1]
            at = self._joined.find(symbols, self._starts[place])


def searched(text: str) -> SearchedText:
    """``text``, ready to be searched."""
    seen, seen_at = _seen(text)
    if _stands_for_itself(seen):
        return SearchedText(text, seen, None, None, seen_at)
    pieces = _UNIT.findall(seen)
    codes: dict[str, str] = {}
    code_of = {piece: codes.setdefault(_unit(piece), chr(len(codes))) for piece in dict.fromkeys(pieces)}
    symbols = "".join([code_of[piece] for piece in pieces])
    return SearchedText(text, symbols, codes, array("I", accumulate(map(len, pieces), initial=0)), seen_at)


def needles(exact: str, prefix: str, suffix: str) -> list[Needle]:
    """One for each way in which a space may stand between the words and what is beside them; none for blank words."""
    lead, words, trail = _units(prefix), _units(exact), _units(suffix)
    if not words:
        return []
    leads = [lead, [*lead, " "]] if lead else [[]]
    trails = [trail, [" ", *trail]] if trail else [[]]
    return [_needle(before, words, after) for before, after in product(leads, trails)]


def _needle(lead: list[str], exact: list[str], trail: list[str]) -> Needle:
    units = [*lead, *exact, *trail]
    return Needle(len(lead), len(lead) + len(exact), units, "".join(units))


def _units(text: str) -> list[str]:
    """The units of ``text`` without the white space at its ends."""
    seen = _seen(text)[0]
    units = list(seen) if _stands_for_itself(seen) else [_unit(piece) for piece in _UNIT.findall(seen)]
    if units[:1] == [" "]:
        del units[0]
    if units[-1:] == [" "]:
        del units[-1]
    return units


def _unit(piece: str) -> str:
    """What a cluster or a run of spaces is compared by."""
    if piece.isspace():
        return " "
    return piece if len(piece) > _LONGEST_CLUSTER else unicodedata.normalize("NFC", piece)


def _seen(text: str) -> tuple[str, array[int] | None]:
    """``text`` with one kind of space and of each quotation mark, without what isn't seen; where the rest stood."""
    plain = _ALIKE.sub(lambda found: _SAME[found[0]], text)
    if not _UNSEEN.search(plain):
        return plain, None
    seen_at = [at for at, character in enumerate(plain) if not _UNSEEN.match(character)]
    return "".join([plain[at] for at in seen_at]), array("I", [*seen_at, len(text)])


def _stands_for_itself(seen: str) -> bool:
    """Whether each character is a unit."""
    if "  " in seen or (_PERHAPS_JOINING.search(seen) and _JOINING.search(seen)):
        return False
    return unicodedata.is_normalized("NFC", seen)
