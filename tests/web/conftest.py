"""Fixtures: the application on a database that a module shares, on both systems, and people who visit its pages.

``house``     the application; a test that asks for it runs twice.
``nobody``    somebody who isn't signed in.
``editor``    a signed-in editor.   ``subscriber``   a signed-in subscriber.
``desk``      a story with a report in it, and the editor.
``site``, ``either``   a real server and a real browser: tests/web/site.py.
``story``     the page of a story of four revisions, an hour apart from 9 in the morning of 13 January 2020 on.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.asking import House, new_slug
from tests.web.desk import MORNING, Desk
from tests.web.site import either, site
from tests.web.visiting import Visitor, visitor
from tracker.access.permissions import Role
from tracker.clock import StoryClock

__all__ = ["desk", "editor", "either", "house", "nobody", "site", "story", "subscriber"]


@pytest.fixture(scope="module")
def house(shared_url: str) -> Iterator[House]:
    opened = House(shared_url, StoryClock(MORNING))
    yield opened
    opened.close()


@pytest.fixture
def nobody(house: House) -> Visitor:
    return Visitor(house, house.app)


@pytest.fixture
def editor(house: House) -> Visitor:
    return visitor(house, Role.EDITOR)


@pytest.fixture
def subscriber(house: House) -> Visitor:
    return visitor(house, Role.SUBSCRIBER)


@pytest.fixture
def desk(editor: Visitor) -> Desk:
    return Desk(editor)


@pytest.fixture
def story(house: House, editor: Visitor) -> str:
    """Opened at 9, a report filed at 10, a summary written at 11, a correction filed at 12."""
    house.clock.set(MORNING)
    story = editor.opens(f"Strike {new_slug()}", topics="Iran")
    house.clock.set(MORNING + timedelta(hours=1))
    filed = editor.files(story, "Seventeen died.")
    house.clock.set(MORNING + timedelta(hours=2))
    editor.done(editor.fill(f"{story}/edit", summary="What we know."))
    house.clock.set(MORNING + timedelta(hours=3))
    editor.done(editor.fill(f"{filed}/correct", text="Fifty died.", note__text="It was fifty."))
    house.follow()
    return story
