"""A refusal writes nothing and says what to do; so does a caller's knowledge that is out of date."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.handling.looking import key_of
from tests.rooms import Newsroom, everything, make_token
from tracker.clock import StoryClock
from tracker.db.database import Database
from tracker.errors import Conflict, Forbidden, NotFound, Refusal, Stale
from tracker.handling import Handler
from tracker.store.requests import RequestKey
from tracker.stories.commands import CloseStory, EditStory

URI = "https://nbc.example/strike"


# ---- Refusals --------------------------------------------------------------------------------------------------------


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


# ---- What the caller has seen ----------------------------------------------------------------------------------------


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
        with pytest.raises(
            Stale, match=r"read revision 2; revision 3 last changed this, and 3 is the latest"
        ) as caught:
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


def test_nobody_has_read_a_revision_that_is_still_to_come(newsroom: Newsroom) -> None:
    story_id = newsroom.opens()
    report = newsroom.files(story_id)
    with pytest.raises(Stale):
        newsroom.updates(report, "Two.", seen=3)
    with pytest.raises(Stale):
        newsroom.asks(EditStory(story_id=story_id, title="A"), seen=3)
    assert newsroom.updates(report, "Two.", seen=2).revision == 3


def test_what_is_not_there_is_not_found_whatever_the_caller_has_read_of_it(newsroom: Newsroom) -> None:
    elsewhere = newsroom.new_id("sty")
    for command in (
        EditStory(story_id=elsewhere, title="A"),
        CloseStory(story_id=elsewhere, reason="Over."),
        newsroom.filing(elsewhere),
    ):
        with pytest.raises(NotFound) as caught:
            newsroom.asks(command, seen=5)
        assert caught.value.name == "unknown-story"
