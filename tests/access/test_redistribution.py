"""What may leave of an outlet's text: nothing but what the outlet allows, by its setting of now."""

from __future__ import annotations

from typing import Any

from tests.desk import Desk
from tests.handling.looking import whole_log
from tests.rooms import Newsroom
from tracker.access.redistribution import may_leave, settings_of
from tracker.db.database import Database
from tracker.stories.outlets import EditOutlet, Redistribute

TEXTS = ("report.filed", "report.updated", "report.corrected")


def left(database: Database) -> list[dict[str, Any]]:
    """What leaves of each report in the log, in its order."""
    events = [event for event in whole_log(database) if event.type in TEXTS]
    with database.reading() as connection:
        settings = settings_of(connection, events)
    return [may_leave(event.open(), settings[event.on_behalf_of or ""]) for event in events]


def test_the_text_leaves_where_its_outlet_allows_it_and_as_long_as_it_does(
    database: Database, newsroom: Newsroom, desk: Desk
) -> None:
    story = newsroom.opens()
    filed = newsroom.files(story, "One.")
    newsroom.updates(filed, "Two.")
    newsroom.corrects(filed, "Three.")
    newsroom.asks(newsroom.filing(story, "Not for sale.", outlet="The Wire"))
    assert not [fields for fields in left(database) if "blocks" in fields]
    (nbc,) = desk.leads("NBC News")
    desk.asks(EditOutlet(outlet_id=nbc.id, redistribute=Redistribute.TEXT))
    texts = [[block["text"] for block in fields.get("blocks", ())] for fields in left(database)]
    assert texts == [["One."], ["Two."], ["Three."], []]
    desk.asks(EditOutlet(outlet_id=nbc.id, redistribute=Redistribute.HEADLINE))
    assert not [fields for fields in left(database) if "blocks" in fields]
    assert {fields["headline"] for fields in left(database)} == {"Strike"}


def test_of_one_that_was_merged_the_setting_of_the_one_that_is_left_counts(
    database: Database, newsroom: Newsroom, desk: Desk
) -> None:
    newsroom.asks(newsroom.filing(newsroom.opens(), outlet="The Wire"))
    (wire,) = desk.leads("The Wire")
    desk.asks(EditOutlet(outlet_id=wire.id, redistribute=Redistribute.TEXT))
    assert "blocks" in left(database)[0]
    desk.merges(wire.id, desk.enters("Wire Service"))
    assert "blocks" not in left(database)[0]


def test_what_is_known_of_outlets_and_parties_leaves(database: Database, desk: Desk) -> None:
    desk.enters("NBC News", owner="Comcast")
    desk.enters_party("John Bolton", "Bolton")
    outlet, party = (may_leave(event.open()) for event in whole_log(database))
    assert (outlet["owner"], party["aliases"]) == ("Comcast", ("Bolton",))
