"""The founding story goes on in the other database: readers, reporters and subscribers notice nothing."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.asking import Client as Person
from tests.asking import House, report
from tests.rooms import settings_for
from tests.scenarios.test_founding_story import EVENTS, RELATED
from tests.store.transferring import WAYS, exported, migrated
from tests.store.writing import NOW
from tests.webhooks import receivers
from tests.webhooks.subscribers import Message, messages_of
from tracker.access.permissions import Role
from tracker.clock import StoryClock
from tracker.db.database import Database
from tracker.demo.founding_story import AGGREGATOR, NBC, POST, SLUG, WIRE, acts
from tracker.demo.telling import Answer, Client, tell
from tracker.store import transfer, verifying
from tracker.worker import Worker


class Told:
    """The founding story, told to a tracker that has one subscriber."""

    def __init__(self, url: str, receiver: receivers.Receiver) -> None:
        self.clock = StoryClock(acts()[0].recorded_at)
        self.house = House(url, self.clock)
        networks = (ipaddress.ip_network("127.0.0.0/8"),)
        self.settings = settings_for(url, webhook_allowed_networks=networks)
        self.app = self.house.app_with(webhook_allowed_networks=networks)
        self.receiver = receiver
        people = {"editor": self.house.client(Role.EDITOR)}
        people |= {name: self.house.client(Role.REPORTER, outlets=[name]) for name in (WIRE, NBC, POST, AGGREGATOR)}
        self.people = people
        subscriber = self.house.client(Role.SUBSCRIBER).at(self.app)
        self.endpoint = subscriber.post("/v1/endpoints", {"url": receiver.url}).body
        written = {name: str(person.written) for name, person in people.items()}
        self.answers = list(tell(_InProcess(self.app), self.clock, written))
        self.work(self.house.database)

    def at(self, house: House, name: str) -> Person:
        """The same person, with the same token, at another tracker."""
        person = self.people[name]
        return Person(house, house.app, person.token, person.written)

    def work(self, database: Database) -> None:
        with Worker(database, self.clock, self.settings) as worker:
            assert worker.drain()


class _InProcess(Client):
    """Asks the application itself instead of a server."""

    def __init__(self, app: Any) -> None:
        super().__init__("")
        self._app = app

    def ask(self, method: str, path: str, token: str, body: Any = None, headers: Any = None) -> Answer:
        given = {"Authorization": f"Bearer {token}", **(headers or {})}
        given["Content-Type"] = "application/json"
        data = None if body is None else json.dumps(body)
        found = self._app.test_client().open(path, method=method, data=data, headers=given)
        return Answer(found.status_code, dict(found.headers), found.json)


class Moved:
    """The same tracker in the other database, and what it said before."""

    def __init__(self, told: Told, url: str, folder: Path) -> None:
        self.told = told
        self.editor = told.people["editor"]
        self.before = [self.editor.get(path).body for path in self.paths()]
        self.messages = messages_of(told.receiver)
        self.house = House(url, told.clock)
        transfer.import_(self.house.database, *exported(told.house.database, folder), NOW)
        told.settings = settings_for(url, webhook_allowed_networks=told.settings.webhook_allowed_networks)
        self.editor = told.at(self.house, "editor")

    def paths(self) -> Iterator[str]:
        """A story, the first page of the feed, and by its cursor the rest."""
        yield f"/v1/stories/{SLUG}"
        yield "/v1/feed?limit=4"
        yield f"/v1/feed?after={self.editor.get('/v1/feed?limit=4').body['next']}"

    def new_messages(self) -> list[Message]:
        """What subscribers were told since the move, when the worker has done everything."""
        self.told.work(self.house.database)
        found = messages_of(self.told.receiver)
        assert found[: len(self.messages)] == self.messages
        return found[len(self.messages) :]


@pytest.fixture(params=WAYS[:2], ids=[" to ".join(way) for way in WAYS[:2]])
def moved(request: pytest.FixtureRequest, empty: Callable[[str], str], tmp_path: Path) -> Iterator[Moved]:
    source, target = request.param
    url = empty(target)
    migrated(url).close()
    with receivers.Receiver(receivers.answering(204)) as receiver:
        told = Told(request.getfixturevalue(f"migrated_{source}_url"), receiver)
        there = Moved(told, url, tmp_path)
        yield there
        there.house.close()
        told.house.close()


def test_the_founding_story_goes_on_in_the_other_database(moved: Moved) -> None:
    assert len(moved.messages) == EVENTS + RELATED
    assert moved.new_messages() == [], "the worker made the lists anew, and nobody is told again"
    assert verifying.verify(moved.house.database, content=True, saved_states=True).findings.told == []
    assert [moved.editor.get(path).body for path in moved.paths()] == moved.before
    a_repeated_request_gets_the_first_answer(moved)
    what_is_new_is_told_once(moved)


def a_repeated_request_gets_the_first_answer(moved: Moved) -> None:
    act, answer = moved.told.answers[0].act, moved.told.answers[0].answer
    repeated = moved.editor.post("/v1/stories", act.body, Idempotency_Key="founding-story-1")
    assert (repeated.status, repeated.body["id"]) == (answer.status, answer.body["id"]), repeated.body


def what_is_new_is_told_once(moved: Moved) -> None:
    """As what follows the last that this endpoint was told of."""
    wire = moved.told.at(moved.house, WIRE)
    filed = wire.post(f"/v1/stories/{SLUG}/reports", report("Something new.", outlet=WIRE))
    assert (filed.status, filed.body["revision"]) == (201, EVENTS + 1)
    [new] = moved.new_messages()
    assert new.event["data"]["previous_revision"] == EVENTS
