"""Handling a command: all of it or nothing, once, with the first answer."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest

from tests.rooms import Newsroom, everything, make_token
from tracker.clock import StoryClock
from tracker.config import Settings
from tracker.db.database import Database
from tracker.errors import Conflict, Contended, Forbidden, NotFound, Refusal, Stale
from tracker.handling import Handler, Outcome
from tracker.ids import named_id
from tracker.store import loading, log
from tracker.store.requests import KeyReused, RequestKey
from tracker.stories.commands import CloseStory, EditStory, ReopenStory
from tracker.stories.events import ReportFiled, StoryEdited, StoryOpened

URI = "https://nbc.example/strike"


def story_of(database: Database, story_id: str) -> Any:
    with database.reading() as connection:
        return loading.load(connection, story_id)


def whole_log(database: Database) -> list[log.LogEvent]:
    with database.reading() as connection:
        return log.read_all(connection, after=0, limit=1000)


# ---- What it writes ------------------------------------------------------------------------------------------------


def test_a_first_filing_opens_an_outlet_and_is_told_so(database: Database, newsroom: Newsroom) -> None:
    story_id = newsroom.opens()
    first = newsroom.files(story_id, "One.\n\nTwo.", uri=URI)
    second = newsroom.files(story_id, "Elsewhere.")
    assert [event.type for event in whole_log(database)] == [
        "story.opened",
        "outlet.added",
        "report.filed",
        "report.filed",
    ]
    assert (first.revision, first.position, first.version, first.written, first.new_outlet) == (2, 3, 1, True, True)
    assert (second.revision, second.position, second.version, second.written, second.new_outlet) == (
        3,
        4,
        1,
        True,
        False,
    )


def test_events_carry_who_asked_for_whom_and_in_which_request(
    database: Database, newsroom: Newsroom, clock: StoryClock
) -> None:
    story_id = newsroom.opens()
    filed = newsroom.files(story_id, uri=URI, traceparent="00-1-2-01")
    newsroom.corrects(filed, "Two.")
    _, added, report, correction = whole_log(database)
    outlet = added.stream_id
    assert {event.actor for event in whole_log(database)} == {newsroom.token.id}
    assert [e.on_behalf_of for e in (added, report, correction)] == [None, outlet, outlet]
    assert added.correlation_id == report.correlation_id != correction.correlation_id
    assert added.traceparent == report.traceparent == "00-1-2-01"
    assert [e.key_id for e in (report, correction)] == [f"{filed.report_id}/1", f"{filed.report_id}/2"]
    assert report.event_id == named_id("evt", story_id, outlet, URI)
    assert report.recorded().recorded_at == clock.recorded_now()


def test_every_command_reaches_its_event(database: Database, newsroom: Newsroom) -> None:
    story_id = newsroom.opens()
    report = newsroom.files(story_id)
    newsroom.updates(report, "Two.")
    newsroom.corrects(report, "Three.")
    newsroom.asks(EditStory(story_id=story_id, summary="It happened."))
    newsroom.asks(CloseStory(story_id=story_id, reason="Over."))
    done = newsroom.asks(ReopenStory(story_id=story_id, reason="Not over."))
    assert (done.revision, done.report_id, done.version) == (7, None, None)
    with database.reading() as connection:
        assert [e.type for e in log.read(connection, story_id)] == [
            "story.opened",
            "report.filed",
            "report.updated",
            "report.corrected",
            "story.edited",
            "story.closed",
            "story.reopened",
        ]


def test_whoever_wants_to_know_of_an_append_is_called_after_it_and_only_then(
    database: Database, clock: StoryClock, settings: Settings
) -> None:
    told: list[int] = []
    handler = Handler(database, clock, settings, on_append=lambda: told.append(len(whole_log(database))))
    newsroom = Newsroom(handler, make_token(database, clock), clock)
    story_id = newsroom.opens(key=key_of(newsroom))
    newsroom.asks(EditStory(story_id=story_id, title="Strike in Baghdad"))
    with pytest.raises(NotFound):
        newsroom.files("sty_unknown")
    newsroom.asks(CloseStory(story_id=story_id, reason="Over."))
    assert told == [1, 2]


# ---- The first answer ----------------------------------------------------------------------------------------------


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


# ---- Refusals ------------------------------------------------------------------------------------------------------


def key_of(newsroom: Newsroom, key: str = "k-1", fingerprint: bytes = b"1") -> RequestKey:
    return RequestKey(token_id=newsroom.token.id, key=key, route="POST /v1/stories", fingerprint=fingerprint)


def test_a_refusal_writes_nothing_not_even_a_name_or_a_key(
    database: Database, newsroom: Newsroom, handler: Handler, clock: StoryClock
) -> None:
    story_id, closed = newsroom.opens("Open"), newsroom.opens("Closed")
    report = newsroom.files(story_id, "One.", uri=URI)
    newsroom.asks(CloseStory(story_id=closed, reason="Over."))
    limited = Newsroom(handler, make_token(database, clock, outlets=["out_other"]), clock)
    refused: list[tuple[type[Refusal], Callable[[RequestKey], object]]] = [
        (NotFound, lambda key: newsroom.asks(newsroom.filing("sty_9", outlet="New"), key=key)),
        (Conflict, lambda key: newsroom.asks(newsroom.filing(closed, outlet="New"), key=key)),
        (Stale, lambda key: newsroom.asks(newsroom.filing(story_id, outlet="New"), seen=1, key=key)),
        (Forbidden, lambda key: limited.asks(limited.filing(story_id, outlet="New"), key=key)),
        (Forbidden, lambda key: limited.updates(report, "Two.", key=key)),
        (Conflict, lambda key: newsroom.files(story_id, "Other.", uri=URI, key=key)),
        (Conflict, lambda key: newsroom.corrects(report, "One.", key=key)),
        (Conflict, lambda key: newsroom.opens("Another", slug="open", key=key)),
        (Conflict, lambda key: newsroom.asks(EditStory(story_id=story_id, slug="closed", title="T"), key=key)),
        (NotFound, lambda key: newsroom.asks(EditStory(story_id="sty_9", slug="new-slug"), key=key)),
        (Stale, lambda key: newsroom.asks(EditStory(story_id=story_id, slug="new-slug"), seen=0, key=key)),
    ]
    before = everything(database)
    for kind, ask in refused:
        with pytest.raises(kind):
            ask(key_of(newsroom))
        assert everything(database) == before


def test_a_conflict_says_what_the_caller_needs_to_go_on(newsroom: Newsroom) -> None:
    story_id = newsroom.opens()
    report = newsroom.files(story_id, uri=URI)
    with pytest.raises(Conflict) as exists:
        newsroom.files(story_id, "Other.", uri=URI)
    assert (exists.value.name, exists.value.facts["report_id"]) == ("report-exists", report.report_id)


# ---- What the caller has seen --------------------------------------------------------------------------------------


def test_a_colleagues_filing_elsewhere_hinders_nobody_who_works_on_a_report(newsroom: Newsroom) -> None:
    story_id = newsroom.opens()
    mine = newsroom.files(story_id, "Mine.")
    newsroom.files(story_id, "Hers.")
    newsroom.asks(EditStory(story_id=story_id, title="Other"))
    assert newsroom.updates(mine, "Mine, later.", seen=mine.revision).version == 2
    assert newsroom.corrects(mine, "Mine, corrected.", seen=5).version == 3


def test_whoever_works_on_a_report_that_has_changed_since_is_stopped(newsroom: Newsroom) -> None:
    story_id = newsroom.opens()
    report = newsroom.files(story_id)
    newsroom.updates(report, "Two.")
    for act in (newsroom.updates, newsroom.corrects):
        with pytest.raises(Stale, match=r"changed in revision 3, after revision 2") as caught:
            act(report, "Three.", seen=2)
        assert caught.value.facts == {"expected": 2, "found": 3}
    assert newsroom.updates(report, "Three.", seen=3).revision == 4


def test_whoever_edits_a_story_is_hindered_by_other_edits_and_not_by_reports(newsroom: Newsroom) -> None:
    story_id = newsroom.opens()
    newsroom.files(story_id)
    newsroom.asks(EditStory(story_id=story_id, title="A"), seen=1)
    newsroom.files(story_id)
    for command in (EditStory(story_id=story_id, title="B"), CloseStory(story_id=story_id, reason="Over.")):
        with pytest.raises(Stale) as caught:
            newsroom.asks(command, seen=2)
        assert caught.value.facts == {"expected": 2, "found": 3}
    assert newsroom.asks(CloseStory(story_id=story_id, reason="Over."), seen=3).revision == 5
    with pytest.raises(Stale):
        newsroom.asks(EditStory(story_id=story_id, title="B"), seen=4)


def test_a_filing_on_condition_that_nothing_has_changed_is_stopped_by_any_change(newsroom: Newsroom) -> None:
    story_id = newsroom.opens()
    newsroom.files(story_id)
    with pytest.raises(Stale):
        newsroom.files(story_id, "More.", seen=1)
    assert newsroom.files(story_id, "More.", seen=2).revision == 3


# ---- Idempotency keys ----------------------------------------------------------------------------------------------


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


# ---- Giving way ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("times", [1, 3])
def test_a_transaction_that_gave_way_is_begun_again(
    database: Database, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    story_id = newsroom.opens()
    tries = _giving_way(monkeypatch, times)
    done = newsroom.asks(newsroom.filing(story_id), key=key_of(newsroom))
    assert (len(tries), done.revision, done.replayed, done.new_outlet) == (times + 1, 2, False, True)
    assert [event.type for event in whole_log(database)] == ["story.opened", "outlet.added", "report.filed"]


def test_one_that_gives_way_for_ever_is_given_up_and_leaves_nothing(
    database: Database, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    story_id = newsroom.opens()
    before = everything(database)
    tries = _giving_way(monkeypatch, 99)
    with pytest.raises(Contended):
        newsroom.asks(newsroom.filing(story_id), key=key_of(newsroom))
    assert len(tries) == 4
    assert everything(database) == before


def _giving_way(monkeypatch: pytest.MonkeyPatch, times: int) -> list[str]:
    """Let the first ``times`` appends to a story end as a deadlock does; returns a list with each try."""
    append, tries = log.append, list[str]()

    def append_or_give_way(connection: Any, stream_id: str, *args: Any, **named: Any) -> log.Appended:
        done = append(connection, stream_id, *args, **named)
        if stream_id.startswith("sty_"):
            tries.append(stream_id)
            if len(tries) <= times:
                raise Contended("Two requests met.")
        return done

    monkeypatch.setattr(log, "append", append_or_give_way)
    return tries


def test_what_was_decided_on_is_what_is_written(database: Database, newsroom: Newsroom) -> None:
    story_id = newsroom.opens("Strike", slug="strike")
    newsroom.asks(EditStory(story_id=story_id, summary=None, urgency=3))
    newsroom.files(story_id, "One.\n\nTwo.", uri=URI)
    opened, edited, added, filed = (event.open() for event in whole_log(database))
    assert opened == StoryOpened(slug="strike", title="Strike")
    assert edited == StoryEdited(urgency=3)
    assert isinstance(filed, ReportFiled)
    assert (filed.outlet.name, filed.uri) == ("NBC News", URI)
    assert filed.outlet.id == getattr(added, "outlet_id", None)
    assert [(block.id, block.text) for block in filed.content.blocks] == [("b1", "One."), ("b2", "Two.")]
