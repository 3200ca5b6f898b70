"""What every test may ask for: databases (tests/databases.py), the rooms opened on one (tests/rooms.py), a browser."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.databases", "tests.rooms", "tests.desk", "tests.browser", "pytester"]

# No test is judged by a clock, on no machine; and where nobody watches, the same examples come every time.
settings.register_profile(
    "tracker",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ,
    print_blob=True,
)
settings.load_profile("tracker")
