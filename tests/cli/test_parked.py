"""``tracker parked``: what a follower could not go on with is listed, tried again, left out with a reason."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result

from tests.rooms import Newsroom, everything
from tracker.cli import tracker as command_line
from tracker.clock import Clock
from tracker.config import Settings
from tracker.db.database import Database
from tracker.projections import story_list
from tracker.worker import Worker


def ask(database: Database, *words: str, given: str | None = None) -> Result:
    url = database.engine.url.render_as_string(hide_password=False)
    return CliRunner().invoke(command_line, [*words, "--database-url", url], input=given)


@pytest.fixture
def stuck(
    database: Database, settings: Settings, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, pytest.MonkeyPatch]]:
    """A story of which the list can't take a report; and what keeps it from it, to undo."""
    story_id = newsroom.opens("First")
    newsroom.files(story_id)
    with monkeypatch.context() as failing:
        failing.setattr(story_list, "_outlets", lambda event: 1 / 0 if event.type == "report.filed" else set())
        with Worker(database, Clock(), settings) as worker:
            assert worker.drain(30)
        yield story_id, failing


def test_where_nothing_is_parked_nothing_is_said(database: Database) -> None:
    shown = ask(database, "parked", "list")
    assert (shown.exit_code, shown.output) == (0, "")
    assert ask(database, "parked", "replay").exit_code == 0


def test_what_is_parked_is_listed_with_why_and_seen_in_the_status(
    database: Database, stuck: tuple[str, pytest.MonkeyPatch]
) -> None:
    shown = ask(database, "parked", "list")
    assert shown.exit_code == 1
    assert shown.output.split()[:5] == ["story_list", stuck[0], "version", "2", "report.filed"]
    assert "ZeroDivisionError in <lambda>" in shown.output
    status = ask(database, "status")
    assert (status.exit_code, "story_list   0 events behind; 1 streams parked" in status.output) == (1, True)


@pytest.mark.parametrize("words", [[], ["story_list"], ["story_list", "STREAM"]], ids=len)
def test_what_is_parked_is_tried_again_until_it_can_be_taken(
    database: Database, stuck: tuple[str, pytest.MonkeyPatch], words: list[str]
) -> None:
    story_id, failing = stuck
    words = [story_id if word == "STREAM" else word for word in words]
    again = ask(database, "parked", "replay", *words)
    assert (again.exit_code, f"story_list still can't take version 2 of {story_id}" in again.stderr) == (1, True)
    failing.undo()
    done = ask(database, "parked", "replay", *words)
    assert (done.exit_code, done.stdout) == (0, f"story_list goes on with {story_id}.\n")
    assert ask(database, "parked", "list").exit_code == 0


def test_a_follower_or_stream_that_is_not_parked_is_refused(
    database: Database, stuck: tuple[str, pytest.MonkeyPatch]
) -> None:
    for words in (["nobody"], ["outlets", stuck[0]], ["story_list", "sty_1"]):
        refused = ask(database, "parked", "replay", *words)
        assert refused.exit_code == 1
        assert "There is no follower nobody" in str(refused.exception) or "is not parked" in str(refused.exception)


def test_an_event_is_dropped_with_a_reason_and_the_story_goes_on(
    database: Database, newsroom: Newsroom, stuck: tuple[str, pytest.MonkeyPatch]
) -> None:
    done = ask(database, "parked", "drop", "story_list", stuck[0], "--reason", "Filed twice.")
    assert (done.exit_code, done.stdout) == (
        0,
        f"story_list does without version 2 of {stuck[0]}.\nstory_list goes on with {stuck[0]}.\n",
    )
    [(follower, stream, version, up_to, _, reason, by, _)] = everything(database)["dropped"]
    assert (follower, stream, version, up_to, reason) == ("story_list", stuck[0], 2, 2, "Filed twice.")
    assert by.startswith("command-line")
    assert ask(database, "parked", "list").exit_code == 0


def test_a_drop_without_a_reason_is_refused_where_nobody_can_be_asked(
    database: Database, stuck: tuple[str, pytest.MonkeyPatch]
) -> None:
    before = everything(database)
    refused = ask(database, "parked", "drop", "story_list", stuck[0])
    assert (refused.exit_code, "--reason" in refused.stderr) == (2, True)
    assert everything(database) == before


def test_on_a_terminal_the_reason_is_asked_for(
    database: Database, stuck: tuple[str, pytest.MonkeyPatch], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracker.cli.parked._asks", lambda: True)
    assert ask(database, "parked", "drop", "story_list", stuck[0], given="Filed twice.\n").exit_code == 0
    assert everything(database)["dropped"][0][5] == "Filed twice."
