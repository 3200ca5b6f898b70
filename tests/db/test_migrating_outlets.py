"""A database with outlets of before they had a row of their own: they are found, listed and sought as ever."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.rooms import settings_for
from tracker.access.sight import ALL
from tracker.db import migrating
from tracker.db.database import Database
from tracker.projections import outlets
from tracker.store import register
from tracker.stories.names import name_key
from tracker.stories.outlets import Redistribute
from tracker.stories.values import OutletRef

_BEFORE = (
    "INSERT INTO address VALUES ('outlet', 'die strasse', 'out_1', 'Die Straße'), ('story', 'a', 'sty_1', 'a')",
    "INSERT INTO outlet_list VALUES (1, 'out_1', 'Die Straße', 0, 2, 5), (2, 'out_1', 'Die Straße', 0, 2, 5)",
    "INSERT INTO outlet_list (generation, outlet_id, reports) VALUES (1, 'out_2', 3)",
)


@pytest.fixture
def before(database_url: str) -> Iterator[Database]:
    """A database of the migration before, with an outlet, and the reports of one whose own event is parked."""
    opened = Database(settings_for(database_url))
    migrating.upgrade_database(opened, "0003")
    with opened.writing() as connection:
        for statement in _BEFORE:
            connection.exec_driver_sql(statement)
    yield opened
    opened.close()


def test_what_was_known_is_known(before: Database) -> None:
    migrating.upgrade_database(before)
    with before.reading() as connection:
        assert register.outlet_of(connection, name_key("DIE STRASSE")) == OutletRef(id="out_1", name="Die Straße")
        assert register.redistribution_of(connection, ["out_1"]) == {"out_1": Redistribute.HEADLINE}
        for q in (None, "straße"):
            [row] = outlets.find(connection, q=q, limit=10, sight=ALL).items
            assert (row.name, row.aliases, row.owner, row.reports) == ("Die Straße", (), None, 2)
        assert outlets.reports_of(connection, "out_2", sight=ALL) == 3
