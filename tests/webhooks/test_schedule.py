from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.config import load
from tracker.webhooks.schedule import next_delay, retry_after_seconds

NOW = datetime(2020, 1, 7, 12, 0, tzinfo=UTC)
JUST_UNDER_ONE = 0.999999999999
#: The one that holds where nothing else is set.
PACKAGED = load({}).webhook_retry_schedule


def test_the_packaged_schedule_is_that_of_standard_webhooks() -> None:
    # The column "Time since start" of the specification's table ("Deliverability and reliability"), in seconds.
    assert [sum(PACKAGED[:count]) for count in range(1, 10)] == [
        5,
        5 * 60 + 5,
        35 * 60 + 5,
        *(hours * 3600 + 35 * 60 + 5 for hours in (2, 7, 17, 31, 51, 75)),
    ]


@given(st.integers(1, 9), st.floats(0, 1, exclude_max=True))
def test_a_delay_is_off_its_schedule_by_a_fifth_at_most(attempt: int, random: float) -> None:
    delay = next_delay(attempt, PACKAGED, random)

    assert delay is not None
    planned = PACKAGED[attempt - 1]
    assert planned * 0.8 - 1e-9 <= delay <= planned * 1.2 + 1e-9


def test_the_jitter_reaches_both_ways() -> None:
    assert next_delay(2, [1, 100], 0.0) == pytest.approx(80)
    assert next_delay(2, [1, 100], 0.5) == pytest.approx(100)
    assert next_delay(2, [1, 100], JUST_UNDER_ONE) == pytest.approx(120)


def test_after_the_last_delay_there_is_none() -> None:
    assert next_delay(9, PACKAGED, 0.5) == 86400
    assert next_delay(10, PACKAGED, 0.5) is None
    assert next_delay(1, [], 0.5) is None


@pytest.mark.parametrize(("attempt", "random"), [(0, 0.5), (-1, 0.5), (1, 1.0), (1, -0.1)])
def test_an_attempt_or_a_random_number_that_cannot_be_is_an_error(attempt: int, random: float) -> None:
    with pytest.raises(ValueError, match="must be at least 1"):
        next_delay(attempt, PACKAGED, random)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 120\t", 120),
        ("007", 7),
        ("86400", 86400),
        ("86401", 86400),
        ("9" * 10_000, 86400),
        ("Tue, 07 Jan 2020 12:01:00 GMT", 60),
        ("Tue, 07 Jan 2020 11:00:00 GMT", 0),
        ("Wed, 08 Jan 2031 12:00:00 GMT", 86400),
        # The two obsolete forms of RFC 9110 §5.6.7.
        ("Tuesday, 07-Jan-20 12:00:30 GMT", 30),
        ("Tue Jan  7 12:00:30 2020", 30),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(value: str, seconds: float) -> None:
    assert retry_after_seconds(value, NOW) == seconds


@pytest.mark.parametrize(
    "value",
    ["", "soon", "-5", "+5", "1.5", "5 s", "٥", "1e3", "Tue, 99 Jan 2020 12:00:00 GMT", "Tue, 07 Jan", "1" * 9 + "x"],
)
def test_what_is_neither_asks_for_nothing(value: str) -> None:
    assert retry_after_seconds(value, NOW) is None


@given(st.integers(0, 90_000))
def test_a_date_means_the_seconds_until_then(seconds: int) -> None:
    value = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)

    assert retry_after_seconds(value, NOW) == min(seconds, 86400)


@given(st.text() | st.from_regex(r"[A-Z][a-z]{2}, [0-9 ]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} [-+A-Z0-9]{0,5}"))
def test_no_value_breaks_the_reading(value: str) -> None:
    seconds = retry_after_seconds(value, NOW)

    assert seconds is None or 0 <= seconds <= 86400
