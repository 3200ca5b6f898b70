"""Sending what is due: signed, in order, at least once, by the schedule, and only where it may be sent."""

from __future__ import annotations

import dataclasses
import logging
import threading
from collections import Counter, defaultdict
from datetime import timedelta
from typing import Any

import pytest
import standardwebhooks

from tests.rooms import Newsroom
from tests.waiting import wait_until
from tests.webhooks.receivers import Receiver, answering, hanging
from tests.webhooks.subscribers import (
    OWNER,
    SCHEDULE,
    Gate,
    ShiftedClock,
    choosing,
    deliver,
    deliveries_of,
    messages_of,
    plan,
    revisions_by_story,
    sending,
    subscribe,
)
from tracker.clock import Clock
from tracker.config import Settings
from tracker.db.database import Database
from tracker.errors import Unavailable
from tracker.webhooks import deliveries, endpoints
from tracker.webhooks.delivering import Delivering
from tracker.webhooks.signing import CONTENT_TYPE


def test_each_event_arrives_once_in_the_order_of_its_story_signed_for_its_endpoint(
    database: Database, settings: Settings, newsroom: Newsroom
) -> None:
    with Receiver(answering(200)) as receiver, sending(database, settings) as delivering:
        made, secret = subscribe(database, receiver.url)
        stories = [newsroom.opens() for _ in range(3)]
        for _ in range(9):
            for story in stories:
                newsroom.files(story)
        plan(database)
        deliver(delivering)
        messages = messages_of(receiver)
        assert Counter(message.id for message in messages).most_common(1)[0][1] == 1
        assert revisions_by_story(messages) == {story: list(range(1, 11)) for story in stories}
        for message in messages:
            read = standardwebhooks.Webhook(secret).verify(message.body, message.headers)
            assert read["id"] == message.id
            assert message.headers["content-type"] == CONTENT_TYPE
        assert {row.state for row in deliveries_of(database, made)} == {"delivered"}


def test_a_message_that_was_changed_on_its_way_fails_its_verification(
    database: Database, settings: Settings, newsroom: Newsroom
) -> None:
    with Receiver(answering(200)) as receiver, sending(database, settings) as delivering:
        _, secret = subscribe(database, receiver.url)
        newsroom.opens()
        plan(database)
        deliver(delivering)
        message = messages_of(receiver)[0]
        with pytest.raises(standardwebhooks.WebhookVerificationError):
            standardwebhooks.Webhook(secret).verify(message.body + b" ", message.headers)


def test_a_failing_message_holds_up_its_own_story_and_the_endpoints_other_stories_go_on(
    database: Database, settings: Settings, newsroom: Newsroom
) -> None:
    clock, failing = ShiftedClock(), newsroom.opens("Failing")
    other, healed = newsroom.opens("Other"), threading.Event()

    def choose(event: dict[str, Any]) -> int:
        fails = event["data"]["story"] == failing and event["data"]["revision"] == 3
        return 500 if fails and not healed.is_set() else 200

    with Receiver(choosing(choose)) as receiver, sending(database, settings, clock) as delivering:
        subscribe(database, receiver.url)
        for _ in range(4):
            newsroom.files(failing)
            newsroom.files(other)
        plan(database)
        deliver(delivering)
        assert revisions_by_story(messages_of(receiver)) == {failing: [2, 3], other: [2, 3, 4, 5]}
        newsroom.files(failing)
        plan(database)
        deliver(delivering)
        assert revisions_by_story(messages_of(receiver))[failing] == [2, 3]
        healed.set()
        clock.shift += timedelta(seconds=SCHEDULE[0])
        deliver(delivering)
        assert revisions_by_story(messages_of(receiver))[failing] == [2, 3, 4, 5, 6]


def test_an_endpoint_has_one_message_under_way_at_a_time(
    database: Database, settings: Settings, newsroom: Newsroom
) -> None:
    under_way: dict[str, int] = defaultdict(int)
    most: list[int] = []

    def choose(event: dict[str, Any]) -> int:
        under_way["now"] += 1
        most.append(under_way["now"])
        threading.Event().wait(0.005)
        under_way["now"] -= 1
        return 200

    with Receiver(choosing(choose)) as receiver, sending(database, settings) as delivering:
        subscribe(database, receiver.url)
        for _ in range(30):
            newsroom.opens()
        plan(database)
        deliver(delivering)
        assert len(most) == 30
        assert set(most) == {1}


def test_endpoints_that_hang_do_not_hold_up_the_others(
    database: Database, settings: Settings, newsroom: Newsroom
) -> None:
    with (
        Receiver(hanging) as hung,
        Receiver(answering(200)) as receiver,
        sending(database, settings, webhook_in_flight=4) as delivering,
    ):
        for _ in range(12):
            subscribe(database, hung.url)
        made = [subscribe(database, receiver.url)[0] for _ in range(12)]
        newsroom.opens()
        plan(database)
        delivering.look()
        # A hanging receiver has 15 seconds, so that nobody waited for one where this comes to its end.
        for _ in range(700):
            delivering.turn(0.01)
            if {row.state for each in made for row in deliveries_of(database, each)} == {"delivered"}:
                break
        else:
            pytest.fail("the others were held up")
        assert hung.visits == 12


