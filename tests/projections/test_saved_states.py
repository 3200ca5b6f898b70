"""Saved states are kept fresh, and are never needed."""

from __future__ import annotations

from tests.chronicle import follow
from tests.rooms import Newsroom, settings_for
from tracker.db.database import Database
from tracker.projections import saved_states
from tracker.projections.following import all_followers
from tracker.projections.saved_states import SavedStates
from tracker.store import loading
from tracker.stories.folding import fold
from tracker.stories.story import Story


def test_a_story_is_saved_once_enough_has_happened(database: Database, newsroom: Newsroom) -> None:
    busy, quiet = newsroom.opens("Busy"), newsroom.opens("Quiet")
    for n in range(4):
        newsroom.files(busy, f"{n}.")
    follow(database, SavedStates(5))
    assert _saved(database) == {busy: 5}
    newsroom.files(quiet)
    for n in range(4, 8):
        newsroom.files(busy, f"{n}.")
    follow(database, SavedStates(5), page=3)
    assert _saved(database) == {busy: 5}
    newsroom.files(busy, "8.")
    follow(database, SavedStates(5))
    assert _saved(database) == {busy: 10}


def test_a_story_is_the_same_with_and_without_its_saved_state(database: Database, newsroom: Newsroom) -> None:
    story_id = newsroom.opens()
    report = newsroom.files(story_id)
    follow(database, SavedStates(1))
    newsroom.corrects(report, "Two.")
    assert _saved(database) == {story_id: 2}
    with database.writing() as connection:
        with_state = loading.load(connection, story_id)
        saved_states.forget(connection, story_id)
        without = loading.load(connection, story_id)
        assert with_state == without == fold(Story(), loading.history(connection, story_id))
    assert _saved(database) == {}


def test_all_followers_have_names_of_their_own_and_take_every_event(database: Database, newsroom: Newsroom) -> None:
    story_id = newsroom.opens()
    newsroom.updates(newsroom.files(story_id), "Two.")
    following = all_followers(settings_for("sqlite://", saved_state_every=1))
    assert len({follower.name for follower in following}) == len(following)
    follow(database, *following)
    assert _saved(database) == {story_id: 3}


def _saved(database: Database) -> dict[str, int]:
    with database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT stream_id, revision FROM saved_state")
        return {row.stream_id: row.revision for row in rows}
