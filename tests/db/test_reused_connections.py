"""On PostgreSQL a connection that was read on may be written with, whatever was read, and comes back as it was."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg.pq import TransactionStatus
from sqlalchemy import select

from tests.db.places import ADD, PLACE
from tests.rooms import settings_for
from tracker.db.database import Database
from tracker.db.schema import checkpoint
from tracker.errors import Unavailable


@pytest.fixture
def database(migrated_postgresql_url: str) -> Iterator[Database]:
    """With one connection, so that everybody gets the same."""
    opened = Database(settings_for(migrated_postgresql_url, pool_size=1))
    yield opened
    opened.close()


def clean(database: Database) -> bool:
    """Whether the connection in the pool works and has nothing open."""
    with database.reading() as connection:
        driver: Any = connection.connection.dbapi_connection
        return (
            PLACE.first(connection, follower="?") is None and driver.info.transaction_status == TransactionStatus.IDLE
        )


def test_it_may_have_been_read_on_in_any_way(database: Database) -> None:
    with database.reading() as connection:
        connection.execute(select(checkpoint)).all()
        with database.writing(connection):
            ADD.run(connection, follower="f", position=1)
    assert clean(database)
    with database.reading() as connection:
        assert PLACE.first(connection, follower="f") == (1,)


def test_it_may_be_tried_again_after_it_failed(database: Database) -> None:
    with database.reading() as connection:
        for divisor in (0, 0, 1):
            with contextlib.suppress(ZeroDivisionError), database.writing(connection):
                ADD.run(connection, follower="f", position=1 // divisor)
    assert clean(database)
    with database.reading() as connection:
        assert PLACE.first(connection, follower="f") == (1,)


def _written(database: Database, before: Callable[[], None], inside: Callable[[], None]) -> None:
    with database.reading() as connection:
        before()
        with database.writing(connection):
            ADD.run(connection, follower="f", position=1)
            inside()
            ADD.run(connection, follower="g", position=1)


@pytest.mark.parametrize("when", ["before", "inside"])
def test_one_that_is_cut_is_told_of_and_replaced(database: Database, when: str) -> None:
    def cut() -> None:
        with psycopg.connect(url, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    url = database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with pytest.raises(Unavailable):
        _written(database, **{"before": lambda: None, "inside": lambda: None, when: cut})
    assert clean(database)
    with database.reading() as connection:
        assert PLACE.first(connection, follower="f") is None
