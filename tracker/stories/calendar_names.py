"""The English names of one day, week, month, season, year, decade or century, as EDTF.

A name is small letters and digits, without stops and commas: ``phrases.plain`` makes it so. It is read whole or not at
all, and one that English speakers understand in two ways is not read: in December, "last June" is this year's to some
and that of the year before to others; "last Tuesday" on a Friday and "the 2000s" are likewise open.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

from tracker.stories import edtf, offsets
from tracker.stories.edtf import BadDate, Edtf, Hemisphere, Interval, Point
from tracker.stories.offsets import on
from tracker.text.english import NUMBER_WORDS


class Where(NamedTuple):
    """From when and where a name is read."""

    #: The day of publication, where it was published; ``None`` if it isn't known.
    published: date | None
    hemisphere: Hemisphere = "north"


MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = {form: number for number, name in enumerate(MONTHS, 1) for form in (name, name[:3])} | {"sept": 9}
_WEEKDAYS = {form: number for number, name in enumerate(_WEEK) for form in (name, name[:3])}
_WEEKDAYS |= {"tues": 1, "thur": 3, "thurs": 3}
_SEASONS = {name: number for number, name in edtf.SEASONS.items()} | {"fall": 23}
#: How many days before publication it was.
_DAYS_AGO = {
    "today": 0,
    "tonight": 0,
    "earlier today": 0,
    "this morning": 0,
    "this afternoon": 0,
    "this evening": 0,
    "yesterday": 1,
    "tomorrow": -1,
}
_AGO = {
    "this week": "P0W",
    "last week": "P1W",
    "this month": "P0M",
    "last month": "P1M",
    "this year": "P0Y",
    "last year": "P1Y",
}


def named(words: str, where: Where) -> Edtf | None:
    """The one thing that ``words`` name; ``None`` if they can't be read, or in two ways."""
    for form, read in _FORMS:
        found = form.fullmatch(words)
        if found:
            return read(found, where)
    return None


def duration(count: str, unit: str) -> str | None:
    """The ISO 8601 duration of "five", "month"; ``None`` if ``count`` is no number."""
    number = "1" if count in ("a", "an") else NUMBER_WORDS.get(count, count)
    return f"P{int(number)}{unit[0].upper()}" if number.isdecimal() else None


def _iso(found: re.Match[str], where: Where) -> Edtf | None:
    try:
        return edtf.parse(found[0].upper(), where.hemisphere)
    except BadDate:
        return None


def _day_of_month(found: re.Match[str], where: Where) -> Edtf | None:
    """ "friday jan 3 2020"; the day of the week, if it is named, must be right."""
    exact = _dated(found, where)
    if exact is None or (found["weekday"] and _WEEKDAYS[found["weekday"]] != exact.weekday()):
        return None
    return on(exact)


def _dated(found: re.Match[str], where: Where) -> date | None:
    month, day = _MONTHS[found["month"]], int(found["day"])
    if found["year"]:
        year = _year_of(found["year"], where)
        return _existing(year, month, day) if year else None
    if where.published is None:
        return None
    # 29 February may be eight years away: 1904 was the next leap year after 1896.
    years = range(where.published.year, where.published.year - 9, -1)
    exact = (_existing(year, month, day) for year in years)
    return next((each for each in exact if each and each <= where.published), None)


def _month(found: re.Match[str], where: Where) -> Edtf | None:
    month, published = _MONTHS[found["month"]], where.published
    if found["year"]:
        year = None if found["last"] else _year_of(found["year"], where)
        return Point(year, month) if year else None
    if published is None or (found["last"] and month < published.month):
        return None
    return Point(published.year - (month > published.month or bool(found["last"])), month)


def _season(found: re.Match[str], where: Where) -> Edtf | None:
    number = _SEASONS[found["season"]]
    if found["year"] is None:
        return _season_before(number, where, last=bool(found["last"]))
    year = None if found["last"] else _year_of(found["year"], where)
    if year is None:
        return None
    season = Point(year, number)
    first, last = season.span(where.hemisphere)
    if found["until"]:
        # "winter of 2017-18": only of a season that runs past New Year, and only the next year.
        return season if last[0] > year and found["until"] in (str(last[0]), str(last[0])[-2:]) else None
    begins_later = where.published is not None and first > _parts(where.published)
    # A winter that had not begun when it was written of was the one before, or still to come.
    return None if last[0] > year and begins_later else season


def _season_before(number: int, where: Where, *, last: bool) -> Edtf | None:
    """The latest such season that had begun; with "last", the one before it if that is running."""
    if where.published is None:
        return None
    now = _parts(where.published)
    year = now[0] if Point(now[0], number).span(where.hemisphere)[0] <= now else now[0] - 1
    if not last:
        return Point(year, number)
    if now <= Point(year, number).span(where.hemisphere)[1]:
        return Point(year - 1, number)
    return None if year == now[0] else Point(year, number)


