"""Queues: of each story the oldest first; a failing one holds up its own story only; every row stays to be seen."""

from __future__ import annotations

import threading
from collections import defaultdict
from contextlib import closing
from datetime import datetime, timedelta
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.rooms import Newsroom, settings_for
from tests.waiting import wait_until
from tests.webhooks.subscribers import deliveries_of, plan, subscribe, waits_for_a_lock
from tracker.clock import Clock
from tracker.db.database import Database
from tracker.ids import new_id
from tracker.webhooks import deliveries
from tracker.webhooks.deliveries import Due, Planned, Settled, State
from tracker.webhooks.endpoints import Endpoint

URL = "http://127.0.0.1:9/hook"
NOW = Clock().now()
SECOND = timedelta(seconds=1)


def test_the_oldest_of_each_story_comes_first_and_only_so_many_at_a_time(
    database: Database, newsroom: Newsroom
) -> None:
    made, _ = subscribe(database, URL)
    stories = [newsroom.opens() for _ in range(4)]
    for _ in range(3):
        for story in stories:
            newsroom.files(story)
    plan(database)
    with database.reading() as connection:
        page = deliveries.next_of(connection, [made.id], Clock().now(), queues=3, each=2)
    assert len(page) == 6
    assert [due.position for due in page] == sorted(due.position for due in page)
    revisions = defaultdict(list)
    for due in page:
        revisions[due.story_id].append(due.revision)
    assert list(revisions.values()) == [[1, 2]] * 3


def test_what_several_endpoints_are_to_be_sent_comes_endpoint_by_endpoint(
    database: Database, newsroom: Newsroom
) -> None:
    made = sorted(subscribe(database, URL)[0].id for _ in range(3))
    story = newsroom.opens()
    newsroom.files(story)
    plan(database)
    with database.reading() as connection:
        page = deliveries.next_of(connection, made[:2], Clock().now())
    assert [(due.endpoint_id, due.revision) for due in page] == [(each, r) for each in made[:2] for r in (1, 2)]


def test_a_failed_delivery_holds_up_its_own_story_and_no_other(database: Database, newsroom: Newsroom) -> None:
    made, _ = subscribe(database, URL)
    failing, other = newsroom.opens("Failing"), newsroom.opens("Other")
    newsroom.files(failing)
    plan(database)
    now = Clock().now()
    first = _next(database, made, now)[0]
    _settle(database, first, "due", now + 60 * SECOND)
    newsroom.files(failing)
    plan(database)
    later = Clock().now()
    assert [due.story_id for due in _next(database, made, later)] == [other]
    after_the_wait = _next(database, made, now + 60 * SECOND)
    assert [(due.story_id, due.revision, due.attempts) for due in after_the_wait] == [
        (failing, 1, 1),
        (other, 1, 0),
        (failing, 2, 0),
        (failing, 3, 0),
    ]


@pytest.mark.parametrize("end", ["delivered", "exhausted"])
def test_when_the_oldest_is_done_or_given_up_the_story_goes_on_and_the_row_stays(
    database: Database, newsroom: Newsroom, end: State
) -> None:
    made, _ = subscribe(database, URL)
    newsroom.files(newsroom.opens())
    plan(database)
    now = Clock().now()
    first = _next(database, made, now)[0]
    _settle(database, first, end, now)
    assert [due.revision for due in _next(database, made, now)] == [2]
    row = deliveries_of(database, made)[0]
    assert (row.state, row.attempts, row.last_status, row.last_outcome) == (end, 1, 500, "Answered 500.")
    assert row.delivered_at == (now if end == "delivered" else None)
    assert row.due_at is None


def test_a_list_can_be_read_by_state_and_page_by_page_the_newest_first(database: Database, newsroom: Newsroom) -> None:
    made, _ = subscribe(database, URL)
    for _ in range(6):
        newsroom.opens()
    plan(database)
    now = Clock().now()
    ends: list[State] = ["delivered", "exhausted", "delivered", "exhausted"]
    for due, end in zip(_next(database, made, now)[:4], ends, strict=True):
        _settle(database, due, end, now)
    assert _listed(database, made, None) == [6, 5, 4, 3, 2, 1]
    assert _listed(database, made, "due") == [6, 5]
    assert _listed(database, made, "delivered") == [3, 1]
    assert _listed(database, made, "exhausted") == [4, 2]
    with database.reading() as connection:
        backlog = deliveries.backlog(connection)
    assert (backlog.due, backlog.exhausted) == (2, 2)
    assert backlog.oldest_due == deliveries_of(database, made)[4].due_at


def test_a_wait_that_no_schedule_can_ask_for_is_brought_near(database: Database, newsroom: Newsroom) -> None:
    made, _ = subscribe(database, URL)
    newsroom.opens("One")
    newsroom.opens("Two")
    plan(database)
    now = Clock().now()
    one, two = _next(database, made, now)
    _settle(database, one, "due", now + 100 * SECOND)
    _settle(database, two, "due", now + 101 * SECOND)
    with database.writing() as connection:
        assert deliveries.bring_near(connection, now, 100) == 1
    assert _next(database, made, now) == [two._replace(attempts=1)]


