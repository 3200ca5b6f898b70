"""The commands of operators, as they type them; serve and worker are tried in tests/server and tests/test_crash.py."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.cli.typing_commands import ask
from tests.programs import run
from tests.rooms import Newsroom, make_token, settings_for
from tracker.access import tokens
from tracker.access.tokens import Unauthenticated
from tracker.cli import COMMANDS
from tracker.clock import Clock, StoryClock
from tracker.db import migrating
from tracker.db.database import Database
from tracker.handling import Handler
from tracker.worker import Worker


def test_help_names_every_command_and_loads_neither_the_web_nor_the_database() -> None:
    shown = ask("--help").output
    assert [name for name in COMMANDS if f"\n  {name} " not in shown] == []
    program = "import sys, tracker.cli as cli; cli.tracker(['--help'], standalone_mode=False); print(*sys.modules)"
    loaded = run("python", "-c", program).stdout.split()
    assert "click" in loaded
    assert {"flask", "sqlalchemy", "granian"}.isdisjoint(loaded)


def test_an_empty_database_is_migrated_once(database_url: str) -> None:
    newest = migrating.newest()
    assert ask("migrate", url=database_url).output.rstrip().endswith(f"empty → {newest}.")
    assert ask("migrate", url=database_url).output.rstrip().endswith(f"is up to date ({newest}).")


def test_what_is_wrong_becomes_a_sentence_that_says_what_to_do(sqlite_url: str) -> None:
    done = run("tracker", "status", "--database-url", sqlite_url)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "tracker: The database is empty. Back it up, then run: tracker migrate\n"


def test_a_token_is_made_listed_and_revoked(migrated_url: str) -> None:
    made = ask("token", "create", "--role", "reporter", "--name", "Ben", "--outlet", "NBC News", url=migrated_url)
    written = made.stdout.strip()
    database = Database(settings_for(migrated_url))
    with database.reading() as connection:
        token, _ = tokens.authenticate(connection, written, Clock().now())
    (row,) = ask("token", "list", url=migrated_url).output.splitlines()
    assert row.split() == [token.id, "reporter", "Ben", "only", "for", *sorted(token.outlets or ())]
    assert written not in row
    assert ask("token", "revoke", token.id, url=migrated_url).exit_code == 0
    assert "revoked" in ask("token", "list", url=migrated_url).output
    with database.reading() as connection, pytest.raises(Unauthenticated):
        tokens.authenticate(connection, written, Clock().now())
    database.close()


def test_status_calls_a_person_only_where_nobody_follows_the_log(migrated_url: str, clock: StoryClock) -> None:
    database, settings = Database(settings_for(migrated_url)), settings_for(migrated_url)
    newsroom = Newsroom(Handler(database, clock, settings), make_token(database, clock), clock)
    story = newsroom.opens()
    assert ask("status", url=migrated_url).exit_code == 0
    clock.set(clock.recorded_now() + timedelta(minutes=6))
    newsroom.files(story)
    late = ask("status", url=migrated_url)
    assert (late.exit_code, "log          3 events" in late.stdout) == (1, True)
    assert "! story_list is 3 events behind. Is a worker running?" in late.stderr
    with Worker(database, Clock(), settings) as worker:
        worker.run_once()
    assert ask("status", url=migrated_url).exit_code == 0
    database.close()


def test_a_copy_of_the_openapi_document_is_checked(tmp_path: Path) -> None:
    copy = tmp_path / "openapi.json"
    copy.write_text(ask("openapi").stdout, "utf-8")
    assert ask("openapi", "--check", str(copy)).exit_code == 0
    copy.write_text("{}", "utf-8")
    other = ask("openapi", "--check", str(copy))
    assert (other.exit_code, f"run: tracker openapi > {copy}" in other.stderr) == (1, True)


def test_the_module_is_the_program() -> None:
    assert run("python", "-m", "tracker", "--version").stdout == run("tracker", "--version").stdout
