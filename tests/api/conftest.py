"""Fixtures: the application on a database that the tests of a module share, on both systems, and people who ask it.

``house``   the application; a test that asks for it runs twice. Its database is never empty for long: a test looks
            only at what it made itself.
``admin``   may do all.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.asking import Client, House
from tracker.clock import StoryClock


@pytest.fixture(scope="module")
def house(shared_url: str) -> Iterator[House]:
    opened = House(shared_url, StoryClock(datetime(2020, 1, 3, tzinfo=UTC)))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def admin(house: House) -> Client:
    return house.client()
