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


def _append(database: Database) -> None:
    with database.writing() as connection:
        log.append(connection, "sty_1", "story", [saying("More.")], expected="any", now=NOW)


def _last(database: Database) -> int:
    with database.reading() as connection:
        return order.last_position(connection)
