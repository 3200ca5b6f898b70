"""What only tests of the log may do: take its guards away; and pairs of databases to carry a log between."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.postgres import Cluster
from tests.rooms import settings_for
from tests.store.transferring import WAYS, migrated
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


@pytest.fixture
def empty(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[[str], str]]:
    """Makes an empty database of a kind, and gives its URL."""
    made: list[str] = []

    def make(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path / 'other.db'}"
        cluster: Cluster = request.getfixturevalue("postgres")
        made.append(f"other_{random.SystemRandom().getrandbits(64):x}")
        return cluster.create_database(made[-1])

    yield make
    for name in made:
        request.getfixturevalue("postgres").drop_database(name)


@pytest.fixture(params=WAYS, ids=[" to ".join(way) for way in WAYS])
def way(request: pytest.FixtureRequest, empty: Callable[[str], str]) -> Iterator[tuple[Database, Database]]:
    """A migrated database with nothing in it, and another one, of the same kind or not."""
    source, target = request.param
    ends = Database(settings_for(request.getfixturevalue(f"migrated_{source}_url"))), migrated(empty(target))
    yield ends
    for end in ends:
        end.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request: pytest.FixtureRequest, empty: Callable[[str], str]) -> Iterator[Database]:
    database = migrated(empty(request.param))
    yield database
    database.close()
