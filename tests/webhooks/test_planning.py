"""The planner: each event once for each endpoint that wants it, however many planners there are."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest
from sqlalchemy import Connection

from tests.rooms import Newsroom
from tests.webhooks.subscribers import deliveries_of, plan, subscribe
from tracker.clock import Clock
from tracker.db.database import Database
from tracker.store import followers, order
from tracker.store.log_events import LogEvent
from tracker.store.ticking import settle
from tracker.webhooks import planning
from tracker.webhooks.endpoints import Endpoint
from tracker.webhooks.planning import Planner

URL = "http://127.0.0.1:9/hook"


def test_an_endpoint_is_told_of_what_it_wants_and_of_nothing_else(database: Database, newsroom: Newsroom) -> None:
    one, two = newsroom.opens("One"), newsroom.opens("Two")
    everything, _ = subscribe(database, URL)
    of_one, _ = subscribe(database, URL, stories=[one])
    corrections, _ = subscribe(database, URL, types=["report.corrected"])
    both, _ = subscribe(database, URL, stories=[two], types=["report.filed", "report.corrected"])
    for story in (one, two):
        report = newsroom.files(story, uri=f"https://nbc.example/{story}")
        newsroom.updates(report, "Two.")
        newsroom.corrects(report, "Three.")
    plan(database)
    filed, updated, corrected = "report.filed", "report.updated", "report.corrected"
    assert _told(database, everything) == [(s, t) for s in (one, two) for t in (filed, updated, corrected)]
    assert _told(database, of_one) == [(one, filed), (one, updated), (one, corrected)]
    assert _told(database, corrections) == [(one, corrected), (two, corrected)]
    assert _told(database, both) == [(two, filed), (two, corrected)]


def test_each_delivery_names_the_revision_that_this_endpoint_was_told_of_before(
    database: Database, newsroom: Newsroom
) -> None:
    everything, _ = subscribe(database, URL)
    corrections, _ = subscribe(database, URL, types=["story.opened", "report.corrected"])
    story, other = newsroom.opens("One"), newsroom.opens("Two")
    report = newsroom.files(story)
    plan(database)
    newsroom.files(other)
    newsroom.corrects(report, "Two.")
    newsroom.corrects(report, "Three.")
    plan(database)
    assert _revisions(database, everything, story) == [(None, 1), (1, 2), (2, 3), (3, 4)]
    assert _revisions(database, corrections, story) == [(None, 1), (1, 3), (3, 4)]
    assert _revisions(database, everything, other) == [(None, 1), (1, 2)]


def test_outlets_are_not_sent(database: Database, newsroom: Newsroom) -> None:
    made, _ = subscribe(database, URL)
    newsroom.files(newsroom.opens())
    plan(database)
    with database.reading() as connection:
        assert followers.position_of(connection, Planner.name) == 3
    assert [row.type for row in deliveries_of(database, made)] == ["story.opened", "report.filed"]


def test_two_planners_at_once_plan_each_event_once(database: Database, newsroom: Newsroom) -> None:
    made = [subscribe(database, URL)[0] for _ in range(3)]
    for _ in range(40):
        newsroom.opens()
    settle(database)
    planners = [threading.Thread(target=_plan_in_small_steps, args=(database,)) for _ in range(2)]
    for planner in planners:
        planner.start()
    for planner in planners:
        planner.join(60)
    for endpoint in made:
        assert [row.position for row in deliveries_of(database, endpoint)] == list(range(1, 41))


def test_a_planner_that_dies_half_way_leaves_nothing_and_the_next_one_plans_all(
    database: Database, newsroom: Newsroom
) -> None:
    made, _ = subscribe(database, URL)
    newsroom.opens()
    with pytest.raises(KeyboardInterrupt):
        followers.advance(database, _Dying(Clock()))
    assert deliveries_of(database, made) == []
    plan(database)
    assert len(deliveries_of(database, made)) == 1


def test_with_many_endpoints_a_page_is_short_and_nothing_is_left_out(database: Database, newsroom: Newsroom) -> None:
    for _ in range(260):
        made, _ = subscribe(database, URL)
    for _ in range(3):
        newsroom.opens()
    assert planning.advance(database, Planner(Clock())) == 1
    plan(database)
    assert len(deliveries_of(database, made)) == 3


class _Dying(Planner):
    """A planner that is killed after its work and before its commit."""

    def apply(self, connection: Connection, events: Sequence[LogEvent]) -> None:
        super().apply(connection, events)
        raise KeyboardInterrupt


def _plan_in_small_steps(database: Database) -> None:
    planner = Planner(Clock())
    while _left(database, planner):
        followers.advance(database, planner, limit=2)


def _left(database: Database, planner: Planner) -> int:
    with database.reading() as connection:
        return order.last_position(connection) - followers.position_of(connection, planner.name)


def _told(database: Database, endpoint: Endpoint) -> list[tuple[str, str]]:
    return [(row.story_id, row.type) for row in deliveries_of(database, endpoint)]


def _revisions(database: Database, endpoint: Endpoint, story: str) -> list[tuple[int | None, int]]:
    rows = deliveries_of(database, endpoint)
    return [(row.previous_revision, row.revision) for row in rows if row.story_id == story]