def test_a_receiver_that_may_not_be_called_is_never_reached(
    database: Database, settings: Settings, newsroom: Newsroom
) -> None:
    """The endpoint was made when the network was open; now it is closed."""
    with (
        Receiver(answering(200)) as receiver,
        Delivering(database, Clock(), dataclasses.replace(settings, webhook_allowed_networks=())) as delivering,
    ):
        made = [subscribe(database, url)[0] for url in (receiver.url, f"http://localhost:{receiver.port}/hook")]
        newsroom.opens()
        plan(database)
        deliver(delivering)
        assert receiver.visits == 0
        for endpoint in made:
            row = deliveries_of(database, endpoint)[0]
            assert (row.state, row.attempts, row.last_status) == ("due", 1, None)
            assert row.last_outcome


def test_a_deleted_endpoint_is_sent_nothing_more(database: Database, settings: Settings, newsroom: Newsroom) -> None:
    with Receiver(answering(200)) as receiver, sending(database, settings) as delivering:
        gone, stays = subscribe(database, receiver.url)[0], subscribe(database, receiver.url)[0]
        newsroom.opens()
        plan(database)
        with database.writing() as connection:
            endpoints.delete(connection, Clock(), OWNER, gone.id)
        deliver(delivering)
        assert len(receiver.requests) == 1
        assert [row.state for row in deliveries_of(database, stays)] == ["delivered"]
        with database.reading() as connection:
            assert deliveries.backlog(connection) == (0, 0, None)


def test_what_is_under_way_when_an_endpoint_is_deleted_comes_to_its_end_and_the_rest_is_not_sent(
    database: Database, settings: Settings, newsroom: Newsroom
) -> None:
    def choose(event: dict[str, Any]) -> int:
        if event["data"]["revision"] == 1:
            with database.writing() as connection:
                endpoints.delete(connection, Clock(), OWNER, made.id)
        # Longer than outcomes are collected for, so that the sender hears of it between two messages.
        threading.Event().wait(0.12)
        return 200

    with Receiver(choosing(choose)) as receiver, sending(database, settings) as delivering:
        made, _ = subscribe(database, receiver.url)
        story = newsroom.opens()
        for _ in range(9):
            newsroom.files(story)
        plan(database)
        deliver(delivering)
        assert len(receiver.requests) <= 3


def test_one_message_that_cannot_be_made_is_logged_and_holds_up_no_other(
    database: Database, settings: Settings, newsroom: Newsroom, caplog: pytest.LogCaptureFixture
) -> None:
    with Receiver(answering(200)) as receiver, sending(database, settings) as delivering:
        damaged, _ = subscribe(database, receiver.url)
        sound, _ = subscribe(database, receiver.url)
        newsroom.opens()
        plan(database)
        with database.writing() as connection:
            connection.exec_driver_sql(f"UPDATE endpoint SET secret = 'whsec_?' WHERE id = '{damaged.id}'")
        with caplog.at_level(logging.ERROR):
            deliver(delivering)
        assert "Traceback" in caplog.text
        row = deliveries_of(database, damaged)[0]
        assert (row.state, row.attempts, row.last_outcome) == (
            "due",
            1,
            "Not sent: the message could not be made.",
        )
        assert deliveries_of(database, sound)[0].state == "delivered"


def test_an_outcome_is_kept_while_the_database_is_away_and_written_when_it_is_back(
    database: Database, settings: Settings, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Receiver(answering(200)) as receiver, sending(database, settings) as delivering:
        made, _ = subscribe(database, receiver.url)
        newsroom.opens()
        plan(database)
        with monkeypatch.context() as patched:
            patched.setattr(deliveries, "settle", _away)
            with pytest.raises(Unavailable):
                deliver(delivering)
            with pytest.raises(Unavailable):
                delivering.turn(0.0)
        assert deliveries_of(database, made)[0].state == "due"
        deliver(delivering)
        assert deliveries_of(database, made)[0].state == "delivered"
        assert len(receiver.requests) == 1


def test_at_the_end_what_is_under_way_is_waited_for_and_the_lease_is_given_back(
    database: Database, settings: Settings, newsroom: Newsroom
) -> None:
    gate = Gate()
    with Receiver(gate) as receiver:
        made, _ = subscribe(database, receiver.url)
        story = newsroom.opens()
        newsroom.files(story)
        plan(database)
        with sending(database, settings) as delivering:
            wait_until(lambda: delivering.turn(0.01) or gate.asked.acquire(blocking=False), what="the first message")
            gate.open()
            delivering.finish(10)
        states = [row.state for row in deliveries_of(database, made)]
        # The first was under way, the second was not begun.
        assert states == ["delivered", "due"]
        with sending(database, settings) as another:
            deliver(another)
        assert revisions_by_story(messages_of(receiver)) == {story: [1, 2]}
        assert len(receiver.requests) == 2


def _away(*_: object) -> None:
    raise Unavailable("The database is away at present.")
