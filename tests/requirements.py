"""What the machine must offer to the tests, and what happens where it doesn't."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def unavailable(reason: str) -> NoReturn:
    """Skip the test for ``reason``, or fail it where ``TRACKER_TEST_REQUIRE=1`` says that all must run."""
    if os.environ.get("TRACKER_TEST_REQUIRE") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
