"""From an answer to what becomes of a delivery."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.webhooks.subscribers import SCHEDULE
from tracker.errors import Damaged
from tracker.webhooks.attempts import Outcome, Result, Timing
from tracker.webhooks.deliveries import Due, Settled
from tracker.webhooks.messages import judged, longest_wait, unsent
from tracker.webhooks.schedule import LONGEST_RETRY_AFTER

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)


def test_2xx_is_delivered_and_nothing_else_is() -> None:
    assert _judged(Outcome.DELIVERED, 204).state == "delivered"
    for outcome in set(Outcome) - {Outcome.DELIVERED}:
        assert _judged(outcome, 200).state == "due"


@pytest.mark.parametrize(("random", "wait"), [(0.0, 4.0), (0.5, 5.0), (0.75, 5.5)])
def test_the_wait_is_the_schedules_stretched_or_shrunk_by_a_fifth(random: float, wait: float) -> None:
    settled = judged(_due(0), _result(Outcome.TIMEOUT, None), NOW, SCHEDULE, random)
    assert settled.due_at == NOW + timedelta(seconds=wait)


def test_after_the_last_attempt_it_is_given_up() -> None:
    states = [_judged(Outcome.REFUSED_STATUS, 500, attempts=attempts).state for attempts in range(4)]
    assert states == ["due", "due", "due", "exhausted"]
    assert judged(_due(0), _result(Outcome.REFUSED_STATUS, 500), NOW, (), 0.5).state == "exhausted"


@given(st.integers(0, 2), st.integers(0, 10**7))
def test_retry_after_lengthens_the_wait_up_to_a_day_and_never_shortens_it(attempts: int, asked: int) -> None:
    settled = _judged(Outcome.REFUSED_STATUS, 429, attempts=attempts, retry_after=str(asked))
    wait = max(SCHEDULE[attempts], min(asked, LONGEST_RETRY_AFTER))
    assert settled.due_at == NOW + timedelta(seconds=wait)


def test_a_retry_after_that_cannot_be_read_is_passed_over() -> None:
    settled = _judged(Outcome.REFUSED_STATUS, 503, retry_after="soon")
    assert settled.due_at == NOW + timedelta(seconds=5)


def test_a_receiver_that_wants_no_more_ends_the_delivery() -> None:
    settled = judged(_due(0), _result(Outcome.REFUSED_STATUS, 410, unwanted=True), NOW, SCHEDULE, 0.5)
    assert (settled.state, settled.status) == ("exhausted", 410)


def test_a_message_that_could_not_be_made_counts_as_an_attempt_and_tells_no_secrets() -> None:
    broken = unsent(_due(0), KeyError("whsec_"), NOW, SCHEDULE, 0.5)
    assert (broken.state, broken.outcome) == ("due", "Not sent: the message could not be made.")
    assert unsent(_due(3), Damaged("It was altered."), NOW, SCHEDULE, 0.5)[3:] == (
        "exhausted",
        NOW,
        NOW,
        None,
        "Not sent: It was altered.",
    )


@given(st.lists(st.integers(1, 86_400 * 30), max_size=12), st.integers(0, 11), st.floats(0, 1, exclude_max=True))
def test_no_wait_is_longer_than_the_longest(schedule: list[int], attempts: int, random: float) -> None:
    settled = judged(
        _due(attempts), _result(Outcome.REFUSED_STATUS, 503, retry_after="99999999"), NOW, schedule, random
    )
    assert settled.due_at - NOW <= timedelta(seconds=longest_wait(schedule))


def _due(attempts: int) -> Due:
    return Due("end_1", "sty_1", 9, "evt_1", 3, 2, attempts)


def _result(outcome: Outcome, status: int | None, *, retry_after: str | None = None, unwanted: bool = False) -> Result:
    return Result("key", status, outcome, "A sentence.", retry_after, Timing(), b"", unwanted)


def _judged(outcome: Outcome, status: int | None, *, attempts: int = 0, retry_after: str | None = None) -> Settled:
    return judged(_due(attempts), _result(outcome, status, retry_after=retry_after), NOW, SCHEDULE, 0.5)
