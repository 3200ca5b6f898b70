"""Cuts a paragraph into sentences without leaving gaps: joined again, they are the paragraph.

A sentence ends after a full stop, question or exclamation mark (of any script), with the closing quotation marks
and brackets and the blank space that follow. A full stop ends nothing

- after an abbreviation that a name or number follows (Gen. Soleimani, Jan. 3, No. 10), or an initial (J. Smith);
- after letters with stops (U.S., p.m.) or a shortened form (Inc.), unless the next word is one that usually begins
  a sentence; and
- before a small letter, a dash or a comma, also within quotation marks: "Why?" he asked.

A line that begins with the mark of a list is a sentence of its own.

Every ending is looked at once, with a bounded view to both sides: linear in the text.
What it does badly: the abbreviations are English; "the U.S. Army said" and "in the U.S. Officials said" are told
apart only by a short list of beginnings; text without any punctuation is one sentence.
"""

from __future__ import annotations

from itertools import pairwise

import regex

from tracker.text.english import BEFORE_A_NAME, BEFORE_A_NUMBER, BEGINNINGS, SHORTENED
from tracker.text.tokens import CLINGING, CONTROL

_CLOSING = r"""["'”’»›\)\]」』]"""
_STOPS = "[.!?…؟۔।॥។៕။։]"
_HAN_STOPS = "[。！？｡]"
#: An ending with its closing marks and blank space; a Han full stop needs no space after it. A row of stops is
#: taken from its first only, or a long one would be tried from each.
_ENDING = regex.compile(
    rf"""(?> (?<!{_STOPS}) {_STOPS}+ {_CLOSING}*+ \s+ (?: (?<={CONTROL}) | (?!{CLINGING}) )
       | (?<!{_HAN_STOPS}) {_HAN_STOPS}+ {_CLOSING}*+ \s*+ (?!{CLINGING})
       | \n (?= [ \t]{{0,8}}+ (?: [*•·‣#] | [-–—][ \t] ) ) )""",
    regex.VERBOSE,
)
_CLOSES_QUOTE = regex.compile(_CLOSING)
#: Signs with which no sentence begins (an empty view is the end of the text, and ends a sentence).
_GOES_ON = frozenset(",;:-–—")
_OPENING = "\"'“‘«‹([„「『"
#: How far one looks for the words on both sides of an ending.
_VIEW = 40
_WORD_BEFORE = regex.compile(r"[\p{L}\p{M}\p{N}.&]+$")
_WORD_AFTER = regex.compile(r"[\p{L}\p{M}]+")


def split_sentences(paragraph: str) -> list[str]:
    """The sentences of ``paragraph`` in order, blank space included; none for an empty one."""
    ends = [found.end() for found in _ENDING.finditer(paragraph) if _is_end(paragraph, found)]
    cuts = [0, *ends, len(paragraph)]
    return [paragraph[start:end] for start, end in pairwise(cuts) if start < end]


def _is_end(text: str, found: regex.Match[str]) -> bool:
    ahead = text[found.end() : found.end() + _VIEW].lstrip(_OPENING)
    sign = text[found.start()]
    if sign == "\n":
        return True
    if ahead[:1].islower() or ahead[:1] in _GOES_ON:
        return False
    if sign == "." and text[found.start() : found.start() + 2] != "..":
        return _full_stop_ends(text, found, ahead)
    return True


def _full_stop_ends(text: str, found: regex.Match[str], ahead: str) -> bool:
    before = _WORD_BEFORE.search(text[max(0, found.start() - _VIEW) : found.start()])
    if before is None or _CLOSES_QUOTE.match(text, found.start() + 1):
        return True
    word = before[0].lower()
    if word in BEFORE_A_NAME:
        return False
    if word in BEFORE_A_NUMBER and ahead[:1].isdigit():
        return False
    if _is_initial(before[0]) or "." in word or word in SHORTENED:
        return _begins_a_sentence(ahead)
    return True


def _is_initial(word: str) -> bool:
    """Whether it is one capital letter that a full stop may shorten ("I" is a word)."""
    return len(word) == 1 and word.isupper() and word != "I"


def _begins_a_sentence(ahead: str) -> bool:
    following = _WORD_AFTER.match(ahead)
    return not ahead or (following is not None and following[0].lower() in BEGINNINGS)
