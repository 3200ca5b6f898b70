"""The reports that both sides of the log's benchmark store: prose of 1.5 KB each, the same in every run.

Words are drawn as a language draws them, a few often and most seldom, so that compressors find about as much in them
as in a newspaper. What it does badly: the words mean nothing.
"""

from __future__ import annotations

import random
from functools import lru_cache
from typing import NamedTuple

#: Characters of a report's text; with headline, names and JSON around it that is about 1.5 KB.
_TEXT = 1230
_PARAGRAPHS = 5
#: So many different texts there are; further reports repeat them under new ids.
_TEXTS = 1000
_SYLLABLES = "an be co der el fi gar ho in jo ka lin mer no or pe qui re sta tion um ver wal y zen ther ed".split()  # noqa: SIM905  # A list of them is four times as long.


class Report(NamedTuple):
    """What one outlet published."""

    report_id: str
    outlet_id: str
    outlet: str
    uri: str
    headline: str
    paragraphs: tuple[str, ...]


def report(number: int, batch: str = "") -> Report:
    """The report of that number; ``batch`` keeps the ids of several runs apart."""
    headline, paragraphs = _prose(number % _TEXTS)
    name = f"{batch}{number:08d}"
    outlet = number % 12
    return Report(f"rpt_{name}", f"out_{outlet:026d}", f"Outlet {outlet}", f"https://outlet{outlet}.example/{name}",
                  headline, paragraphs)  # fmt: skip


def reports(count: int, batch: str = "") -> list[Report]:
    """The first ``count`` reports."""
    return [report(number, batch) for number in range(count)]


@lru_cache(maxsize=_TEXTS)
def _prose(number: int) -> tuple[str, tuple[str, ...]]:
    """A headline and paragraphs."""
    words, weights = _vocabulary()
    text = " ".join(random.Random(number).choices(words, weights, k=_TEXT // 3))[:_TEXT]
    length = _TEXT // _PARAGRAPHS
    paragraphs = (text[start : start + length].strip().capitalize() + "." for start in range(0, _TEXT, length))
    return text[-60:].strip().capitalize(), tuple(paragraphs)


@lru_cache(maxsize=1)
def _vocabulary() -> tuple[list[str], list[float]]:
    """2,000 words and how often each is used: the n-th one 1/n as often as the first (Zipf's law)."""
    draw = random.Random(0)
    words = ["".join(draw.choices(_SYLLABLES, k=1 + number // 300 + draw.randrange(2))) for number in range(2000)]
    return words, [1 / rank for rank in range(1, len(words) + 1)]
