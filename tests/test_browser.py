"""The browser of the tests: it shows pages, and it doesn't let a faulty one pass."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import complaints_of, stays_here
from tests.waiting import wait_until

_PAGES = {
    "/good": "<h1>A fire in the harbour</h1>",
    "/logs": "<script>console.error('the list is empty')</script>",
    "/throws": "<script>undefined.story</script>",
    "/far": "<img src='http://news.example/pixel.png'>",
    "/far-socket": "<script>new WebSocket('ws://news.example/live')</script>",
}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        known = _PAGES.get(self.path)
        body = f"<!doctype html><link rel=icon href='data:,'>{known or 'Nothing here'}".encode()
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the tests say what went wrong."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The address of a small site of good and faulty pages."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_page_is_shown(page: Page, site: str) -> None:
    page.goto(f"{site}/good")
    assert page.inner_text("h1") == "A fire in the harbour"


def test_a_console_error_that_the_test_expects_is_allowed(page: Page, site: str, allowed_console: list[str]) -> None:
    allowed_console.append("404")
    page.goto(f"{site}/unknown")
    assert "Nothing here" in page.inner_text("body")


@pytest.mark.parametrize(
    ("path", "complaint"),
    [
        ("/logs", "console: the list is empty"),
        ("/throws", "uncaught: "),
        ("/far", "asked another machine: http://news.example/pixel.png"),
        ("/far-socket", "asked another machine: ws://news.example/live"),
        ("/unknown", "404"),
    ],
)
def test_a_faulty_page_is_complained_of(browser: Browser, site: str, path: str, complaint: str) -> None:
    context = browser.new_context()
    complaints = complaints_of(context)
    page = context.new_page()
    page.goto(f"{site}{path}")
    wait_until(lambda: _heard(page, complaints, complaint), what=f"a complaint with {complaint!r}")
    context.close()


def _heard(page: Page, complaints: list[str], expected: str) -> bool:
    # Playwright hands on what it heard only while it is being asked something.
    page.evaluate("1 + 1")
    return any(expected in complaint for complaint in complaints)


def test_a_complaint_fails_the_test(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent))
    pytester.makeini("[pytest]\nmarkers = browser")
    pytester.makeconftest('pytest_plugins = ["tests.databases", "tests.browser"]')
    pytester.makepyfile(
        """
        def test_good(page):
            page.set_content("<p>fine")

        def test_faulty(page):
            page.set_content("<script>console.error('the list is empty')</script>")
        """
    )
    outcome = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    outcome.assert_outcomes(passed=2, errors=1)
    outcome.stdout.fnmatch_lines(["*console: the list is empty*"])


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1:8000/", True),
        ("http://127.8.8.8/", True),
        ("http://localhost/", True),
        ("http://[::1]:80/", True),
        ("data:text/plain,x", True),
        ("about:blank", True),
        ("http://10.0.0.1/", False),
        ("https://news.example/", False),
        ("http://127.0.0.1.news.example/", False),
        ("wss://news.example/", False),
        ("http://localhost.news.example/", False),
    ],
)
def test_only_this_machine_counts_as_here(url: str, here: bool) -> None:
    assert stays_here(url) is here
