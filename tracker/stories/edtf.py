"""Dates as precise as they were written: EDTF (ISO 8601-2:2019, clause 4), levels 0 and 1, read and bounded.

    2020-01-03    2019-06    2016    2020-01-03T22:45:00Z          a day, a month, a year, a moment
    2016/2018     ../2016    2016/..    /2016    2016/             from, until; open ("..") or unknown ("") at one end
    2017-21                                                        a season: 21 spring, 22 summer, 23 autumn, 24 winter
    2016?   2016~   2016%                                          uncertain, approximate, both
    199X    20XX    2016-XX    2016-06-XX    2016-XX-XX            digits that are not known
    -0044   Y12016                                                 years before the year 1, and of more than four digits

A season is a calendar quarter of the place's hemisphere: spring in the north is March to May. One that runs past New
Year belongs to the year in which it begins. A mark (``?~%``) doesn't widen the bounds; it says that they are not firm.

What it does badly: a bound outside the years 1 to 9999 is not held (``None``), since ``datetime.date`` can't. Level 2
(sets, one of several, parts of a date that are uncertain, the hemispheres' own seasons) is refused.
"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Literal, NamedTuple, TypeAlias

from tracker.errors import Fault, Invalid

Hemisphere: TypeAlias = Literal["north", "south"]
#: Year, month, day; the year may be any whole number.
Day: TypeAlias = tuple[int, int, int]
#: The end of an interval that goes on, and one that isn't known.
Missing: TypeAlias = Literal["..", ""]
Bounds: TypeAlias = tuple[date | None, date | None]

#: A month or day that was written ``XX``.
UNKNOWN = 0
SEASONS = {21: "spring", 22: "summer", 23: "autumn", 24: "winter"}
_LONGEST = 64
#: From when to when astronomers count the northern spring, summer, autumn and winter, give or take a day.
_ASTRONOMICAL = (((3, 20), (6, 21)), ((6, 21), (9, 22)), ((9, 22), (12, 21)), ((12, 21), (3, 20)))

_POINT = re.compile(
    r"(?:Y(?P<long>-?[1-9][0-9]{4,})|(?P<year>-?[0-9]{4}|[0-9]{3}X|[0-9]{2}XX)"
    r"(?:-(?P<month>0[1-9]|1[0-2]|2[1-4]|XX)(?:-(?P<day>0[1-9]|[12][0-9]|3[01]|XX))?)?)(?P<mark>[?~%]?)"
)
_MOMENT = re.compile(
    r"(?P<day>-?[0-9]{4}-[0-9]{2}-[0-9]{2})T(?P<clock>(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9])"
    r"(?P<offset>Z|[+-](?:0[0-9]|1[0-4])(?::[0-5][0-9])?)?"
)


class BadDate(Invalid):
    """A date that can't be taken as it was given; the fault's pointer starts at the date itself."""

    name = "bad-date"

    def __init__(self, detail: str, *, pointer: str = "/edtf") -> None:
        super().__init__(detail, faults=[Fault(pointer, detail)])


class Point(NamedTuple):
    """A year, month, day, season, decade or century, with what was not known of it."""

    year: int
    #: 1 to 12, 21 to 24 (a season) or ``UNKNOWN``; ``None`` where only a year was written.
    month: int | None = None
    #: 1 to 31 or ``UNKNOWN``.
    day: int | None = None
    #: How many of the year's last digits are not known: 1 makes a decade, 2 a century.
    digits_unknown: int = 0
    #: ``?``, ``~``, ``%`` or nothing.
    mark: str = ""

    def __str__(self) -> str:
        year = f"Y{self.year}" if abs(self.year) > 9999 else f"{self.year:0{5 if self.year < 0 else 4}}"
        if self.digits_unknown:
            year = year[: -self.digits_unknown] + "X" * self.digits_unknown
        parts = ["XX" if part == UNKNOWN else f"{part:02}" for part in (self.month, self.day) if part is not None]
        return "-".join([year, *parts]) + self.mark

    @property
    def season(self) -> str | None:
        """Its season's English name, if it is one."""
        return SEASONS.get(self.month or UNKNOWN)

    def span(self, hemisphere: Hemisphere = "north", *, astronomical: bool = False) -> tuple[Day, Day]:
        """Its first and last day, both included."""
        if self.season:
            return self._quarter(hemisphere, astronomical)
        last_year = self.year + 10**self.digits_unknown - 1
        first_month, last_month = (self.month, self.month) if self.month else (1, 12)
        first_day, last_day = (self.day, self.day) if self.day else (1, days_in(last_year, last_month))
        return (self.year, first_month, first_day), (last_year, last_month, last_day)

    def _quarter(self, hemisphere: Hemisphere, astronomical: bool) -> tuple[Day, Day]:
        assert self.month is not None
        number = (self.month - 21 + (2 if hemisphere == "south" else 0)) % 4
        ends_in = self.year + (number == 3)
        if astronomical:
            first, last = _ASTRONOMICAL[number]
            return (self.year, *first), (ends_in, *last)
        first_month, last_month = 3 + 3 * number, (4 + 3 * number) % 12 + 1
        return (self.year, first_month, 1), (ends_in, last_month, days_in(ends_in, last_month))


