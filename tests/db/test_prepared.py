"""Prepared statements: the same answers on both databases, inside the transaction they are run in."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.rooms import everything
from tracker.db.database import Database
from tracker.db.prepared import Prepared
from tracker.db.schema import checkpoint

_add = Prepared("INSERT INTO checkpoint (follower, position) VALUES (:follower, :position) ON CONFLICT DO NOTHING")
_all = Prepared("SELECT follower, position FROM checkpoint ORDER BY follower")


def test_rows_come_all_at_once_or_the_first_or_as_a_number(database: Database) -> None:
    with database.writing() as connection:
        assert (_all.all(connection), _all.first(connection)) == ([], None)
        assert _add.run(connection, follower="b", position=2) == 1
        assert _add.run(connection, follower="b", position=3) == 0
        _add.run_many(connection, [])
        _add.run_many(connection, [{"follower": "a", "position": 1}])
        _add.run_many(connection, [{"follower": name, "position": 3} for name in "cd"])
        assert _all.all(connection) == [("a", 1), ("b", 2), ("c", 3), ("d", 3)]
        assert _all.first(connection) == ("a", 1)


def test_a_statement_of_the_library_is_compiled_with_the_values_it_carries(database: Database) -> None:
    low = Prepared(select(checkpoint.c.follower).where(checkpoint.c.position < 3).order_by(checkpoint.c.follower))
    with database.writing() as connection:
        _add.run_many(connection, [{"follower": name, "position": n} for n, name in enumerate("abcde")])
        assert low.all(connection) == [("a",), ("b",), ("c",)]


def test_percent_signs_and_colons_in_a_statement_stay_what_they_are(database: Database) -> None:
    with database.reading() as connection:
        assert Prepared("SELECT 'a%b \\:c' WHERE 'x%y' LIKE 'x%' AND :one = 1").all(connection, one=1) == [("a%b :c",)]


def test_values_are_never_read_as_sql(database: Database) -> None:
    name = "'; DROP TABLE checkpoint; -- % :x \\"
    with database.writing() as connection:
        _add.run(connection, follower=name, position=1)
    assert everything(database)["checkpoint"] == [(name, 1)]


@pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
def test_a_statement_without_a_form_for_a_database_says_so(database: Database) -> None:
    with pytest.raises(LookupError, match="no form for sqlite"), database.reading() as connection:
        Prepared(postgresql="SELECT 1").all(connection)
