"""PostgreSQL goes away and comes back: nobody waits for long, nobody is lied to, and nothing is restarted."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any, NamedTuple

import pytest
from flask import Flask

from tests.postgres import Cluster, start_cluster
from tests.postgres_programs import PostgresMissing
from tests.requirements import unavailable
from tests.rooms import Newsroom, make_token, settings_for
from tests.store.writing import read
from tests.waiting import wait_until
from tests.webhooks.subscribers import running
from tracker import create_app
from tracker.access import tokens
from tracker.access.permissions import Role
from tracker.clock import Clock
from tracker.config import Settings
from tracker.db import migrating
from tracker.db.database import Database
from tracker.errors import Unavailable
from tracker.handling import Handler
from tracker.store import followers, order, verifying
from tracker.store.ticking import Ticking
from tracker.worker import Worker

#: Seconds after which somebody hangs: far more than any time-out of the program.
PATIENCE = 30.0
CLIENTS = 4


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    try:
        opened = start_cluster()
    except PostgresMissing as missing:
        unavailable(str(missing))
    with opened:
        yield opened


@pytest.fixture
def settings(cluster: Cluster) -> Settings:
    """Of a new, migrated database in a cluster of the test's own, with as many connections as there are clients."""
    url = cluster.create_database(f"test_{os.urandom(8).hex()}")
    migrating.upgrade(url)
    return settings_for(url, pool_size=CLIENTS, worker_poll_seconds=0.2)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    with closing(Database(settings)) as opened:
        yield opened


class Heard(NamedTuple):
    """An answer."""

    method: str
    status: int
    retry_after: str | None
    body: Any


class Client(threading.Thread):
    """Files one report after the other, each until it is acknowledged, and reads the story in between."""

    def __init__(self, app: Flask, token: str, story: str, number: int) -> None:
        super().__init__(daemon=True)
        self._client, self._story, self._number = app.test_client(), story, number
        self._headers = {"Authorization": f"Bearer {token}"}
        self.heard: list[Heard] = []
        #: By the key: what was acknowledged.
        self.acknowledged: dict[str, Any] = {}
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.is_set():
            key = f"{self._number}-{len(self.acknowledged)}"
            answer = self.file(key)
            if answer.status == 201:
                self.acknowledged[key] = answer.body
            self._hear("GET", f"/v1/stories/{self._story}")

    def file(self, key: str) -> Heard:
        body = {"outlet": "NBC News", "headline": key, "text": f"{key}."}
        return self._hear("POST", f"/v1/stories/{self._story}/reports", json=body, key=key)

    def since(self, place: int, method: str, *statuses: int) -> int:
        """How many answers with these statuses came since there were ``place``."""
        return sum(each.method == method and each.status in statuses for each in self.heard[place:])

    def _hear(self, method: str, path: str, json: Any = None, key: str | None = None) -> Heard:
        headers = {**self._headers, **({"Idempotency-Key": key} if key else {})}
        answer = self._client.open(path, method=method, headers=headers, json=json)
        heard = Heard(method, answer.status_code, answer.headers.get("Retry-After"), answer.json)
        self.heard.append(heard)
        return heard


@pytest.fixture
def clients(database: Database, settings: Settings) -> Iterator[list[Client]]:
    """At work, on one application."""
    app = create_app(settings, database=database)
    with database.writing() as connection:
        _, token = tokens.create(connection, Clock(), name="Ayesha", role=Role.ADMIN)
    story = app.test_client().post(
        "/v1/stories", json={"title": "Strike in Baghdad"}, headers={"Authorization": f"Bearer {token}"}
    )
    assert story.json is not None
    started = [Client(app, token, story.json["id"], number) for number in range(CLIENTS)]
    for client in started:
        client.start()
    yield started
    for client in started:
        client.over.set()
        client.join(PATIENCE)
        assert not client.is_alive(), "a request hangs"


@contextmanager
def away(cluster: Cluster, stop: Callable[[], None]) -> Iterator[None]:
    """The server is not there; at the end it is."""
    stop()
    try:
        yield
    finally:
        cluster.start()


@pytest.mark.parametrize("end", ["fast", "immediate", "kill"])
def test_requests_are_told_to_come_again_and_are_served_when_it_is_back(
    cluster: Cluster, clients: list[Client], database: Database, end: str
) -> None:
    stop: dict[str, Callable[[], None]] = {
        "fast": lambda: cluster.stop("fast"),
        "immediate": lambda: cluster.stop("immediate"),
        "kill": cluster.kill,
    }
    answered(clients, 3, 200, 201)
    with away(cluster, stop[end]):
        # Writes and reads alike, again and again: none of them waits for what isn't there.
        answered(clients, 3, 503)
        assert clients[0]._client.get("/livez").status_code == 200
        assert clients[0]._client.get("/readyz").status_code == 503
    answered(clients, 3, 200, 201)
    for client in clients:
        client.over.set()
    for client in clients:
        client.join(PATIENCE)
    check(clients, database)


def answered(clients: list[Client], times: int, *statuses: int) -> None:
    """Wait until each has had so many answers to writes and to reads from now on."""
    places = [len(client.heard) for client in clients]
    for client, place in zip(clients, places, strict=True):
        for method in ("POST", "GET"):
            wait_until(
                lambda client=client, place=place, method=method: client.since(place, method, *statuses) >= times,  # type: ignore[misc]
                PATIENCE,
                f"{method} to be answered with {statuses}",
            )


