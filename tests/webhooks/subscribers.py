"""Somebody who subscribed: endpoints for receivers on this machine, what arrives there, and who sends it."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any, NamedTuple

from tests.webhooks.receivers import Behaviour, Receiver, Visit
from tests.webhooks.sends import LOOPBACK
from tracker.clock import Clock
from tracker.config import Settings
from tracker.db.database import Database
from tracker.store.ticking import settle
from tracker.webhooks import deliveries, endpoints, planning
from tracker.webhooks.deliveries import Delivery
from tracker.webhooks.delivering import Delivering
from tracker.webhooks.endpoints import Endpoint
from tracker.webhooks.planning import Planner
from tracker.worker import Worker

OWNER = "tok_1"

#: The waits between attempts, in seconds.
SCHEDULE = (5, 300, 1800)


class ShiftedClock(Clock):
    """A clock whose real time goes on as everybody's, ``shift`` ahead."""

    def __init__(self, shift: timedelta = timedelta(0)) -> None:
        self.shift = shift

    def now(self) -> datetime:
        return super().now() + self.shift


class Message(NamedTuple):
    """One request as the receiver got it."""

    #: Names in lower case.
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(self.body)
        return event

    @property
    def story(self) -> str:
        return str(self.event["data"]["story"])

    @property
    def revision(self) -> int:
        return int(self.event["data"]["revision"])


def messages_of(receiver: Receiver) -> list[Message]:
    """Everything that a receiver was sent, in the order in which it came."""
    return [_message(head, body) for head, body in receiver.requests]


def revisions_by_story(messages: Sequence[Message]) -> dict[str, list[int]]:
    """The revisions that came of each story, each at its first coming."""
    found: dict[str, list[int]] = defaultdict(list)
    for message in messages:
        if message.revision not in found[message.story]:
            found[message.story].append(message.revision)
    return found


def choosing(choose: Callable[[dict[str, Any]], int | tuple[int, str]]) -> Behaviour:
    """A receiver that answers each event with the status, and perhaps one field, that ``choose`` gives it."""

    def behave(visit: Visit) -> None:
        while (body := visit.read()) is not None:
            answer = choose(json.loads(body))
            status, *fields = answer if isinstance(answer, tuple) else (answer,)
            visit.answer(status, *fields)

    return behave


class Gate:
    """A receiver's way to hold its answers back until the test opens it."""

    def __init__(self) -> None:
        self.asked = threading.Semaphore(0)
        self._open = threading.Event()

    def __call__(self, visit: Visit) -> None:
        while visit.read() is not None:
            self.asked.release()
            self._open.wait(30)
            visit.answer(200)

    def open(self) -> None:
        self._open.set()


def reachable(settings: Settings, **changed: Any) -> Settings:
    """The settings of an operator who opened this machine to webhooks."""
    return dataclasses.replace(settings, webhook_allowed_networks=(ip_network("127.0.0.0/8"),), **changed)


@contextmanager
def sending(database: Database, settings: Settings, clock: Clock | None = None, **changed: Any) -> Iterator[Delivering]:
    """Something that sends to this machine; its waits are neither stretched nor shrunk."""
    settings = reachable(settings, webhook_retry_schedule=SCHEDULE, **changed)
    with Delivering(database, clock or Clock(), settings, draw=lambda: 0.5) as delivering:
        yield delivering


@contextmanager
def running(worker: Worker) -> Iterator[threading.Thread]:
    """A worker in a thread of its own, stopped at the end."""
    stop = threading.Event()
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    try:
        yield thread
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive(), "the worker did not stop"


def subscribe(database: Database, url: str, *, owner: str = OWNER, **limits: Any) -> tuple[Endpoint, str]:
    """A new endpoint and its secret; what was committed before it has its position before."""
    settle(database)
    with database.writing() as connection:
        return endpoints.create(connection, Clock(), LOOPBACK, owner=owner, url=url, **limits)


def plan(database: Database) -> None:
    """Have everything planned that was appended."""
    while planning.advance(database, Planner(Clock())):
        pass


def deliver(delivering: Delivering, turns: int = 2000) -> None:
    """Send until there is nothing that may be sent now."""
    delivering.look()
    for _ in range(turns):
        delivering.turn(0.01)
        if delivering.idle:
            return
    raise AssertionError(f"still at it after {turns} turns")


def deliveries_of(database: Database, endpoint: Endpoint) -> list[Delivery]:
    """The endpoint's deliveries, the oldest first."""
    with database.reading() as connection:
        return deliveries.list_of(connection, endpoint.id, limit=10_000)[::-1]


def waits_for_a_lock(database: Database) -> bool:
    """Whether on PostgreSQL some transaction waits for another."""
    with database.reading() as connection:
        found = connection.exec_driver_sql(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return bool(found.scalar_one())


def _message(head: bytes, body: bytes) -> Message:
    lines = head.decode("latin-1").split("\r\n")[1:]
    return Message({name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}, body)
