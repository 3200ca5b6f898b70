"""The application as it is joined: what it believes of a proxy in front of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rooms import Newsroom
from tracker import create_app
from tracker.access import tokens
from tracker.access.permissions import Role
from tracker.clock import StoryClock
from tracker.config import Settings
from tracker.db.database import Database
from tracker.projections.outlets import OutletList
from tracker.store.followers import advance


@pytest.mark.parametrize(("proxies", "scheme"), [(0, "http"), (1, "https")])
def test_a_proxy_s_word_counts_only_where_the_operator_says_that_there_is_one(
    database: Database, clock: StoryClock, settings: Settings, newsroom: Newsroom, proxies: int, scheme: str
) -> None:
    app = create_app(replace(settings, trusted_proxies=proxies), database=database, clock=clock)
    story = newsroom.opens()
    for outlet in ("NBC News", "The Wire"):
        newsroom.asks(newsroom.filing(story, outlet=outlet))
    advance(database, OutletList())
    with database.writing() as connection:
        _, token = tokens.create(connection, clock, name="Ben", role=Role.REPORTER)
    headers = {"Authorization": f"Bearer {token}", "X-Forwarded-Proto": "https"}
    answer = app.test_client().get("/v1/outlets?limit=1", headers=headers)
    assert answer.headers["Link"].startswith(f"<{scheme}://localhost/v1/outlets?")
