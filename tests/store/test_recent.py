"""Stories in memory: as good as those from the log, whatever happens to the log meanwhile."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection

from tests.rooms import Newsroom, settings_for
from tests.store.writing import forget, written
from tracker.config import Settings
from tracker.db.database import Database
from tracker.store import loading, log, recent
from tracker.store.log import Appended, Head
from tracker.store.log_events import NewEvent
from tracker.store.recent import Kept, Recent
from tracker.store.requests import RequestKey
from tracker.stories.commands import EditStory
from tracker.stories.events import Recorded, StoryEdited
from tracker.stories.story import Story


def loaded(database: Database, story_id: str) -> Story:
    with database.reading() as connection:
        return loading.load(connection, story_id)


def told_by_the_log(database: Database, story_id: str) -> Story:
    forget(database)
    return loaded(database, story_id)


@pytest.fixture
def elsewhere(settings: Settings) -> Iterator[Database]:
    """The same database, as another process has it open: with a memory of its own."""
    database = Database(settings_for(settings.database_url))
    yield database
    database.close()


def test_a_story_that_was_read_is_at_hand_and_not_read_again(
    database: Database, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    story_id = newsroom.opens()
    report = newsroom.files(story_id)
    newsroom.updates(report, "Two.")
    monkeypatch.setattr(log, "read", lambda *_, **__: pytest.fail("the log was read"))
    assert loaded(database, story_id) is loaded(database, story_id)
    assert loaded(database, story_id).reports[report.report_id or ""].version == 2


def test_what_was_written_is_in_memory_as_the_log_tells_it(database: Database, newsroom: Newsroom) -> None:
    story_id = newsroom.opens()
    for act in range(4):
        report = newsroom.files(story_id, f"{act}.", uri=f"https://nbc.example/{act}")
        newsroom.updates(report, "Later.")
        newsroom.corrects(report, "Corrected.")
        newsroom.asks(EditStory(story_id=story_id, title=f"Strike {act}"))
        at_hand = loaded(database, story_id)
        assert written(at_hand) == written(told_by_the_log(database, story_id))


def test_what_another_process_wrote_is_seen_at_once(
    database: Database, elsewhere: Database, newsroom: Newsroom
) -> None:
    story_id = newsroom.opens()
    for revision in range(2, 5):
        newsroom.files(story_id)
        assert loaded(elsewhere, story_id).revision == loaded(database, story_id).revision == revision
        assert written(loaded(elsewhere, story_id)) == written(loaded(database, story_id))


def test_a_story_that_somebody_holds_stays_as_it_was(database: Database, newsroom: Newsroom) -> None:
    story_id = newsroom.opens()
    report = newsroom.files(story_id)
    held = loaded(database, story_id)
    before = written(held)
    newsroom.updates(report, "Two.")
    newsroom.corrects(report, "Three.")
    newsroom.files(story_id)
    assert written(held) == before
    assert loaded(database, story_id).revision == 5


def test_what_was_rolled_back_is_in_nobodys_memory(
    database: Database, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    story_id = newsroom.opens()
    append = log.append
    key = RequestKey(token_id=newsroom.token.id, key="k", route="PATCH /v1/stories", fingerprint=b"f")

    def append_and_fail(*args: object, **named: object) -> None:
        append(*args, **named)  # type: ignore[arg-type]
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(log, "append", append_and_fail)
        with pytest.raises(ZeroDivisionError):
            # With a key, so that it is a transaction of several statements, of which the append is one.
            newsroom.asks(EditStory(story_id=story_id, title="Never"), key=key)
    assert loaded(database, story_id).title == "Strike in Baghdad"
    newsroom.files(story_id)
    assert loaded(database, story_id).title == told_by_the_log(database, story_id).title == "Strike in Baghdad"


def test_a_history_that_did_not_last_is_not_gone_on_from(
    database: Database, elsewhere: Database, newsroom: Newsroom
) -> None:
    """As after a server fails whose last commits the one that takes over never had."""
    story_id = newsroom.opens()
    with contextlib.suppress(ZeroDivisionError), elsewhere.writing() as connection:
        _edit(connection, story_id, "Never")
        assert loading.load(connection, story_id).title == "Never"
        raise ZeroDivisionError
    assert loaded(elsewhere, story_id).title == "Strike in Baghdad"
    with contextlib.suppress(ZeroDivisionError), elsewhere.writing() as connection:
        _edit(connection, story_id, "Never")
        assert loading.load(connection, story_id).title == "Never"
        raise ZeroDivisionError
    newsroom.files(story_id, "One.")
    newsroom.files(story_id, "Two.")
    with elsewhere.reading() as connection:
        assert loading.load(connection, story_id, 2).title == "Strike in Baghdad"
    assert loaded(elsewhere, story_id).title == "Strike in Baghdad"
    assert len(loaded(elsewhere, story_id).reports) == 2


def test_after_a_redaction_nothing_of_before_is_used(database: Database, newsroom: Newsroom) -> None:
    story_id = newsroom.opens()
    before = loaded(database, story_id)
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE stream SET redactions = redactions + 1")
    assert loaded(database, story_id) is not before
    assert loaded(database, story_id) == before


def test_each_database_has_its_own_memory_and_a_closed_one_none(database: Database, elsewhere: Database) -> None:
    assert recent.of(database.engine) is recent.of(database.engine) is not recent.of(elsewhere.engine)
    before = recent.of(elsewhere.engine)
    elsewhere.close()
    assert recent.of(elsewhere.engine) is not before


def _edit(connection: Connection, story_id: str, title: str) -> Appended:
    new = NewEvent(event_id=f"evt_{title}", event=StoryEdited(title=title), actor="tok_1", correlation_id="req_1")
    return log.append(connection, story_id, "story", [new], expected="exists", now=datetime(2020, 1, 3, tzinfo=UTC))


def test_a_story_weighs_no_less_than_its_words_however_well_they_compress(
    database: Database, elsewhere: Database, newsroom: Newsroom
) -> None:
    story_id, text = newsroom.opens(), "\n\n".join(["a" * 100] * 1000)
    report = newsroom.files(story_id, text)
    newsroom.updates(report, f"{text}!")
    for each in (database, elsewhere):
        loaded(each, story_id)
        kept = recent.of(each.engine).last(story_id)
        assert kept is not None
        assert kept.weight > 2 * len(text)


# ---- What is kept --------------------------------------------------------------------------------------------------


def kept(version: int, weight: int = 1, hash: bytes = b"h", redactions: int = 0) -> Kept:
    return Kept(Story(revision=version), Head(version, hash, 0, redactions), weight)


@pytest.mark.parametrize(
    ("now", "fits"),
    [
        (Head(5, b"h", 0, 0), True),
        (Head(5, b"other", 0, 0), False),
        (Head(6, b"other", 0, 0), True),
        (Head(4, b"h", 0, 0), False),
        (Head(5, b"h", 0, 1), False),
        (Head(6, b"other", 0, 1), False),
    ],
)
def test_a_kept_story_fits_a_stream_that_stands_there_or_further_on(now: Head, fits: bool) -> None:
    memory, story = Recent(), kept(5)
    memory.keep("sty_1", story)
    assert memory.get("sty_1", now) is (story if fits else None)
    assert memory.get("sty_2", now) is None


def test_memory_is_bounded_and_the_least_recently_used_goes_first() -> None:
    memory = Recent(most_bytes=30)
    for name in "abc":
        memory.keep(name, kept(1, weight=10))
    assert memory.get("a", kept(1).head)
    memory.keep("d", kept(1, weight=10))
    assert [name for name in "abcd" if memory.last(name)] == ["a", "c", "d"]
    memory.keep("a", kept(2, weight=25))
    assert [name for name in "abcd" if memory.last(name)] == ["a"]


def test_one_story_that_is_heavier_than_all_others_may_be_has_a_place_of_its_own() -> None:
    memory = Recent(most_bytes=30, most_of_one=40)
    memory.keep("a", kept(1, weight=10))
    memory.keep("b", kept(1, weight=31))
    assert memory.last("a")
    assert memory.get("b", kept(1).head)
    memory.keep("b", kept(2, weight=41))
    assert memory.last("b") is None
    memory.keep("c", kept(1, weight=35))
    memory.keep("d", kept(1, weight=35))
    assert [name for name in "abcd" if memory.last(name)] == ["a", "d"]
    memory.keep("d", kept(2, weight=20))
    memory.keep("e", kept(1, weight=10))
    assert [name for name in "abcde" if memory.last(name)] == ["d", "e"]


def test_what_is_forgotten_is_gone() -> None:
    memory = Recent(most_bytes=30, most_of_one=40)
    for weight in (10, 35):
        memory.keep("a", kept(1, weight=weight))
        memory.forget("a")
        assert memory.last("a") is None


# ---- What is carried on --------------------------------------------------------------------------------------------


def test_what_somebody_appends_unseen_carries_on_what_is_kept(database: Database, newsroom: Newsroom) -> None:
    story_id = newsroom.opens()
    loaded(database, story_id)
    done = _append_unseen(database, story_id, "Seen by nobody")
    loading.carry_on(database.engine, story_id, done, [_recorded(done, "Seen by nobody")])
    carried = recent.of(database.engine).last(story_id)
    assert carried
    assert (carried.head.version, carried.head.hash) == (2, done.hash)
    assert written(carried.story) == written(told_by_the_log(database, story_id))


def test_memory_is_left_alone_where_it_does_not_end_just_before(database: Database, newsroom: Newsroom) -> None:
    story_id = newsroom.opens()
    loaded(database, story_id)
    before = recent.of(database.engine).last(story_id)
    assert before
    _append_unseen(database, story_id, "Unnoticed")
    done = _append_unseen(database, story_id, "Noticed")
    loading.carry_on(database.engine, story_id, done, [_recorded(done, "Noticed")])
    assert recent.of(database.engine).last(story_id) is before
    assert loaded(database, story_id).title == "Noticed"


def test_memory_is_left_alone_where_it_ends_in_another_history(database: Database, newsroom: Newsroom) -> None:
    """By its number alone the event would follow; by its hash it doesn't."""
    story_id = newsroom.opens()
    memory = recent.of(database.engine)
    loaded(database, story_id)
    right = memory.last(story_id)
    assert right
    lost = right._replace(head=right.head._replace(hash=b"of a commit that was lost"))
    memory.keep(story_id, lost)
    done = _append_unseen(database, story_id, "After it")
    loading.carry_on(database.engine, story_id, done, [_recorded(done, "After it")])
    assert memory.last(story_id) is lost


def test_what_was_there_before_carries_nothing_on(database: Database, newsroom: Newsroom) -> None:
    story_id = newsroom.opens()
    loaded(database, story_id)
    before = recent.of(database.engine).last(story_id)
    _append_unseen(database, story_id, "Twice")
    again = _append_unseen(database, story_id, "Twice")
    assert again.again
    loading.carry_on(database.engine, story_id, again, [_recorded(again, "Twice")])
    assert recent.of(database.engine).last(story_id) is before


def _append_unseen(database: Database, story_id: str, title: str) -> Appended:
    with database.writing() as connection:
        return _edit(connection, story_id, title)


def _recorded(done: Appended, title: str) -> Recorded:
    return Recorded(revision=done.last, recorded_at=done.recorded_at, event=StoryEdited(title=title))
