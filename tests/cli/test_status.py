"""One screen says how the installation is, and calls a person only where one is needed."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from tests.cli.typing_commands import ask
from tests.rooms import Newsroom, make_token, settings_for
from tracker.clock import Clock, StoryClock, to_microseconds
from tracker.db.database import Database
from tracker.handling import Handler
from tracker.worker import Worker

HOUR = timedelta(hours=1)


@pytest.fixture
def url(migrated_url: str, clock: StoryClock) -> str:
    """A tracker with one story, and everything done."""
    settings = settings_for(migrated_url)
    database = Database(settings)
    newsroom = Newsroom(Handler(database, clock, settings), make_token(database, clock), clock)
    newsroom.files(newsroom.opens())
    with Worker(database, clock, settings) as worker:
        assert worker.drain()
    database.close()
    return migrated_url


def status(url: str) -> tuple[int, dict[str, Any]]:
    """Exit status and document."""
    done = ask("status", "--json", url=url)
    return done.exit_code, json.loads(done.stdout)


def change(url: str, statement: str, **given: object) -> None:
    database = Database(settings_for(url))
    with database.writing() as connection:
        connection.execute(text(statement), given)
    database.close()


def ago(length: timedelta) -> int:
    return to_microseconds(Clock().now() - length)


def test_where_all_is_well_nobody_is_called(url: str) -> None:
    code, found = status(url)
    assert (code, found["worries"]) == (0, [])
    assert found["events"] == found["tree"] == 3
    assert {each["name"]: each["events_behind"] for each in found["followers"]}.keys() >= {"webhooks", "tree"}
    assert {each["events_behind"] for each in found["followers"]} == {0}
    shown = ask("status", url=url)
    assert (shown.exit_code, shown.stderr) == (0, "")
    assert len(shown.stdout.splitlines()) <= 20
    assert "backup       none was made by: tracker backup" in shown.stdout


def test_a_parked_stream_calls_a_person(url: str) -> None:
    change(url, "INSERT INTO parked VALUES ('story_list', 'sty_1', 1, 1, 'evt_1', 'story.opened', 'no', 1, 0, 0)")
    code, found = status(url)
    assert (code, [each["parked"] for each in found["followers"] if each["name"] == "story_list"]) == (1, [1])
    assert "tracker parked list" in found["worries"][0]


ENDPOINT = "INSERT INTO endpoint (id, owner, url, secret, created_at, \"after\") VALUES ('end_1', 't', 'u', 's', 0, 0)"
DELIVERY = (
    "INSERT INTO delivery (endpoint_id, position, event_id, type, story_id, revision, state, attempts, created_at, "
    "last_outcome) VALUES ('end_1', 1, 'evt_1', 'story.opened', 'sty_1', 1, :state, 3, :since, 'It answered 500.')"
)


@pytest.mark.parametrize(("age", "code"), [(HOUR / 2, 0), (2 * HOUR, 1)])
def test_an_endpoint_that_fails_for_long_calls_a_person(url: str, age: timedelta, code: int) -> None:
    change(url, ENDPOINT)
    change(url, DELIVERY, state="due", since=ago(age))
    found = status(url)
    assert (found[0], len(found[1]["failing_endpoints"])) == (code, 1)
    if code:
        assert "Endpoint end_1 has not taken anything of 1 stories" in found[1]["worries"][0]
        assert "It answered 500." in found[1]["worries"][0]


def test_deliveries_that_were_given_up_call_a_person(url: str) -> None:
    change(url, ENDPOINT)
    change(url, DELIVERY, state="exhausted", since=ago(HOUR))
    code, found = status(url)
    assert (code, found["deliveries"]["exhausted"], len(found["worries"])) == (1, 1, 1)


def test_an_overdue_delivery_calls_a_person(url: str) -> None:
    change(url, ENDPOINT)
    change(url, "INSERT INTO delivery_queue VALUES ('sty_1', 'end_1', 1, :due)", due=ago(HOUR))
    code, found = status(url)
    assert (code, "overdue" in found["worries"][0]) == (1, True)


@pytest.mark.parametrize(("age", "code"), [(timedelta(days=7), 0), (timedelta(days=9), 1)])
def test_an_old_backup_calls_a_person(url: str, age: timedelta, code: int) -> None:
    change(url, "INSERT INTO backup VALUES (:at, 2, '/backups/of-that-day')", at=ago(age))
    change(url, "INSERT INTO backup VALUES (:at, 0, '')", at=ago(HOUR))
    found = status(url)
    assert (found[0], found[1]["backup"]["position"]) == (code, 2)
    assert "/backups/of-that-day" in ask("status", url=url).stdout


def test_what_is_held_is_counted(url: str) -> None:
    change(url, "INSERT INTO restriction VALUES ('sty_1', 'rpt_1', 'hold', 1, 0)")
    assert status(url)[1]["restrictions"] == {"hold": 1, "embargo": 0, "kill": 0, "redaction": 0}
    assert "restricted   1 held" in ask("status", url=url).stdout


def test_a_tree_that_is_longer_than_the_log_calls_a_person(url: str) -> None:
    change(url, "INSERT INTO tree_node VALUES (0, 3, :hash)", hash=bytes(32))
    code, found = status(url)
    assert (code, "tracker verify" in found["worries"][0]) == (1, True)
