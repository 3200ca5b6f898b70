"""What happened in a story, one row for each act."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.history.knowing import with_claims
from tests.rooms import Newsroom
from tracker import history
from tracker.access.sight import ALL, PUBLIC
from tracker.clock import Clock
from tracker.db.database import Database
from tracker.history import ActPage, grouping
from tracker.ids import new_id
from tracker.store import log
from tracker.store.log_events import NewEvent
from tracker.stories.commands import EditStory, PlaceHold
from tracker.stories.events import Event, StoryEdited, StoryOpened
from tracker.stories.knowledge import HoldKind, HoldReason

_TEXT = "It was imminent. It was planned. It was weighed."


def test_a_filing_with_its_claims_is_one_row(database: Database, newsroom: Newsroom) -> None:
    story_id = newsroom.opens("Strike in Baghdad")
    newsroom.asks(with_claims(newsroom, story_id, _TEXT, "It was imminent", "It was planned"))
    newsroom.asks(EditStory(story_id=story_id, title="General killed"))
    edited, filed, opened = _page(database, story_id).items
    assert filed.sentence == "NBC News filed “Strike”. With it: 2 claims."
    assert [row.type for row in filed.revisions] == ["report.filed", "claim.asserted", "claim.asserted"]
    assert (filed.first, filed.revision) == (2, 4)
    assert filed.leading is filed.revisions[0]
    assert (opened.first, opened.revision, edited.first, edited.revision) == (1, 1, 5, 5)
    assert edited.sentence == edited.leading.sentence


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_an_act_that_crosses_the_end_of_a_page_is_shown_whole_on_it(
    database: Database, newsroom: Newsroom, limit: int
) -> None:
    story_id = newsroom.opens()
    for _ in range(3):
        newsroom.asks(with_claims(newsroom, story_id, _TEXT, "It was imminent", "It was planned", "It was weighed"))
    whole = _page(database, story_id)
    assert [(act.first, act.revision) for act in whole.items] == [(10, 13), (6, 9), (2, 5), (1, 1)]
    assert _all_pages(database, story_id, limit=limit) == whole.items


def test_an_act_longer_than_a_page_of_revisions_goes_on_in_a_further_row(
    database: Database, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grouping, "MOST_REVISIONS", 2)
    story_id = newsroom.opens()
    newsroom.asks(with_claims(newsroom, story_id, _TEXT, "It was imminent", "It was planned", "It was weighed"))
    rows = _all_pages(database, story_id, limit=1)
    assert [revision.revision for act in rows for revision in reversed(act.revisions)] == [5, 4, 3, 2, 1]
    assert [(act.first, act.revision) for act in rows] == [(4, 5), (2, 3), (1, 1)]


def test_what_one_does_not_see_is_in_no_act(database: Database, newsroom: Newsroom) -> None:
    story_id = newsroom.opens()
    filed = newsroom.asks(with_claims(newsroom, story_id, _TEXT, "It was imminent"))
    assert filed.report_id is not None
    newsroom.asks(
        PlaceHold(
            story_id=story_id,
            hold_id=newsroom.new_id("hld"),
            target=filed.report_id,
            kind=HoldKind.PUBLICATION,
            reason=HoldReason.LEGAL,
        )
    )
    assert [(act.first, act.revision) for act in _page(database, story_id, sight=PUBLIC).items] == [(1, 1)]
    assert len(_page(database, story_id).items) == 3


@given(sizes=st.lists(st.integers(1, 5), min_size=1, max_size=12), limit=st.integers(1, 7))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_however_it_is_paged_every_act_comes_once_and_whole(database: Database, sizes: list[int], limit: int) -> None:
    with database.writing() as connection:
        story_id = _tell(connection, sizes)
    pages = _all_pages(database, story_id, limit=limit)
    bounds = [(sum(sizes[:n]) + 1, sum(sizes[: n + 1])) for n in range(len(sizes))]
    assert [(act.first, act.revision) for act in pages] == bounds[::-1]
    assert [len(act.revisions) for act in pages] == sizes[::-1]


def _tell(connection: Any, sizes: list[int]) -> str:
    """A story of acts of these many events."""
    clock = Clock()
    story_id = new_id("sty", clock)
    for number, size in enumerate(sizes):
        opening: list[Event] = [StoryOpened(slug="s", title="S")] if number == 0 else []
        said: list[Event] = [*opening, *(StoryEdited(urgency=1) for _ in range(size - len(opening)))]
        events = [
            NewEvent(event_id=new_id("evt", clock), event=event, actor="tok_1", correlation_id=f"req_{number}")
            for event in said
        ]
        log.append(connection, story_id, "story", events, expected="any" if number else "none", now=clock.now())
    return story_id


def _page(database: Database, story_id: str, **given: Any) -> ActPage:
    with database.reading() as connection:
        return history.acts(connection, story_id, **{"limit": 100, "sight": ALL, **given})


def _all_pages(database: Database, story_id: str, *, limit: int) -> list[history.ActRow]:
    """All acts, read page by page."""
    found: list[history.ActRow] = []
    page = _page(database, story_id, limit=limit)
    found += page.items
    while page.more:
        assert 1 <= len(page.items) <= limit
        page = _page(database, story_id, limit=limit, before=found[-1].first)
        found += page.items
    return found
