"""The first answer is the answer: to the same filing, to the same key, to many at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest

from tests.handling.looking import key_of, story_of, whole_log
from tests.rooms import Newsroom, everything
from tracker.db.database import Database
from tracker.errors import Conflict
from tracker.handling import Outcome
from tracker.store.requests import KeyReused
from tracker.stories.commands import CloseStory, EditStory, ReopenStory

URI = "https://nbc.example/strike"


# ---- The first answer ------------------------------------------------------------------------------------------------


def test_the_same_filing_is_answered_as_the_first_time_whatever_came_after(
    database: Database, newsroom: Newsroom
) -> None:
    story_id = newsroom.opens()
    first = newsroom.files(story_id, "One.", uri=URI)
    for text in ("Two.", "One.", "Three."):
        newsroom.updates(first, text)
        before = everything(database)
        again = newsroom.files(story_id, "One.", uri=URI)
        assert (again.report_id, again.version, again.revision, again.written) == (first.report_id, 1, 2, False)
        assert everything(database) == before


def test_content_equal_to_the_last_version_is_answered_with_that_version(newsroom: Newsroom) -> None:
    story_id = newsroom.opens()
    first = newsroom.files(story_id, "One.", uri=URI)
    second = newsroom.updates(first, "Two.")
    newsroom.files(story_id, "Elsewhere.")
    lenient = msgspec.structs.replace(newsroom.filing(story_id, "Two.", uri=URI), as_next_version=True)
    for again in (newsroom.updates(first, "Two."), newsroom.files(story_id, "Two.", uri=URI), newsroom.asks(lenient)):
        assert (again.version, again.revision, again.written) == (2, second.revision, False)


def test_a_return_with_leniency_is_the_next_version_and_then_the_answer(newsroom: Newsroom) -> None:
    story_id = newsroom.opens()
    newsroom.updates(newsroom.files(story_id, "One.", uri=URI), "Two.")
    lenient = msgspec.structs.replace(newsroom.filing(story_id, "One.", uri=URI), as_next_version=True)
    for written in (True, False):
        answer = newsroom.asks(lenient)
        assert (answer.version, answer.revision, answer.written) == (3, 4, written)


def test_nothing_to_edit_is_answered_with_the_story_as_it_is(newsroom: Newsroom) -> None:
    story_id = newsroom.opens()
    newsroom.files(story_id)
    assert newsroom.asks(EditStory(story_id=story_id, title="Strike in Baghdad")) == Outcome(story_id, 2)


def test_of_eight_who_file_the_same_at_once_one_writes_and_all_get_the_same_answer(
    database: Database, newsroom: Newsroom
) -> None:
    story_id = newsroom.opens()
    commands = [newsroom.filing(story_id, uri=URI) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(newsroom.asks, commands))
    assert sum(answer.written for answer in answers) == 1
    assert len({(answer.report_id, answer.version, answer.revision) for answer in answers}) == 1
    assert [event.type for event in whole_log(database)] == ["story.opened", "outlet.added", "report.filed"]


def test_many_who_file_different_reports_at_once_are_all_there(database: Database, newsroom: Newsroom) -> None:
    stories = [newsroom.opens(f"Story {n}") for n in range(2)]
    commands = [newsroom.filing(stories[n % 2], f"{n}.", outlet=f"Outlet {n % 3}") for n in range(24)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(newsroom.asks, commands))
    for story_id in stories:
        revisions = sorted(a.revision for a in answers if a.story_id == story_id)
        assert revisions == list(range(2, 14))
        assert {r.report_id for r in answers if r.story_id == story_id} == set(story_of(database, story_id).reports)
    assert [event.position for event in whole_log(database)] == list(range(1, 2 + 24 + 3 + 1))


# ---- Idempotency keys ------------------------------------------------------------------------------------------------


def test_a_request_with_a_key_is_done_once_and_its_repetition_gets_the_same_answer(
    database: Database, newsroom: Newsroom
) -> None:
    story_id, key = newsroom.opens(), key_of(newsroom)
    first = newsroom.files(story_id, key=key)
    newsroom.files(story_id, "Something else.")
    before = everything(database)
    again = newsroom.files(story_id, key=key)
    assert (again.replayed, first.replayed) == (True, False)
    assert msgspec.to_builtins(again) == {**msgspec.to_builtins(first), "replayed": True}
    assert everything(database) == before


def test_without_a_key_the_same_words_without_a_uri_are_two_reports(newsroom: Newsroom) -> None:
    story_id = newsroom.opens()
    assert newsroom.files(story_id).report_id != newsroom.files(story_id).report_id


def test_also_a_request_that_changed_nothing_is_answered_alike_again(newsroom: Newsroom) -> None:
    story_id, key = newsroom.opens(), key_of(newsroom)
    edit = EditStory(story_id=story_id, title="Strike in Baghdad")
    first = newsroom.asks(edit, key=key)
    newsroom.files(story_id)
    assert newsroom.asks(edit, key=key) == Outcome(story_id, first.revision, replayed=True)


def test_a_key_of_another_request_is_refused(newsroom: Newsroom) -> None:
    story_id = newsroom.opens(key=key_of(newsroom))
    with pytest.raises(KeyReused):
        newsroom.files(story_id, key=key_of(newsroom, fingerprint=b"2"))


def test_a_refused_request_may_be_repeated_with_its_key(newsroom: Newsroom) -> None:
    story_id, key = newsroom.opens(), key_of(newsroom)
    newsroom.asks(CloseStory(story_id=story_id, reason="Over."))
    with pytest.raises(Conflict):
        newsroom.files(story_id, key=key)
    newsroom.asks(ReopenStory(story_id=story_id, reason="Not over."))
    assert newsroom.files(story_id, key=key).written


def test_of_eight_with_one_key_at_once_one_writes_and_the_others_repeat_its_answer(
    database: Database, newsroom: Newsroom
) -> None:
    story_id = newsroom.opens()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: newsroom.files(story_id, key=key_of(newsroom)), range(8)))
    assert sum(not answer.replayed for answer in answers) == 1
    assert len({(answer.report_id, answer.revision, answer.position) for answer in answers}) == 1
    assert len(story_of(database, story_id).reports) == 1


def test_a_key_holds_ids_and_numbers_and_no_content(database: Database, newsroom: Newsroom) -> None:
    newsroom.files(newsroom.opens("A title nobody may find"), "Nobody may find this.", key=key_of(newsroom))
    [row] = everything(database)["idempotency"]
    assert "find" not in repr(row)
