"""Moments that people and programs write: RFC 3339 with an offset, read to UTC, or refused with what was likely meant.

``parse_moment`` is for questions about the past (``as_of``, ``changed_since``); ``read_moment`` for any date, in the
body too. A ``+`` in a query string arrives as a space and is read as ``+``. Fractions are cut at microseconds. A leap
second is the first moment of the next minute, as in POSIX time. Nothing without an offset is ever guessed at.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from tracker.clock import rfc3339
from tracker.errors import Fault, Invalid

_LONGEST = 64
_DATE = r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
_TIME = r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?P<seconds>:(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]+))?)?"
_OFFSET = r"(?P<offset>[Zz]|(?P<sign>[ +-])(?P<off_hour>[0-9]{2}):(?P<off_minute>[0-9]{2}))"
_MOMENT = re.compile(rf"{_DATE}(?:[Tt ]{_TIME}{_OFFSET}?)?")
_SHAPE = "Write it as in 2020-01-13T23:00:00Z, or with an offset as in 2020-01-13T18:00:00-05:00."


def parse_moment(text: str, now: datetime, *, parameter: str = "as_of") -> datetime:
    """The moment in ``text``, in UTC, if it is not after ``now``.

    Raises ``Invalid``: ``ambiguous-moment`` without an offset (``facts["readings"]``: what may have been meant, as
    texts that would be taken), ``future-moment``, ``invalid-parameter``; the fault names ``parameter``.
    """
    moment = read_moment(text, parameter=parameter)
    if moment > now:
        raise _refusal("future-moment", f"{rfc3339(moment)} is still to come.", parameter)
    return moment


def read_moment(text: str, *, parameter: str = "") -> datetime:
    """The moment in ``text``, in UTC, past or future. Raises as ``parse_moment`` does, but for the future."""
    found = _MOMENT.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        raise _refusal("invalid-parameter", f"This is not a date and time. {_SHAPE}", parameter)
    try:
        return _moment(found, parameter)
    except (ValueError, OverflowError) as error:
        raise _refusal("invalid-parameter", f"There is no such moment: {error}.", parameter) from None


def _moment(found: re.Match[str], parameter: str) -> datetime:
    if not found["offset"]:
        raise _ambiguous(found, parameter)
    moment = _local(found).replace(tzinfo=_zone(found)).astimezone(UTC)
    if not found["seconds"]:
        detail = f"The seconds are missing. {_SHAPE}"
        raise _refusal("invalid-parameter", detail, parameter, readings=[rfc3339(moment)])
    if found["second"] != "60":
        return moment
    if (moment.hour, moment.minute) != (23, 59):
        raise ValueError("a leap second ends a day of UTC")
    return moment.replace(second=0, microsecond=0) + timedelta(minutes=1)


def _local(found: re.Match[str]) -> datetime:
    """What the clock on the wall showed; a leap second as the one before it."""
    year, month, day, hour, minute = (int(found[part] or 0) for part in ("year", "month", "day", "hour", "minute"))
    second = int(found["second"] or 0)
    fraction = ((found["fraction"] or "") + "000000")[:6]
    return datetime(year, month, day, hour, minute, 59 if second == 60 else second, int(fraction))


def _zone(found: re.Match[str]) -> timezone:
    if not found["sign"]:
        return UTC
    hours, minutes = int(found["off_hour"]), int(found["off_minute"])
    if hours > 23 or minutes > 59:
        raise ValueError("an offset lies between -23:59 and +23:59")
    ahead = timedelta(hours=hours, minutes=minutes)
    return timezone(-ahead if found["sign"] == "-" else ahead)


def _ambiguous(found: re.Match[str], parameter: str) -> Invalid:
    first = _local(found)
    last = first if found["hour"] else first + timedelta(hours=23, minutes=59, seconds=59)
    readings = [rfc3339(moment.replace(tzinfo=UTC)) for moment in sorted({first, last})]
    detail = f"Which clock? In UTC this is {' to '.join(readings)}; elsewhere, add the offset, as in +01:00."
    return _refusal("ambiguous-moment", detail, parameter, readings=readings)


def _refusal(name: str, detail: str, parameter: str, **facts: object) -> Invalid:
    return Invalid(detail, name=name, faults=[Fault(parameter, detail)], facts=facts)
