"""What kind of change it is: of number, of substance, of a quotation, or of typography only.

- *typographic*: without case, punctuation, space and the form of marks both sides read the same. Turning straight
  quotation marks into curly ones, joining hard-wrapped lines, a hyphen more or less: nobody need look.
- *number*: within a sentence that both texts have, the numbers differ (digits of any script, and English number
  words). A sentence that is wholly new is new, not a number that changed.
- *quote*: every word that changed stands within quotation marks, or in a block of kind quote.
- *substance*: all else.

What it does badly: number words are English, "one" counts only against another number ("one of them" is none),
and a quotation mark that is never closed quotes the rest of its block.
"""

from __future__ import annotations

from collections.abc import Sequence

import regex

from tracker.text.comparison import CLASSES, ChangeClass
from tracker.text.english import NUMBER_WORDS

_NUMBER = regex.compile(r"(?:^[-+])?\d+(?:[.,:/]\d+)*%?")
#: Everything that is not letter, mark, number or symbol: punctuation, space, signs that are not seen.
_NOT_READ = regex.compile(r"[^\p{L}\p{M}\p{N}\p{S}]|[`´]")

#: Opening marks and what closes them; a straight mark is told by its surroundings.
_CLOSED_BY = {"“": "”", "„": "“”", "«": "»", "»": "«", "‘": "’", "‹": "›", "「": "」", "『": "』"}


def classify(old: Sequence[str], new: Sequence[str], *, paired: bool) -> ChangeClass:
    """The class of a change from ``old`` to ``new`` (folded tokens), quotation marks around them left aside.

    ``paired``: both texts have the sentence in which it stands.
    """
    if paired and _numbers_differ(old, new):
        return "number"
    return "typographic" if _read(old) == _read(new) else "substance"


def heaviest(classes: Sequence[ChangeClass | None]) -> ChangeClass | None:
    """The one of ``classes`` that matters most; None if nothing changed."""
    return next((each for each in CLASSES if each in classes), None)


def within_quotation(tokens: Sequence[str]) -> list[bool]:
    """For each token of a block whether it stands within quotation marks; the marks themselves do."""
    inside: list[bool] = []
    closers: list[str] = []
    previous = " "
    for token in tokens:
        mark = token.rstrip()
        opens, closes = _opens(mark, previous, closers), bool(closers) and mark in closers[-1]
        inside.append(bool(closers) or opens)
        if closes:
            closers.pop()
        elif opens:
            closers.append(_CLOSED_BY.get(mark, '"'))
        previous = token
    return inside


def _opens(mark: str, previous: str, closers: Sequence[str]) -> bool:
    if mark == '"':
        return '"' not in closers and (previous[-1:].isspace() or previous in "([{—–-‘“'")
    return mark in _CLOSED_BY and not (closers and mark in closers[-1])


def _read(words: Sequence[str]) -> str:
    """What is left of ``words`` without punctuation."""
    return _NOT_READ.sub("", "".join(words))


def _numbers_differ(old: Sequence[str], new: Sequence[str]) -> bool:
    before, after = _numbers(old), _numbers(new)
    if not before or not after:
        before, after = [[n for n in side if n != "one"] for side in (before, after)]
    return _as_digits(before) != _as_digits(after)


def _numbers(words: Sequence[str]) -> list[str]:
    found: list[str] = []
    for word in words:
        found.extend([word] if word in NUMBER_WORDS else _NUMBER.findall(word))
    return found


def _as_digits(numbers: Sequence[str]) -> list[str]:
    return [NUMBER_WORDS.get(number, number) for number in numbers]