def test_when_the_next_is_due_is_known_without_looking_at_every_row(database: Database, newsroom: Newsroom) -> None:
    made, _ = subscribe(database, URL)
    newsroom.opens()
    plan(database)
    now = Clock().now()
    with database.reading() as connection:
        assert deliveries.next_due_after(connection, now) is None
    _settle(database, _next(database, made, now)[0], "due", now + SECOND)
    with database.reading() as connection:
        assert deliveries.next_due_after(connection, now) == now + SECOND


def test_what_is_planned_while_the_last_outcome_of_a_story_is_written_is_not_forgotten(
    migrated_postgresql_url: str,
) -> None:
    """The one who writes must not conclude from before the planner's commit that nothing is left."""
    with closing(Database(settings_for(migrated_postgresql_url))) as database:
        made, _ = subscribe(database, URL)
        story = new_id("sty", Clock())
        _plan_one(database, made, story, 1, 1, 0)
        first = _next(database, made, NOW)[0]
        writer = threading.Thread(target=_settle, args=(database, first, "delivered", NOW))
        with database.writing() as connection:
            planned = Planned(made.id, story, 2, "evt_2", "report.filed", 2, 1)
            deliveries.plan(connection, [planned], NOW)
            writer.start()
            wait_until(lambda: waits_for_a_lock(database), what="the writer to wait for the planner")
        writer.join(20)
        assert [due.revision for due in _next(database, made, NOW)] == [2]


class _Row(NamedTuple):
    """A delivery as the plain model has it."""

    story: int
    revision: int
    state: State
    attempts: int


_steps = st.lists(
    st.one_of(
        st.tuples(st.just("plan"), st.integers(0, 2)),
        st.tuples(st.sampled_from(["delivered", "exhausted", "due"]), st.integers(0, 5)),
        st.tuples(st.just("wait"), st.integers(1, 3)),
    ),
    max_size=30,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(_steps)
def test_the_queues_go_on_as_a_plain_list_would(database: Database, steps: list[tuple[State | str, int]]) -> None:
    """The oracle: one list in the order of planning; of each story only the first that is due may be tried."""
    made, _ = subscribe(database, URL)
    stories = [new_id("sty", Clock()) for _ in range(3)]
    model: list[_Row] = []
    waits = [0, 0, 0]
    now = 0
    for act, number in steps:
        if act == "plan":
            revision = 1 + sum(row.story == number for row in model)
            _plan_one(database, made, stories[number], len(model) + 1, revision, now)
            if not any(row.story == number and row.state == "due" for row in model):
                waits[number] = now
            model.append(_Row(number, revision, "due", 0))
        elif act == "wait":
            now += number
        elif heads := _heads(model, waits, now):
            place = heads[number % len(heads)]
            row = model[place]
            state: State = "delivered" if act == "delivered" else "exhausted" if act == "exhausted" else "due"
            waits[row.story] = now + 2 if state == "due" else now
            model[place] = row._replace(state=state, attempts=row.attempts + 1)
            due = next(each for each in _next(database, made, _moment(now)) if each.position == place + 1)
            _settle(database, due, state, _moment(waits[row.story]))
        found = [due.position for due in _next(database, made, _moment(now))]
        assert found == [n for n, row in enumerate(model, 1) if row.state == "due" and waits[row.story] <= now]
    shown = [(stories.index(row.story_id), *row[4:5], row.state, row.attempts) for row in deliveries_of(database, made)]
    assert shown == [tuple(row) for row in model]


def _heads(model: list[_Row], waits: list[int], now: int) -> list[int]:
    """The places of those that may be tried now."""
    firsts = {row.story: place for place, row in reversed(list(enumerate(model))) if row.state == "due"}
    return sorted(place for story, place in firsts.items() if waits[story] <= now)


def _moment(seconds: int) -> datetime:
    return NOW + seconds * SECOND


def _plan_one(database: Database, endpoint: Endpoint, story: str, position: int, revision: int, now: int) -> None:
    planned = Planned(endpoint.id, story, position, f"evt_{position}", "report.filed", revision, None)
    with database.writing() as connection:
        deliveries.plan(connection, [planned], _moment(now))


def _next(database: Database, endpoint: Endpoint, now: datetime) -> list[Due]:
    with database.reading() as connection:
        return deliveries.next_of(connection, [endpoint.id], now)


def _settle(database: Database, due: Due, state: State, due_at: datetime) -> None:
    settled = Settled(due.endpoint_id, due.story_id, due.position, state, due_at, due_at, 500, "Answered 500.")
    with database.writing() as connection:
        deliveries.settle(connection, [settled])


def _listed(database: Database, endpoint: Endpoint, state: State | None) -> list[int]:
    found: list[int] = []
    with database.reading() as connection:
        while page := deliveries.list_of(
            connection, endpoint.id, state=state, before=found[-1] if found else None, limit=2
        ):
            found += [row.position for row in page]
    return found
