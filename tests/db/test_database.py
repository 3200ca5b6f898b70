"""A database is durable and patient, and what its driver says comes out as trouble that has a name."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy import Connection

from tests.db.places import ADD, ONLY_POSTGRESQL, PLACE, add
from tests.postgres import Cluster
from tests.rooms import everything, settings_for
from tests.waiting import wait_until
from tracker.db.database import Database
from tracker.errors import Busy, Contended, TrackerError, Unavailable

# ---- Transactions --------------------------------------------------------------------------------------------------


def test_writing_is_committed_at_the_end_and_seen_by_others_only_then(database: Database) -> None:
    with database.writing() as connection:
        ADD.run(connection, follower="f", position=7)
        with database.reading() as other:
            assert PLACE.first(other, follower="f") is None
    with database.reading() as other:
        assert PLACE.first(other, follower="f") == (7,)


def test_any_exception_takes_back_all_that_was_written(database: Database) -> None:
    before = everything(database)
    for error in (ZeroDivisionError, KeyboardInterrupt):
        with contextlib.suppress(error), database.writing() as connection:
            ADD.run(connection, follower="f", position=7)
            raise error
    assert everything(database) == before


def test_each_reading_statement_sees_what_is_committed_by_then(database: Database) -> None:
    with database.reading() as connection:
        assert PLACE.first(connection, follower="f") is None
        add(database, "f")
        assert PLACE.first(connection, follower="f") == (1,)


def test_a_fault_of_the_program_goes_through_as_it_is(database: Database) -> None:
    add(database, "f")
    for statement in ("SELECT nonsense", "INSERT INTO checkpoint (follower, position) VALUES ('f', 1)"):
        with pytest.raises(sqlalchemy.exc.DBAPIError), database.writing() as connection:
            connection.exec_driver_sql(statement)
    with pytest.raises(ZeroDivisionError), database.reading():
        raise ZeroDivisionError


def test_a_refusal_goes_through_as_it_is(database: Database) -> None:
    refusal = TrackerError("No.")
    with pytest.raises(TrackerError) as caught, database.writing():
        raise refusal
    assert caught.value is refusal


def test_a_connection_for_reading_may_be_written_with_and_is_the_callers_to_close(impatient: Database) -> None:
    """There is one connection in this pool: a second one would not be had."""
    with impatient.reading() as connection:
        assert PLACE.first(connection, follower="f") is None
        with impatient.writing(connection) as writing:
            ADD.run(writing, follower="f", position=7)
        with contextlib.suppress(ZeroDivisionError), impatient.writing(connection) as writing:
            ADD.run(writing, follower="g", position=7)
            raise ZeroDivisionError
        assert PLACE.first(connection, follower="f") == (7,)
    assert everything(impatient)["checkpoint"] == [("f", 7)]


def test_a_connection_that_was_written_with_reads_again_what_is_committed(
    database: Database, impatient: Database
) -> None:
    with impatient.reading() as connection, impatient.writing(connection):
        pass
    with impatient.reading() as connection:
        assert PLACE.first(connection, follower="f") is None
        add(database, "f")
        assert PLACE.first(connection, follower="f") == (1,)


# ---- Trouble -------------------------------------------------------------------------------------------------------


def test_a_pool_with_no_connection_left_is_busy(impatient: Database) -> None:
    with impatient.reading(), pytest.raises(Busy, match="in use"), impatient.reading():
        pass
    with impatient.reading() as connection:
        assert PLACE.first(connection, follower="f") is None


def test_whoever_waits_too_long_for_another_writer_is_told_busy(database: Database, impatient: Database) -> None:
    with database.writing() as connection:
        ADD.run(connection, follower="f", position=1)
        with pytest.raises(Busy) as caught:
            add(impatient, "f", 2)
        assert type(caught.value) is Busy
    add(impatient, "g")


@ONLY_POSTGRESQL
def test_a_statement_that_takes_too_long_is_busy(impatient: Database) -> None:
    with pytest.raises(Busy), impatient.reading() as connection:
        connection.exec_driver_sql("SELECT pg_sleep(30)")
    add(impatient, "f")


def add_twice(database: Database, between: Callable[[Connection], object]) -> None:
    """Two writes in one transaction, and something that happens between them."""
    with database.writing() as connection:
        ADD.run(connection, follower="f", position=1)
        between(connection)
        ADD.run(connection, follower="g", position=1)


@ONLY_POSTGRESQL
def test_a_transaction_that_is_silent_too_long_is_ended_by_the_server(impatient: Database, database: Database) -> None:
    def say_nothing(_: Connection) -> None:
        wait_until(lambda: not _others_in_transaction(database), what="the server to end the transaction")

    with pytest.raises(Unavailable):
        add_twice(impatient, say_nothing)
    assert everything(database)["checkpoint"] == []
    add(impatient, "f")


def _others_in_transaction(database: Database) -> bool:
    idle = "SELECT 1 FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()"
    with database.reading() as connection:
        return connection.exec_driver_sql(idle).first() is not None


@ONLY_POSTGRESQL
def test_a_deadlock_is_contended_for_one_and_nothing_for_the_other(database: Database) -> None:
    for name in ("f", "g"):
        add(database, name)

    def lock_both(first: str, second: str) -> bool:
        try:
            with database.writing() as connection:
                connection.exec_driver_sql("SET LOCAL deadlock_timeout = '20ms'")
                for name in (first, second):
                    lock = f"UPDATE checkpoint SET position = position + 1 WHERE follower = '{name}'"
                    connection.exec_driver_sql(lock)
                    if name == first:
                        both.append(name)
                        wait_until(lambda: len(both) == 2, what="the other to hold its row")
        except Contended:
            return False
        return True

    both: list[str] = []
    with ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(lock_both, ["f", "g"], ["g", "f"]))
    assert sorted(ended) == [False, True]
    assert [position for _, position in everything(database)["checkpoint"]] == [2, 2]


@ONLY_POSTGRESQL
def test_a_connection_that_the_server_cuts_is_unavailable_and_the_next_is_good(
    database: Database, postgres: Cluster
) -> None:
    def cut(connection: Connection) -> None:
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        with postgres.connect() as operator:
            operator.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])

    with pytest.raises(Unavailable):
        add_twice(database, cut)
    assert everything(database)["checkpoint"] == []
    add(database, "f")


@ONLY_POSTGRESQL
def test_a_read_only_server_is_unavailable(database: Database) -> None:
    with pytest.raises(Unavailable):
        add_twice(database, lambda connection: connection.exec_driver_sql("SET TRANSACTION READ ONLY"))


def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    for url in (f"postgresql+psycopg://nobody@/none?host={tmp_path}", f"sqlite:///{tmp_path}/no/folder/tracker.db"):
        database = Database(settings_for(url))
        with pytest.raises(Unavailable, match="operator"), database.reading() as connection:
            connection.exec_driver_sql("SELECT 1")
        database.close()


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    path.write_text("These are notes and no database at all. " * 100)
    database = Database(settings_for(f"sqlite:///{path}"))
    with pytest.raises(Unavailable), database.reading() as connection:
        connection.exec_driver_sql("SELECT * FROM sqlite_master")
    database.close()


def test_a_sentence_of_trouble_names_no_host_and_no_password(tmp_path: Path) -> None:
    database = Database(settings_for(f"postgresql+psycopg://nobody:secret@/none?host={tmp_path}"))
    with pytest.raises(Unavailable) as caught, database.reading():
        pass
    assert "secret" not in str(caught.value)
    assert str(tmp_path) not in str(caught.value)
    database.close()
