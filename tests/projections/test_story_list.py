"""The list of stories: what it holds, how it is filtered and paged, and that it is what the log says."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.chronicle import everything, follow, tell
from tests.rooms import Newsroom
from tests.store.writing import destroy
from tests.stories.sequences import histories
from tracker.access.sight import ALL
from tracker.clock import StoryClock
from tracker.db.database import Database
from tracker.errors import Invalid
from tracker.projections import story_list
from tracker.projections.pages import by_story
from tracker.projections.story_list import Page, StoryList, StoryRow
from tracker.store import log
from tracker.stories.commands import CloseStory, EditStory, OpenStory, ReopenStory
from tracker.stories.events import Recorded
from tracker.stories.folding import fold
from tracker.stories.story import Status, Story

_TITLES = [
    "100% of the vote",
    "1000 of the vote",
    "fifty_fifty",
    "fiftyfifty",
    r"back\slash",
    "back/slash",
    """O'Brien said "no";--""",
    "Gießen, GIESSEN",
    "Caf\u00e9 in Baghdad",
    "‘Ain al-Asad",
]


def test_a_story_is_listed_as_it_was_opened(database: Database, newsroom: Newsroom) -> None:
    story_id = newsroom.new_id("sty")
    opened = newsroom.asks(
        OpenStory(
            story_id=story_id,
            slug="baghdad",
            title="Strike in Baghdad",
            language="en",
            topics=("War", "Iran"),
            urgency=2,
        )
    )
    midnight = datetime(2020, 1, 3, tzinfo=UTC)
    page = _find(database)
    assert page.items == [
        StoryRow(
            story_id=story_id,
            slug="baghdad",
            title="Strike in Baghdad",
            status=Status.OPEN,
            language="en",
            urgency=2,
            topics=("War", "Iran"),
            reports=0,
            revision=1,
            opened_at=midnight,
            changed_at=midnight,
            position=1,
        )
    ]
    assert (opened.revision, page.as_at_position, page.more) == (1, 1, False)


def test_every_change_moves_a_story_to_the_front(database: Database, newsroom: Newsroom) -> None:
    first, second = newsroom.opens("First"), newsroom.opens("Second")
    report = newsroom.files(first)
    assert _ids(_find(database)) == [first, second]
    newsroom.files(second)
    assert _ids(_find(database)) == [second, first]
    newsroom.corrects(report, "Two.")
    assert [(row.story_id, row.revision, row.reports) for row in _find(database).items] == [
        (first, 3, 1),
        (second, 2, 1),
    ]


def test_the_list_says_how_far_it_followed_and_not_how_far_the_log_goes(database: Database, newsroom: Newsroom) -> None:
    newsroom.opens("First")
    followed = _find(database).as_at_position
    newsroom.opens("Second")
    with database.reading() as connection:
        assert story_list.find(connection, limit=10, sight=ALL).as_at_position == followed


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_pages_follow_each_other_without_repeating_or_missing(
    database: Database, newsroom: Newsroom, limit: int
) -> None:
    opened = [newsroom.opens(f"Story {n}") for n in range(7)]
    follow(database, StoryList())
    pages = list(_pages(database, limit=limit))
    assert [row.story_id for page in pages for row in page.items] == opened[::-1]
    assert [page.more for page in pages] == [True] * (len(pages) - 1) + [False]


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("%", ["100% of the vote"]),
        ("100%", ["100% of the vote"]),
        ("_", ["fifty_fifty"]),
        ("\\", [r"back\slash"]),
        ("k/s", ["back/slash"]),
        ("'", ["""O'Brien said "no";--"""]),
        ('"no";--', ["""O'Brien said "no";--"""]),
        ("VOTE", ["100% of the vote", "1000 of the vote"]),
        ("giessen", ["Gießen, GIESSEN"]),
        ("GIEßEN", ["Gießen, GIESSEN"]),
        ("cafe\u0301", ["Caf\u00e9 in Baghdad"]),
        ("AL-ASAD", ["‘Ain al-Asad"]),
        ("", _TITLES),
        ("nowhere", []),
        ("%%%", []),
        ("a\nb", []),
    ],
)
def test_what_is_searched_for_occurs_to_the_letter_but_for_case(
    database: Database, newsroom: Newsroom, q: str, found: list[str]
) -> None:
    for n, title in enumerate(_TITLES):
        newsroom.opens(title, slug=f"slug{n}")
    assert [row.title for row in _find(database, q=q).items] == found[::-1]


