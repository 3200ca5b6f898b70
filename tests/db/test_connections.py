"""How a connection is set up: durable, patient, and in charge of its own limits."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.db.places import ADD, ONLY_POSTGRESQL, ONLY_SQLITE, add
from tests.rooms import everything, settings_for
from tracker.config import Settings
from tracker.db.database import Database
from tracker.errors import Busy


@ONLY_SQLITE
def test_a_sqlite_connection_is_durable_patient_and_thorough(database: Database) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "foreign_keys": 1, "busy_timeout": 5000}
    for door in (database.reading, database.writing):
        with door() as connection:
            found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in wanted}
        assert found == wanted


@ONLY_SQLITE
def test_a_sqlite_writer_takes_the_lock_at_its_beginning(database: Database, impatient: Database) -> None:
    with database.writing(), pytest.raises(Busy), impatient.writing():
        pass


@ONLY_SQLITE
def test_sqlite_writers_of_one_process_take_turns_and_give_up_in_time(settings: Settings) -> None:
    roomy = Database(settings_for(settings.database_url, sqlite_busy_timeout_ms=50))
    with roomy.writing(), pytest.raises(Busy, match="Other writers"), roomy.writing():
        pass
    add(roomy, "f")
    roomy.close()


@ONLY_SQLITE
def test_a_sqlite_reader_is_not_hindered_by_a_writer(database: Database, impatient: Database) -> None:
    with database.writing() as connection:
        ADD.run(connection, follower="f", position=1)
        assert everything(impatient)["checkpoint"] == []


@ONLY_SQLITE
def test_what_is_deleted_from_sqlite_is_overwritten(database: Database, tmp_path: Path) -> None:
    secret = "a-key-that-must-be-forgotten"
    add(database, secret)
    with database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM checkpoint")
    database.close()
    with closing(sqlite3.connect(tmp_path / "tracker.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert secret.encode() not in (tmp_path / "tracker.db").read_bytes()


@ONLY_POSTGRESQL
def test_a_postgresql_connection_carries_its_limits(database: Database) -> None:
    wanted = {"statement_timeout": "15s", "lock_timeout": "2s", "idle_in_transaction_session_timeout": "1min"}
    for door in (database.reading, database.writing):
        with door() as connection:
            found = {name: connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in wanted}
        assert found == wanted


@ONLY_POSTGRESQL
def test_postgresql_writes_in_read_committed(database: Database) -> None:
    with database.writing() as connection:
        assert connection.exec_driver_sql("SHOW transaction_isolation").scalar_one() == "read committed"
