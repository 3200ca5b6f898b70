"""Whoever writes to a story that isn't due to be saved doesn't wait for the worker that saves others."""

from __future__ import annotations

import dataclasses

import pytest

from tests.chronicle import everything
from tests.rooms import Newsroom, settings_for
from tracker.config import Settings
from tracker.db.database import Database
from tracker.projections.saved_states import SavedStates


@pytest.fixture
def settings(migrated_postgresql_url: str) -> Settings:
    """Of writers who wait for nobody."""
    return dataclasses.replace(settings_for(migrated_postgresql_url), lock_timeout_ms=50)


def test_a_story_that_is_not_due_is_not_locked(database: Database, newsroom: Newsroom) -> None:
    calm, busy = newsroom.opens("Calm"), newsroom.opens("Busy")
    for number in range(4):
        newsroom.files(busy, f"{number}.")
    events = everything(database)
    with database.writing() as connection:
        SavedStates(every=4).apply(connection, events)
        newsroom.files(calm)
