"""The lists as each audience sees them: what is hidden counts for nobody who may not see it, at once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.chronicle import follow
from tests.desk import Desk
from tests.planted import UNTIL, content_of
from tests.rooms import Newsroom
from tracker.access.sight import ALL, AUDIENCES, PUBLIC, Sight
from tracker.clock import StoryClock
from tracker.db.database import Database
from tracker.projections import outlets, parties, story_list
from tracker.projections.outlets import OutletList
from tracker.projections.parties import PartyList
from tracker.projections.story_list import StoryList, StoryRow
from tracker.store import rebuilding
from tracker.stories.commands import Assertion, FileReport, LiftHold, PlaceHold
from tracker.stories.knowledge import HoldKind, HoldReason
from tracker.stories.values import OutletRef, PartyRef
from tracker.text.passages import Selector

REPORTING = AUDIENCES["reporter"]


def rows(database: Database, sight: Sight, **given: Any) -> list[StoryRow]:
    with database.reading() as connection:
        return story_list.find(connection, sight=sight, limit=10, **given).items


def counts(database: Database, sight: Sight) -> dict[str, int]:
    with database.reading() as connection:
        return {row.name: row.reports for row in outlets.find(connection, sight=sight, limit=10).items}


def named(database: Database, sight: Sight) -> tuple[list[str], list[str]]:
    """The names of the outlets and of the parties that are listed."""
    with database.reading() as connection:
        parties_listed = parties.find(connection, sight=sight, limit=10).items
        return list(counts(database, sight)), [row.name for row in parties_listed]


def embargoes(newsroom: Newsroom, story_id: str, **fields: Any) -> str:
    """File a report of an outlet that nobody has heard of under embargo; returns the hold's id."""
    hold_id = newsroom.new_id("hld")
    newsroom.asks(
        FileReport(
            story_id=story_id,
            report_id=newsroom.new_id("rpt"),
            outlet=OutletRef(id="", name="The Wire"),
            content=content_of("Hidden", "Hidden."),
            by=newsroom.token.person,
            embargoed_until=UNTIL,
            hold_id=hold_id,
            **fields,
        )
    )
    return hold_id


def about(newsroom: Newsroom, *names: str) -> Assertion:
    """A claim in such a report, about these."""
    people = tuple(PartyRef(id="", name=name) for name in names)
    return Assertion(claim_id=newsroom.new_id("clm"), selector=Selector(exact="Hidden."), about=people)


def holds(newsroom: Newsroom, story_id: str) -> str:
    """Hold a story as a whole; returns the hold's id."""
    hold_id = newsroom.new_id("hld")
    newsroom.asks(
        PlaceHold(
            story_id=story_id,
            hold_id=hold_id,
            target=story_id,
            kind=HoldKind.PUBLICATION,
            reason=HoldReason.LEGAL,
        )
    )
    return hold_id


def test_a_hidden_report_counts_only_for_those_who_see_it(
    database: Database, newsroom: Newsroom, clock: StoryClock
) -> None:
    first, second = newsroom.opens("First"), newsroom.opens("Second")
    newsroom.files(first)
    clock.set(datetime(2020, 1, 4, tzinfo=UTC))
    newsroom.files(second)
    follow(database, StoryList(), OutletList())
    before = rows(database, PUBLIC)
    clock.set(datetime(2020, 1, 5, tzinfo=UTC))
    hold_id = embargoes(newsroom, first)
    for _ in range(2):
        # Before and after the list has followed.
        assert rows(database, PUBLIC) == before
        assert counts(database, PUBLIC)["NBC News"] == 2
        follow(database, StoryList(), OutletList())
    assert [(row.title, row.reports, row.revision) for row in rows(database, REPORTING)] == [
        ("First", 2, 4),
        ("Second", 1, 2),
    ]
    assert rows(database, ALL) == rows(database, REPORTING)
    assert [counts(database, sight).get("The Wire") for sight in (PUBLIC, REPORTING, ALL)] == [None, 1, 1]
    with database.reading() as connection:
        (wire,) = [
            row.outlet_id for row in outlets.find(connection, sight=ALL, limit=10).items if row.name == "The Wire"
        ]
    assert [len(rows(database, sight, outlet_id=wire)) for sight in (PUBLIC, REPORTING)] == [0, 1]
    changed = {"changed_since": datetime(2020, 1, 5, tzinfo=UTC)}
    assert [len(rows(database, sight, **changed)) for sight in (PUBLIC, REPORTING)] == [0, 1]
    newsroom.asks(LiftHold(story_id=first, hold_id=hold_id))
    follow(database, StoryList(), OutletList())
    assert rows(database, PUBLIC) == rows(database, ALL)
    assert next((row.title, row.reports, row.revision) for row in rows(database, PUBLIC)) == ("First", 2, 5)
    assert counts(database, PUBLIC) == counts(database, ALL) == {"NBC News": 2, "The Wire": 1}


