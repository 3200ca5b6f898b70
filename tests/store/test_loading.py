"""A story at a revision or a moment: the same with a saved state, without one, and with one that can't be used."""

from __future__ import annotations

import itertools
from contextlib import closing
from datetime import timedelta
from typing import Any

import msgspec
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs
from sqlalchemy import Connection, text

from tests.chronicle import follow, tell
from tests.rooms import settings_for
from tests.store.counting import EventsRead
from tests.store.writing import forget, written
from tests.stories.samples import CLOSED, NBC, OPENED, URI, WIRE, corrected, filed, updated
from tests.stories.sequences import histories
from tests.stories.specification import recorded
from tracker.db.database import Database
from tracker.errors import Damaged, NotFound
from tracker.projections.saved_states import SavedStates
from tracker.store import loading, log, packed, recent
from tracker.stories.events import Event, Recorded, StoryEdited
from tracker.stories.folding import fold
from tracker.stories.story import Story

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


def told(database: Database, history: list[Recorded], saved_at: int | None = None) -> str:
    """A story to which ``history`` happened, with its state saved after ``saved_at`` events; nothing is in memory."""
    with database.writing() as connection:
        story_id = tell(connection, history)
    if saved_at is not None:
        save(database, story_id, saved_at)
    forget(database)
    return story_id


def long_history(length: int) -> list[Recorded]:
    """A story of so many events: one report after the other, each filed and updated, then the title edited."""
    return recorded([OPENED, *(_event(number) for number in range(1, length))])


def _event(number: int) -> Event:
    match number % 3:
        case 1:
            return filed(f"rpt_{number}", NBC, f"{URI}/{number}", b1=f"{number}.")
        case 2:
            return structs.replace(updated(2, b1=f"{number}!"), report_id=f"rpt_{number - 1}")
        case _:
            return StoryEdited(title=f"Strike {number}")


def save(database: Database, story_id: str, *revisions: int, every: int = 1) -> None:
    for revision in revisions:
        with database.writing() as connection:
            assert loading.save(connection, story_id, every, revision)


def saved_rows(connection: Connection) -> list[tuple[Any, ...]]:
    rows = connection.exec_driver_sql("SELECT revision, shape FROM saved_state ORDER BY revision")
    return [tuple(row) for row in rows]


def saved_at(database: Database) -> list[int]:
    with database.reading() as connection:
        return [revision for revision, _ in saved_rows(connection)]


@given(history=histories, data=st.data())
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_at_hand_is_a_head_start_and_never_a_second_truth(
    database: Database, history: list[Recorded], data: st.DataObject
) -> None:
    """The story is the same at each revision, from saved states, from memory and from the events alone."""
    story_id = told(database, history)
    save(database, story_id, *sorted(data.draw(st.sets(st.integers(1, len(history)), min_size=1), label="saved at")))
    with database.reading() as connection:
        # As it stands in the log now: what was redacted is gone at every revision.
        left = loading.history(connection, story_id)
        states = [written(fold(Story(), left[:revision])) for revision in range(len(left) + 1)]
        for revision, state in enumerate(states):
            forget(database)
            assert written(loading.load(connection, story_id, revision)) == state
        assert written(loading.load(connection, story_id)) == states[-1]
        for revision, state in enumerate(states):
            assert written(loading.load(connection, story_id, revision)) == state
    with database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM saved_state")
        forget(database)
        assert written(loading.load(connection, story_id)) == states[-1]


def test_a_saved_state_is_used(database: Database) -> None:
    story_id = told(database, HISTORY[:1], saved_at=1)
    other = told(database, recorded([structs.replace(OPENED, slug="other")]), saved_at=1)
    swap = "UPDATE saved_state SET data = (SELECT data FROM saved_state WHERE stream_id = :other) WHERE stream_id = :id"
    with database.writing() as connection:
        connection.execute(text(swap), {"other": other, "id": story_id})
        assert loading.load(connection, story_id).slug == "other"


def test_a_story_before_its_first_saved_state_is_folded_from_the_beginning(database: Database) -> None:
    story_id = told(database, HISTORY, saved_at=6)
    with database.reading() as connection:
        assert loading.load(connection, story_id).revision == 7
        assert written(loading.load(connection, story_id, 5)) == written(fold(Story(), HISTORY[:5]))


def test_beyond_the_latest_revision_is_the_latest_and_before_the_first_is_nothing(database: Database) -> None:
    story_id = told(database, HISTORY)
    with database.reading() as connection:
        assert loading.load(connection, story_id, 99).revision == 7
        assert loading.load(connection, story_id, 0) == loading.load(connection, "sty_unknown") == Story()


#: What may stand in a saved state's row that is of no use: a shape (none: the present one), and data.
USELESS = [
    ("0-other", packed.pack(Story(revision=5, slug="of-another-shape"))),
    (None, b""),
    (None, b"no state at all"),
    (None, msgspec.msgpack.encode([zstandard.compress(b"\x81\xa8revision\xa1x"), []])),
    (None, msgspec.msgpack.encode([zstandard.compress(msgspec.msgpack.encode(fold(Story(), HISTORY[:5]))), []])),
]


