"""Dates as English news writes them, read only where they can be read in one way.

    Jan. 3 · Friday, Jan. 3, 2020 · 3 January 2020 · June · last June · spring of 2017 · winter of 2017-18 · 2016
    the 1990s · 17th century · Tuesday · yesterday · last year · two months ago · earlier this year · early 2017
    about 2016 · before June · since 2016 · as early as 2017 · between June and August 2019 · from 2016 to 2018

What has no year of its own is read from the day of publication: the last such day, month or season on or before it.
"By Friday" and "before June" are not, since they may as well lie ahead. A phrase with any other word in it is not read
(``None``), nor one that may mean two things.

What it does badly: "early 2017" is held as 2017 with the word "early", since nobody says where early ends. It knows no
holidays, no fiscal years, no other language and no numeric dates but those of ISO 8601.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from typing import NamedTuple

from tracker.stories import edtf
from tracker.stories.calendar_names import Where, duration, named
from tracker.stories.edtf import BadDate, Edtf, Interval
from tracker.stories.offsets import Direction


class Qualifier(enum.StrEnum):
    """The word by which a phrase keeps its distance from the date it names."""

    ABOUT = "about"
    BEFORE = "before"
    AFTER = "after"
    SINCE = "since"
    UNTIL = "until"
    #: A lower bound: at that time, or later.
    AS_EARLY_AS = "as_early_as"
    #: An upper bound: at that time, or earlier.
    AS_LATE_AS = "as_late_as"
    EARLY = "early"
    MID = "mid"
    LATE = "late"


class Reading(NamedTuple):
    """What a phrase says by the calendar."""

    edtf: Edtf
    qualifier: Qualifier | None = None


class Relation(NamedTuple):
    """What a phrase says of its place beside something else that happened."""

    direction: Direction
    #: An ISO 8601 duration; ``None`` where only the order is said.
    offset: str | None
    qualifier: Qualifier | None


#: What may stand before a date, and sets a bound by it.
_BOUNDS = {
    "as early as": Qualifier.AS_EARLY_AS,
    "no earlier than": Qualifier.AS_EARLY_AS,
    "as late as": Qualifier.AS_LATE_AS,
    "before": Qualifier.BEFORE,
    "prior to": Qualifier.BEFORE,
    "ahead of": Qualifier.BEFORE,
    "after": Qualifier.AFTER,
    "following": Qualifier.AFTER,
    "since": Qualifier.SINCE,
    "on or after": Qualifier.SINCE,
    "until": Qualifier.UNTIL,
    "till": Qualifier.UNTIL,
    "by": Qualifier.UNTIL,
    "no later than": Qualifier.UNTIL,
    "on or before": Qualifier.UNTIL,
}
_PARTS = {
    "early": Qualifier.EARLY,
    "beginning": Qualifier.EARLY,
    "start": Qualifier.EARLY,
    "mid": Qualifier.MID,
    "middle": Qualifier.MID,
    "late": Qualifier.LATE,
    "end": Qualifier.LATE,
}
#: How a range opens, and what joins its ends.
_RANGES = (
    ("between ", " and "),
    ("from ", " to "),
    ("from ", " until "),
    ("from ", " through "),
    ("", " to "),
    ("", " through "),
    ("", "-"),
)
_LEAD = re.compile(r"(?:(?:back|sometime|some time) )?(?:(?:in|on|at|during|over|throughout) )?(?:the )?")
_ABOUT = re.compile(r"(?:(?:in|on|at) )?(?:or )?(?:about|around|circa|ca?|roughly|approximately) (?P<rest>.+)")
_PART = re.compile(
    r"(?:(?P<word>early|mid|late)(?:-| (?:in )?)|(?P<noun>beginning|start|middle|end) of )(?:the )?(?P<rest>.+)"
)
#: Words that are read from the day of publication, wherever they stand.
_FROM_TODAY = re.compile(r"\b(?:ago|last|this|today|tonight|yesterday|tomorrow)\b")
_RELATION = re.compile(
    r"(?:(?P<count>[0-9]{1,4}|[a-z]+) (?P<unit>day|week|month|year)s? "
    r"|(?:a few )?(?:hours|days|weeks|months|years|decades) |(?:shortly|soon|just|long|right|immediately) )?"
    r"(?:(?P<after>after|following|since)|before|ahead of|prior to)(?: .+)?"
)


def read(phrase: str, where: Where) -> Reading | None:
    """What ``phrase`` says by the calendar; ``None`` if it can't be read, or in two ways."""
    words = plain(phrase)
    for prefix, qualifier in _BOUNDS.items():
        if words.startswith(f"{prefix} "):
            return _bounded(words.removeprefix(f"{prefix} "), qualifier, where)
    return _one(words, where) or _range(words, where)


