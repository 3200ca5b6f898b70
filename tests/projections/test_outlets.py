"""The list of outlets."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection

from tests.chronicle import everything, follow
from tests.desk import Desk
from tests.rooms import Newsroom
from tracker.access.sight import ALL
from tracker.clock import StoryClock
from tracker.db.database import Database
from tracker.projections import outlets, story_list
from tracker.projections.naming import NameList
from tracker.projections.outlets import OutletList
from tracker.projections.story_list import StoryList
from tracker.store import rebuilding, replaying
from tracker.store.log_events import LogEvent
from tracker.stories.outlets import EditOutlet, Redistribute


def test_outlets_are_listed_in_the_order_of_their_first_mention_with_their_reports(
    database: Database, newsroom: Newsroom, clock: StoryClock
) -> None:
    first, second = newsroom.opens("First"), newsroom.opens("Second")
    report = newsroom.files(first)
    clock.set(datetime(2020, 1, 4, tzinfo=UTC))
    newsroom.asks(newsroom.filing(second, outlet="The Wire"))
    newsroom.asks(newsroom.filing(second, outlet="nbc  NEWS"))
    newsroom.updates(report, "Two.")
    follow(database, OutletList(), page=2)
    with database.reading() as connection:
        page = outlets.find(connection, limit=10, sight=ALL)
    assert [(row.name, row.reports, row.added_at.day) for row in page.items] == [("NBC News", 2, 3), ("The Wire", 1, 4)]
    assert (page.more, page.as_at_position) == (False, everything(database)[-1].position)


@pytest.mark.parametrize("limit", [1, 2, 4, 5, 6])
def test_pages_of_outlets_follow_each_other_without_repeating_or_missing(
    database: Database, newsroom: Newsroom, limit: int
) -> None:
    names = [f"Outlet {n}" for n in (3, 1, 5, 2, 4)]
    story_id = newsroom.opens()
    for name in names:
        newsroom.asks(newsroom.filing(story_id, outlet=name))
    follow(database, OutletList())
    found, more, after = [], True, 0
    with database.reading() as connection:
        while more:
            page = outlets.find(connection, after_position=after, limit=limit, sight=ALL)
            assert page.items[0].position > after, "the same place again: paging would never end"
            found += [row.name for row in page.items]
            after, more = page.items[-1].position, page.more
    assert found == names


def test_an_outlet_that_was_refined_is_listed_as_it_is_now(database: Database, newsroom: Newsroom, desk: Desk) -> None:
    newsroom.files(newsroom.opens())
    (nbc,) = desk.leads("NBC News")
    for edit in (
        EditOutlet(outlet_id=nbc.id, aliases=("NBC",), owner="General Electric", redistribute=Redistribute.TEXT),
        EditOutlet(outlet_id=nbc.id, name="MS NOW", owner=None),
    ):
        desk.asks(edit)
    follow(database, OutletList(), page=2)
    with database.reading() as connection:
        (row,) = outlets.find(connection, limit=10, sight=ALL).items
    assert (row.name, row.aliases, row.owner, row.redistribute) == (
        "MS NOW",
        ("NBC", "NBC News"),
        None,
        Redistribute.TEXT,
    )


def test_what_was_merged_is_not_listed_and_its_reports_are_those_of_the_one_that_is_left(
    database: Database, newsroom: Newsroom, desk: Desk
) -> None:
    story = newsroom.opens()
    for name in ("A", "B", "B", "C"):
        newsroom.asks(newsroom.filing(story, outlet=name))
    first, second, third = (outlet.id for outlet in desk.leads("A", "B", "C"))
    desk.merges(first, second)
    desk.merges(second, third)
    newsroom.asks(newsroom.filing(story, outlet="a"))
    follow(database, OutletList(), StoryList(), page=2)
    with database.reading() as connection:
        assert [(row.name, row.reports) for row in outlets.find(connection, limit=10, sight=ALL).items] == [("C", 5)]
        assert [row.outlet_id for row in outlets.find(connection, q="B", limit=10, sight=ALL).items] == [third]
        assert outlets.reports_of(connection, third, sight=ALL) == 5
        found = story_list.find(connection, outlet_id=third, limit=10, sight=ALL)
    assert [row.story_id for row in found.items] == [story]


def test_a_merger_that_is_taken_late_says_what_is_left_now(
    database: Database, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = (desk.enters(name) for name in "ABC")
    follow(database, OutletList())
    desk.merges(first, second)
    desk.merges(second, third)
    merge = NameList.merge

    def fail(names: NameList, connection: Connection, generation: int, event: LogEvent) -> None:
        if event.stream_id == first:
            raise ZeroDivisionError
        merge(names, connection, generation, event)

    with monkeypatch.context() as failing:
        failing.setattr(NameList, "merge", fail)
        follow(database, OutletList())
    assert replaying.replay(database, OutletList(), first) is None
    with database.reading() as connection:
        assert [row.outlet_id for row in outlets.find(connection, q="a", limit=10, sight=ALL).items] == [third]
    assert rebuilding.rebuild(database, OutletList()).likeness


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("post", ["The Washington Post", "100% Post_!"]),
        ("WA  po", ["The Washington Post"]),
        ("%", ["100% Post_!"]),
        ("_", ["100% Post_!"]),
        ("t_!", ["100% Post_!"]),
        ("strasse", ["Die Straße"]),
        ("post wa", []),
        ("nobody", []),
        ("", ["The Washington Post", "100% Post_!", "Die Straße"]),
    ],
)
def test_outlets_are_sought_by_any_of_their_names(database: Database, desk: Desk, q: str, found: list[str]) -> None:
    desk.enters("The Washington Post", "Wa Po")
    desk.enters("100% Post_!")
    desk.enters("Die Straße")
    follow(database, OutletList())
    with database.reading() as connection:
        assert [row.name for row in outlets.find(connection, q=q, limit=10, sight=ALL).items] == found
