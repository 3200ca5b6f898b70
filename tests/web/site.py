"""The application at a real address, for a real browser.

``site``    a threaded server on a database of its own; its clock is set by the test.
``either``  an empty page in a browser that runs scripts, and in one that doesn't; what it complains of fails the test.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from tests.asking import House
from tests.browser import complaints_of
from tests.web.desk import MORNING
from tracker.access.permissions import Role
from tracker.clock import StoryClock


class Site:
    """The application at a real address, on a database of its own."""

    def __init__(self, house: House, address: str) -> None:
        self.house = house
        self.address = address
        self._hour = 0

    def later(self) -> None:
        """Let an hour go by."""
        self._hour += 1
        self.house.clock.set(MORNING + timedelta(hours=self._hour))

    def token(self, role: Role = Role.EDITOR) -> str:
        written = self.house.client(role).written
        assert written is not None
        return written


@pytest.fixture
def site(migrated_url: str) -> Iterator[Site]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    house = House(migrated_url, StoryClock(MORNING))
    server = make_server("127.0.0.1", 0, house.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield Site(house, f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    thread.join()
    server.server_close()
    house.close()


@pytest.fixture(params=["with JavaScript", "without JavaScript"])
def either(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """An empty page in a browser that runs scripts, and in one that doesn't."""
    context = browser.new_context(java_script_enabled=request.param == "with JavaScript")
    context.set_default_timeout(10_000)
    complaints = complaints_of(context)
    yield context.new_page()
    context.close()
    assert complaints == []


def sign_in(page: Page, site: Site, role: Role = Role.EDITOR) -> None:
    page.goto(f"{site.address}/sign-in")
    page.get_by_label("Token").fill(site.token(role))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Stories")).to_be_visible()
