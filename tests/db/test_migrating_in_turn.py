"""On PostgreSQL a migration waits for another one as long as that takes, whatever limits requests have."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg

from tests.rooms import settings_for
from tests.waiting import wait_until
from tracker.db import migrating
from tracker.db.database import Database, room

_LONGEST_WAIT = (
    "SELECT coalesce(max(extract(epoch FROM clock_timestamp() - query_start)), 0) FROM pg_stat_activity "
    "WHERE datname = current_database() AND wait_event = 'advisory'"
)


def test_a_migration_waits_longer_for_another_than_any_request_may(postgresql_url: str) -> None:
    database = Database(settings_for(postgresql_url, lock_timeout_ms=100, statement_timeout_ms=100))
    with psycopg.connect(postgresql_url.replace("+psycopg", "")) as other, ThreadPoolExecutor() as threads:
        with database.writing() as connection:
            room("postgresql").begin_migration(connection)
            waiting = threads.submit(migrating.upgrade_database, database)
            # An outsider looks, since the two are busy.
            wait_until(lambda: waiting.done() or _seconds_waited(other) > 0.3)
        waiting.result(timeout=60)
    migrating.require_newest(database)
    database.close()


def test_a_migration_waits_no_longer_than_a_request_for_what_requests_hold(postgresql_url: str) -> None:
    database = Database(settings_for(postgresql_url, lock_timeout_ms=1234))
    with database.writing() as connection:
        room("postgresql").begin_migration(connection)
        assert connection.exec_driver_sql("SHOW lock_timeout").scalar() == "1234ms"
        assert connection.exec_driver_sql("SHOW statement_timeout").scalar() == "0"
    with database.writing() as connection:
        assert connection.exec_driver_sql("SHOW statement_timeout").scalar() != "0"
    database.close()


def _seconds_waited(connection: psycopg.Connection[tuple[object, ...]]) -> float:
    row = connection.execute(_LONGEST_WAIT).fetchone()
    connection.rollback()
    assert row is not None
    return float(str(row[0]))
