"""A program that is older than the database: it refuses to start; one that runs meanwhile works, or writes nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.db.aged import rows_of, scripts_up_to, scripts_with
from tests.programs import run
from tests.rooms import Newsroom, everything
from tests.store.writing import read
from tracker.config import Settings
from tracker.db import migrating
from tracker.db.database import Database
from tracker.handling import Outcome
from tracker.projections.story_list import StoryList
from tracker.store import followers, verifying

#: The command line of a program that has other migrations: a folder, and what was typed.
_PROGRAM = """
import sys, pathlib
from tracker.db import migrating
migrating.scripts = lambda folder=pathlib.Path(sys.argv.pop(1)): folder
from tracker.cli import main
main()
"""
#: Migrations that this program may meet while it runs.
ADDING = [f"ALTER TABLE {table} ADD COLUMN mood TEXT" for table in ("event", "stream", "content_key", "story_list")]
WRITTEN = ("event", "stream", "content_key", "address", "idempotency")
CHANGING = ["ALTER TABLE stream RENAME COLUMN head_hash TO head"]


@pytest.mark.parametrize("command", ["status", "verify", "worker", "serve"])
def test_a_program_that_knows_fewer_migrations_does_not_start(
    database: Database, settings: Settings, tmp_path: Path, command: str
) -> None:
    before = everything(database)
    older = scripts_up_to(tmp_path / "older", "0001")
    url = database.engine.url.render_as_string(hide_password=False)
    done = run("python", "-c", _PROGRAM, older, command, "--database-url", url)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"The database is at revision {migrating.newest()}, which this program is too old to know." in done.stderr
    assert "Run the version of the program that migrated it, or a later one." in done.stderr
    assert everything(database) == before


def test_its_tracker_migrate_changes_nothing_either(database: Database, tmp_path: Path) -> None:
    before = everything(database)
    older = scripts_up_to(tmp_path / "older", "0001")
    url = database.engine.url.render_as_string(hide_password=False)
    done = run("python", "-c", _PROGRAM, older, "migrate", "--database-url", url)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "too old to know" in done.stderr
    assert everything(database) == before


@pytest.fixture
def migrated_beneath(database: Database, settings: Settings, tmp_path: Path) -> Callable[[list[str]], None]:
    """Migrate the database of a program that runs, from another process's connections, with a revision to come."""

    def migrate(statements: list[str]) -> None:
        with pytest.MonkeyPatch.context() as patched:
            folder = scripts_with(tmp_path / "future", *statements)
            patched.setattr(migrating, "scripts", lambda: folder)
            migrating.upgrade(settings.database_url)
            assert migrating.revision_of(database) == "9999"

    return migrate


def test_a_program_that_runs_works_on_where_a_migration_only_added_something(
    database: Database, newsroom: Newsroom, migrated_beneath: Callable[[list[str]], None]
) -> None:
    story_id = newsroom.opens()
    # So often that the driver has prepared its statements on the server.
    for number in range(12):
        newsroom.updates(newsroom.files(story_id, f"{number}."), f"{number}, again.")
        followers.advance(database, StoryList())
    migrated_beneath(ADDING)
    for number in range(12, 24):
        newsroom.updates(newsroom.files(story_id, f"{number}."), f"{number}, again.")
        followers.advance(database, StoryList())
    assert [event.version for event in read(database, story_id)] == list(range(1, 50))
    assert verifying.verify(database, content=True).findings.told == []


def test_a_program_that_runs_writes_nothing_where_a_migration_changed_what_it_relies_on(
    database: Database, newsroom: Newsroom, migrated_beneath: Callable[[list[str]], None]
) -> None:
    story_id = newsroom.opens()
    filed = [newsroom.files(story_id, f"{number}.") for number in range(12)]
    migrated_beneath(CHANGING)
    before = rows_of(database, *WRITTEN)
    acts: list[Callable[[], Outcome | str]] = [
        lambda: newsroom.files(story_id, "After."),
        lambda: newsroom.updates(filed[0], "After."),
        lambda: newsroom.opens("Another"),
        lambda: newsroom.asks(newsroom.filing(story_id, "After.", outlet="An outlet that is new")),
    ]
    for act in acts * 3:
        with pytest.raises(Exception, match="head_hash"):
            act()
        assert rows_of(database, *WRITTEN) == before
