"""``tracker export`` and ``tracker import``: the way from SQLite to PostgreSQL, as an operator goes it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.typing_commands import ask
from tests.rooms import Newsroom, make_token, settings_for
from tests.store.writing import append, read_all
from tracker.clock import StoryClock
from tracker.config import Settings
from tracker.db.database import Database
from tracker.handling import Handler
from tracker.store import redaction
from tracker.worker import Worker


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "log.jsonl", tmp_path / "log.keys"


def test_a_log_goes_from_sqlite_to_postgresql(
    migrated_sqlite_url: str, postgresql_url: str, files: tuple[Path, Path], clock: StoryClock
) -> None:
    source = Database(settings_for(migrated_sqlite_url))
    written = fill(source, migrated_sqlite_url, clock)
    path, keys = files
    done = ask("export", path, "--keys", keys, "--progress", url=migrated_sqlite_url)
    assert (done.exit_code, done.stdout.splitlines()[1]) == (0, f"{keys} opens it: keep the two apart.")
    rows = re.search(rf"holds {written} events of log \S+, (\d+) rows in all", done.stdout)
    assert rows
    assert re.search(r"\d+ of \d+ rows", done.stderr)

    done = ask("import", path, "--keys", keys, url=postgresql_url)
    assert done.exit_code == 0, done.output
    assert f": {written} events." in done.stdout
    target = Database(settings_for(postgresql_url))
    assert [event.hash for event in read_all(target)] == [event.hash for event in read_all(source)]
    with Worker(target, clock, settings_for(postgresql_url)) as worker:
        assert worker.drain()
    verified = ask("verify", "--content", "--saved-states", "--projections", url=postgresql_url)
    assert verified.exit_code == 0, verified.output
    source.close()
    target.close()


def fill(database: Database, url: str, clock: StoryClock) -> int:
    """Some stories; returns how many events there are then."""
    newsroom = Newsroom(Handler(database, clock, settings_for(url)), make_token(database, clock), clock)
    for number in range(3):
        newsroom.files(newsroom.opens(f"Story {number}"), f"{number}.")
    return len(read_all(database))


def test_an_import_says_whether_it_is_to_be_read(migrated_url: str, files: tuple[Path, Path]) -> None:
    assert ask("export", files[0], url=migrated_url).exit_code == 0
    assert not files[1].exists()
    refused = ask("import", files[0], url=migrated_url)
    assert (refused.exit_code, "--keys FILE, or --without-keys" in refused.stderr) == (2, True)
    both = ask("import", files[0], "--keys", files[1], "--without-keys", url=migrated_url)
    assert both.exit_code == 2
    assert ask("import", files[0], "--without-keys", url=migrated_url).exit_code == 0


def test_what_was_redacted_after_the_export_is_redacted_in_the_import(
    database: Database, newsroom: Newsroom, settings: Settings, files: tuple[Path, Path], tmp_path: Path
) -> None:
    story = newsroom.opens()
    newsroom.files(story, "What nobody may read again.")
    assert ask("export", files[0], "--keys", files[1], url=settings.database_url).exit_code == 0
    key_ids = [str(event.key_id) for event in read_all(database) if event.stream_id == story and event.key_id]
    with database.writing() as connection:
        last = read_all(database)[-1]
        redaction.redact(connection, story, sorted({*key_ids}), version=last.version, at=last.recorded_at)
    redaction.after_commit(database, tmp_path / "destroyed")
    url = f"sqlite:///{tmp_path / 'imported.db'}"
    done = ask("import", files[0], "--keys", files[1], "--destroyed", tmp_path / "destroyed", url=url)
    assert (done.exit_code, f"{len({*key_ids})} keys of" in done.stdout) == (0, True), done.output
    imported = Database(settings_for(url))
    assert {event.redacted for event in read_all(imported) if event.stream_id == story and event.key_id} == {True}
    imported.close()


def test_what_is_wrong_with_a_file_is_a_sentence(sqlite_url: str, tmp_path: Path) -> None:
    missing = ask("import", tmp_path / "missing", "--without-keys", url=sqlite_url)
    assert (missing.exit_code, "missing can't be read: No such file" in str(missing.exception)) == (1, True)
    (tmp_path / "noise").write_text("noise")
    noise = ask("import", tmp_path / "noise", "--without-keys", url=sqlite_url)
    assert (noise.exit_code, "noise, line 1: This is no whole line" in str(noise.exception)) == (1, True)


def test_an_import_that_was_killed_left_nothing_and_is_begun_again(
    migrated_sqlite_url: str, database_target: str, files: tuple[Path, Path], tmp_path: Path
) -> None:
    source = Database(settings_for(migrated_sqlite_url))
    append(source, "sty_1", *(f"{number}" * 300 for number in range(1500)))
    assert ask("export", files[0], "--keys", files[1], url=migrated_sqlite_url).exit_code == 0
    whole = files[0].read_bytes()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    given = [str(pipe), "--keys", str(files[1]), "--database-url", database_target]
    command = [sys.executable, "-m", "tracker", "import", *given]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process, pipe.open("wb") as begun:
        # A pipe holds little: when half of it is written, the import has read, and stored, the most of that.
        begun.write(whole[: len(whole) // 2])
        begun.flush()
        process.kill()
        assert process.wait() == -signal.SIGKILL
    target = Database(settings_for(database_target))
    assert read_all(target) == []
    assert ask("import", files[0], "--keys", files[1], url=database_target).exit_code == 0
    assert [event.hash for event in read_all(target)] == [event.hash for event in read_all(source)]
    source.close()
    target.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_target(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where there is nothing yet, not even a table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'target.db'}"
    return str(request.getfixturevalue("postgresql_url"))
