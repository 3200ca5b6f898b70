"""A database that gives up soon."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.rooms import settings_for
from tracker.config import Settings
from tracker.db.database import Database

_LIMITS: dict[str, Any] = {
    "pool_size": 1,
    "pool_timeout_seconds": 0.05,
    "lock_timeout_ms": 50,
    "statement_timeout_ms": 200,
    "idle_in_transaction_timeout_ms": 100,
    "sqlite_busy_timeout_ms": 50,
}


@pytest.fixture
def impatient(settings: Settings) -> Iterator[Database]:
    """The same database as ``database``, with one connection, and limits that are soon reached."""
    opened = Database(settings_for(settings.database_url, **_LIMITS))
    yield opened
    opened.close()
