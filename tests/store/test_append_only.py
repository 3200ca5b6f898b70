"""Nothing in the log is changed, whoever asks the database: the program, or anybody with a connection of his own."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing

import psycopg
import pytest
from sqlalchemy import make_url

from tests.rooms import everything
from tests.store.writing import append, read_all, text_of
from tracker.db import migrating
from tracker.db.database import Database

_COPY = (
    "INTO event (seq, stream_id, version, event_id, type, schema_version, recorded_at, actor, correlation_id, data, "
    "data_hash, hash) SELECT {}, type, schema_version, recorded_at, 'tok_2', correlation_id, data, data_hash, hash "
    "FROM event WHERE seq = 1"
)
BOTH = [
    "UPDATE event SET actor = 'tok_2'",
    "UPDATE event SET actor = actor WHERE version = 1",
    "DELETE FROM event",
    "DELETE FROM event WHERE version = 2",
]
SQLITE = [
    "REPLACE " + _COPY.format("seq, 'sty_9', 9, 'evt_9'"),
    "INSERT OR REPLACE " + _COPY.format("seq + 9, stream_id, version, 'evt_9'"),
    "INSERT OR REPLACE " + _COPY.format("seq + 9, stream_id, version + 9, event_id"),
    "INSERT OR IGNORE " + _COPY.format("seq, 'sty_9', 9, 'evt_9'"),
    "INSERT " + _COPY.format("seq, 'sty_9', 9, 'evt_9'") + " ON CONFLICT (seq) DO UPDATE SET actor = excluded.actor",
    "UPDATE OR REPLACE event SET version = 1 WHERE version = 2",
    "UPDATE OR IGNORE event SET actor = 'tok_2'",
    "UPDATE event_order SET position = 9",
    "DELETE FROM event_order",
]
POSTGRESQL = [
    "TRUNCATE event",
    "TRUNCATE event CASCADE",
    "TRUNCATE event_order",
    "UPDATE event_order SET position = position + 9",
    "DELETE FROM event_order",
    "MERGE INTO event USING log ON true WHEN MATCHED THEN DELETE",
    "INSERT "
    + _COPY.replace(") SELECT", ") OVERRIDING SYSTEM VALUE SELECT").format("9, stream_id, version, event_id")
    + " ON CONFLICT (stream_id, version) DO UPDATE SET actor = excluded.actor",
]


def raw(database: Database) -> Callable[[str], None]:
    """Runs a statement on a connection that this program had no hand in, and commits."""
    url = database.engine.url

    def run(statement: str) -> None:
        if database.kind == "sqlite":
            with closing(sqlite3.connect(str(url.database))) as connection, connection:
                connection.execute(statement)
        else:
            plain = make_url(str(url)).set(drivername="postgresql").render_as_string(hide_password=False)
            with psycopg.connect(plain) as other:
                other.execute(statement.encode())

    return run


def through_the_program(database: Database) -> Callable[[str], None]:
    def run(statement: str) -> None:
        with database.writing() as connection:
            connection.exec_driver_sql(statement)

    return run


@pytest.mark.parametrize("door", [raw, through_the_program])
def test_every_way_to_change_an_event_is_refused(
    database: Database, door: Callable[[Database], Callable[[str], None]]
) -> None:
    append(database, "sty_1", "One.", "Two.")
    migrating.upgrade_database(database)
    before, run = everything(database), door(database)
    for statement in BOTH + (SQLITE if database.kind == "sqlite" else POSTGRESQL):
        with pytest.raises(Exception, match=r"append-only|cannot modify event_order because it is a view"):
            run(statement)
        assert everything(database) == before, statement


def test_the_log_can_still_be_appended_to(database: Database) -> None:
    append(database, "sty_1", "One.")
    append(database, "sty_1", "Two.")
    assert [text_of(event) for event in read_all(database)] == ["One.", "Two."]