def _decade(found: re.Match[str], where: Where) -> Edtf:
    return Point(int(found["decade"]), digits_unknown=1)


def _century(found: re.Match[str], where: Where) -> Edtf | None:
    number = int(found["century"])
    return Point((number - 1) * 100, digits_unknown=2) if 1 < number <= 21 else None


def _weekday(found: re.Match[str], where: Where) -> Edtf | None:
    if where.published is None:
        return None
    today, named_day = where.published.weekday(), _WEEKDAYS[found["weekday"]]
    if found["last"] and named_day < today:
        return None
    back = (today - named_day) % 7
    return _days_before(where, 7 if found["last"] and not back else back)


def _near(found: re.Match[str], where: Where) -> Edtf | None:
    return _days_before(where, _DAYS_AGO[found[0]])


def _night(found: re.Match[str], where: Where) -> Edtf | None:
    """ "last night" began the day before and ended on the day itself."""
    first, last = _days_before(where, 1), _days_before(where, 0)
    return Interval(first, last) if first and last else None


def _earlier(found: re.Match[str], where: Where) -> Edtf | None:
    """ "earlier this year": from its first day to the day of publication."""
    unit = _before(where, _AGO[found["unit"]])
    if unit is None or where.published is None:
        return None
    first = edtf.bounds(unit)[0]
    return Interval(on(first), on(where.published)) if first else None


def _ago(found: re.Match[str], where: Where) -> Edtf | None:
    return _before(where, _AGO[found[0]])


def _counted_ago(found: re.Match[str], where: Where) -> Edtf | None:
    offset = duration(found["count"], found["unit"])
    return _before(where, offset) if offset else None


def _before(where: Where, offset: str) -> Edtf | None:
    return offsets.moved((where.published, where.published), offsets.parse(offset), "before")


def _days_before(where: Where, days: int) -> Point | None:
    try:
        return on(where.published - timedelta(days=days)) if where.published else None
    except OverflowError:
        return None


def _year_of(written: str, where: Where) -> int | None:
    if written.isdecimal():
        return int(written)
    return where.published.year - (written == "last year") if where.published else None


def _existing(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _parts(day: date) -> edtf.Day:
    return day.year, day.month, day.day


def _any(names: dict[str, int] | dict[str, str]) -> str:
    return "|".join(sorted(names, key=len, reverse=True))


_DAY_FORM = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?"
_MONTH_FORM = f"(?P<month>{_any(_MONTHS)})"
_WEEKDAY_FORM = f"(?P<weekday>{_any(_WEEKDAYS)})"
_YEAR_FORM = "(?P<year>[1-9][0-9]{3}|last year|this year)"
_OF_YEAR = f"(?: (?:of )?{_YEAR_FORM})?"
_LAST = "(?P<last>last )?"
_HOURS = "(?: (?:morning|afternoon|evening|night))?"

#: Each form and who reads it; no two of them take the same words.
_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Where], Edtf | None]], ...] = tuple(
    (re.compile(form), read)
    for form, read in (
        (r"[1-9][0-9]{3}-(?:0[1-9]|1[0-2])(?:-[0-9]{2}(?:t[0-9:]{8}(?:z|[+-][0-9:]{2,5})?)?)?", _iso),
        (f"(?:{_WEEKDAY_FORM} )?{_MONTH_FORM} {_DAY_FORM}{_OF_YEAR}", _day_of_month),
        (f"(?:{_WEEKDAY_FORM} )?(?:the )?{_DAY_FORM} (?:of )?{_MONTH_FORM}{_OF_YEAR}", _day_of_month),
        (f"{_LAST}{_MONTH_FORM}{_OF_YEAR}", _month),
        (f"{_LAST}(?P<season>{_any(_SEASONS)}){_OF_YEAR}(?:-(?P<until>[0-9]{{2}}|[0-9]{{4}}))?", _season),
        ("(?:year )?(?P<year>[1-9][0-9]{3})", lambda found, where: Point(int(found["year"]))),
        (r"(?P<decade>[1-9][0-9][1-9]0)s", _decade),
        (r"(?P<century>[0-9]{1,2})(?:st|nd|rd|th)[ -]century", _century),
        (f"{_LAST}{_WEEKDAY_FORM}{_HOURS}", _weekday),
        (f"yesterday{_HOURS}", lambda found, where: _days_before(where, 1)),
        (_any(_DAYS_AGO), _near),
        ("last night", _night),
        (f"earlier (?P<unit>{_any(_AGO)})", _earlier),
        (_any(_AGO), _ago),
        ("(?P<count>[0-9]{1,4}|[a-z]+) (?P<unit>day|week|month|year)s? ago", _counted_ago),
    )
)
