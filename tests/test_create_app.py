"""The application as it is joined: what it believes of a proxy in front of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import request

from tracker import create_app
from tracker.clock import StoryClock
from tracker.config import Settings
from tracker.db.database import Database


@pytest.mark.parametrize(("proxies", "scheme", "client"), [(0, "http", "127.0.0.1"), (1, "https", "203.0.113.7")])
def test_a_proxy_s_word_counts_only_where_the_operator_says_that_there_is_one(
    database: Database, clock: StoryClock, settings: Settings, proxies: int, scheme: str, client: str
) -> None:
    app = create_app(replace(settings, trusted_proxies=proxies), database=database, clock=clock)
    seen: list[tuple[str, str | None]] = []

    @app.before_request
    def look() -> None:
        seen.append((request.scheme, request.remote_addr))

    app.test_client().get("/livez", headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"})
    assert seen == [(scheme, client)]
