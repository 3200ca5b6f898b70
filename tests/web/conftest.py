"""Fixtures: the application on a database that tests share, on both systems, and people who visit its pages.

``house``     the application; a test that asks for it runs twice.
``editor``    a signed-in editor.   ``reporter``   a reporter.   ``subscriber``   a subscriber.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.asking import House
from tests.web.visiting import Visitor, visitor
from tracker.access.permissions import Role
from tracker.clock import StoryClock


@pytest.fixture(scope="session")
def house(shared_url: str) -> Iterator[House]:
    opened = House(shared_url, StoryClock(datetime(2020, 1, 3, tzinfo=UTC)))
    yield opened
    opened.close()


@pytest.fixture
def editor(house: House) -> Visitor:
    return visitor(house, Role.EDITOR)


@pytest.fixture
def reporter(house: House) -> Visitor:
    return visitor(house, Role.REPORTER)


@pytest.fixture
def subscriber(house: House) -> Visitor:
    return visitor(house, Role.SUBSCRIBER)
