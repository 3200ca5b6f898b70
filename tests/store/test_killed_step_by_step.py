"""The process is killed at a statement: all or nothing is stored, and whoever asks again gets the first answer.

As test_step_by_step.py, but the death is a real one (tests/dying_processes.py): nobody rolls back, nobody closes
anything.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.dying_processes import DyingProcesses
from tests.handling.looking import key_of, story_of
from tests.rooms import Newsroom, everything
from tests.store.writing import append, read
from tests.waiting import wait_until
from tracker.clock import Clock
from tracker.config import Settings
from tracker.db.database import Database
from tracker.errors import Busy
from tracker.handling import Handler
from tracker.projections.story_list import StoryList
from tracker.store import followers, log, order, sequencer, verifying
from tracker.store.requests import InFlight, RequestKey
from tracker.stories.commands import Command

Given = dict[str, Any]
WAYS = ["killed_after", pytest.param("killed", marks=pytest.mark.slow)]


@pytest.fixture
def processes(settings: Settings) -> Iterator[DyingProcesses]:
    with DyingProcesses(settings.database_url) as opened:
        yield opened


def survives(database: Database, processes: DyingProcesses, how: str, deed: str, given: Callable[[int], Given]) -> int:
    """The deed survives each death, and is done at the second time; returns how many statements it has."""
    for number in range(1, 100):
        what = given(number)
        before = everything(database)
        heard = processes.do(deed, number, how, **what)
        gone(database)
        left = everything(database)
        answer = processes.do(deed, **what)
        settled = everything(database)
        assert left in (before, settled), f"half of it is stored, after a death at statement {number}"
        assert same(processes.do(deed, **what), answer)
        assert everything(database) == settled
        if heard is not None:
            assert same(heard, answer)
            assert left == settled
            assert verifying.verify(database, content=True).findings.told == []
            return number - 1
    raise AssertionError("it never passes clean")


def same(first: Any, second: Any) -> bool:
    """Whether two answers say the same, but for whether they were given before."""
    return bool(
        {**first, "replayed": None} == {**second, "replayed": None} if isinstance(first, dict) else first == second
    )


def gone(database: Database) -> None:
    """Wait until the server has noticed who is dead, and rolled back what he held."""
    if database.kind == "postgresql":
        wait_until(lambda: others(database) == 0, what="the dead to be noticed")


def others(database: Database) -> int:
    with database.reading() as connection:
        return int(
            connection.exec_driver_sql(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND xact_start IS NOT NULL "
                "AND pid <> pg_backend_pid() AND application_name = '' AND backend_type = 'client backend'"
            ).scalar_one()
        )


@pytest.mark.parametrize("how", WAYS)
def test_a_filing_of_a_new_outlet_with_a_key(
    database: Database, newsroom: Newsroom, processes: DyingProcesses, how: str
) -> None:
    story_id = newsroom.opens()

    def given(number: int) -> Given:
        return filing(newsroom, story_id, number)

    count = survives(database, processes, how, "file", given)
    assert count >= 10
    assert len(story_of(database, story_id).reports) == count + 1


@pytest.mark.parametrize("how", WAYS)
def test_a_batch_of_forty(database: Database, processes: DyingProcesses, how: str) -> None:
    append(database, "sty_1", "The first.")

    def given(number: int) -> Given:
        return {"stream_id": "sty_1", "ids": [f"evt_{number:02}{each:02}" for each in range(40)]}

    count = survives(database, processes, how, "append", given)
    assert count >= 6
    ids = [event.event_id for event in read(database, "sty_1")][1:]
    assert ids == sorted(set(ids))
    assert len(ids) == 40 * (count + 1)


@pytest.mark.parametrize("how", WAYS)
def test_a_redaction(database: Database, newsroom: Newsroom, processes: DyingProcesses, how: str) -> None:
    story_id = newsroom.opens()

    def given(number: int) -> Given:
        filed = newsroom.files(story_id, f"{number}.")
        return {
            "token": newsroom.token.id,
            "story_id": story_id,
            "target": f"{filed.report_id}/1",
            "key": f"k-{number}",
        }

    survives(database, processes, how, "redact", given)
    assert {event.redacted for event in read(database, story_id) if event.type == "report.filed"} == {True}


@pytest.mark.parametrize("how", WAYS)
def test_ticks_and_pages(database: Database, newsroom: Newsroom, processes: DyingProcesses, how: str) -> None:
    story_id = newsroom.opens()
    for number in range(1, 40):
        newsroom.files(story_id, f"{number}.", uri=f"https://nbc.example/{number}")
        killed = [processes.do(deed, number, how) is None for deed in ("tick", "follow")]
        gone(database)
        sequencer.tick(database)
        followers.advance(database, StoryList())
        with database.reading() as connection:
            last, passed = order.last_position(connection), followers.position_of(connection, "story_list")
            assert (last, passed) == (number + 2, number + 2)
            assert [each.position for each in log.read_all(connection, after=0, limit=100)] == list(range(1, last + 1))
        if not any(killed):
            assert number > 3
            return
    raise AssertionError("they never pass clean")


def test_a_second_request_with_the_key_of_one_that_is_killed_is_told_to_wait_and_then_done(
    database: Database, newsroom: Newsroom, processes: DyingProcesses, settings: Settings
) -> None:
    story_id = newsroom.opens()
    newsroom.files(story_id)
    given = filing(newsroom, story_id, 1)
    clean = len(read(database, story_id))
    command = newsroom.filing(story_id, given["text"], outlet=given["outlet"], uri=given["uri"])
    key = key_of(newsroom, given["key"])
    with processes.held("file", 4, **given) as kill:
        with pytest.raises(InFlight if database.kind == "postgresql" else Busy):
            impatiently(settings, newsroom, command, key)
        assert len(read(database, story_id)) == clean
        kill()
    done = newsroom.asks(command, key=key)
    assert (done.written, done.replayed) == (True, False)
    again = processes.do("file", **given)
    assert (again["report_id"], again["revision"], again["replayed"]) == (done.report_id, done.revision, True)
    assert len(read(database, story_id)) == clean + 1


def impatiently(settings: Settings, newsroom: Newsroom, command: Command, key: RequestKey) -> None:
    """Ask on a database that waits for no lock for long."""
    soon = dataclasses.replace(settings, lock_timeout_ms=100, sqlite_busy_timeout_ms=100)
    with closing(Database(soon)) as database:
        Newsroom(Handler(database, Clock(), soon), newsroom.token, Clock()).asks(command, key=key)


def test_two_processes_with_one_key_write_once_and_answer_alike(
    database: Database, newsroom: Newsroom, processes: DyingProcesses, settings: Settings
) -> None:
    story_id = newsroom.opens()
    with DyingProcesses(settings.database_url) as others:
        for number in range(10):
            given, also = filing(newsroom, story_id, number), filing(newsroom, story_id, number)
            processes.send("file", **given)
            others.send("file", **also)
            answers = [each.result() for each in (processes, others)]
            assert sorted(answer["replayed"] for answer in answers) == [False, True]
            assert same(*answers)
    assert [event.type for event in read(database, story_id)] == ["story.opened"] + ["report.filed"] * 10


def filing(newsroom: Newsroom, story_id: str, number: int) -> Given:
    return {
        "token": newsroom.token.id,
        "key": f"k-{number}",
        "story_id": story_id,
        "report_id": newsroom.new_id("rpt"),
        "text": f"{number}.",
        "outlet": f"Outlet {number}",
        "uri": f"https://nbc.example/{number}",
    }
