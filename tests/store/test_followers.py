"""Followers take each event once and in order, with the checkpoint in the same transaction as the work."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection

from tests.rooms import everything
from tests.store.scribe import Scribe, Stumbled, make_table, place_and_lag, taken
from tests.store.writing import append
from tracker.db.database import Database
from tracker.errors import Damaged
from tracker.store import followers, log
from tracker.store.log_events import LogEvent


@pytest.fixture(autouse=True)
def _taken(database: Database) -> None:
    make_table(database)


def test_a_follower_goes_along_the_log_page_by_page_and_stops_at_its_end(database: Database) -> None:
    append(database, "sty_1", *"abcde")
    assert place_and_lag(database) == (0, 5)
    assert [followers.advance(database, Scribe(), limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert taken(database) == [1, 2, 3, 4, 5]
    assert place_and_lag(database) == (5, 0)
    append(database, "sty_2", "f")
    assert place_and_lag(database) == (5, 1)
    assert followers.advance(database, Scribe()) == 1
    assert taken(database) == [1, 2, 3, 4, 5, 6]


def test_an_empty_log_moves_nobody_and_writes_nothing(database: Database) -> None:
    before = everything(database)
    assert followers.advance(database, Scribe()) == 0
    assert everything(database) == before


def test_each_follower_has_its_own_place(database: Database) -> None:
    append(database, "sty_1", *"abc")
    followers.advance(database, Scribe("first"), limit=1)
    followers.advance(database, Scribe("second"))
    assert place_and_lag(database, "first") == (1, 2)
    assert place_and_lag(database, "second") == (3, 0)


def test_a_failure_of_one_that_does_not_park_takes_back_the_work_and_the_checkpoint_together(
    database: Database,
) -> None:
    append(database, "sty_1", *"abcd")
    followers.advance(database, Scribe(), limit=1)
    with pytest.raises(Stumbled):
        followers.advance(database, Scribe(stumbles_at={("sty_1", 3)}, parks=False))
    assert (taken(database), place_and_lag(database)) == ([1], (1, 3))
    assert followers.advance(database, Scribe()) == 3
    assert taken(database) == [1, 2, 3, 4]


def test_one_that_does_not_park_and_fails_at_once_leaves_no_checkpoint(database: Database) -> None:
    append(database, "sty_1", "a")
    before = everything(database)
    with pytest.raises(Stumbled):
        followers.advance(database, Scribe(stumbles_at={("sty_1", 1)}, parks=False))
    assert everything(database) == before


def test_workers_that_race_on_one_follower_take_each_event_once_and_in_order(database: Database) -> None:
    workers, events, start = 3, 20, threading.Barrier(4)

    def work(_: int) -> None:
        start.wait(timeout=30)
        while place_and_lag(database)[0] < events:
            followers.advance(database, Scribe(), limit=3)

    def write() -> None:
        start.wait(timeout=30)
        for n in range(events):
            append(database, f"sty_{n % 3}", "More.")

    with ThreadPoolExecutor(workers + 1) as pool:
        for done in [pool.submit(write), *(pool.submit(work, n) for n in range(workers))]:
            done.result(timeout=60)
    assert taken(database) == list(range(1, events + 1))


def test_whoever_comes_second_to_a_page_takes_nothing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    append(database, "sty_1", *"abc")
    read_all = log.read_all

    def read_and_be_overtaken(connection: Connection, *, after: int, limit: int) -> list[LogEvent]:
        page = read_all(connection, after=after, limit=limit)
        monkeypatch.undo()
        assert followers.advance(database, Scribe(), limit=2) == 2
        return page

    monkeypatch.setattr(log, "read_all", read_and_be_overtaken)
    assert followers.advance(database, Scribe(), limit=3) == 0
    assert (taken(database), place_and_lag(database)) == ([1, 2], (2, 1))


def test_a_gap_in_the_log_stops_a_follower_and_nothing_is_skipped(database: Database) -> None:
    append(database, "sty_1", *"ab")
    _leave_a_gap(database)
    append(database, "sty_1", *"cd")
    before = everything(database)
    with pytest.raises(Damaged, match=r"scribe stands at 0 and expected position 3, but the log goes on at 4"):
        followers.advance(database, Scribe())
    assert everything(database) == before
    assert followers.advance(database, Scribe(), limit=2) == 2
    with pytest.raises(Damaged, match="stands at 2"):
        followers.advance(database, Scribe())
    assert taken(database) == [1, 2]


def _leave_a_gap(database: Database) -> None:
    """As a fault in the numbering would: the next position is one too high."""
    table, column, where = ("sequencer", "position", "id = 1")
    if database.kind == "sqlite":
        table, column, where = ("sqlite_sequence", "seq", "name = 'event'")
    with database.writing() as connection:
        connection.exec_driver_sql(f"UPDATE {table} SET {column} = {column} + 1 WHERE {where}")
