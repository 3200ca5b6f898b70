"""When a failed delivery is tried again: the schedule, its jitter, and what a receiver asks for.

The schedule is a row of delays in seconds; the first follows the first failed attempt. It is stretched or shrunk at
random by up to a fifth, so that what failed together doesn't come back together. A receiver that sends ``Retry-After``
is obeyed, up to a day. Pure: the random number and the present moment are handed in.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

#: A delay is multiplied by something between 1 - JITTER and 1 + JITTER.
JITTER = 0.2

#: Nobody can ask for a longer rest than this, in seconds: one day.
LONGEST_RETRY_AFTER = 86400.0

_DELTA_SECONDS = re.compile(r"[0-9]+")


def next_delay(attempt: int, schedule: Sequence[float], random: float) -> float | None:
    """Seconds to wait after the failed attempt number ``attempt`` (1 is the first); None when none is left.

    ``random`` lies in [0, 1). Raises ValueError for an attempt below 1 or a random number outside.
    """
    if attempt < 1 or not 0 <= random < 1:
        raise ValueError(f"attempt {attempt} must be at least 1, random {random} in [0, 1)")
    if attempt > len(schedule):
        return None
    return schedule[attempt - 1] * (1 - JITTER + 2 * JITTER * random)


def retry_after_seconds(value: str, now: datetime) -> float | None:
    """Seconds that a ``Retry-After`` field asks for: 0 to 86,400; None where the field can't be read.

    Both forms of RFC 9110 §10.2.3 are read, a number of seconds and a date (RFC 9110 §5.6.7, the obsolete forms too).
    ``now`` is aware. A date in the past means at once; more than a day counts as a day.
    """
    text = value.strip(" \t")
    if _DELTA_SECONDS.fullmatch(text):
        # Not int(): it refuses thousands of digits, where float() says infinity.
        return min(float(text), LONGEST_RETRY_AFTER)
    until = _http_date(text)
    if until is None:
        return None
    return min(max((until - now).total_seconds(), 0.0), LONGEST_RETRY_AFTER)


def _http_date(text: str) -> datetime | None:
    if not text.isascii() or len(text) > 64:
        return None
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError):
        return None
    # The asctime form names no zone and means UTC.
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
