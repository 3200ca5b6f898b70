"""A ``When`` in plain English, for the page: what its phrase was read to mean, and by which convention.

2020-01-03  3 January 2020          2017-21  March to May 2017       ../2017-06  until June 2017
2016~       about 2016              199X     the 1990s               2016-06-XX  some day in June 2016
"""

from __future__ import annotations

from typing import assert_never

from tracker.stories.calendar_names import MONTHS
from tracker.stories.dates import When
from tracker.stories.edtf import Edtf, Hemisphere, Interval, Moment, Point, ends
from tracker.stories.offsets import parse
from tracker.stories.phrases import Qualifier

_MARKS = {"": "", "?": "possibly ", "~": "about ", "%": "possibly about "}
_QUALIFIED: dict[Qualifier | None, str] = {
    Qualifier.AS_EARLY_AS: "as early as ",
    Qualifier.AS_LATE_AS: "as late as ",
    Qualifier.EARLY: "early in ",
    Qualifier.MID: "in the middle of ",
    Qualifier.LATE: "late in ",
}


def reading(when: When) -> str:
    """What ``when`` was read to mean, for instance ``March to May 2017``; empty if it is unresolved."""
    edtf = when.read()
    if edtf is None:
        return ""
    return _QUALIFIED.get(when.qualifier, "") + _words(edtf, when)


def convention(when: When) -> str:
    """By which rules of ours ``when`` was read, in whole sentences; empty where none was needed."""
    return " ".join([*_seasons(when), *_offset(when)])


def _seasons(when: When) -> list[str]:
    edtf = when.read()
    points = {point for point in ends(edtf) if point and point.season} if edtf else set()
    said = []
    for point in sorted(points):
        first, last = point.span(when.hemisphere)
        months = f"{_month(first[1])} to {_month(last[1])}"
        text = f"{str(point.season).capitalize()} is read as {months}, a calendar quarter of the {when.hemisphere}ern"
        said.append(f"{text} hemisphere{', in the year in which it begins' if last[0] > first[0] else ''}.")
    return list(dict.fromkeys(said))


def _offset(when: When) -> list[str]:
    anchor = when.anchor
    if anchor is None or anchor.offset is None or not when.resolved:
        return []
    unit = parse(anchor.offset).unit
    week = ", Monday to Sunday" if unit == "week" else ""
    return [f"A distance said in {unit}s is read to the calendar {unit}{week}."]


def _words(edtf: Edtf, when: When) -> str:
    match edtf:
        case Point():
            return _marked(edtf, when.hemisphere)
        case Moment(day, clock, offset):
            return f"{_point(day, when.hemisphere)}, {clock.removesuffix(':00')}{_zone(offset)}"
        case Interval():
            return _interval(edtf, when)
        case _ as never:
            assert_never(never)


def _interval(interval: Interval, when: When) -> str:
    # What is only known to come before or after something else may fall on any day of that, too.
    ordered = when.anchor is not None and when.anchor.offset is None
    qualifier, (first, last) = None if ordered else when.qualifier, ends(interval)
    start = _marked(_edge(first, when.hemisphere, end=qualifier is Qualifier.AFTER), when.hemisphere) if first else ""
    end = _marked(_edge(last, when.hemisphere, end=qualifier is not Qualifier.BEFORE), when.hemisphere) if last else ""
    if start and end:
        return f"{start} to {end}"
    if start:
        if qualifier in (Qualifier.AFTER, Qualifier.SINCE):
            return f"{qualifier.value} {start}"
        return f"from {start}{' on' if interval.end == '..' else ', end unknown'}"
    opening = "before" if qualifier is Qualifier.BEFORE else "until"
    return f"{opening} {end}{', beginning unknown' if interval.start == '' else ''}"


def _edge(point: Point, hemisphere: Hemisphere, *, end: bool) -> Point:
    """The month with which a season begins or ends, where one end of an interval is meant; else the point itself."""
    if not point.season:
        return point
    year, month, _ = point.span(hemisphere)[1 if end else 0]
    return Point(year, month, mark=point.mark)


def _marked(point: Point, hemisphere: Hemisphere) -> str:
    return _MARKS[point.mark] + _point(point, hemisphere)


def _point(point: Point, hemisphere: Hemisphere) -> str:
    first, last = point.span(hemisphere)
    if point.digits_unknown:
        is_decade = point.digits_unknown == 1 and point.year % 100
        return f"the {point.year}s" if is_decade else f"{first[0]} to {last[0]}"
    if point.season:
        since = _month(first[1]) if last[0] == first[0] else f"{_month(first[1])} {_year(first[0])}"
        return f"{since} to {_month(last[1])} {_year(last[0])}"
    unknown = "some day in " if point.day == 0 else "some month in " if point.month == 0 else ""
    named = [str(point.day or ""), _month(point.month) if point.month else "", _year(point.year)]
    return unknown + " ".join(part for part in named if part)


def _month(number: int) -> str:
    return MONTHS[number - 1].capitalize()


def _year(year: int) -> str:
    """The year 0 of EDTF is the year before the year 1: 1 BC."""
    return str(year) if year > 0 else f"{1 - year} BC"


def _zone(offset: str) -> str:
    return {"": " local time", "Z": " UTC"}.get(offset, f" UTC{offset}")
