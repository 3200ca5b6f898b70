"""Migrations make the tables that ``db.schema`` describes, once, and the program works with no others."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.util import CommandError
from sqlalchemy import BigInteger, Column, Index, Text, inspect

from tests.rooms import everything, settings_for
from tracker.db import migrating
from tracker.db.database import Database
from tracker.db.migrating import NotMigrated
from tracker.db.schema import metadata

_ROOT = Path(__file__).parents[2]
#: Says that it is ready, waits until its input ends, and migrates.
_MIGRATE = """
import sys
from tracker.db.migrating import upgrade
print("ready", file=sys.stderr, flush=True)
sys.stdin.read()
upgrade(sys.argv[1])
"""


@pytest.fixture
def empty(database_url: str) -> Iterator[Database]:
    """A database without any table."""
    opened = Database(settings_for(database_url))
    yield opened
    opened.close()


def check(database: Database) -> None:
    """As ``alembic check``: raises where the tables are not those of ``db.schema``."""
    with database.writing() as connection:
        command.check(migrating._config(connection))


def test_the_migrations_make_exactly_the_tables_of_the_schema(database: Database) -> None:
    check(database)
    made = {name for name in inspect(database.engine).get_table_names() if name != "alembic_version"}
    assert made == {t.name for t in metadata.sorted_tables if t.info.get("only") in (None, database.kind)}


def test_a_table_column_or_index_without_a_migration_is_noticed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    story_list = metadata.tables["story_list"]
    column = Column("mood", Text)
    story_list.append_column(column)
    try:
        with pytest.raises(CommandError, match="mood"):
            check(database)
    finally:
        story_list._columns.remove(column)
    index = Index("ix_story_list_title", story_list.c.title)
    try:
        with pytest.raises(CommandError, match="ix_story_list_title"):
            check(database)
    finally:
        story_list.indexes.remove(index)
    monkeypatch.setattr(story_list.c.title, "type", BigInteger())
    with pytest.raises(CommandError, match="title"):
        check(database)
    monkeypatch.undo()
    check(database)


def test_migrating_again_does_nothing(database: Database) -> None:
    before = everything(database)
    migrating.upgrade_database(database)
    assert everything(database) == before
    assert migrating.revision_of(database) == migrating.newest()


def test_the_log_gets_its_name_with_the_first_migration_and_each_database_its_own(
    empty: Database, tmp_path: Path
) -> None:
    migrating.upgrade_database(empty)
    migrating.upgrade(f"sqlite:///{tmp_path / 'other.db'}")
    other = Database(settings_for(f"sqlite:///{tmp_path / 'other.db'}"))
    [name], [elsewhere] = everything(empty)["log"], everything(other)["log"]
    other.close()
    assert name != elsewhere


def test_a_migration_that_fails_leaves_nothing_behind(empty: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    upgrade = command.upgrade

    def upgrade_and_fail(*args: object) -> None:
        upgrade(*args)  # type: ignore[arg-type]
        raise ZeroDivisionError

    monkeypatch.setattr(command, "upgrade", upgrade_and_fail)
    with pytest.raises(ZeroDivisionError):
        migrating.upgrade_database(empty)
    assert inspect(empty.engine).get_table_names() == []
    monkeypatch.undo()
    migrating.upgrade_database(empty)
    migrating.require_newest(empty)


def test_processes_that_migrate_at_once_all_succeed(empty: Database) -> None:
    url = empty.engine.url.render_as_string(hide_password=False)
    reading, writing = os.pipe()
    program = [sys.executable, "-c", _MIGRATE, url]
    processes = [subprocess.Popen(program, stdin=reading, stderr=subprocess.PIPE, cwd=_ROOT) for _ in range(3)]
    os.close(reading)
    for process in processes:
        assert process.stderr is not None
        assert process.stderr.readline() == b"ready\n"
    os.close(writing)
    for process in processes:
        said = process.communicate(timeout=60)[1].decode()
        assert process.returncode == 0, said
    migrating.require_newest(empty)


# ---- A database that doesn't fit -----------------------------------------------------------------------------------


def test_a_migrated_database_is_accepted(database: Database) -> None:
    migrating.require_newest(database)


def test_an_empty_database_is_refused_with_the_command_to_run(empty: Database) -> None:
    assert migrating.revision_of(empty) is None
    with pytest.raises(NotMigrated, match=r"is empty\. Back it up, then run: tracker migrate"):
        migrating.require_newest(empty)


def test_an_older_database_is_refused_with_the_command_to_run(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = migrating.newest()
    monkeypatch.setattr(migrating, "newest", lambda: "9999")
    with pytest.raises(NotMigrated, match=rf"at revision {found}, this program needs 9999\. .*run: tracker migrate"):
        migrating.require_newest(database)


def test_a_newer_database_is_refused_with_what_to_do(database: Database) -> None:
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NotMigrated, match=r"at revision 9999, which this program is too old to know\. Run the version"):
        migrating.require_newest(database)


def test_an_installation_without_migrations_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "versions").mkdir()
    (tmp_path / "env.py").touch()
    monkeypatch.setattr(migrating, "scripts", lambda: tmp_path)
    with pytest.raises(NotMigrated, match="installation is incomplete"):
        migrating.newest()


def test_the_founding_migration_is_not_undone(database: Database) -> None:
    with pytest.raises(RuntimeError, match="Restore a backup"), database.writing() as connection:
        command.downgrade(migrating._config(connection), "base")
    migrating.require_newest(database)


def test_migrations_import_nothing_of_the_program() -> None:
    for path in (migrating.scripts() / "versions").glob("*.py"):
        assert "tracker" not in path.read_text(encoding="utf-8"), path.name
