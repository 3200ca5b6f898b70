"""Handling a command: what it writes, who is told, and what happens when two meet."""

from __future__ import annotations

from typing import Any

import pytest

from tests.handling.looking import key_of, whole_log
from tests.rooms import Newsroom, everything, make_token
from tracker.clock import StoryClock
from tracker.config import Settings
from tracker.db.database import Database
from tracker.errors import Contended, NotFound
from tracker.handling import Handler
from tracker.ids import named_id
from tracker.store import log
from tracker.stories.commands import CloseStory, EditStory, ReopenStory
from tracker.stories.events import ReportFiled, StoryEdited, StoryOpened

URI = "https://nbc.example/strike"


# ---- What it writes --------------------------------------------------------------------------------------------------


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
    assert (first.revision, first.version, first.written, first.new_outlet) == (2, 1, True, True)
    assert (second.revision, second.version, second.written, second.new_outlet) == (3, 1, True, False)


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


# ---- Giving way ------------------------------------------------------------------------------------------------------


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
