"""What is held in one story is told by no other that it was joined with before."""

from __future__ import annotations

from tests.rooms import Newsroom
from tracker.access.sight import ALL, PUBLIC
from tracker.db.database import Database
from tracker.store import seeing
from tracker.stories.commands import LiftHold, LinkStories, PlaceHold
from tracker.stories.knowledge import HoldKind, HoldReason, LinkKind


def test_a_link_to_a_story_that_is_held_is_a_gap_in_the_other_until_it_is_lifted(
    database: Database, newsroom: Newsroom
) -> None:
    ours, theirs = newsroom.opens("Ours"), newsroom.opens("Theirs")
    newsroom.asks(
        LinkStories(story_id=ours, link_id=newsroom.new_id("lnk"), other_id=theirs, relation=LinkKind.RELATED)
    )
    hold_id = newsroom.new_id("hld")
    newsroom.asks(
        PlaceHold(
            story_id=theirs,
            hold_id=hold_id,
            target=theirs,
            kind=HoldKind.PUBLICATION,
            reason=HoldReason.LEGAL,
        )
    )
    assert _linked(database, ours) == ([theirs], [])
    newsroom.asks(LiftHold(story_id=theirs, hold_id=hold_id))
    assert _linked(database, ours) == ([theirs], [theirs])


def _linked(database: Database, story_id: str) -> tuple[list[str], list[str]]:
    """The stories that it is linked with, as an editor sees it, and as anybody does."""
    with database.reading() as connection:
        states = [seeing.seen(connection, story_id, sight) for sight in (ALL, PUBLIC)]
    everything, public = ([link.story_id for link in state.links.values()] for state in states)
    return everything, public
