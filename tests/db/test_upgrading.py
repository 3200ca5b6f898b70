"""A database with a history in it, made by the first version of the program, is migrated up to the present one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.db.aged import copy_into, revisions, rows_of
from tests.dying import How, Steps, interrupted, refused, unheard
from tests.dying_processes import DyingProcesses
from tests.programs import ROOT
from tests.rooms import Newsroom, make_token, settings_for
from tests.store.test_append_only import BOTH, POSTGRESQL, SQLITE, raw
from tests.store.writing import read_all, somebody_waits
from tests.waiting import wait_until
from tracker.clock import StoryClock
from tracker.db import migrating
from tracker.db.database import Database
from tracker.handling import Handler
from tracker.projections.story_list import StoryList
from tracker.store import followers, log, sequencer, verifying
from tracker.stories.commands import CloseStory, ReopenStory
from tracker.stories.errors import StoryIsClosed

FIRST = revisions()[0]
#: Every one would take long: the step is a prime, so that the deaths fall everywhere.
STRIDE = 7


class Young:
    """A history in a database of the present revision: four stories, one closed, one closed and opened again."""

    def __init__(self, database: Database, clock: StoryClock) -> None:
        self.database = database
        self.newsroom = newsroom_in(database, clock)
        self.stories = [self.newsroom.opens(f"Story {number}") for number in range(4)]
        for number, story_id in enumerate(self.stories):
            self.newsroom.updates(self.newsroom.files(story_id, f"{number}."), f"{number}, again.")
        followers.advance(database, StoryList(), 5)
        for story_id in self.stories[:2]:
            self.newsroom.asks(CloseStory(story_id=story_id, reason="Over."))
        self.newsroom.asks(ReopenStory(story_id=self.stories[1], reason="Not yet."))
        sequencer.tick(database)

    def log(self) -> list[tuple[Any, ...]]:
        return everything_of(self.database)


def newsroom_in(database: Database, clock: StoryClock) -> Newsroom:
    return Newsroom(Handler(database, clock, settings_for(url_of(database))), make_token(database, clock), clock)


def everything_of(database: Database) -> list[tuple[Any, ...]]:
    """The log as a follower finds it, opened, and what each stream's row says of it."""
    events = [(*event[1:-3], event.open()) for event in read_all(database)]
    with database.reading() as connection:
        columns = "id, kind, version, head_hash, recorded_at, redactions, closed_at"
        streams = connection.exec_driver_sql(f"SELECT {columns} FROM stream ORDER BY id").fetchall()
    return [*events, *map(tuple, streams)]


@pytest.fixture
def young(database: Database, clock: StoryClock) -> Young:
    return Young(database, clock)


