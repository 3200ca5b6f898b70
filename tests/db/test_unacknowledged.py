"""A COMMIT whose wait for a synchronous standby is cancelled reports success; nobody may take it for one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from tests.handling.looking import key_of
from tests.postgres import Cluster, start_cluster
from tests.postgres_programs import PostgresMissing
from tests.requirements import unavailable
from tests.rooms import Newsroom, make_token, settings_for
from tests.store.writing import NOW, read, saying, text_of
from tests.waiting import wait_until
from tracker.clock import StoryClock
from tracker.db import migrating
from tracker.db.database import Database
from tracker.errors import Unavailable
from tracker.handling import Handler
from tracker.store import log
from tracker.stories.commands import CloseStory, Command, UpdateReport

_WAITING = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """One of its own: which standbys it waits for is the whole cluster's business."""
    try:
        with start_cluster() as started:
            yield started
    except PostgresMissing as missing:
        unavailable(str(missing))


@pytest.fixture
def database(cluster: Cluster) -> Iterator[Database]:
    opened = Database(settings_for(cluster.create_database("stories")))
    migrating.upgrade_database(opened)
    yield opened
    opened.close()


@pytest.fixture
def newsroom(database: Database, cluster: Cluster) -> Newsroom:
    clock = StoryClock(NOW)
    handler = Handler(database, clock, settings_for(cluster.url("stories")))
    return Newsroom(handler, make_token(database, clock), clock)


def test_what_no_standby_has_confirmed_is_unknown_and_never_a_success(cluster: Cluster, database: Database) -> None:
    with _without_its_standby(cluster) as operator:
        _is_unknown(operator, lambda: _append(database))
        # It is here; but this server alone was not to be trusted with it.
        assert [text_of(event) for event in read(database, "sty_1")] == ["One."]
    assert _append(database).again


@pytest.mark.parametrize("way", ["with a key", "with a uri", "the same version", "the same state"])
def test_nor_is_its_repetition_as_long_as_no_standby_has_confirmed_it(
    cluster: Cluster, newsroom: Newsroom, way: str
) -> None:
    story_id = newsroom.opens()
    report = newsroom.files(story_id)
    given = {"key": key_of(newsroom)} if way == "with a key" else {}
    commands: dict[str, Command] = {
        "with a key": newsroom.filing(story_id, "Two."),
        "with a uri": newsroom.filing(story_id, "Two.", uri="https://nbc.example/strike"),
        "the same version": UpdateReport(
            story_id=story_id,
            report_id=str(report.report_id),
            content=newsroom.filing(story_id, "Two.").content,
            by=newsroom.token.person,
        ),
        "the same state": CloseStory(story_id=story_id, reason="Over."),
    }
    with _without_its_standby(cluster) as operator:
        for _ in range(2):
            _is_unknown(operator, lambda: newsroom.asks(commands[way], **given))
    assert newsroom.asks(commands[way], **given).revision == 3


@contextmanager
def _without_its_standby(cluster: Cluster) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """Within it every COMMIT waits for a standby that isn't there; with the operator's connection."""
    with cluster.connect() as operator:
        _set_standby(cluster, operator, "absent")
        yield operator
        _set_standby(cluster, operator, "")


def _set_standby(cluster: Cluster, operator: psycopg.Connection[tuple[Any, ...]], name: str) -> None:
    """Name the standby, and come back once it holds for a COMMIT.

    A COMMIT looks at what the checkpointer has read of the settings, which no SHOW tells; so one is tried.
    """
    operator.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{name}'")
    operator.execute("SELECT pg_reload_conf()")
    wait_until(lambda: _commits_wait(cluster, operator) == bool(name), what="the standby's name to hold")


def _commits_wait(cluster: Cluster, operator: psycopg.Connection[tuple[Any, ...]]) -> bool:
    """Whether a COMMIT that wrote something waits for a standby; its wait is cancelled."""
    seen = False

    def waits() -> bool:
        nonlocal seen
        seen = seen or bool(operator.execute(_WAITING).fetchall())
        return seen

    with cluster.connect() as other, ThreadPoolExecutor(1) as threads:
        writing = threads.submit(other.execute, "SELECT pg_logical_emit_message(true, 'probe', '')")
        wait_until(lambda: writing.done() or waits(), what="a COMMIT to end or to wait")
        writing.result(timeout=30)
    return seen


def _is_unknown(operator: psycopg.Connection[tuple[Any, ...]], write: Callable[[], object]) -> None:
    """The operator cancels the wait of ``write``, which then doesn't say that it succeeded."""
    with ThreadPoolExecutor(1) as threads:
        writer = threads.submit(write)
        wait_until(lambda: writer.done() or bool(operator.execute(_WAITING).fetchall()), what="the writer to wait")
        with pytest.raises(Unavailable, match="not known whether this is stored"):
            writer.result(timeout=30)


def _append(database: Database) -> log.Appended:
    with database.writing() as connection:
        one = saying("One.", event_id="evt_1")
        return log.append(connection, "sty_1", "story", [one], expected="any", now=NOW)
