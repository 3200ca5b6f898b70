"""``tracker rebuild``: a list is written anew, compared and switched to; what is said, and with which exit status."""

from __future__ import annotations

import pytest

from tests.chronicle import follow
from tests.cli.test_parked import ask
from tests.rooms import Newsroom, everything
from tracker.config import Settings
from tracker.db.database import Database
from tracker.projections.following import all_followers, projections
from tracker.projections.story_list import StoryList
from tracker.store import rebuilding, sequencer


@pytest.fixture(autouse=True)
def _told(database: Database, newsroom: Newsroom, settings: Settings) -> None:
    story_id = newsroom.opens("First")
    for n in range(120):
        newsroom.files(story_id, uri=f"https://nbc.example/{n}")
    sequencer.tick(database)
    follow(database, *all_followers(settings))


@pytest.mark.parametrize("name", [each.name for each in projections()])
def test_a_list_is_rebuilt_and_said_to_be_alike(database: Database, name: str) -> None:
    done = ask(database, "rebuild", name, "--progress")
    assert (done.exit_code, done.stdout) == (0, f"{name}: generation 2 is read.\n")
    assert "122 of 122 events (100 %)" in done.stderr
    assert "at position 122, alike; digest" in done.stderr


def test_a_list_that_differs_is_described_and_switched_to_only_when_asked(database: Database) -> None:
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE story_list SET reports = 1")
    refused = ask(database, "rebuild", "story_list")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "at position 122 1 rows differ, the first is story_list sty_" in refused.stderr
    assert "Nothing was switched. If that is as it should be: tracker rebuild story_list --accept" in refused.stderr
    assert ask(database, "rebuild", "story_list", "--accept").exit_code == 0
    assert ask(database, "rebuild", "story_list").stdout == "story_list: generation 3 is read.\n"


def test_one_goes_back(database: Database) -> None:
    refused = ask(database, "rebuild", "story_list", "--rollback")
    assert (refused.exit_code, "No generation of story_list was kept" in str(refused.exception)) == (1, True)
    ask(database, "rebuild", "story_list")
    assert ask(database, "rebuild", "story_list", "--rollback").stdout == "story_list: generation 1 is read again.\n"


def test_a_second_one_is_refused(database: Database) -> None:
    with rebuilding.building(database, StoryList()):
        refused = ask(database, "rebuild", "story_list")
    assert (refused.exit_code, "Somebody is at generation 2" in str(refused.exception)) == (1, True)


def test_saved_states_are_made_anew(database: Database, settings: Settings) -> None:
    [(_, _, shape, _), *_] = everything(database)["saved_state"]
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE saved_state SET shape = 'of another program'")
    done = ask(database, "rebuild", "saved_states")
    assert (done.exit_code, done.stdout) == (0, "The saved states of 1 stories are new.\n")
    after = everything(database)["saved_state"]
    assert {row[2] for row in after} == {shape}
    assert max(row[1] for row in after) > 121 - settings.saved_state_every


def test_saved_states_have_nothing_to_go_back_to(database: Database) -> None:
    before = everything(database)
    for option in ("--rollback", "--accept", "--anew"):
        assert ask(database, "rebuild", "saved_states", option).exit_code == 2
    assert everything(database) == before


def test_what_is_no_projection_is_refused(database: Database) -> None:
    assert ask(database, "rebuild", "tree").exit_code == 2
