"""A database with lists of before there were generations: they go on as the first one."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic import command

from tests.rooms import everything, settings_for
from tests.store.writing import somebody_waits
from tests.waiting import wait_until
from tracker.access.sight import ALL
from tracker.db import migrating
from tracker.db.database import Database
from tracker.projections import outlets, story_list

_BEFORE = (
    "INSERT INTO story_list VALUES ('sty_1', 'one', 'One', 'one', 'open', 'en', NULL, 2, 3, 0, 0, 7)",
    "INSERT INTO story_topic VALUES ('war', 'sty_1', 'War', 0)",
    "INSERT INTO story_outlet VALUES ('out_1', 'sty_1')",
    "INSERT INTO outlet_list VALUES ('out_1', 'NBC News', 0, 2, 5)",
    "INSERT INTO checkpoint VALUES ('story_list', 7)",
)


@pytest.fixture
def before(database_url: str) -> Iterator[Database]:
    """A database of the migration before, with a story in its lists."""
    opened = Database(settings_for(database_url))
    migrating.upgrade_database(opened, "0002")
    with opened.writing() as connection:
        for statement in _BEFORE:
            connection.exec_driver_sql(statement)
    yield opened
    opened.close()


def test_what_was_listed_is_listed(before: Database) -> None:
    migrating.upgrade_database(before)
    with before.reading() as connection:
        [row] = story_list.find(connection, topic="war", outlet_id="out_1", limit=10, sight=ALL).items
        [outlet] = outlets.find(connection, limit=10, sight=ALL).items
    assert (row.story_id, row.topics, row.reports, row.position) == ("sty_1", ("War",), 2, 7)
    assert (outlet.name, outlet.reports, outlet.position) == ("NBC News", 2, 5)


def test_a_migration_that_fails_at_its_end_leaves_all_as_it_was(
    before: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade = command.upgrade

    def upgrade_and_fail(*args: object) -> None:
        upgrade(*args)  # type: ignore[arg-type]
        raise ZeroDivisionError

    with monkeypatch.context() as failing:
        failing.setattr(command, "upgrade", upgrade_and_fail)
        with pytest.raises(ZeroDivisionError):
            migrating.upgrade_database(before, "0003")
    assert migrating.revision_of(before) == "0002"
    migrating.upgrade_database(before)
    assert everything(before)["story_outlet"] == [(1, "out_1", "sty_1", "everyone")]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("table", ["story_list", "story_topic", "story_outlet", "outlet_list"])
def test_what_a_worker_writes_while_the_migration_begins_is_carried_over(before: Database, table: str) -> None:
    expected = everything_in(before, table)
    with before.writing() as connection:
        connection.exec_driver_sql(f"DELETE FROM {table}")
    with ThreadPoolExecutor(1) as threads:
        with before.writing() as worker:
            [statement] = [each for each in _BEFORE if each.startswith(f"INSERT INTO {table} ")]
            worker.exec_driver_sql(statement)
            migration = threads.submit(migrating.upgrade_database, before, "0003")
            wait_until(lambda: migration.done() or somebody_waits(before), what="the migration to wait for the worker")
        migration.result(timeout=60)
    assert [row[1:] for row in everything_in(before, table)] == expected


def everything_in(database: Database, table: str) -> list[tuple[object, ...]]:
    with database.reading() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {table}")]