def check(clients: list[Client], database: Database) -> None:
    """No answer was another than these; what was acknowledged is stored, once, and is the answer for ever."""
    for client in clients:
        heard = {(each.method, each.status) for each in client.heard}
        assert heard <= {("POST", 201), ("GET", 200), ("POST", 503), ("GET", 503)}
        troubles = [each for each in client.heard if each.status == 503]
        assert {each.body["type"] for each in troubles} <= {"/problems/unavailable", "/problems/busy"}
        assert all(int(each.retry_after or 0) > 0 for each in troubles)
        for key, receipt in client.acknowledged.items():
            again = client.file(key)
            assert (again.status, again.body["report_id"]) == (201, receipt["report_id"])
            assert again.body["revision"] == receipt["revision"]
    receipts = [receipt for client in clients for receipt in client.acknowledged.values()]
    with database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT version, key_id FROM event WHERE type = 'report.filed'").fetchall()
    stored = {(row[0], row[1].removesuffix("/1")) for row in rows}
    assert {(receipt["revision"], receipt["report_id"]) for receipt in receipts} <= stored
    # Each client has one request at most that was not acknowledged, and may be stored.
    assert len(rows) <= len(receipts) + CLIENTS
    assert verifying.verify(database, content=True).findings.told == []


def newsroom_on(database: Database, settings: Settings, ticking: Ticking | None = None) -> Newsroom:
    wake = ticking.wake if ticking else lambda: None
    return Newsroom(Handler(database, Clock(), settings, wake), make_token(database, Clock()), Clock())


def test_a_worker_follows_and_hears_news_again(
    cluster: Cluster, database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    listened: list[int] = []
    news = database.news

    def heard(channel: str, stop: threading.Event) -> Iterator[None]:
        listened.append(0)
        for each in news(channel, stop):
            listened[-1] += 1
            yield each

    monkeypatch.setattr(database, "news", heard)
    with closing(Database(settings)) as own:
        newsroom = newsroom_on(own, settings, Ticking(own))
        story_id = newsroom.opens()
        with running(Worker(database, Clock(), settings)):
            wait_until(lambda: passed(own) == 1, PATIENCE, "the worker to follow")
            with away(cluster, lambda: cluster.stop("immediate")):
                with pytest.raises(Unavailable):
                    newsroom.files(story_id)
                # The connection that listened is gone; the next one is tried, in vain.
                wait_until(lambda: len(listened) > 2, PATIENCE, "another try to listen")
            wait_until(lambda: listened[-1] == 1, PATIENCE, "the worker to listen")
            wait_until(lambda: files(newsroom, story_id), PATIENCE, "a filing")
            wait_until(lambda: passed(own) == 3, PATIENCE, "the worker to follow again")
            wait_until(lambda: listened[-1] > 1, PATIENCE, "news of it")


def passed(database: Database) -> int:
    with database.reading() as connection:
        return followers.position_of(connection, "story_list")


def files(newsroom: Newsroom, story_id: str) -> bool:
    """Whether a filing was stored: the first one may meet a connection that has just been broken."""
    try:
        return newsroom.files(story_id, uri="https://nbc.example/1").revision == 2
    except Unavailable:
        return False


@pytest.mark.parametrize("while_away", [True, False])
def test_ticks_go_on_by_themselves(
    cluster: Cluster, database: Database, settings: Settings, caplog: pytest.LogCaptureFixture, while_away: bool
) -> None:
    caplog.set_level(logging.INFO, "tracker")
    ticking = Ticking(database)
    newsroom = newsroom_on(database, settings, ticking)
    story_id = newsroom.opens()
    wait_until(lambda: last(database) == 1, PATIENCE, "the first tick")
    with away(cluster, lambda: cluster.stop("immediate")):
        if while_away:
            ticking.wake()
            wait_until(lambda: "a tick failed" in caplog.text, PATIENCE, "a tick in vain")
    wait_until(lambda: files(newsroom, story_id), PATIENCE, "a filing")
    wait_until(lambda: last(database) == 3, PATIENCE, "a tick")
    assert [event.version for event in read(database, story_id)] == [1, 2]


def last(database: Database) -> int:
    with database.reading() as connection:
        return order.last_position(connection)


def test_a_connection_that_has_rested_is_looked_at_before_it_is_used(
    cluster: Cluster, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracker.db.postgresql._TRUSTED_SECONDS", 0.0)
    with ExitStack() as stack:
        for _ in range(CLIENTS):
            stack.enter_context(database.reading()).exec_driver_sql("SELECT 1")
    with away(cluster, lambda: cluster.stop("fast")):
        pass
    # Every connection of the pool is broken, and nobody hears of it.
    assert [last(database) for _ in range(CLIENTS)] == [0] * CLIENTS


def test_a_server_that_takes_no_connections_keeps_nobody_waiting(cluster: Cluster, database: Database) -> None:
    told: list[Exception] = []

    def ask(act: Callable[[], object]) -> None:
        try:
            act()
        except Unavailable as trouble:
            told.append(trouble)

    acts = [lambda: last(database), lambda: next(database.news("tracker_log", threading.Event()))]
    asking = [threading.Thread(target=ask, args=(act,), daemon=True) for act in acts]
    database.engine.dispose()
    os.kill(cluster.pid, signal.SIGSTOP)
    try:
        for each in asking:
            each.start()
        for each in asking:
            each.join(PATIENCE)
    finally:
        os.kill(cluster.pid, signal.SIGCONT)
    assert len(told) == 2, "a connection is waited for without an end"
    assert last(database) == 0
