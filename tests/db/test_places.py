"""Who writes leaves room for those who read, and a transaction that failed inside is never taken for a success."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, text

from tests.rooms import settings_for
from tracker.db.database import Database
from tracker.errors import Busy, Unavailable

WAITING = 6


@pytest.fixture
def small(migrated_url: str) -> Iterator[Database]:
    """A database of which a process has four connections, and waits long for locks."""
    database = Database(settings_for(migrated_url, pool_size=4, pool_timeout_seconds=0.2, sqlite_busy_timeout_ms=200))
    yield database
    database.close()


def test_a_crowd_of_writers_leaves_connections_to_readers(small: Database) -> None:
    go_on, writing = threading.Event(), threading.Semaphore(0)

    def write() -> None:
        with contextlib.suppress(Busy), small.writing():
            writing.release()
            go_on.wait(10)

    with ThreadPoolExecutor(WAITING) as pool:
        for _ in range(WAITING):
            pool.submit(write)
        for _ in range(3 if small.kind == "postgresql" else 1):
            assert writing.acquire(timeout=5)
        try:
            with small.reading() as connection:
                assert connection.exec_driver_sql("SELECT 1").scalar() == 1
        finally:
            go_on.set()


def test_an_error_that_was_swallowed_does_not_end_in_success(database: Database) -> None:
    with pytest.raises(Unavailable, match="nothing was"):
        _write_and_fail_unseen(database)
    with database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM checkpoint")).scalar() == 0


def _write_and_fail_unseen(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(text("INSERT INTO checkpoint (follower, position) VALUES ('f', 1)"))
        _fail_unseen(connection)


def _fail_unseen(connection: Connection) -> None:
    """What a full disk does on SQLite, and any failed statement on PostgreSQL, where nobody looks."""
    driver = connection.connection.driver_connection
    assert driver is not None
    with contextlib.suppress(Exception):
        driver.execute("ROLLBACK" if connection.dialect.name == "sqlite" else "SELECT 1 / 0")
