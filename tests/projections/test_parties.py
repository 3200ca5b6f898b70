"""The list of parties."""

from __future__ import annotations

import pytest

from tests.chronicle import everything, follow
from tests.desk import Desk
from tracker.access.sight import ALL
from tracker.db.database import Database
from tracker.projections import parties
from tracker.projections.parties import PartyList
from tracker.store import rebuilding
from tracker.stories.parties import EditParty, MergeParty, Role


def listed(database: Database, q: str | None = None) -> list[tuple[str, tuple[str, ...]]]:
    follow(database, PartyList(), page=2)
    with database.reading() as connection:
        return [(row.name, row.aliases) for row in parties.find(connection, sight=ALL, q=q, limit=10).items]


def test_parties_are_listed_in_the_order_in_which_they_were_entered_as_they_are_now(
    database: Database, desk: Desk
) -> None:
    bolton, pompeo = desk.enters_party("John Bolton"), desk.enters_party("Mike Pompeo")
    desk.asks(EditParty(party_id=bolton, roles=(Role(title="Adviser"),)))
    desk.asks(EditParty(party_id=pompeo, name="Michael Pompeo"))
    assert listed(database) == [("John Bolton", ()), ("Michael Pompeo", ("Mike Pompeo",))]
    assert listed(database, "MIKE") == [("Michael Pompeo", ("Mike Pompeo",))]
    assert listed(database, "adviser") == []
    assert rebuilding.rebuild(database, PartyList()).likeness


def test_what_was_merged_is_found_as_what_is_left(database: Database, desk: Desk) -> None:
    first, second, third = (desk.enters_party(name) for name in ("Soleimani", "Suleimani", "Qassem Soleimani"))
    assert len(listed(database)) == 3
    desk.asks(MergeParty(party_id=first, into=second))
    desk.asks(MergeParty(party_id=second, into=third))
    assert listed(database) == listed(database, "sul") == [("Qassem Soleimani", ())]


@pytest.mark.parametrize("limit", [1, 2, 4, 5])
def test_pages_follow_each_other_without_repeating_or_missing(database: Database, desk: Desk, limit: int) -> None:
    given = [f"Party {n}" for n in (3, 1, 5, 2, 4)]
    for name in given:
        desk.enters_party(name)
    follow(database, PartyList())
    found, more, after = [], True, 0
    with database.reading() as connection:
        while more:
            page = parties.find(connection, sight=ALL, after_position=after, limit=limit)
            assert page.items[0].position > after, "the same place again: paging would never end"
            found += [row.name for row in page.items]
            after, more = page.items[-1].position, page.more
    assert (found, page.as_at_position) == (given, everything(database)[-1].position)