@pytest.fixture
def old(young: Young, database: Database, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    """The same history in a database of the first revision, of the same kind."""
    if database.kind == "sqlite":
        url = f"sqlite:///{tmp_path / 'old.db'}"
    else:
        url = str(request.getfixturevalue("postgresql_url"))
    with closing(Database(settings_for(url))) as opened:
        migrating.upgrade_database(opened, FIRST)
        copy_into(opened, young.database)
        yield opened


def refuses_changes(database: Database) -> None:
    """Every way to change an event is refused, and changes nothing."""
    before, run = rows_of(database, "event", "event_order"), raw(database)
    for statement in BOTH + (SQLITE if database.kind == "sqlite" else POSTGRESQL):
        with pytest.raises(Exception, match=r"append-only|cannot modify event_order because it is a view"):
            run(statement)
        assert rows_of(database, "event", "event_order") == before, statement


def goes_on(database: Database, young: Young, clock: StoryClock) -> None:
    """What was there is there, and what comes follows it."""
    migrating.require_newest(database)
    assert everything_of(database) == young.log()
    assert verifying.verify(database, content=True).findings.told == []
    newsroom = newsroom_in(database, clock)
    with pytest.raises(StoryIsClosed):
        newsroom.files(young.stories[0])
    assert [newsroom.files(story_id, "After.").revision for story_id in young.stories[1:]] == [6, 4, 4]
    with database.reading() as connection:
        assert followers.position_of(connection, "story_list") == 5
    while followers.advance(database, StoryList(), 2):
        pass
    with database.reading() as connection:
        last = [event.position for event in log.read_all(connection, after=0, limit=100)]
        assert followers.position_of(connection, "story_list") == last[-1]
        assert last == list(range(1, len(last) + 1))
        reports = connection.exec_driver_sql("SELECT reports FROM story_list ORDER BY slug").scalars().all()
    assert reports == [1, 2, 2, 2]
    assert verifying.verify(database, content=True).findings.told == []


def test_a_history_of_the_first_version_goes_on_in_the_present_one(
    young: Young, old: Database, clock: StoryClock
) -> None:
    before = rows_of(old, "event", "event_order")
    for revision in revisions():
        migrating.upgrade_database(old, revision)
        assert migrating.revision_of(old) == revision
        refuses_changes(old)
    named = len(before["event"][0])
    # Columns may have been added, at the end.
    assert [row[:named] for row in rows_of(old, "event")["event"]] == before["event"]
    goes_on(old, young, clock)


@pytest.mark.parametrize("how", [refused, unheard, interrupted], ids=lambda how: how.__name__)
def test_a_migration_that_dies_at_any_statement_is_all_or_nothing(
    young: Young, old: Database, clock: StoryClock, how: How
) -> None:
    steps, before = Steps(old), rows_of(old, "event", "stream")
    number = 1
    while steps.dying(number, how, lambda: migrated(old)) is None:
        if migrating.revision_of(old) != FIRST:
            break
        assert rows_of(old, "event", "stream") == before, f"after a death at {steps.seen[-1]}"
        number += STRIDE
    assert number > 3 * STRIDE
    migrating.upgrade_database(old)
    goes_on(old, young, clock)


@pytest.mark.parametrize(("how", "is_done"), [(refused, False), (unheard, True), (interrupted, True)])
def test_a_migration_that_dies_at_its_commit_is_whole_or_is_not_there(
    young: Young, old: Database, clock: StoryClock, how: How, is_done: bool
) -> None:
    assert Steps(old).dying("COMMIT", how, lambda: migrated(old)) is None
    assert migrating.revision_of(old) == (migrating.newest() if is_done else FIRST)
    migrating.upgrade_database(old)
    goes_on(old, young, clock)


def migrated(database: Database) -> str:
    migrating.upgrade_database(database)
    return "done"


@pytest.mark.parametrize("how", ["killed", "killed_after"])
def test_a_migration_that_is_killed_is_run_again(young: Young, old: Database, clock: StoryClock, how: str) -> None:
    before, number = rows_of(old, "event", "stream"), 1
    with DyingProcesses(url_of(old)) as processes:
        while processes.do("migrate", number, how, to="head") is None:
            if migrating.revision_of(old) != FIRST:
                break
            assert rows_of(old, "event", "stream") == before, f"after a death at statement {number}"
            number += 3 * STRIDE
    assert number > 3 * STRIDE
    migrating.upgrade_database(old)
    goes_on(old, young, clock)


def test_a_migration_that_is_killed_while_it_waits_for_a_lock_is_run_again(
    migrated_postgresql_url: str, postgresql_url: str, clock: StoryClock
) -> None:
    with closing(Database(settings_for(migrated_postgresql_url))) as source:
        young = Young(source, clock)
        with closing(Database(settings_for(postgresql_url))) as old:
            migrating.upgrade_database(old, FIRST)
            copy_into(old, source)
            kill_while_it_waits(old)
            assert migrating.revision_of(old) == FIRST
            migrating.upgrade_database(old)
            goes_on(old, young, clock)


def kill_while_it_waits(database: Database) -> None:
    """Somebody reads the streams for long; the command waits for him, and is killed."""
    url = url_of(database)
    with psycopg.connect(url.replace("+psycopg", "")) as reading:
        reading.execute("LOCK TABLE stream IN ACCESS SHARE MODE")
        command = [sys.executable, "-m", "tracker", "migrate", "--database-url", url]
        with subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, "TRACKER_LOCK_TIMEOUT_MS": "60000"}, stderr=subprocess.PIPE
        ) as process:
            wait_until(lambda: somebody_waits(database) or process.poll() is not None, 30, "the migration to wait")
            process.send_signal(signal.SIGKILL)
            assert process.wait(30) == -signal.SIGKILL
    wait_until(lambda: not somebody_waits(database), 30, "the server to notice")


def url_of(database: Database) -> str:
    url: str = database.engine.url.render_as_string(hide_password=False)
    return url
