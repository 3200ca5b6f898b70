"""What was appended gets its position soon, by itself, and nothing goes on when the database is closed."""

from __future__ import annotations

import threading

import pytest

from tests.rooms import settings_for
from tests.store.writing import NOW, saying
from tests.waiting import wait_until
from tracker.db.database import Database
from tracker.store import log, order, sequencer
from tracker.store.ticking import Ticking


def test_what_was_appended_gets_its_position_without_anybody_asking(database: Database) -> None:
    ticking = Ticking(database)
    for number in range(1, 6):
        _append(database)
        ticking.wake()
        wait_until(lambda number=number: _last(database) == number, what=f"position {number}")  # type: ignore[misc]


@pytest.mark.parametrize("migrated_url", ["postgresql"], indirect=True)
def test_closing_the_database_ends_the_tick_that_is_under_way(
    migrated_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(settings_for(migrated_url))
    under_way, ended = threading.Event(), threading.Event()
    tick = sequencer.tick

    def slow(database: Database) -> int:
        with database.reading():
            under_way.set()
            ended.wait(0.2)
        ended.set()
        return tick(database)

    monkeypatch.setattr(sequencer, "tick", slow)
    ticking = Ticking(database)
    _append(database)
    ticking.wake()
    assert under_way.wait(20)
    database.close()
    assert ended.is_set()
    assert "sequencer" not in {thread.name for thread in threading.enumerate()}
    ticking.wake()
    assert "sequencer" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.parametrize("migrated_url", ["postgresql"], indirect=True)
def test_a_tick_that_fails_in_whatever_way_is_not_the_last_one(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = threading.Event()

    def failing(_database: Database) -> int:
        failed.set()
        raise LookupError("of which nobody thought")

    ticking = Ticking(database)
    with monkeypatch.context() as surprised:
        surprised.setattr(sequencer, "tick", failing)
        _append(database)
        ticking.wake()
        assert failed.wait(20)
    _append(database)
    ticking.wake()
    wait_until(lambda: _last(database) == 2, what="both positions")


@pytest.mark.parametrize("migrated_url", ["postgresql"], indirect=True)
def test_whoever_appended_is_not_failed_by_a_thread_that_can_not_be_begun(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    ticking = Ticking(database)
    with monkeypatch.context() as crowded:
        crowded.setattr(threading.Thread, "start", refuse)
        _append(database)
        ticking.wake()
    ticking.wake()
    wait_until(lambda: _last(database) == 1, what="the position")


def _append(database: Database) -> None:
    with database.writing() as connection:
        log.append(connection, "sty_1", "story", [saying("More.")], expected="any", now=NOW)


def _last(database: Database) -> int:
    with database.reading() as connection:
        return order.last_position(connection)
