"""What happened in a story, one row for each revision."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.chronicle import everything, tell
from tests.rooms import Newsroom
from tests.store.writing import destroy
from tests.stories.sequences import histories
from tracker import history
from tracker.access.sight import ALL
from tracker.clock import StoryClock
from tracker.db.database import Database
from tracker.errors import NotFound
from tracker.history import RevisionPage, rows
from tracker.history.rows import Outlet
from tracker.store import loading
from tracker.store.log_events import LogEvent
from tracker.stories import stored
from tracker.stories.commands import CloseStory, EditStory
from tracker.stories.events import Recorded
from tracker.stories.stored import type_of


def test_a_story_is_told_in_sentences_newest_first(database: Database, newsroom: Newsroom) -> None:
    story_id = newsroom.opens("Strike in Baghdad")
    report = newsroom.files(story_id)
    newsroom.asks(newsroom.filing(story_id, outlet="The Wire"))
    newsroom.asks(EditStory(story_id=story_id, title="General killed", urgency=1))
    newsroom.corrects(report, "Two.")
    newsroom.asks(EditStory(story_id=story_id, title="Iranian general killed", urgency=2))
    newsroom.asks(CloseStory(story_id=story_id, reason="Over."))
    assert [row.sentence for row in _page(database, story_id).items] == [
        "The desk closed the story: Over.",
        "The desk changed the title from “General killed” to “Iranian general killed” "
        "and changed the urgency from 1 to 2.",
        "NBC News corrected “Strike” (version 2): It was Thursday.",
        "The desk changed the title from “Strike in Baghdad” to “General killed” and set the urgency to 1.",
        "The Wire filed “Strike”.",
        "NBC News filed “Strike”.",
        "The desk opened the story “Strike in Baghdad”.",
    ]


def test_a_row_says_who_did_what_when(database: Database, newsroom: Newsroom, clock: StoryClock) -> None:
    story_id = newsroom.opens()
    report = newsroom.files(story_id)
    newsroom.updates(report, "Two.")
    updated, filed, opened = _page(database, story_id).items
    nbc = next(event.stream_id for event in everything(database) if event.type == "outlet.added")
    assert [(row.type, row.revision, row.report_id, row.version, row.outlet) for row in (updated, filed, opened)] == [
        ("report.updated", 3, report.report_id, 2, Outlet(nbc, "NBC News")),
        ("report.filed", 2, report.report_id, 1, Outlet(nbc, "NBC News")),
        ("story.opened", 1, None, None, None),
    ]
    assert {(row.actor, row.recorded_at) for row in (updated, filed, opened)} == {
        (newsroom.token.id, clock.recorded_now())
    }
    assert len({row.correlation_id for row in (updated, filed, opened)}) == 3
    ids = [event.event_id for event in everything(database) if event.stream_id == story_id]
    assert [row.event_id for row in (opened, filed, updated)] == ids


def test_a_sentence_is_the_same_wherever_its_page_begins(database: Database, newsroom: Newsroom) -> None:
    story_id = newsroom.opens("Title 0")
    for n in range(1, 6):
        newsroom.asks(EditStory(story_id=story_id, title=f"Title {n}"))
        newsroom.files(story_id, f"{n}.")
    whole = _page(database, story_id).items
    assert [_page(database, story_id, before=row.revision + 1, limit=1).items[0] for row in whole] == whole


def test_a_former_value_too_far_back_is_left_out(
    database: Database, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "_LOOK_BACK", 2)
    story_id = newsroom.opens("First")
    for urgency in (1, 2, 3):
        newsroom.asks(EditStory(story_id=story_id, urgency=urgency))
    newsroom.asks(EditStory(story_id=story_id, title="Second", urgency=4))
    newest = _page(database, story_id, limit=1).items[0]
    assert newest.sentence == "The desk changed the title to “Second” and changed the urgency from 3 to 4."


def test_a_page_opens_the_events_that_it_shows_and_no_others(
    database: Database, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    story_id = newsroom.opens()
    for n in range(20):
        newsroom.files(story_id, f"{n}.")
    opened: list[int] = []
    real = LogEvent.open

    def counted(event: LogEvent) -> stored.Stored:
        opened.append(event.version)
        return real(event)

    with database.reading() as connection:
        loading.load(connection, story_id)
    monkeypatch.setattr(LogEvent, "open", counted)
    _page(database, story_id, before=11, limit=3)
    assert sorted(opened) == [8, 9, 10]


def test_a_redacted_revision_keeps_its_row(database: Database, newsroom: Newsroom) -> None:
    story_id = newsroom.opens("Strike")
    report = newsroom.files(story_id)
    newsroom.asks(EditStory(story_id=story_id, title="Killed", urgency=1))
    newsroom.asks(EditStory(story_id=story_id, title="General killed", urgency=2))
    edited = _page(database, story_id).items[1]
    destroy(database, story_id, f"{report.report_id}/1", edited.event_id)
    said = [(row.type, row.sentence) for row in _page(database, story_id).items]
    assert said == [
        ("story.edited", "The desk changed the title to “General killed” and set the urgency to 2."),
        ("story.edited", "The desk set the urgency to 1; what it said was redacted."),
        ("report.filed", "NBC News filed a report; what it said was redacted."),
        ("story.opened", "The desk opened the story “Strike”."),
    ]


def test_an_unknown_story_has_no_history(database: Database, newsroom: Newsroom) -> None:
    story_id = newsroom.opens()
    with pytest.raises(NotFound) as refused:
        _page(database, "sty_unknown")
    assert refused.value.name == "unknown-story"
    empty = _page(database, story_id, types=["report.filed"])
    assert (empty.items, empty.more, empty.latest) == ([], False, 1)


@given(
    told=histories,
    types=st.none() | st.sets(st.sampled_from(["report.filed", "report.updated", "story.edited", "no.such"])),
    outlet_id=st.sampled_from([None, "out_nbc", "out_wire"]),
    actor=st.sampled_from([None, "tok_anybody", "tok_desk"]),
    before=st.none() | st.integers(0, 30),
    after=st.integers(0, 30),
    limit=st.integers(1, 30),
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_page_is_what_passes_every_filter(database: Database, told: list[Recorded], limit: int, **given: Any) -> None:
    with database.writing() as connection:
        story_id = tell(connection, told)
    page = _page(database, story_id, limit=limit, **given)
    wanted = [recorded for recorded in reversed(told) if _passes(recorded, told, **given)]
    assert [row.revision for row in page.items] == [recorded.revision for recorded in wanted[:limit]]
    assert (page.more, page.latest) == (len(wanted) > limit, len(told))


def _passes(
    recorded: Recorded,
    told: list[Recorded],
    *,
    types: set[str] | None,
    outlet_id: str | None,
    actor: str | None,
    before: int | None,
    after: int,
) -> bool:
    filed = {each.event.report_id: each.event for each in told if type_of(each.event) == "report.filed"}  # type: ignore[union-attr]
    report = filed.get(getattr(recorded.event, "report_id", ""))
    return (
        (types is None or type_of(recorded.event) in types)
        and (outlet_id is None or (report is not None and report.outlet.id == outlet_id))  # type: ignore[union-attr]
        and actor in (None, recorded.actor)
        and after < recorded.revision
        and (before is None or recorded.revision < before)
    )


def _page(database: Database, story_id: str, **given: Any) -> RevisionPage:
    with database.reading() as connection:
        return history.revisions(connection, story_id, sight=ALL, **{"limit": 100, **given})
