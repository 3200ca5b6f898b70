"""A failed message comes again, by the schedule or as the receiver asks, and is given up in the end."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest

from tests.rooms import Newsroom
from tests.webhooks.receivers import Receiver, answering
from tests.webhooks.subscribers import (
    SCHEDULE,
    ShiftedClock,
    deliver,
    deliveries_of,
    messages_of,
    plan,
    sending,
    subscribe,
)
from tracker.clock import Clock
from tracker.config import Settings
from tracker.db.database import Database


def test_a_failed_message_comes_again_by_the_schedule_and_is_then_given_up_and_kept(
    database: Database, settings: Settings, newsroom: Newsroom
) -> None:
    clock = ShiftedClock()
    with Receiver(answering(503)) as receiver, sending(database, settings, clock) as delivering:
        made, _ = subscribe(database, receiver.url)
        newsroom.opens()
        plan(database)
        for attempt, wait in enumerate((*SCHEDULE, None), 1):
            before = clock.now()
            deliver(delivering)
            row = deliveries_of(database, made)[0]
            assert (row.attempts, row.last_status) == (attempt, 503)
            if wait is None:
                assert (row.state, row.due_at) == ("exhausted", None)
                continue
            assert row.state == "due"
            assert row.due_at is not None
            assert before + timedelta(seconds=wait) <= row.due_at <= clock.now() + timedelta(seconds=wait)
            clock.shift += timedelta(seconds=wait - 1)
            deliver(delivering)
            assert len(receiver.requests) == attempt, "it came before its time"
            clock.shift += timedelta(seconds=1)
        assert len({message.id for message in messages_of(receiver)}) == 1
        deliver(delivering)
        assert len(receiver.requests) == len(SCHEDULE) + 1


def test_every_attempt_has_the_same_id_and_a_fresh_timestamp(
    database: Database, settings: Settings, newsroom: Newsroom
) -> None:
    clock = ShiftedClock()
    with Receiver(answering(500)) as receiver, sending(database, settings, clock) as delivering:
        subscribe(database, receiver.url)
        newsroom.opens()
        plan(database)
        for _ in range(3):
            deliver(delivering)
            clock.shift += timedelta(hours=1)
        messages = messages_of(receiver)
        assert len(messages) == 3
        assert len({message.id for message in messages}) == len({message.body for message in messages}) == 1
        stamps = [int(message.headers["webhook-timestamp"]) for message in messages]
        assert [later - earlier >= 3600 for earlier, later in pairwise(stamps)] == [True, True]


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_a_receiver_that_asks_for_a_longer_rest_gets_it(
    database: Database, settings: Settings, newsroom: Newsroom, form: str
) -> None:
    asked = {"seconds": "7200", "date": format_datetime(Clock().now() + timedelta(hours=2))}[form]
    with (
        Receiver(answering(429, f"Retry-After: {asked}")) as receiver,
        sending(database, settings) as delivering,
    ):
        made, _ = subscribe(database, receiver.url)
        newsroom.opens()
        plan(database)
        deliver(delivering)
        due_at = deliveries_of(database, made)[0].due_at
        assert due_at is not None
        assert abs(due_at - Clock().now() - timedelta(hours=2)) < timedelta(minutes=2)


def test_a_receiver_that_wants_no_more_is_not_asked_again_for_this_one(
    database: Database, settings: Settings, newsroom: Newsroom
) -> None:
    with Receiver(answering(410)) as receiver, sending(database, settings) as delivering:
        made, _ = subscribe(database, receiver.url)
        newsroom.opens()
        plan(database)
        deliver(delivering)
        row = deliveries_of(database, made)[0]
        assert (row.state, row.attempts, row.last_status) == ("exhausted", 1, 410)


def test_a_wait_is_measured_in_real_time_and_not_in_the_storys(
    database: Database, settings: Settings, newsroom: Newsroom
) -> None:
    with Receiver(answering(500)) as receiver, sending(database, settings) as delivering:
        made, _ = subscribe(database, receiver.url)
        newsroom.opens()
        plan(database)
        deliver(delivering)
        row = deliveries_of(database, made)[0]
        assert row.due_at is not None
        assert row.due_at > datetime.fromisoformat("2020-02-01T00:00:00Z")
        assert messages_of(receiver)[0].event["time"] == "2020-01-03T00:00:00Z"
