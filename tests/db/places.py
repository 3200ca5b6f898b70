"""A small table to write to, and which database a test is about."""

from __future__ import annotations

import pytest

from tracker.db.database import Database
from tracker.db.prepared import Prepared

ONLY_SQLITE = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
ONLY_POSTGRESQL = pytest.mark.parametrize("migrated_url", ["postgresql"], indirect=True)

ADD = Prepared("INSERT INTO checkpoint (follower, position) VALUES (:follower, :position)")
PLACE = Prepared("SELECT position FROM checkpoint WHERE follower = :follower")


def add(database: Database, follower: str, position: int = 1) -> None:
    """Add a checkpoint, in a transaction of its own."""
    with database.writing() as connection:
        ADD.run(connection, follower=follower, position=position)