def test_a_search_looks_at_slugs_too_but_not_across_title_and_slug(database: Database, newsroom: Newsroom) -> None:
    story_id = newsroom.opens("Strike in Baghdad", slug="soleimani-death")
    assert _ids(_find(database, q="soleimani")) == [story_id]
    assert _ids(_find(database, q="Baghdadsoleimani")) == []


def test_a_search_for_too_long_a_text_is_refused_by_its_name(database: Database) -> None:
    with pytest.raises(Invalid) as refused:
        _find(database, q="x" * (story_list.LONGEST_QUERY + 1))
    assert [fault.pointer for fault in refused.value.faults] == ["q"]
    assert _find(database, q="%" * story_list.LONGEST_QUERY).items == []


def test_a_search_finds_the_new_title_and_not_the_old(database: Database, newsroom: Newsroom) -> None:
    story_id = newsroom.opens("Strike in Baghdad", slug="one")
    _find(database)
    newsroom.asks(EditStory(story_id=story_id, title="General killed", slug="two"))
    assert _ids(_find(database, q="baghdad")) == _ids(_find(database, q="one")) == []
    assert _ids(_find(database, q="general")) == _ids(_find(database, q="two")) == [story_id]


def test_topics_are_found_whatever_their_case_and_are_shown_as_written(database: Database, newsroom: Newsroom) -> None:
    story_id = newsroom.opens()
    newsroom.asks(EditStory(story_id=story_id, topics=("War", "Iran", "WAR")))
    assert _ids(_find(database, topic="wAR")) == [story_id]
    assert _find(database).items[0].topics == ("War", "Iran")
    newsroom.asks(EditStory(story_id=story_id, topics=("Iraq",)))
    assert _ids(_find(database, topic="war")) == _ids(_find(database, topic="%")) == []
    assert _find(database, topic="iraq").items[0].topics == ("Iraq",)
    newsroom.asks(EditStory(story_id=story_id, topics=()))
    assert _find(database).items[0].topics == ()


def test_stories_are_found_by_an_outlet_that_reported_on_them(database: Database, newsroom: Newsroom) -> None:
    with_nbc, with_both = newsroom.opens("First"), newsroom.opens("Second")
    newsroom.files(with_nbc)
    newsroom.files(with_both)
    newsroom.asks(newsroom.filing(with_both, outlet="The Wire"))
    nbc, wire = (event.stream_id for event in everything(database) if event.type == "outlet.added")
    assert _ids(_find(database, outlet_id=nbc)) == [with_both, with_nbc]
    assert _ids(_find(database, outlet_id=wire)) == [with_both]
    assert _ids(_find(database, outlet_id="out_unknown")) == []


def test_stories_are_found_by_their_state(database: Database, newsroom: Newsroom) -> None:
    story_id = newsroom.opens()
    newsroom.asks(CloseStory(story_id=story_id, reason="Over."))
    assert (_ids(_find(database, status=Status.CLOSED)), _ids(_find(database, status=Status.OPEN))) == ([story_id], [])
    assert _ids(_find(database, status="closed")) == [story_id]
    newsroom.asks(ReopenStory(story_id=story_id, reason="Not over."))
    assert (_ids(_find(database, status=Status.CLOSED)), _ids(_find(database, status=Status.OPEN))) == ([], [story_id])


def test_stories_are_found_by_when_they_last_changed(database: Database, newsroom: Newsroom, clock: StoryClock) -> None:
    early = newsroom.opens("Early")
    noon = datetime(2020, 1, 3, 12, tzinfo=UTC)
    clock.set(noon)
    late = newsroom.opens("Late")
    assert _ids(_find(database, changed_since=noon)) == [late]
    assert _ids(_find(database, changed_since=noon + timedelta(microseconds=1))) == []
    newsroom.files(early)
    assert _ids(_find(database, changed_since=noon)) == [early, late]


