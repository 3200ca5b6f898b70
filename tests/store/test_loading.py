"""A story at a revision or a moment: the same with a saved state, without one, and with one that can't be used."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs
from sqlalchemy import Connection, text

from tests.chronicle import tell
from tests.store.writing import forget
from tests.stories.samples import CLOSED, OPENED, WIRE, corrected, filed, updated
from tests.stories.sequences import histories
from tests.stories.specification import recorded
from tracker.db.database import Database
from tracker.errors import NotFound
from tracker.store import loading
from tracker.stories.events import Recorded, StoryEdited
from tracker.stories.story import Story, fold

HISTORY = recorded(
    [
        OPENED,
        filed(b1="One."),
        updated(2, b1="One.", b2="Two."),
        filed("rpt_2", WIRE, None, b1="Elsewhere."),
        corrected(3, b3="Three."),
        StoryEdited(summary="It happened."),
        CLOSED,
    ]
)


def packed(story: Story) -> bytes:
    return msgspec.json.encode(story)


def told(database: Database, history: list[Recorded], saved_at: int | None = None) -> str:
    """A story to which ``history`` happened, with its state saved after ``saved_at`` events; nothing is in memory."""
    with database.writing() as connection:
        story_id = tell(connection, history[:saved_at])
    if saved_at is not None:
        with database.writing() as connection:
            assert loading.save(connection, story_id, 1)
        with database.writing() as connection:
            tell(connection, history[saved_at:], story_id)
    forget(database)
    return story_id


def saved_rows(connection: Connection) -> list[tuple[Any, ...]]:
    rows = connection.exec_driver_sql("SELECT revision, shape FROM saved_state ORDER BY revision")
    return [tuple(row) for row in rows]


@given(history=histories, data=st.data())
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_at_hand_is_a_head_start_and_never_a_second_truth(
    database: Database, history: list[Recorded], data: st.DataObject
) -> None:
    """The story is the same at each revision, from a saved state, from memory and from the events alone."""
    story_id = told(database, history, data.draw(st.integers(1, len(history)), label="saved at"))
    states = [packed(fold(Story(), history[:revision])) for revision in range(len(history) + 1)]
    with database.reading() as connection:
        for revision, state in enumerate(states):
            forget(database)
            assert packed(loading.load(connection, story_id, revision)) == state
        assert packed(loading.load(connection, story_id)) == states[-1]
        for revision, state in enumerate(states):
            assert packed(loading.load(connection, story_id, revision)) == state
    with database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM saved_state")
        forget(database)
        assert packed(loading.load(connection, story_id)) == states[-1]


def test_a_saved_state_is_used(database: Database) -> None:
    story_id = told(database, HISTORY[:1], saved_at=1)
    other = told(database, recorded([structs.replace(OPENED, slug="other")]), saved_at=1)
    swap = "UPDATE saved_state SET data = (SELECT data FROM saved_state WHERE stream_id = :other) WHERE stream_id = :id"
    with database.writing() as connection:
        connection.execute(text(swap), {"other": other, "id": story_id})
        assert loading.load(connection, story_id).slug == "other"


def test_a_story_before_its_saved_state_is_folded_from_the_beginning(database: Database) -> None:
    story_id = told(database, HISTORY, saved_at=6)
    with database.reading() as connection:
        assert loading.load(connection, story_id).revision == 7
        assert packed(loading.load(connection, story_id, 5)) == packed(fold(Story(), HISTORY[:5]))


def test_beyond_the_latest_revision_is_the_latest_and_before_the_first_is_nothing(database: Database) -> None:
    story_id = told(database, HISTORY)
    with database.reading() as connection:
        assert loading.load(connection, story_id, 99).revision == 7
        assert loading.load(connection, story_id, 0) == loading.load(connection, "sty_unknown") == Story()


#: What may stand in a saved state's row that is of no use: a shape (none: the present one), and data.
USELESS = [
    ("0-other", zstandard.compress(msgspec.msgpack.encode(Story(revision=5, slug="of-another-shape")))),
    (None, b""),
    (None, b"no state at all"),
    (None, zstandard.compress(b"\x81\xa8revision\xa1x")),
]


def test_a_state_that_is_of_no_use_is_passed_over_and_overwritten_in_time(database: Database) -> None:
    spoil = text("UPDATE saved_state SET shape = :shape, data = :data WHERE stream_id = :id")
    for shape, data in USELESS:
        story_id = told(database, HISTORY[:5], saved_at=5)
        with database.writing() as connection:
            connection.execute(spoil, {"shape": shape or loading.shape(), "data": data, "id": story_id})
            assert packed(loading.load(connection, story_id)) == packed(fold(Story(), HISTORY[:5]))
            tell(connection, HISTORY[5:], story_id)
            assert loading.save(connection, story_id, 2)
            forget(database)
            assert packed(loading.load(connection, story_id)) == packed(fold(Story(), HISTORY))
    with database.reading() as connection:
        assert saved_rows(connection) == [(7, loading.shape())] * len(USELESS)


def test_a_state_is_saved_once_enough_has_happened_since(database: Database) -> None:
    story_id = told(database, HISTORY[:4])
    with database.writing() as connection:
        assert not loading.save(connection, "sty_unknown", 1)
        assert not loading.save(connection, story_id, 5)
        assert saved_rows(connection) == []
        assert loading.save(connection, story_id, 4)
        assert not loading.save(connection, story_id, 1)
        tell(connection, HISTORY[4:], story_id)
        assert not loading.save(connection, story_id, 4)
        assert loading.save(connection, story_id, 3)
        assert saved_rows(connection) == [(7, loading.shape())]


def test_an_older_state_never_replaces_a_newer_one(database: Database) -> None:
    story_id = told(database, HISTORY, saved_at=7)
    with database.writing() as connection:
        loading._save.run(connection, stream_id=story_id, revision=3, shape=loading.shape(), data=b"older")
        assert saved_rows(connection) == [(7, loading.shape())]


def test_the_shape_changes_with_the_fields_of_a_story(monkeypatch: pytest.MonkeyPatch) -> None:
    class Longer(Story):
        mood: str = ""

    before = loading.shape()
    monkeypatch.setattr(loading, "Story", Longer)
    try:
        loading.shape.cache_clear()
        assert loading.shape() != before
    finally:
        loading.shape.cache_clear()


def test_the_revision_at_a_moment_is_the_last_that_was_recorded_by_then(database: Database) -> None:
    same = [structs.replace(r, recorded_at=HISTORY[min(n, 3)].recorded_at) for n, r in enumerate(HISTORY[:6])]
    story_id = told(database, same)
    first, last = same[0].recorded_at, same[-1].recorded_at
    tick = timedelta(microseconds=1)
    with database.reading() as connection:
        moments = [first - tick, first, first + tick, last - tick, last, last + timedelta(days=1)]
        assert [loading.revision_at(connection, story_id, at) for at in moments] == [0, 1, 1, 3, 6, 6]
        assert loading.revision_at(connection, "sty_unknown", last) == 0


def test_the_history_is_read_in_part_and_in_order(database: Database) -> None:
    story_id = told(database, HISTORY)
    with database.reading() as connection:
        whole = loading.history(connection, story_id)
        assert [(r.revision, r.recorded_at, r.event) for r in whole] == [
            (r.revision, r.recorded_at, r.event) for r in HISTORY
        ]
        assert loading.history(connection, story_id, after=2, up_to=5, limit=2) == whole[2:4]


def test_a_story_that_must_be_there_is_loaded_or_not_found(database: Database) -> None:
    story_id = told(database, HISTORY)
    with database.reading() as connection:
        assert loading.require(connection, story_id).revision == 7
        with pytest.raises(NotFound) as caught:
            loading.require(connection, "sty_unknown")
    assert caught.value.name == "unknown-story"
