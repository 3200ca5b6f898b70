"""Time: read in one place, kept exactly, and moved in tests only where it may be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.clock import Clock, StoryClock, from_microseconds, rfc3339, to_microseconds

_offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_moments = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=_offsets)
MIDNIGHT = datetime(2020, 1, 3, tzinfo=UTC)


@given(_moments)
def test_a_stored_time_is_the_time_that_was_stored(at: datetime) -> None:
    stored = from_microseconds(to_microseconds(at))
    assert (stored, stored.tzinfo) == (at, UTC)


@given(_moments, _moments)
def test_stored_times_sort_as_the_times_do(first: datetime, second: datetime) -> None:
    assert (to_microseconds(first) < to_microseconds(second)) == (first < second)


def test_a_stored_time_counts_microseconds_since_1970() -> None:
    assert to_microseconds(MIDNIGHT) == 1_578_009_600_000_000
    assert to_microseconds(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1


def test_a_time_without_an_offset_is_not_stored() -> None:
    with pytest.raises(TypeError):
        to_microseconds(datetime(2020, 1, 3))


@pytest.mark.parametrize(
    ("at", "written"),
    [
        (MIDNIGHT, "2020-01-03T00:00:00Z"),
        (MIDNIGHT + timedelta(microseconds=1500), "2020-01-03T00:00:00.001500Z"),
        (MIDNIGHT.astimezone(timezone(timedelta(hours=3))), "2020-01-03T00:00:00Z"),
        (datetime(999, 1, 1, tzinfo=UTC), "0999-01-01T00:00:00Z"),
    ],
)
def test_a_time_is_written_in_utc_with_z(at: datetime, written: str) -> None:
    assert rfc3339(at) == written


@given(_moments)
def test_what_is_written_can_be_read(at: datetime) -> None:
    assert datetime.fromisoformat(rfc3339(at)) == at


def test_the_machines_clock_serves_both_times() -> None:
    clock = Clock()
    before, recorded, after = clock.now(), clock.recorded_now(), clock.now()
    assert before <= recorded <= after
    assert before.tzinfo is UTC
    assert clock.monotonic() <= clock.monotonic()


def test_a_story_clock_stands_until_it_is_moved_and_leaves_real_time_alone() -> None:
    clock = StoryClock(MIDNIGHT)
    assert clock.recorded_now() == clock.recorded_now() == MIDNIGHT
    clock.set(MIDNIGHT - timedelta(days=1))
    assert clock.recorded_now() == MIDNIGHT - timedelta(days=1)
    assert clock.now() > datetime(2024, 1, 1, tzinfo=UTC)


def test_a_story_clock_tells_utc_wherever_it_was_set() -> None:
    elsewhere = MIDNIGHT.astimezone(timezone(timedelta(hours=3)))
    clock = StoryClock(elsewhere)
    assert (clock.recorded_now(), clock.recorded_now().tzinfo) == (MIDNIGHT, UTC)
    clock.set(elsewhere)
    assert clock.recorded_now().tzinfo is UTC
