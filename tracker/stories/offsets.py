"""So long before or after a day: "five months after taking office", read to the unit in which it was said.

An offset is an ISO 8601 duration of years, months, weeks and days (``P5M``, ``P1Y6M``). What lies five months after
2017-01-20 is not 2017-06-20 but June 2017: the calendar unit, the finest that was named, in which the moved day
falls. A week runs from Monday to Sunday. Where the day itself is only known within bounds, both bounds are moved.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Literal, NamedTuple, TypeAlias

from tracker.stories.edtf import BadDate, Bounds, Edtf, Interval, Point, days_in

Direction: TypeAlias = Literal["after", "before"]
Unit: TypeAlias = Literal["year", "month", "week", "day"]

_UNITS: dict[str, Unit] = {"Y": "year", "M": "month", "W": "week", "D": "day"}
_DURATION = re.compile(r"P(?=[0-9])(?:([0-9]{1,4})Y)?(?:([0-9]{1,5})M)?(?:([0-9]{1,5})W)?(?:([0-9]{1,6})D)?")


class Offset(NamedTuple):
    """A length of time by the calendar."""

    months: int
    days: int
    #: The finest unit that was named.
    unit: Unit


def parse(duration: str) -> Offset:
    """The offset that an ISO 8601 duration says. Raises ``BadDate``."""
    found = _DURATION.fullmatch(duration)
    if found is None:
        raise BadDate("An offset is a duration like P5M, P1Y6M, P2W or P3D.", pointer="/anchor/offset")
    years, months, weeks, days = (int(number or 0) for number in found.groups())
    finest = [letter for letter, number in zip("YMWD", found.groups(), strict=True) if number][-1]
    return Offset(12 * years + months, 7 * weeks + days, _UNITS[finest])


def moved(bounds: Bounds, offset: Offset, direction: Direction) -> Edtf | None:
    """Where ``bounds`` come to lie, as whole units of ``offset``; a missing bound stays open.

    ``None`` if that is outside the years 1 to 9999, or both bounds are missing.
    """
    try:
        first, last = (_unit(_moved(day, offset, direction), offset.unit) if day else None for day in bounds)
    except (OverflowError, ValueError):
        return None
    if first is None and last is None:
        return None
    if first == last and first is not None and first[0] == first[1]:
        return first[0]
    return Interval(first[0] if first else "..", last[1] if last else "..")


def _moved(day: date, offset: Offset, direction: Direction) -> date:
    sign = 1 if direction == "after" else -1
    year, month = divmod(12 * day.year + day.month - 1 + sign * offset.months, 12)
    # One month after 31 January is the last day of February.
    clipped = date(year, month + 1, min(day.day, days_in(year, month + 1)))
    return clipped + sign * timedelta(days=offset.days)


def _unit(day: date, unit: Unit) -> tuple[Point, Point]:
    """The first and the last point of the unit in which ``day`` lies."""
    if unit == "week":
        monday = day - timedelta(days=day.weekday())
        return on(monday), on(monday + timedelta(days=6))
    point = Point(day.year, None if unit == "year" else day.month, day.day if unit == "day" else None)
    return point, point


def on(day: date) -> Point:
    """That very day."""
    return Point(day.year, day.month, day.day)