class Moment(NamedTuple):
    """A day with a time of day, and with an offset from UTC where one was written."""

    day: Point
    #: ``hh:mm:ss``.
    clock: str
    #: ``Z``, ``±hh`` or ``±hh:mm``; empty for local time, wherever that was.
    offset: str = ""

    def __str__(self) -> str:
        return f"{self.day}T{self.clock}{self.offset}"

    def utc(self) -> datetime | None:
        """The exact moment; ``None`` if it has no offset, or a year that can't be held."""
        first = held(self.day.span()[0])
        if first is None or not self.offset:
            return None
        try:
            return datetime.combine(first, time.fromisoformat(self.clock), self._zone()).astimezone(UTC)
        except OverflowError:
            return None

    def _zone(self) -> timezone:
        if self.offset == "Z":
            return UTC
        hours, _, minutes = self.offset[1:].partition(":")
        away = timedelta(hours=int(hours), minutes=int(minutes or 0))
        return timezone(-away if self.offset[0] == "-" else away)


class Interval(NamedTuple):
    """From one point to another, both included; at most one of them open or unknown."""

    start: Point | Missing
    end: Point | Missing

    def __str__(self) -> str:
        return f"{self.start}/{self.end}"


Edtf: TypeAlias = Point | Moment | Interval


def parse(text: str, hemisphere: Hemisphere = "north") -> Edtf:
    """What ``text`` says, by levels 0 and 1 of EDTF; ``str`` of it is ``text`` again. Raises ``BadDate``."""
    if len(text) > _LONGEST:
        raise BadDate(f"An EDTF date has at most {_LONGEST} characters.")
    if "/" in text:
        return _interval(text, hemisphere)
    found = _MOMENT.fullmatch(text)
    if found:
        return Moment(_point(found["day"]), found["clock"], found["offset"] or "")
    return _point(text)


def bounds(edtf: Edtf, hemisphere: Hemisphere = "north", *, astronomical: bool = False) -> Bounds:
    """The first and the last day that ``edtf`` may mean; ``None`` where it is open, unknown or can't be held."""
    start, end = ends(edtf)
    first = start.span(hemisphere, astronomical=astronomical)[0] if start else None
    last = end.span(hemisphere, astronomical=astronomical)[1] if end else None
    return held(first), held(last)


def ends(edtf: Edtf) -> tuple[Point | None, Point | None]:
    """The points at which ``edtf`` begins and ends: twice the same unless it is an interval."""
    match edtf:
        case Interval(start, end):
            return start if isinstance(start, Point) else None, end if isinstance(end, Point) else None
        case Moment(day):
            return day, day
        case Point():
            return edtf, edtf


def is_firm(edtf: Edtf) -> bool:
    """Whether nothing in it is marked as uncertain or approximate."""
    return not any(point.mark for point in ends(edtf) if point)


def about(edtf: Edtf) -> Edtf:
    """The same, only approximately; a moment becomes its day."""
    if isinstance(edtf, Interval):
        return Interval(*(_approximate(end) if isinstance(end, Point) else end for end in edtf))
    return _approximate(edtf.day if isinstance(edtf, Moment) else edtf)


def days_in(year: int, month: int) -> int:
    """How many days the month has, in any year of the Gregorian calendar, also where it was not yet in use."""
    return calendar.monthrange(2000 + year % 400, month)[1]


def held(day: Day | None) -> date | None:
    """``day`` as a date; ``None`` if there is none, or its year is outside 1 to 9999."""
    return date(*day) if day and date.min.year <= day[0] <= date.max.year else None


def _approximate(point: Point) -> Point:
    return point._replace(mark="%" if point.mark in ("?", "%") else "~")


def _interval(text: str, hemisphere: Hemisphere) -> Interval:
    start, _, end = text.partition("/")
    interval = Interval(_end(start), _end(end))
    first, last = ends(interval)
    if first is None and last is None:
        raise BadDate("An interval without beginning and end says nothing; give at least one of them.")
    if first and last and first.span(hemisphere)[0] > last.span(hemisphere)[1]:
        raise BadDate(f"The interval ends before it begins: {text}")
    return interval


def _end(text: str) -> Point | Missing:
    return "" if text == "" else ".." if text == ".." else _point(text)


def _point(text: str) -> Point:
    found = _POINT.fullmatch(text)
    if found is None:
        raise BadDate(
            f"“{text}” is not a date of EDTF level 0 or 1. Write it like 2020-01-03, 2019-06, 2016~, 199X, 2017-21 "
            "(spring), 2016/2018 or ../2016."
        )
    year = found["long"] or found["year"].replace("X", "0")
    if year == "-0000":
        raise BadDate("There is no year -0000; the year before 0001 is 0000.")
    point = Point(int(year), _part(found["month"]), _part(found["day"]), text.count("X", 0, 4), found["mark"])
    _check(point, text)
    return point


def _part(written: str | None) -> int | None:
    return UNKNOWN if written == "XX" else int(written) if written else None


def _check(point: Point, text: str) -> None:
    """Refuse what has the form of a date and is none."""
    if point.digits_unknown and point.month is not None:
        raise BadDate(f"A year with unknown digits stands alone at level 1: {text}")
    if point.month == UNKNOWN and point.day:
        raise BadDate(f"At level 1 a day is not known without its month: {text}")
    if point.season and point.day is not None:
        raise BadDate(f"A season has no days: {text}")
    if point.month and point.day and not point.season and point.day > days_in(point.year, point.month):
        raise BadDate(f"There is no such day: {text}")
