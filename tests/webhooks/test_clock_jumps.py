"""The clock is set forward and back, by an hour and by a year: leases end, and what is due is sent in order."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.rooms import Newsroom
from tests.webhooks.receivers import Receiver, answering
from tests.webhooks.subscribers import (
    ShiftedClock,
    deliveries_of,
    messages_of,
    plan,
    reachable,
    revisions_by_story,
    subscribe,
)
from tracker.clock import Clock
from tracker.config import Settings
from tracker.db.database import Database
from tracker.webhooks import leases
from tracker.webhooks.leases import Lease
from tracker.worker import Worker

LENGTH = timedelta(seconds=15)
HOUR, YEAR = timedelta(hours=1), timedelta(days=365)
JUMPS = [HOUR, -HOUR, YEAR, -YEAR]


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_a_lease_that_was_taken_before_a_jump_is_given_to_one_other_and_its_holder_knows(
    database: Database, newsroom: Newsroom, jump: timedelta
) -> None:
    made, _ = subscribe(database, "http://127.0.0.1:9/hook")
    newsroom.opens()
    plan(database)
    now = Clock().now()
    (before,) = claim(database, made.id, now)
    (after,) = claim(database, made.id, now + jump)
    assert (after.endpoint_id, after.epoch) == (before.endpoint_id, before.epoch + 1)
    assert claim(database, made.id, now + jump) == []
    with database.writing() as connection:
        assert leases.renew(connection, [before], now + jump, LENGTH) == []
        (kept,) = leases.renew(connection, [after], now + jump, LENGTH)
    assert kept.until == now + jump + LENGTH


def test_whatever_the_clock_does_messages_come_once_and_in_order(
    database: Database, settings: Settings, newsroom: Newsroom
) -> None:
    clock = ShiftedClock()
    with Receiver(answering(200)) as receiver:
        made, _ = subscribe(database, receiver.url)
        story_id = newsroom.opens()
        with Worker(database, clock, reachable(settings)) as worker:
            for jump in (*JUMPS, timedelta(0), *JUMPS[::-1]):
                clock.shift = jump
                newsroom.files(story_id)
                assert worker.drain(20), f"something was left at {jump}"
        revisions = revisions_by_story(messages_of(receiver))[story_id]
    assert revisions == list(range(1, 11))
    assert {row.state for row in deliveries_of(database, made)} == {"delivered"}


def claim(database: Database, endpoint_id: str, now: datetime) -> list[Lease]:
    with database.writing() as connection:
        return leases.claim(connection, [endpoint_id], now, LENGTH)
