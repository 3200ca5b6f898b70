"""``tracker verify`` says that all is as it was written, or names the first event that is not."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text

from tests.cli.typing_commands import ask
from tests.rooms import Newsroom, everything
from tests.store.writing import read_all
from tracker.clock import StoryClock
from tracker.config import Settings
from tracker.db.database import Database
from tracker.worker import Worker

ALL = ("--content", "--saved-states", "--projections")


@pytest.fixture
def told(database: Database, newsroom: Newsroom, clock: StoryClock, settings: Settings) -> Database:
    """Some stories, and everything done that follows from them."""
    for number in range(3):
        story = newsroom.opens(f"Story {number}")
        newsroom.updates(newsroom.files(story, "One."), "Two.")
    work(database, clock, settings)
    return database


def work(database: Database, clock: StoryClock, settings: Settings) -> None:
    with Worker(database, clock, settings) as worker:
        assert worker.drain()


def test_what_nobody_touched_is_clean_and_stays_as_it_is(told: Database, settings: Settings) -> None:
    done = ask("verify", url=settings.database_url)
    assert (done.exit_code, done.stderr) == (0, "")
    events = len(read_all(told))
    assert done.stdout.startswith(f"Everything is as it was written: {events} events in 4 streams, root ")
    before = everything(told)
    every = ask("verify", *ALL, "--json", url=settings.database_url)
    found = json.loads(every.stdout)
    assert (every.exit_code, found["clean"], found["findings"]) == (0, True, [])
    after = everything(told)
    assert {name for name in after if after[name] != before[name]} <= {"generation"}


def test_a_bad_event_is_named_and_the_exit_status_is_1(told: Database, settings: Settings) -> None:
    event = read_all(told)[3]
    with told.writing() as connection:
        guard = "DROP TRIGGER event_no_update" if told.kind == "sqlite" else "ALTER TABLE event DISABLE TRIGGER ALL"
        connection.exec_driver_sql(guard)
        connection.execute(text("UPDATE event SET actor = 'tok_2' WHERE event_id = :id"), {"id": event.event_id})
    done = ask("verify", "--json", url=settings.database_url)
    first = json.loads(done.stdout)["first"]
    assert (done.exit_code, first["event_id"], first["position"], first["kind"]) == (1, event.event_id, 4, "chain")
    done = ask("verify", url=settings.database_url)
    assert (done.exit_code, f"The first bad event: position 4, stream {event.stream_id}" in done.stdout) == (1, True)


def test_a_list_that_the_log_does_not_make_is_found_with_projections(told: Database, settings: Settings) -> None:
    with told.writing() as connection:
        connection.execute(text("UPDATE story_list SET title = 'Forged' WHERE title = 'Story 1'"))
    assert ask("verify", "--content", "--saved-states", url=settings.database_url).exit_code == 0
    done = ask("verify", "--projections", url=settings.database_url)
    assert (done.exit_code, "story_list: 1 rows differ" in done.stdout) == (1, True)
    assert "tracker rebuild story_list" in done.stdout


def test_progress_is_said_when_it_is_asked_for(told: Database, settings: Settings) -> None:
    done = ask("verify", "--progress", url=settings.database_url)
    events = 2 * len(read_all(told))
    assert f"{events} of {events} events (100 %)" in done.stderr
