"""Fixtures: a real Chromium, and in it a fresh page for each test, driven by Playwright.

``page``            fails the test at its end when the page wrote an error to the console, when a script of it
                    threw, or when it asked any machine but this one for anything.
``allowed_console`` a list for the test to fill: errors that contain one of its texts are expected. Chromium
                    writes one for every answer of 4xx and 5xx.
``browser``         the Chromium alone, for tests that need several contexts.

Chromium is taken from ``TRACKER_TEST_CHROMIUM``, from the PATH, or from where ``playwright install`` puts it.
Names of other machines don't resolve in it, so nothing gets out even before the test fails. Tests that use
it carry the marker ``browser``. It is started once per module, not per run: while Playwright is running, its
event loop counts as the thread's, and ``asyncio.run`` refuses to work in any other test.
"""

from __future__ import annotations

import ipaddress
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, sync_playwright

from tests.requirements import unavailable

_ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1, EXCLUDE [::1]",
]
_NAMES = ("chromium", "chromium-browser", "google-chrome")
#: How long Playwright waits for an element, a page or an answer, in milliseconds.
_PATIENCE = 10_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that uses the browser."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A running Chromium without a window."""
    home = tmp_path_factory.mktemp("chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=_chromium(playwright),
            # Its sandbox does not work for root and in most containers, and it only opens our own pages here.
            chromium_sandbox=False,
            args=_ARGUMENTS,
            # It writes to its home also where the account has none.
            env={**os.environ, "HOME": str(home)},
        )
        yield started
        started.close()


@pytest.fixture
def allowed_console() -> list[str]:
    """Texts of console errors that this test expects; empty until it adds some."""
    return []


@pytest.fixture
def page(browser: Browser, allowed_console: list[str]) -> Iterator[Page]:
    """An empty page with nothing stored: no cookie, no cache."""
    context = browser.new_context()
    context.set_default_timeout(_PATIENCE)
    complaints = complaints_of(context)
    yield context.new_page()
    context.close()
    unexpected = [text for text in complaints if not any(known in text for known in allowed_console)]
    assert not unexpected, "the page complained:\n" + "\n".join(unexpected)


def complaints_of(context: BrowserContext) -> list[str]:
    """A list that grows with every console error, uncaught exception and request to another machine."""
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(f"console: {message.text} ({message.location.get('url', '')})")

    def asked(url: str) -> None:
        if not stays_here(url):
            complaints.append(f"asked another machine: {url}")

    context.on("console", heard)
    context.on("weberror", lambda thrown: complaints.append(f"uncaught: {thrown.error}"))
    context.on("request", lambda request: asked(request.url))
    context.on("page", lambda page: page.on("websocket", lambda channel: asked(channel.url)))
    return complaints


def stays_here(url: str) -> bool:
    """Whether ``url`` is answered by this machine or needs no answer at all (data:, blob:, about:)."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https", "ws", "wss"):
        return True
    if parts.hostname == "localhost":
        return True
    try:
        return ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


def _chromium(playwright: Playwright) -> str:
    named = os.environ.get("TRACKER_TEST_CHROMIUM")
    found = named or next(filter(None, map(shutil.which, _NAMES)), playwright.chromium.executable_path)
    if not Path(found).exists():
        unavailable(f"there is no Chromium at {found}: run tests/run, which installs one")
    return found
