"""The list of outlets, and one of them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.chronicle import everything, follow
from tests.rooms import Newsroom
from tracker.clock import StoryClock
from tracker.db.database import Database
from tracker.errors import NotFound
from tracker.projections import outlets
from tracker.projections.outlets import OutletList


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
        page = outlets.find(connection, limit=10)
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
            page = outlets.find(connection, after_position=after, limit=limit)
            assert page.items[0].position > after, "the same place again: paging would never end"
            found += [row.name for row in page.items]
            after, more = page.items[-1].position, page.more
    assert found == names


def test_an_outlet_is_found_before_the_list_has_come_to_it(database: Database, newsroom: Newsroom) -> None:
    newsroom.files(newsroom.opens())
    outlet_id = next(event.stream_id for event in everything(database) if event.type == "outlet.added")
    with database.reading() as connection:
        early = outlets.get(connection, outlet_id)
    assert (early.name, early.reports) == ("NBC News", 0)
    follow(database, OutletList())
    with database.reading() as connection:
        late = outlets.get(connection, outlet_id)
    assert (late.outlet_id, late.name, late.added_at, late.position) == (
        early.outlet_id,
        early.name,
        early.added_at,
        early.position,
    )
    assert late.reports == 1


def test_an_unknown_outlet_is_refused_also_where_the_id_is_a_storys(database: Database, newsroom: Newsroom) -> None:
    for unknown in ("out_unknown", newsroom.opens()):
        with database.reading() as connection, pytest.raises(NotFound) as refused:
            outlets.get(connection, unknown)
        assert refused.value.name == "unknown-outlet"