def test_a_state_that_is_of_no_use_is_passed_over_and_overwritten_in_time(database: Database) -> None:
    spoil = text("UPDATE saved_state SET shape = :shape, data = :data WHERE stream_id = :id AND revision = 5")
    for shape, data in USELESS:
        story_id = told(database, HISTORY)
        save(database, story_id, 2, 5)
        with database.writing() as connection:
            connection.execute(spoil, {"shape": shape or packed.shape(), "data": data, "id": story_id})
            assert written(loading.load(connection, story_id)) == written(fold(Story(), HISTORY))
            assert loading.save(connection, story_id, 1)
            forget(database)
            assert written(loading.load(connection, story_id)) == written(fold(Story(), HISTORY))
            left = [revision for revision, row in saved_rows(connection) if row != packed.shape()]
            assert left == []


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
        assert saved_rows(connection) == [(4, packed.shape()), (7, packed.shape())]


def test_the_states_that_are_kept_lie_further_apart_the_longer_the_story_is(database: Database) -> None:
    """Never further apart than the rule says, and all of them no more than five times the newest."""
    length, every = 400, 2
    story_id = told(database, long_history(length))
    for revision in range(1, length + 1):
        with database.writing() as connection:
            loading.save(connection, story_id, every, revision)
    kept = saved_at(database)
    assert length - kept[-1] <= max(every, length // 16)
    for before, after in itertools.pairwise([0, *kept]):
        assert after - before <= max(2 * every, before / 4 + after / 16 + 1)
    assert sum(kept) <= 5 * kept[-1]
    assert len(kept) < 30


def test_any_old_revision_is_folded_from_a_bounded_part(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    length = 300
    story_id = told(database, long_history(length))
    follow(database, SavedStates(every=2), page=10)
    counting = EventsRead(monkeypatch)
    for revision in range(1, length + 1):
        forget(database)
        with database.reading() as connection:
            assert loading.load(connection, story_id, revision).revision == revision
        assert counting.taken() <= 10 + revision // 4 + revision // 16


def test_a_follower_that_begins_anew_leaves_states_along_the_whole_story(database: Database) -> None:
    story_id = told(database, long_history(60), saved_at=60)
    follow(database, SavedStates(every=4), page=10)
    assert saved_at(database)[:3] == [10, 20, 30]
    assert saved_at(database)[-1] == 60
    with database.reading() as connection:
        assert loading.load(connection, story_id, 25).revision == 25


def test_a_state_is_not_saved_of_what_was_redacted_meanwhile(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    story_id = told(database, HISTORY)
    lock = log.lock

    def redacted_before_it_is_locked(connection: Connection, stream_id: str) -> log.Head | None:
        connection.exec_driver_sql("UPDATE stream SET redactions = redactions + 1")
        return lock(connection, stream_id)

    monkeypatch.setattr(log, "lock", redacted_before_it_is_locked)
    with database.writing() as connection:
        assert not loading.save(connection, story_id, 1)
    assert saved_at(database) == []


def test_whoever_writes_saves_the_state_where_nobody_keeps_it_fresh(database: Database) -> None:
    story_id = told(database, HISTORY)
    for every, saved in ((2, []), (1, [7])):
        forget(database)
        with database.writing() as connection:
            head = log.lock(connection, story_id)
            assert head
            assert loading.load_locked(connection, story_id, head, every).revision == 7
        assert saved_at(database) == saved


def test_what_is_in_memory_is_passed_over_where_a_saved_state_is_much_nearer(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = long_history(200)
    story_id = told(database, history[:10])
    with database.writing() as connection:
        loading.load(connection, story_id)
        of_long_ago = recent.of(database.engine).last(story_id)
        tell(connection, history[10:], story_id)
    assert of_long_ago
    follow(database, SavedStates(every=4), page=10)
    recent.of(database.engine).keep(story_id, of_long_ago)
    counting = EventsRead(monkeypatch)
    with database.reading() as connection:
        assert written(loading.load(connection, story_id)) == written(fold(Story(), history))
    assert counting.taken() <= 200 // 16


def test_the_shape_changes_with_the_fields_of_a_story(monkeypatch: pytest.MonkeyPatch) -> None:
    class Longer(Story):
        mood: str = ""

    before = packed.shape()
    monkeypatch.setattr(packed, "Story", Longer)
    try:
        packed.shape.cache_clear()
        assert packed.shape() != before
    finally:
        packed.shape.cache_clear()


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


def test_under_a_master_key_a_saved_state_is_sealed_and_of_no_use_to_another_master(migrated_url: str) -> None:
    own = Database(settings_for(migrated_url, content_master_keys=(b"1" * 32,)))
    other = Database(settings_for(migrated_url, content_master_keys=(b"2" * 32, b"1" * 32)))
    with closing(own), closing(other):
        story_id = told(own, HISTORY)
        for database in (own, other):
            # What the one before saved is of another shape to this one, and goes.
            save(database, story_id, 1)
            with database.reading() as connection:
                ((revision, data),) = connection.exec_driver_sql("SELECT revision, data FROM saved_state").fetchall()
                assert loading.load(connection, story_id) == fold(Story(), HISTORY)
                with pytest.raises(packed.Unusable):
                    packed.unpack(data)
                with pytest.raises(Damaged):
                    loading.uncovered(connection, "sty_other", revision, data)
                assert packed.unpack(loading.uncovered(connection, story_id, revision, data))[0].revision == revision
