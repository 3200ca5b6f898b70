"""Threads of a process that write to SQLite at the same time share a COMMIT, and nothing else."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator

import pytest
import sqlalchemy
from sqlalchemy import Connection, event

from tests.db.crowd import Crowd, Work, adds, refuses, stored, waiting
from tests.db.crowd import unhurried as unhurried
from tests.db.places import ADD, PLACE, add
from tests.rooms import settings_for
from tests.waiting import wait_until
from tracker.db import groups
from tracker.db.database import Database
from tracker.errors import Conflict, Unavailable

pytestmark = pytest.mark.usefixtures("unhurried")


@pytest.fixture
def database(migrated_sqlite_url: str) -> Iterator[Database]:
    opened = Database(settings_for(migrated_sqlite_url))
    yield opened
    opened.close()


@pytest.fixture
def commits(database: Database) -> list[int]:
    """Grows by one with each COMMIT."""
    counted: list[int] = []
    event.listen(database.engine, "commit", lambda _: counted.append(1))
    return counted


def test_those_who_write_at_the_same_time_are_committed_together(database: Database, commits: list[int]) -> None:
    assert Crowd(database, adds("a"), adds("b"), adds("c")).run() == [None] * 3
    assert stored(database) == ["a", "b", "c"]
    assert len(commits) == 1


def test_each_sees_what_was_written_before_it_and_others_see_nothing_of_it(database: Database) -> None:
    def looks(connection: Connection) -> None:
        assert PLACE.first(connection, follower="a") == (1,)
        seen.append(stored(database))

    seen: list[list[str]] = []
    assert Crowd(database, adds("a"), looks, looks).run() == [None] * 3
    assert seen == [[], []]


def test_nobody_is_answered_before_the_commit(database: Database) -> None:
    def looks(_: Connection) -> None:
        told.append(dict(crowd.told))

    told: list[dict[int, BaseException | None]] = []
    crowd = Crowd(database, adds("a"), refuses("b"), looks, looks)
    crowd.run()
    assert told == [{}, {}]


def test_a_refusal_takes_back_its_own_part_alone(database: Database, commits: list[int]) -> None:
    told = Crowd(database, adds("a"), refuses("b"), adds("b", "c"), refuses("d"), adds("e"), refuses("f")).run()
    assert [type(each) for each in told] == [type(None), Conflict, type(None), Conflict, type(None), Conflict]
    assert stored(database) == ["a", "b", "c", "e"]
    assert len(commits) == 1


def test_a_refusal_of_the_first_leaves_the_others_a_transaction_of_their_own(database: Database) -> None:
    told = Crowd(database, refuses("a"), adds("a"), adds("b")).run()
    assert [type(each) for each in told] == [Conflict, type(None), type(None)]
    assert stored(database) == ["a", "b"]


def test_a_fault_of_the_program_takes_back_its_own_part_alone(database: Database) -> None:
    def fails(connection: Connection) -> None:
        adds("b")(connection)
        raise ZeroDivisionError

    told = Crowd(database, adds("a"), fails, adds("c")).run()
    assert [type(each) for each in told] == [type(None), ZeroDivisionError, type(None)]
    assert stored(database) == ["a", "c"]


def test_a_constraint_that_the_part_itself_copes_with_hurts_nobody(database: Database) -> None:
    def copes(connection: Connection) -> None:
        with pytest.raises(sqlite3.IntegrityError):
            adds("a")(connection)
        with pytest.raises(sqlalchemy.exc.IntegrityError), connection.begin_nested():
            connection.exec_driver_sql("INSERT INTO checkpoint (follower, position) VALUES ('x', 1), ('a', 2)")
        adds("b")(connection)

    assert Crowd(database, adds("a"), copes, adds("c")).run() == [None] * 3
    assert stored(database) == ["a", "b", "c"]


def swallows_a_rollback(connection: Connection) -> None:
    connection.exec_driver_sql("ROLLBACK")


def leaves_a_savepoint(connection: Connection) -> None:
    connection.begin_nested()


def names_nonsense(connection: Connection) -> None:
    connection.exec_driver_sql("SELECT nonsense")


def is_interrupted(_: Connection) -> None:
    raise KeyboardInterrupt


def has_no_memory(_: Connection) -> None:
    raise MemoryError


SPOILERS = [swallows_a_rollback, leaves_a_savepoint, names_nonsense, is_interrupted, has_no_memory]


@pytest.mark.parametrize("spoils", SPOILERS)
def test_after_an_error_of_the_database_nothing_of_the_group_is_stored_and_everybody_is_told(
    database: Database, spoils: Work
) -> None:
    told = Crowd(database, adds("a"), adds("b"), spoils, adds("c")).run()
    assert [type(each) for each in told[:2]] == [Unavailable] * 2
    assert "nothing was" in str(told[0])
    assert told[2] is not None
    assert told[3] is None
    assert stored(database) == ["c"]


def test_who_waited_meanwhile_goes_on_upon_another_connection(database: Database) -> None:
    def remembers(connection: Connection) -> None:
        used.append(connection.connection.driver_connection)

    used: list[object] = []
    Crowd(database, remembers, names_nonsense, remembers).run()
    first, second = used
    assert first is not second
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        first.execute("SELECT 1")  # type: ignore[attr-defined]


def test_who_is_alone_shares_with_nobody(database: Database, commits: list[int]) -> None:
    for alone in range(3):
        del commits[:]
        names = [f"{alone}{number}" for number in range(3)]
        assert Crowd(database, *map(adds, names), alone=(alone,)).run() == [None] * 3
        assert len(commits) == (3 if alone == 1 else 2)


def test_a_group_that_is_full_commits(database: Database, commits: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "_MOST", 3)
    assert Crowd(database, *map(adds, "abcdefg")).run() == [None] * 7
    assert len(commits) == 3


def test_a_group_that_has_lasted_long_enough_commits(
    database: Database, commits: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(groups, "_LONGEST", 0.0)
    assert Crowd(database, *map(adds, "abc")).run() == [None] * 3
    assert len(commits) == 3


def test_turns_are_taken_in_the_order_of_coming(database: Database) -> None:
    def comes(number: int) -> Work:
        return lambda _: order.append(number)

    order: list[int] = []
    Crowd(database, *map(comes, range(8))).run()
    assert order == list(range(8))


def test_who_gave_up_waiting_is_not_handed_a_turn(migrated_sqlite_url: str) -> None:
    impatient = Database(settings_for(migrated_sqlite_url, sqlite_busy_timeout_ms=30))
    done = threading.Event()

    def waits_in_vain() -> None:
        with pytest.raises(Exception, match="Other writers"), impatient.writing():
            pass
        done.set()

    with impatient.writing() as connection:
        thread = threading.Thread(target=waits_in_vain)
        thread.start()
        assert done.wait(10)
        ADD.run(connection, follower="a", position=1)
    thread.join()
    assert waiting(impatient) == 0
    add(impatient, "b")
    assert stored(impatient) == ["a", "b"]
    impatient.close()


# ---- COMMIT --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, MemoryError, sqlite3.OperationalError])
def test_a_commit_that_is_interrupted_is_unknown_to_everybody(
    database: Database, monkeypatch: pytest.MonkeyPatch, error: type[BaseException], done: bool
) -> None:
    def dies(driver: object) -> None:
        monkeypatch.undo()
        if done:
            commit(driver)
        raise error("in the middle")

    commit = database.engine.dialect.do_commit
    monkeypatch.setattr(database.engine.dialect, "do_commit", dies)
    told = Crowd(database, adds("a"), refuses("b"), adds("c")).run()
    assert [type(each) for each in told[:2]] == [Unavailable] * 2
    assert all("not known" in str(each) and "Idempotency-Key" in str(each) for each in told[:2])
    assert told[2] is not None
    assert stored(database) == (["a", "c"] if done else [])
    add(database, "d")


def test_a_commit_that_never_returns_is_unknown_in_the_end(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def takes_long(driver: object) -> None:
        wait_until(lambda: 0 in crowd.told, what="the other to give up")
        commit(driver)

    commit = database.engine.dialect.do_commit
    monkeypatch.setattr(database.engine.dialect, "do_commit", takes_long)
    monkeypatch.setattr(groups, "_LONGEST_COMMIT", 0.05)
    crowd = Crowd(database, adds("a"), adds("b"))
    told = crowd.run()
    assert isinstance(told[0], Unavailable)
    assert "not known" in str(told[0])
    assert told[1] is None
