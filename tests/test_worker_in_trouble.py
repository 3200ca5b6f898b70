"""Trouble of a follower, of the database or of the worker itself is logged and outlived."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import closing

import pytest
from sqlalchemy import Connection

from tests.rooms import Newsroom, make_token, settings_for
from tests.waiting import wait_until
from tests.webhooks.receivers import Receiver, answering
from tests.webhooks.subscribers import (
    deliveries_of,
    messages_of,
    reachable,
    revisions_by_story,
    running,
    subscribe,
)
from tracker.clock import Clock
from tracker.config import Settings
from tracker.db.database import Database
from tracker.errors import Busy, Contended, Unavailable
from tracker.handling import Handler
from tracker.projections.following import all_followers
from tracker.store import followers
from tracker.store.log_events import LogEvent
from tracker.webhooks import deliveries, endpoints
from tracker.worker import Worker, status


def test_a_follower_that_fails_is_logged_and_the_others_go_on_and_it_comes_back(
    database: Database,
    settings: Settings,
    newsroom: Newsroom,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    failing = _Failing()
    monkeypatch.setattr("tracker.worker.all_followers", lambda given: (failing, *all_followers(given)))
    newsroom.opens()
    with caplog.at_level(logging.ERROR), running(Worker(database, Clock(), settings)):
        wait_until(lambda: failing.tries > 1, 20, "a second try")
        with database.reading() as connection:
            wait_until(lambda: followers.position_of(connection, "story_list") == 1, 20, "the story list")
            assert followers.position_of(connection, failing.name) == 0
            failing.mended = True
            wait_until(lambda: followers.position_of(connection, failing.name) == 1, 20, "the mended follower")
    assert "follower failing failed" in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_an_event_that_a_follower_cannot_take_is_told_to_operators_and_taken_by_a_worker_that_can(
    database: Database, settings: Settings, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = _Failing()
    failing.parks = True
    monkeypatch.setattr("tracker.worker.all_followers", lambda given: (failing, *all_followers(given)))
    monkeypatch.setattr("tracker.webhooks.progress.all_followers", lambda given: (failing, *all_followers(given)))
    newsroom.opens()
    with Worker(database, Clock(), settings) as worker:
        assert worker.drain(20)
    assert _parked(database, settings) == {"failing": 1}
    failing.mended = True
    with Worker(database, Clock(), settings) as worker:
        assert worker.drain(20)
    assert _parked(database, settings) == {}


@pytest.mark.parametrize("trouble", [Busy("Somebody else is at it."), Contended("It gave way.")])
def test_busy_followers_rest_alone(
    database: Database, settings: Settings, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, trouble: Busy
) -> None:
    failing = _Failing(trouble)
    monkeypatch.setattr("tracker.worker.all_followers", lambda given: (failing, *all_followers(given)))
    newsroom.opens()
    with Worker(database, Clock(), settings) as worker:
        assert worker.drain(20)
        with database.reading() as connection:
            assert followers.position_of(connection, "story_list") == 1


def test_while_the_database_is_away_the_worker_waits_and_comes_back_by_itself(
    database: Database,
    settings: Settings,
    newsroom: Newsroom,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    away = _Away()
    with Receiver(answering(200)) as receiver:
        subscribe(database, receiver.url)
        newsroom.opens()
        with monkeypatch.context() as patched, running(Worker(database, Clock(), reachable(settings))):
            patched.setattr(followers, "position_of", away)
            before = away.asked
            wait_until(lambda: away.asked > before + 1, 20, "another try")
            patched.undo()
            newsroom.opens()
            wait_until(lambda: len(receiver.requests) == 2, 40, "both messages")
    assert "the worker waits" in caplog.text


def test_broken_connections_to_postgresql_are_outlived(migrated_postgresql_url: str) -> None:
    settings, clock = reachable(settings_for(migrated_postgresql_url), worker_poll_seconds=0.02), Clock()
    with (
        closing(Database(settings)) as database,
        closing(Database(settings)) as own,
        Receiver(answering(200)) as receiver,
    ):
        newsroom = Newsroom(Handler(own, clock, settings), make_token(own, clock), clock)
        made, _ = subscribe(own, receiver.url)
        story = newsroom.opens()
        with running(Worker(database, clock, settings, lease_seconds=1.0)):
            for _ in range(5):
                for _ in range(10):
                    newsroom.files(story)
                _break_connections(own)
            wait_until(lambda: _delivered(own, made) == 51, 60, "every delivery")
        assert revisions_by_story(messages_of(receiver)) == {story: list(range(1, 52))}


def test_a_failure_of_the_worker_itself_is_logged_and_it_goes_on(
    database: Database,
    settings: Settings,
    newsroom: Newsroom,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with Receiver(answering(200)) as receiver:
        subscribe(database, receiver.url)
        newsroom.opens()
        with monkeypatch.context() as patched:
            patched.setattr(deliveries, "bring_near", _broken)
            with running(Worker(database, Clock(), reachable(settings))):
                wait_until(lambda: "the worker failed" in caplog.text, 20, "the log")
                patched.undo()
                wait_until(lambda: len(receiver.requests) == 1, 20, "the message")


class _Failing:
    """A follower that can't digest anything until it is mended."""

    name = "failing"
    parks = False

    def __init__(self, error: Exception | None = None) -> None:
        self.tries, self.mended = 0, False
        self._error = error or ZeroDivisionError("of the test")

    def apply(self, connection: Connection, events: Sequence[LogEvent]) -> None:
        self.tries += 1
        if not self.mended:
            raise self._error


class _Away:
    """A database that doesn't answer."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, *_: object) -> int:
        self.asked += 1
        raise Unavailable("The database is away at present.")


def _parked(database: Database, settings: Settings) -> dict[str, int]:
    with database.reading() as connection:
        found = status(connection, settings).followers
    assert {each.events_behind for each in found} == {0}
    return {each.name: each.parked for each in found if each.parked}


def _broken(*_: object) -> None:
    raise ZeroDivisionError("of the test")


def _break_connections(database: Database) -> None:
    """End every other connection to this database, as a restart of the server would."""
    with database.reading() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def _delivered(database: Database, endpoint: endpoints.Endpoint) -> int:
    return sum(row.state == "delivered" for row in deliveries_of(database, endpoint))