def relation(phrase: str) -> Relation | None:
    """How ``phrase`` places itself by something that happened, as in "five months after taking office"."""
    words, qualifier = plain(phrase), None
    for prefix in ("as early as", "no earlier than", "as late as"):
        if words.startswith(f"{prefix} "):
            words, qualifier = words.removeprefix(f"{prefix} "), _BOUNDS[prefix]
    approximate = _ABOUT.fullmatch(words)
    if approximate:
        words, qualifier = approximate["rest"], qualifier or Qualifier.ABOUT
    found = _RELATION.fullmatch(words)
    if found is None:
        return None
    offset = duration(found["count"], found["unit"]) if found["count"] else None
    return Relation("after" if found["after"] else "before", offset, qualifier)


def plain(phrase: str) -> str:
    """The words of ``phrase``: small, on one line, one kind of hyphen and space, no quotation marks, stops, commas."""
    text = unicodedata.normalize("NFKC", phrase).casefold()
    text = re.sub(r"[‐‑‒–—−]", "-", text)
    text = re.sub(r"['’‘\"“”„«»]", "", text)
    return " ".join(re.sub(r"(?<=[a-z])\.|,", " ", text).strip(" .;:!?()").split())


def _one(words: str, where: Where) -> Reading | None:
    """One date, or about one, or the early, middle or late part of one."""
    approximate = _ABOUT.fullmatch(words)
    if approximate:
        inner = _one(approximate["rest"], where)
        return Reading(edtf.about(inner.edtf), inner.qualifier or Qualifier.ABOUT) if inner else None
    words = words[_LEAD.match(words).end() :]  # type: ignore[union-attr]
    part = _PART.fullmatch(words)
    if part:
        inner_edtf = named(part["rest"], where)
        return Reading(inner_edtf, _PARTS[part["word"] or part["noun"]]) if inner_edtf else None
    whole = named(words, where)
    return Reading(whole) if whole else None


def _bounded(words: str, qualifier: Qualifier, where: Where) -> Reading | None:
    if qualifier in (Qualifier.BEFORE, Qualifier.UNTIL) and not _FROM_TODAY.search(words):
        where = Where(None, where.hemisphere)
    inner = _one(words, where)
    if inner is None:
        return None
    start, end = edtf.ends(inner.edtf)
    match qualifier:
        case Qualifier.BEFORE | Qualifier.AFTER if inner.qualifier in _PARTS.values():
            # Late 2017 is held as 2017, but what was before late 2017 was not before 2017.
            return None
        case Qualifier.BEFORE if start:
            return Reading(Interval("..", start), qualifier)
        case Qualifier.UNTIL if end:
            return Reading(Interval("..", end), qualifier)
        case Qualifier.AFTER if end:
            return Reading(Interval(end, ".."), qualifier)
        case Qualifier.SINCE if start:
            return Reading(Interval(start, ".."), qualifier)
        case _:
            return Reading(inner.edtf, qualifier)


def _range(words: str, where: Where) -> Reading | None:
    for opening, joint in _RANGES:
        if words.startswith(opening) and joint in words:
            start, _, end = words.removeprefix(opening).partition(joint)
            return _from_to(start, end, where)
    return None


def _from_to(start: str, end: str, where: Where) -> Reading | None:
    """From ``start`` to ``end``; a start without a year takes it from the end: "between November and May 2019"."""
    last = _one(end, where)
    if last is None:
        return None
    nearer = where if _FROM_TODAY.search(start) else Where(edtf.bounds(last.edtf)[1], where.hemisphere)
    first = _one(start, nearer)
    if first is None:
        return None
    try:
        both = edtf.parse(f"{edtf.ends(first.edtf)[0]}/{edtf.ends(last.edtf)[1]}", where.hemisphere)
    except BadDate:
        return None
    return Reading(both, Qualifier.ABOUT if Qualifier.ABOUT in (first.qualifier, last.qualifier) else None)