def test_names_that_are_new_in_what_is_hidden_are_listed_for_those_alone_who_see_it(
    database: Database, newsroom: Newsroom, desk: Desk
) -> None:
    desk.enters_party("John Bolton")
    first, second = newsroom.opens("First"), newsroom.opens("Second")
    newsroom.files(second)
    hold_id = embargoes(newsroom, first, claims=(about(newsroom, "John Bolton", "A Mole"),))
    everything = (["NBC News", "The Wire"], ["John Bolton", "A Mole"])
    follow(database, StoryList(), OutletList(), PartyList())
    assert named(database, PUBLIC) == (["NBC News"], ["John Bolton"])
    assert named(database, REPORTING) == named(database, ALL) == everything
    newsroom.asks(LiftHold(story_id=first, hold_id=hold_id))
    assert named(database, PUBLIC) == everything


def test_names_that_are_new_in_a_held_story_are_listed_for_those_alone_who_see_it(
    database: Database, newsroom: Newsroom
) -> None:
    story_id = newsroom.opens("First")
    hold_id = holds(newsroom, story_id)
    newsroom.files(story_id)
    follow(database, StoryList(), OutletList(), PartyList())
    assert [named(database, sight)[0] for sight in (PUBLIC, REPORTING, ALL)] == [[], [], ["NBC News"]]
    newsroom.asks(LiftHold(story_id=story_id, hold_id=hold_id))
    assert named(database, PUBLIC) == (["NBC News"], [])


def test_a_story_that_is_held_is_gone_from_the_list_at_once(database: Database, newsroom: Newsroom) -> None:
    story_id, other = newsroom.opens("First", slug="first"), newsroom.opens("Second")
    newsroom.files(story_id)
    follow(database, StoryList())
    hold_id = holds(newsroom, story_id)
    for _ in range(2):
        for sight in (PUBLIC, REPORTING):
            assert [row.story_id for row in rows(database, sight)] == [other]
            assert rows(database, sight, q="first") == []
        assert {row.story_id for row in rows(database, ALL)} == {story_id, other}
        follow(database, StoryList())
    newsroom.asks(LiftHold(story_id=story_id, hold_id=hold_id))
    follow(database, StoryList())
    assert rows(database, PUBLIC) == rows(database, ALL)


def test_what_is_lifted_before_the_list_has_followed_is_shown_as_it_was(database: Database, newsroom: Newsroom) -> None:
    story_id = newsroom.opens("First")
    newsroom.files(story_id)
    follow(database, StoryList())
    hold_id = holds(newsroom, story_id)
    newsroom.asks(LiftHold(story_id=story_id, hold_id=hold_id))
    (row,) = rows(database, PUBLIC)
    assert (row.title, row.revision) == ("First", 4)


def test_a_list_with_hidden_reports_is_rebuilt_alike(database: Database, newsroom: Newsroom) -> None:
    story_id = newsroom.opens("First")
    embargoes(newsroom, story_id)
    holds(newsroom, newsroom.opens("Second"))
    follow(database, StoryList())
    before = [rows(database, sight) for sight in AUDIENCES.values()]
    done = rebuilding.rebuild(database, StoryList())
    assert done.likeness
    assert [rows(database, sight) for sight in AUDIENCES.values()] == before


@pytest.mark.parametrize("limit", [1, 2])
def test_a_page_goes_on_behind_what_is_not_shown(database: Database, newsroom: Newsroom, limit: int) -> None:
    made = [newsroom.opens(f"Story {number}") for number in range(6)]
    follow(database, StoryList())
    for story_id in (made[1], made[4], made[5]):
        holds(newsroom, story_id)
    found, before = [], None
    with database.reading() as connection:
        while True:
            page = story_list.find(connection, sight=PUBLIC, limit=limit, before_position=before)
            found += [row.story_id for row in page.items]
            if not page.more:
                break
            before = page.last_position
    assert found == [made[3], made[2], made[0]]