def test_a_story_whose_key_was_destroyed_is_listed_without_a_title(database: Database, newsroom: Newsroom) -> None:
    story_id = newsroom.opens("Strike in Baghdad", slug="slug")
    with database.reading() as connection:
        opened = log.read(connection, story_id)[0]
    destroy(database, story_id, opened.event_id)
    (row,) = _find(database).items
    assert (row.story_id, row.slug, row.title) == (story_id, "slug", "")


def test_a_listed_story_whose_title_is_destroyed_keeps_its_place_but_no_words(
    database: Database, newsroom: Newsroom
) -> None:
    story_id = newsroom.opens("Strike in Baghdad", slug="slug")
    report = newsroom.files(story_id)
    _find(database)
    destroy(database, story_id, f"{report.report_id}/1")
    assert _find(database).items[0].title == "Strike in Baghdad"
    with database.reading() as connection:
        opened = log.read(connection, story_id)[0]
    destroy(database, story_id, opened.event_id)
    assert _find(database).items[0].title == ""
    assert _ids(_find(database, q="baghdad")) == []
    newsroom.files(story_id)
    assert [(row.slug, row.title) for row in _find(database).items] == [("slug", "")]


@given(
    several=st.lists(histories, min_size=1, max_size=3),
    shuffled=st.randoms(use_true_random=False),
    page=st.integers(1, 9),
    q=st.sampled_from([None, "in bagh", "strike", "BAGHDAD", "%"]),
    topic=st.sampled_from([None, "WAR", "peace"]),
    status=st.sampled_from([None, *Status]),
    outlet_id=st.sampled_from([None, "out_nbc", "out_wire"]),
    limit=st.integers(1, 5),
)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_list_is_what_a_slow_reading_of_the_log_gives(
    database: Database, several: list[list[Recorded]], shuffled: Any, page: int, limit: int, **filters: Any
) -> None:
    _tell_mixed(database, several, shuffled)
    follow(database, StoryList(), page=page)
    slow = _slow(database, **filters)
    assert [row for got in _pages(database, limit=limit, **filters) for row in got.items] == slow


def _tell_mixed(database: Database, several: list[list[Recorded]], shuffled: Any) -> None:
    """Tell several stories at once, their events mixed."""
    left = [[None, list(history)] for history in several if history]
    with database.writing() as connection:
        while left:
            telling = shuffled.choice(left)
            telling[0] = tell(connection, [telling[1].pop(0)], telling[0])
            left = [each for each in left if each[1]]


def _slow(
    database: Database, *, q: str | None, topic: str | None, status: Status | None, outlet_id: str | None
) -> list[StoryRow]:
    """Fold every story of the log anew and look at each."""
    found = []
    for story_id, events in by_story(everything(database)).items():
        story = fold(Story(), [event.recorded() for event in events])
        texts, topics = [_plain(story.title), _plain(story.slug)], {_plain(topic) for topic in story.topics}
        outlets = {report.outlet.id for report in story.reports.values()}
        if (
            (q is None or any(_plain(q) in text for text in texts))
            and (topic is None or _plain(topic) in topics)
            and status in (None, story.status)
            and (outlet_id is None or outlet_id in outlets)
        ):
            found.append(_expected(story_id, story, events[-1].position))
    return sorted(found, key=lambda row: -row.position)


def _expected(story_id: str, story: Story, position: int) -> StoryRow:
    assert story.opened_at is not None
    assert story.changed_at is not None
    return StoryRow(
        story_id=story_id,
        slug=story.slug,
        title=story.title,
        status=story.status,
        language=story.language,
        urgency=story.urgency,
        topics=story.topics,
        reports=len(story.reports),
        revision=story.revision,
        opened_at=story.opened_at,
        changed_at=story.changed_at,
        position=position,
    )


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text.casefold())


def _find(database: Database, **given: Any) -> Page:
    follow(database, StoryList())
    with database.reading() as connection:
        return story_list.find(connection, sight=ALL, **{"limit": 100, **given})


def _pages(database: Database, **given: Any) -> Iterator[Page]:
    with database.reading() as connection:
        page = story_list.find(connection, sight=ALL, **given)
        yield page
        while page.more:
            last = page.items[-1].position
            page = story_list.find(connection, sight=ALL, **given, before_position=last)
            assert page.items[0].position < last, "the same place again: paging would never end"
            yield page


def _ids(page: Page) -> list[str]:
    return [row.story_id for row in page.items]
