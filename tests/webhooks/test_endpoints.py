"""An endpoint belongs to its maker, is told of what happens after it was made, and of nothing once it is deleted."""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import timedelta

import pytest

from tests.rooms import Newsroom, make_token, settings_for
from tests.waiting import wait_until
from tests.webhooks.sends import LOOPBACK
from tests.webhooks.subscribers import OWNER, deliveries_of, plan, subscribe, waits_for_a_lock
from tracker.clock import Clock
from tracker.db.database import Database
from tracker.errors import Invalid, NotFound
from tracker.handling import Handler
from tracker.webhooks import endpoints
from tracker.webhooks.addresses import AddressRules

URL = "http://127.0.0.1:9/hook"


def test_an_endpoint_is_shown_as_it_was_made_and_its_secret_only_to_its_maker(
    database: Database, newsroom: Newsroom
) -> None:
    story_id = newsroom.opens()
    made, secret = subscribe(database, URL, types=["report.filed"], stories=[story_id])
    assert secret.startswith("whsec_")
    assert (made.owner, made.url, made.types, made.stories) == (OWNER, URL, ("report.filed",), (story_id,))
    with database.reading() as connection:
        assert endpoints.find(connection, OWNER, made.id) == made
        assert endpoints.list_of(connection, OWNER, limit=10) == [made]
    assert secret not in repr(made)


def test_another_persons_endpoint_is_not_there(database: Database) -> None:
    made, _ = subscribe(database, URL)
    with database.writing() as connection:
        for ask in (
            lambda: endpoints.find(connection, "tok_2", made.id),
            lambda: endpoints.delete(connection, Clock(), "tok_2", made.id),
            lambda: endpoints.find(connection, OWNER, "end_nonsense"),
        ):
            with pytest.raises(NotFound) as refused:
                ask()
            assert refused.value.name == "unknown-endpoint"
        assert endpoints.list_of(connection, "tok_2", limit=10) == []
        assert endpoints.find(connection, OWNER, made.id) == made


def test_a_list_is_read_page_by_page_the_oldest_first(database: Database) -> None:
    made = [subscribe(database, URL)[0].id for _ in range(5)]
    subscribe(database, URL, owner="tok_2")
    read: list[str] = []
    with database.reading() as connection:
        while page := endpoints.list_of(connection, OWNER, after=read[-1] if read else "", limit=2):
            read += [endpoint.id for endpoint in page]
    assert read == sorted(made)


@pytest.mark.parametrize(
    ("limits", "pointer"),
    [
        ({"types": ["report.filed", "report.burnt"]}, "/types/1"),
        ({"types": ["outlet.added"]}, "/types/0"),
        ({"types": []}, "/types"),
        ({"stories": []}, "/stories"),
        ({"stories": ["sty_01jh2r8m5efk0b3s0w1x5w6q7t"]}, "/stories/0"),
        ({"stories": ["strike-in-baghdad"]}, "/stories/0"),
        ({"stories": ["sty_01jh2r8m5efk0b3s0w1x5w6q7t"] * 201}, "/stories"),
        ({"url": "https://10.0.0.1/hook"}, "/url"),
        ({"url": "ftp://example.org/"}, "/url"),
    ],
)
def test_what_could_never_be_sent_is_refused_by_its_field(
    database: Database, limits: dict[str, object], pointer: str
) -> None:
    given = {"url": "https://example.org/hook", **limits}
    with database.writing() as connection, pytest.raises(Invalid) as refused:
        endpoints.create(connection, Clock(), AddressRules(), owner=OWNER, **given)  # type: ignore[arg-type]
    assert [fault.pointer for fault in refused.value.faults] == [pointer]
    with database.reading() as connection:
        assert endpoints.count(connection) == 0


def test_a_deleted_endpoint_is_gone_at_once_and_its_secret_with_it(database: Database, newsroom: Newsroom) -> None:
    made, _ = subscribe(database, URL)
    newsroom.opens()
    plan(database)
    with database.writing() as connection:
        endpoints.delete(connection, Clock(), OWNER, made.id)
        with pytest.raises(NotFound):
            endpoints.delete(connection, Clock(), OWNER, made.id)
    with database.reading() as connection:
        assert endpoints.list_of(connection, OWNER, limit=10) == []
        assert endpoints.every(connection) == []
        row = connection.exec_driver_sql("SELECT secret FROM endpoint").one()
    assert row == ("",)


def test_a_deleted_endpoint_is_cleared_away_bit_by_bit_and_no_other(database: Database, newsroom: Newsroom) -> None:
    gone, stays = subscribe(database, URL)[0], subscribe(database, URL)[0]
    for _ in range(7):
        newsroom.opens()
    plan(database)
    with database.writing() as connection:
        endpoints.delete(connection, Clock(), OWNER, gone.id)
        assert endpoints.clear_deleted(connection, Clock().now(), most=3) == 0
    cleared: list[int] = []
    while not cleared or cleared[-1]:
        with database.writing() as connection:
            cleared.append(endpoints.clear_deleted(connection, Clock().now() + timedelta(hours=2), most=3))
    # Seven deliveries and seven queues, three of each at a time, and the endpoint with the last of them.
    assert cleared == [6, 6, 3, 0]
    assert len(deliveries_of(database, stays)) == 7
    with database.reading() as connection:
        assert endpoints.count(connection) == 1


def test_an_event_that_comes_while_an_endpoint_is_being_made_is_sent_to_it(migrated_postgresql_url: str) -> None:
    settings, clock = settings_for(migrated_postgresql_url), Clock()
    with closing(Database(settings)) as database:
        newsroom = Newsroom(Handler(database, clock, settings), make_token(database, clock), clock)
        newsroom.opens()
        plan(database)
        planner = threading.Thread(target=plan, args=(database,))
        with database.writing() as connection:
            made, _ = endpoints.create(connection, clock, LOOPBACK, owner=OWNER, url=URL)
            newsroom.opens("While it was being made")
            planner.start()
            wait_until(lambda: not planner.is_alive() or waits_for_a_lock(database), what="the planner to wait")
        planner.join(20)
        assert [delivery.position > made.after for delivery in deliveries_of(database, made)] == [True]


def test_an_endpoint_is_not_told_of_what_happened_before_it(database: Database, newsroom: Newsroom) -> None:
    story_id = newsroom.opens()
    made, _ = subscribe(database, URL)
    newsroom.files(story_id)
    plan(database)
    assert [(row.type, row.previous_revision) for row in deliveries_of(database, made)] == [("report.filed", None)]
