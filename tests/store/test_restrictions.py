"""What may not be shown now."""

from __future__ import annotations

import pytest

from tracker.db.database import Database
from tracker.store import restrictions
from tracker.store.restrictions import Kind, Restriction, Restrictions

STREAM = "sty_1"


def test_what_is_placed_stands_until_it_is_lifted(database: Database) -> None:
    with database.writing() as connection:
        restrictions.place(connection, STREAM, ["rpt_1", "rpt_2"], Kind.HOLD, version=3, placed_at=30)
        restrictions.place(connection, STREAM, ["rpt_1"], Kind.EMBARGO, version=4, placed_at=40)
        restrictions.place(connection, "sty_2", ["rpt_3"], Kind.KILL, version=1, placed_at=10)
    with database.writing() as connection:
        restrictions.lift(connection, STREAM, ["rpt_1"], Kind.HOLD)
    with database.reading() as connection:
        found = restrictions.of(connection, STREAM)
        assert found.all == (Restriction("rpt_2", Kind.HOLD, 3, 30), Restriction("rpt_1", Kind.EMBARGO, 4, 40))
        assert restrictions.any_on(connection, STREAM, ["rpt_9", "rpt_1"])
        assert not restrictions.any_on(connection, STREAM, ["rpt_3"])


def test_what_is_placed_twice_is_as_old_as_the_first(database: Database) -> None:
    with database.writing() as connection:
        for version in (3, 4):
            restrictions.place(connection, STREAM, ["rpt_1"], Kind.HOLD, version=version, placed_at=version)
        assert restrictions.of(connection, STREAM).all == (Restriction("rpt_1", Kind.HOLD, 3, 3),)


def test_it_goes_with_the_transaction_that_places_it(database: Database) -> None:
    def place_and_fail() -> None:
        with database.writing() as connection:
            restrictions.place(connection, STREAM, ["rpt_1"], Kind.HOLD, version=1, placed_at=1)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        place_and_fail()
    with database.reading() as connection:
        assert restrictions.of(connection, STREAM) == Restrictions(STREAM)


@pytest.mark.parametrize(
    ("target", "forbidden"),
    [("rpt_1/1", {"rpt_1/1"}), ("rpt_1", {"rpt_1", "rpt_1/1"}), (STREAM, {STREAM, "rpt_1", "rpt_1/1", "rpt_2"})],
)
def test_a_report_forbids_its_versions_and_a_stream_all_of_it(target: str, forbidden: set[str]) -> None:
    found = Restrictions(STREAM, (Restriction(target, Kind.HOLD, 1, 1),))
    assert {each for each in (STREAM, "rpt_1", "rpt_1/1", "rpt_2") if found.forbid(each)} == forbidden


def test_a_redaction_is_never_lifted(database: Database) -> None:
    with pytest.raises(ValueError, match="redaction"), database.writing() as connection:
        restrictions.lift(connection, STREAM, ["rpt_1"], Kind.REDACTION)
