"""The worker: what follows the log follows it, trouble is outlived, and it stops when it is asked to."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.rooms import Newsroom, make_token
from tests.waiting import wait_until
from tests.webhooks.receivers import Receiver, answering
from tests.webhooks.subscribers import (
    OWNER,
    Gate,
    ShiftedClock,
    deliveries_of,
    messages_of,
    plan,
    reachable,
    revisions_by_story,
    running,
    subscribe,
)
from tracker.clock import Clock, StoryClock
from tracker.config import Settings
from tracker.db.database import Database
from tracker.handling import Handler
from tracker.projections.following import all_followers
from tracker.store import requests, sequencer
from tracker.store.requests import RequestKey
from tracker.store.ticking import Ticking
from tracker.webhooks import endpoints, progress
from tracker.worker import Worker, status


def test_what_was_appended_is_followed_and_sent_until_nothing_is_left(
    database: Database, settings: Settings, newsroom: Newsroom
) -> None:
    with Receiver(answering(200)) as receiver, _worker(database, settings) as worker:
        made, _ = subscribe(database, receiver.url)
        stories = [newsroom.opens() for _ in range(3)]
        for story in stories:
            newsroom.files(story)
        assert worker.drain(30)
        assert revisions_by_story(messages_of(receiver)) == {story: [1, 2] for story in stories}
        assert {row.state for row in deliveries_of(database, made)} == {"delivered"}
        with database.reading() as connection:
            found = status(connection, settings)
        assert {each.events_behind for each in found.followers} == {0}
        assert (found.position, found.due, found.exhausted, found.oldest_due) == (7, 0, 0, None)


def test_draining_does_not_wait_for_a_delivery_that_is_due_later(
    database: Database, settings: Settings, newsroom: Newsroom
) -> None:
    with Receiver(answering(500)) as receiver, _worker(database, settings) as worker:
        subscribe(database, receiver.url)
        newsroom.opens()
        assert worker.drain(30)
        assert len(receiver.requests) == 1
        with database.reading() as connection:
            found = status(connection, settings)
        assert (found.due, found.exhausted) == (1, 0)
        assert found.oldest_due is not None


def test_draining_says_when_it_did_not_come_to_an_end(
    database: Database, settings: Settings, newsroom: Newsroom
) -> None:
    with Receiver(Gate()) as receiver, _worker(database, settings) as worker:
        subscribe(database, receiver.url)
        newsroom.opens()
        assert not worker.drain(0.5)


def test_a_follower_that_never_ran_is_behind_by_the_whole_log(
    database: Database, settings: Settings, newsroom: Newsroom
) -> None:
    newsroom.opens()
    sequencer.tick(database)
    with database.reading() as connection:
        found = {each.name: each.events_behind for each in progress.following(connection, settings)}
    assert set(found) == {"webhooks", *(each.name for each in all_followers(settings))}
    assert set(found.values()) == {1}


def test_one_turn_takes_a_page_of_each_follower(database: Database, settings: Settings, newsroom: Newsroom) -> None:
    newsroom.files(newsroom.opens())
    with _worker(database, settings) as worker:
        worker.run_once()
        with database.reading() as connection:
            assert {each.position for each in status(connection, settings).followers} == {3}


def test_a_running_worker_is_woken_by_an_append_and_stops_when_asked(
    database: Database, settings: Settings, clock: StoryClock
) -> None:
    # It would look by itself only after a minute.
    settings = reachable(settings, worker_poll_seconds=60.0)
    worker = Worker(database, clock, settings)
    newsroom = Newsroom(Handler(database, clock, settings, worker.wake), make_token(database, clock), clock)
    with Receiver(answering(200)) as receiver:
        subscribe(database, receiver.url)
        with running(worker):
            for n in range(1, 4):
                newsroom.opens()
                wait_until(lambda n=n: len(receiver.requests) == n, 20, f"message {n}")  # type: ignore[misc]


def test_a_running_worker_hears_of_what_another_process_appends(
    database: Database, settings: Settings, clock: StoryClock
) -> None:
    settings = reachable(settings, worker_poll_seconds=60.0)
    elsewhere = Database(settings)
    ticking = Ticking(elsewhere)
    newsroom = Newsroom(Handler(elsewhere, clock, settings, ticking.wake), make_token(elsewhere, clock), clock)
    with Receiver(answering(200)) as receiver, closing(elsewhere):
        subscribe(database, receiver.url)
        with running(Worker(database, clock, settings)):
            for n in range(1, 4):
                newsroom.opens()
                wait_until(lambda n=n: len(receiver.requests) == n, 20, f"message {n}")  # type: ignore[misc]


def test_a_worker_that_is_stopped_leaves_a_hanging_receiver_to_the_next_one(
    database: Database, settings: Settings, newsroom: Newsroom
) -> None:
    gate = Gate()
    with Receiver(gate) as receiver:
        made, _ = subscribe(database, receiver.url)
        newsroom.opens()
        with running(Worker(database, Clock(), reachable(settings))):
            assert gate.asked.acquire(timeout=20)
        assert deliveries_of(database, made)[0].state == "due"
        gate.open()
        clock = ShiftedClock(timedelta(minutes=1))
        with Worker(database, clock, reachable(settings)) as another:
            assert another.drain(30)
        assert [message.id for message in messages_of(receiver)] == [deliveries_of(database, made)[0].event_id] * 2


def test_old_idempotency_keys_and_deleted_endpoints_are_cleared_away(
    database: Database, settings: Settings, newsroom: Newsroom
) -> None:
    gone, _ = subscribe(database, "http://127.0.0.1:9/hook")
    newsroom.opens()
    plan(database)
    day = timedelta(hours=settings.idempotency_hours)
    two_days_ago = Clock().now() - 2 * day
    with database.writing() as connection:
        endpoints.delete(connection, ShiftedClock(-2 * day), OWNER, gone.id)
        requests.claim(connection, _key("old"), two_days_ago, day)
        requests.claim(connection, _key("new"), Clock().now(), day)
    with running(Worker(database, Clock(), settings)):
        wait_until(lambda: _count(database, "endpoint") == 0, 20, "the endpoint to go")
    assert _count(database, "delivery") == _count(database, "delivery_queue") == 0
    assert _count(database, "idempotency") == 1


def test_the_status_says_how_far_each_follower_is_behind(
    database: Database, settings: Settings, newsroom: Newsroom, clock: StoryClock
) -> None:
    with database.reading() as connection:
        assert {each.events_behind for each in status(connection, settings).followers} == {0}
    story = newsroom.opens()
    with _worker(database, settings) as worker:
        worker.drain(20)
    for hour in (1, 2):
        clock.set(datetime(2020, 1, 3, hour, tzinfo=UTC))
        newsroom.files(story)
    sequencer.tick(database)
    with database.reading() as connection:
        found = status(connection, settings)
    assert {each.name for each in found.followers} >= {"webhooks", "story_list"}
    # The outlet, the first report and the second: from one o'clock to two.
    assert {(each.position, each.events_behind, each.seconds_behind) for each in found.followers} == {(1, 3, 3600.0)}


def _key(key: str) -> RequestKey:
    return RequestKey(token_id="tok_1", key=key, route="POST /v1/stories", fingerprint=b"1")


def _worker(database: Database, settings: Settings, **changed: Any) -> Worker:
    return Worker(database, Clock(), reachable(settings, **changed))


def _count(database: Database, table: str) -> int:
    with database.reading() as connection:
        return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())
