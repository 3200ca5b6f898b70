"""``tracker redact`` and ``tracker keys``, as operators type them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.rooms import Newsroom, everything, make_token, settings_for
from tracker.cli import tracker as command_line
from tracker.clock import StoryClock
from tracker.db.database import Database
from tracker.handling import Handler, Outcome
from tracker.store import keys

_MASTER = "00" * 32
_WHY = ("--reason", "It names a source.", "--authority", "The editor")


def ask(*words: str, url: str, said: str | None = None, **environment: str) -> Result:
    return CliRunner().invoke(command_line, [*words, "--database-url", url], input=said, env=environment)


@pytest.fixture
def database(migrated_url: str) -> Iterator[Database]:
    opened = Database(settings_for(migrated_url))
    yield opened
    opened.close()


@pytest.fixture
def report(database: Database, migrated_url: str, clock: StoryClock) -> Outcome:
    newsroom = Newsroom(Handler(database, clock, settings_for(migrated_url)), make_token(database, clock), clock)
    return newsroom.updates(newsroom.files(newsroom.opens(slug="strike"), "One."), "Zebras.")


def test_it_shows_what_it_would_destroy_and_asks(database: Database, report: Outcome, migrated_url: str) -> None:
    before = everything(database)
    done = ask("redact", "strike", str(report.report_id), *_WHY, url=migrated_url, said="n\n")
    assert done.exit_code == 1
    assert "NBC News" in done.stderr
    assert "version 1: “Strike”" in done.stderr
    assert "version 2: “Strike”" in done.stderr
    assert everything(database) == before


@pytest.mark.parametrize("given", ["its id", "its slug"])
def test_it_redacts_what_it_was_told_to(database: Database, report: Outcome, migrated_url: str, given: str) -> None:
    story, target = report.story_id if given == "its id" else "strike", f"{report.report_id}/2"
    done = ask("redact", story, target, *_WHY, url=migrated_url, said="y\n")
    assert (done.exit_code, done.stdout) == (0, f"{target} is redacted: revision 4 of {report.story_id}.\n")
    again = ask("redact", story, target, *_WHY, "--yes", url=migrated_url)
    assert again.stdout == f"{target} was redacted before: revision 4 of {report.story_id}.\n"
    assert [key_id for _, key_id, _ in everything(database)["destroyed_key"]] == [target]


def test_the_list_of_destroyed_keys_lies_beside_a_sqlite_file(
    report: Outcome, migrated_url: str, tmp_path: Path
) -> None:
    assert ask("redact", "strike", str(report.report_id), *_WHY, "--yes", url=migrated_url).exit_code == 0
    assert (tmp_path / "tracker.db.destroyed-keys").exists() == migrated_url.startswith("sqlite")


@pytest.mark.parametrize(("story", "target"), [("strike", "rpt_1"), ("no-such", "rpt_1")])
def test_what_is_not_there_is_refused(
    database: Database, report: Outcome, migrated_url: str, story: str, target: str
) -> None:
    before = everything(database)
    done = ask("redact", story, target, *_WHY, "--yes", url=migrated_url)
    assert done.exit_code == 1
    assert everything(database) == before


def test_a_reason_and_an_authority_are_needed(report: Outcome, migrated_url: str) -> None:
    assert ask("redact", "strike", str(report.report_id), "--yes", url=migrated_url).exit_code == 2


# ---- Master keys


def test_keys_are_wrapped_anew_and_status_names_the_master_key_that_is_missing(
    database: Database, report: Outcome, migrated_url: str
) -> None:
    master = {"TRACKER_CONTENT_MASTER_KEYS": _MASTER}
    count = len(everything(database)["content_key"])
    done = ask("keys", "rewrap", url=migrated_url, **master)
    assert done.stdout == f"{count} keys were wrapped anew; all are under the first master key.\n"
    assert ask("keys", "rewrap", url=migrated_url, **master).stdout.startswith("0 keys")
    assert ask("status", url=migrated_url, **master).exit_code == 0
    without = ask("status", url=migrated_url)
    assert (without.exit_code, without.stderr.count(keys.fingerprint(bytes(32)))) == (1, 1)


def test_nothing_is_started_without_a_master_key_that_is_needed(
    database: Database, report: Outcome, migrated_url: str
) -> None:
    ask("keys", "rewrap", url=migrated_url, TRACKER_CONTENT_MASTER_KEYS=_MASTER)
    done = ask("worker", url=migrated_url)
    assert done.exit_code == 1
    assert keys.fingerprint(bytes(32)) in str(done.exception)


def test_without_a_master_key_nothing_is_wrapped_and_it_says_what_to_set(report: Outcome, migrated_url: str) -> None:
    done = ask("keys", "rewrap", url=migrated_url)
    assert done.exit_code == 1
    assert "TRACKER_CONTENT_MASTER_KEYS=$(openssl rand -hex 32)" in str(done.exception)
