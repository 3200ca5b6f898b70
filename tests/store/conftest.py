"""What only tests of the log may do: take its guards away."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tracker.db.database import Database


@pytest.fixture
def without_guards(database: Database) -> Callable[[], None]:
    """Call it to drop the triggers that refuse changes, as somebody with the database's password could."""

    def drop() -> None:
        with database.writing() as connection:
            for statement in _drops(database):
                connection.exec_driver_sql(statement)

    return drop


def _drops(database: Database) -> list[str]:
    if database.kind == "postgresql":
        return ["ALTER TABLE event DISABLE TRIGGER ALL", "ALTER TABLE event_order DISABLE TRIGGER ALL"]
    return [f"DROP TRIGGER event_no_{act}" for act in ("update", "delete", "replace")]
