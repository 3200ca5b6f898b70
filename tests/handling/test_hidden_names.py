"""Who is first mentioned in what is held back is listed to nobody who may not see that."""

from __future__ import annotations

import msgspec
import pytest

from tests.rooms import Newsroom
from tests.store.writing import NOW
from tracker.access.sight import ALL, PUBLIC, Sight
from tracker.db.database import Database
from tracker.projections import outlets, parties
from tracker.projections.following import projections
from tracker.store import followers, sequencer
from tracker.stories.commands import AssertClaim, Assertion, LiftHold, PlaceHold
from tracker.stories.knowledge import Attribution, HoldKind, HoldReason
from tracker.stories.values import PartyRef
from tracker.text.passages import Selector


@pytest.fixture
def held(newsroom: Newsroom) -> tuple[str, str]:
    """A story that is held as a whole, and its hold."""
    story_id = newsroom.opens()
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
    return story_id, hold_id


def test_an_outlet_of_a_held_filing_is_hidden_until_the_hold_is_lifted(
    database: Database, newsroom: Newsroom, held: tuple[str, str]
) -> None:
    story_id, hold_id = held
    newsroom.asks(newsroom.filing(story_id, outlet="The Hidden Wire"))
    assert _listed(database, ALL) == {"The Hidden Wire"}
    assert _listed(database, PUBLIC) == set()
    newsroom.asks(LiftHold(story_id=story_id, hold_id=hold_id))
    assert _listed(database, PUBLIC) == {"The Hidden Wire"}


def test_so_is_a_party_that_is_named_there(database: Database, newsroom: Newsroom, held: tuple[str, str]) -> None:
    story_id, hold_id = held
    _names_jane_doe(newsroom, story_id)
    assert _spoken_of(database, ALL) == {"Jane Doe"}
    assert _spoken_of(database, PUBLIC) == set()
    newsroom.asks(LiftHold(story_id=story_id, hold_id=hold_id))
    assert _spoken_of(database, PUBLIC) == {"Jane Doe"}


def test_an_outlet_that_was_known_before_stays_listed(
    database: Database, newsroom: Newsroom, held: tuple[str, str]
) -> None:
    newsroom.asks(newsroom.filing(newsroom.opens("Another story"), outlet="The Wire"))
    newsroom.asks(newsroom.filing(held[0], outlet="The Wire"))
    assert _listed(database, PUBLIC) == {"The Wire"}


def test_an_outlet_is_listed_when_it_files_something_that_is_not_held(
    database: Database, newsroom: Newsroom, held: tuple[str, str]
) -> None:
    newsroom.asks(newsroom.filing(held[0], outlet="The Hidden Wire"))
    newsroom.asks(newsroom.filing(newsroom.opens("Another story"), outlet="The Hidden Wire"))
    assert _listed(database, PUBLIC) == {"The Hidden Wire"}


def test_a_party_is_listed_when_something_that_is_not_held_names_it(
    database: Database, newsroom: Newsroom, held: tuple[str, str]
) -> None:
    for story_id in (held[0], newsroom.opens("Another story")):
        _names_jane_doe(newsroom, story_id)
    assert _spoken_of(database, PUBLIC) == {"Jane Doe"}


def test_an_embargo_hides_them_alike(database: Database, newsroom: Newsroom) -> None:
    story_id = newsroom.opens()
    filing = newsroom.filing(story_id, outlet="The Early Wire")
    embargo = {"embargoed_until": NOW, "hold_id": newsroom.new_id("hld")}
    newsroom.asks(msgspec.structs.replace(filing, **embargo))
    assert _listed(database, PUBLIC) == set()
    assert _listed(database, frozenset({"embargo"})) == {"The Early Wire"}


def _names_jane_doe(newsroom: Newsroom, story_id: str) -> None:
    report = newsroom.files(story_id, "It was planned for months.")
    assertion = Assertion(
        claim_id=newsroom.new_id("clm"),
        selector=Selector(exact="It was planned for months."),
        attribution=Attribution(party=PartyRef(id="", name="Jane Doe")),
    )
    newsroom.asks(
        AssertClaim(story_id=story_id, report_id=str(report.report_id), assertion=assertion, by=newsroom.token.person)
    )


def _listed(database: Database, sight: Sight) -> set[str]:
    _follow(database)
    with database.reading() as connection:
        return {row.name for row in outlets.find(connection, sight=sight, limit=10).items}


def _spoken_of(database: Database, sight: Sight) -> set[str]:
    _follow(database)
    with database.reading() as connection:
        return {row.name for row in parties.find(connection, sight=sight, limit=10).items}


def _follow(database: Database) -> None:
    sequencer.tick(database)
    for each in projections():
        while followers.advance(database, each):
            pass
