"""kill -9 in the middle of everything: what was acknowledged is there, once, and everybody is told of it.

A real server and worker in processes of their own; four clients that post two hundred reports and send a request again,
with the same Idempotency-Key, until they hear an answer; a subscriber. In the middle all processes are killed at once,
and started again.
"""

from __future__ import annotations

import http.client
import itertools
import json
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import psutil
import pytest

from tests.rooms import settings_for
from tests.server.running import end, free_port, gone, start
from tests.waiting import wait_until
from tests.webhooks.receivers import Receiver, Visit
from tests.webhooks.subscribers import messages_of, revisions_by_story
from tracker.access import tokens
from tracker.access.permissions import Role
from tracker.clock import Clock
from tracker.db.database import Database

CLIENTS, EACH = 4, 50
REPORTS = CLIENTS * EACH
#: Seconds after which a test gives up. A dead worker's lease alone keeps its endpoint waiting for fifteen.
PATIENCE = 60.0
_TEXT = "\n\n".join(["A drone strike in Baghdad was ordered to stop an attack that was imminent, officials said."] * 16)


class House:
    """The processes of a tracker on one database: all of them run, or none."""

    def __init__(self, url: str) -> None:
        self.port = free_port()
        self._settings = {
            "database_url": url,
            "port": self.port,
            "secret_key": "of the tests, and of no use anywhere",
            "webhook_allowed_networks": "127.0.0.0/8",
            "webhook_retry_schedule": "1,1,2,5",
            "worker_poll_seconds": 0.1,
        }
        self._commands = [["serve"]] if url.startswith("sqlite") else [["serve", "--no-worker"], ["worker"]]

    @contextmanager
    def running(self) -> Iterator[list[psutil.Process]]:
        """Start all processes, and wait until the server listens. Whatever is left of them ends with the context."""
        with ExitStack() as stack:
            started = []
            for command in self._commands:
                process = start([sys.executable, "-m", "tracker", *command], **self._settings)
                stack.callback(end, process)
                started.append(psutil.Process(process.pid))
            wait_until(lambda: self.listens() or any(map(gone, started)), PATIENCE, "the server to listen")
            assert not any(map(gone, started)), "it ended at once; what it said stands above"
            yield started

    def listens(self) -> bool:
        with suppress(OSError):
            self.ask("GET", "/livez")
            return True
        return False

    def ask(
        self, method: str, path: str, token: str = "", body: Any = None, **headers: str
    ) -> tuple[int, dict[str, Any]]:
        """Status and body of the answer. Raises ``OSError`` or ``HTTPException`` where none is heard."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        given = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, None if body is None else json.dumps(body), given)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def get(self, path: str, token: str) -> dict[str, Any]:
        status, body = self.ask("GET", path, token)
        assert status == 200, body
        return body

    def pages(self, path: str, token: str, parameter: str = "cursor") -> Iterator[dict[str, Any]]:
        """All entries of a list."""
        cursor, seen = "", set()
        while cursor not in seen:
            seen.add(cursor)
            page = self.get(f"{path}?limit=200" + (f"&{parameter}={cursor}" if cursor else ""), token)
            yield from page["items"]
            cursor = page["next"] or ""


class Reporter(threading.Thread):
    """Posts reports one after the other, and each again and again until the answer is heard."""

    def __init__(self, house: House, token: str, story: str, number: int) -> None:
        super().__init__(daemon=True)
        self._house, self._token, self.url = house, token, f"/v1/stories/{story}/reports"
        self.number = number
        #: The receipts that were heard, by the key of their request.
        self.receipts: dict[str, dict[str, Any]] = {}
        #: How many requests got no answer.
        self.unheard = 0
        self.stopped = threading.Event()

    def run(self) -> None:
        for number in range(EACH):
            key = f"{self.number}-{number}"
            while key not in self.receipts and not self.stopped.is_set():
                self._post(key)

    def body(self, key: str) -> dict[str, Any]:
        return {"outlet": f"Outlet {self.number}", "headline": f"Report {key}", "text": f"{key}\n\n{_TEXT}"}

    def _post(self, key: str) -> None:
        try:
            status, body = self._house.ask("POST", self.url, self._token, self.body(key), Idempotency_Key=key)
        except (OSError, http.client.HTTPException):
            self.unheard += 1
            self.stopped.wait(0.02)
            return
        # Two who wait for one lock too long are asked to come again.
        assert status == 201 or body["type"] in ("/problems/busy", "/problems/request-in-flight"), body
        if status == 201:
            self.receipts[key] = body


class Subscriber:
    """Answers its first webhooks, and lets the sender of the next one wait until the test lets go of it."""

    def __init__(self) -> None:
        self._answered = itertools.count()
        self.waiting = threading.Event()
        self.let_go = threading.Event()

    def __call__(self, visit: Visit) -> None:
        while visit.read() is not None:
            if next(self._answered) >= 3:
                self.waiting.set()
                self.let_go.wait(PATIENCE)
            visit.answer(204)


def heard(reporters: Sequence[Reporter]) -> dict[str, dict[str, Any]]:
    """All receipts so far."""
    return {key: receipt for reporter in reporters for key, receipt in dict(reporter.receipts).items()}


def kill_all(started: Sequence[psutil.Process]) -> None:
    """kill -9 for the processes and all that they have started, and wait until none of them is left."""
    everybody = [each for process in started for each in (process, *process.children(recursive=True))]
    for process in everybody:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGKILL)
    wait_until(lambda: all(map(gone, everybody)), PATIENCE, "the killed to be gone")


def token_in(url: str) -> str:
    database = Database(settings_for(url))
    with database.writing() as connection:
        _, written = tokens.create(connection, Clock(), name="Ayesha", role=Role.ADMIN)
    database.close()
    return written


@pytest.fixture
def reporters() -> Iterator[list[Reporter]]:
    """Those that a test starts; none goes on when it is over."""
    found: list[Reporter] = []
    yield found
    for reporter in found:
        reporter.stopped.set()
        reporter.join()


@pytest.mark.slow
def test_what_was_acknowledged_is_there_once_and_everybody_is_told(
    migrated_url: str, reporters: list[Reporter]
) -> None:
    token, house = token_in(migrated_url), House(migrated_url)
    subscriber = Subscriber()
    with Receiver(subscriber) as receiver:
        with house.running() as processes:
            assert house.ask("POST", "/v1/endpoints", token, {"url": receiver.url})[0] == 201
            status, story = house.ask("POST", "/v1/stories", token, {"title": "Strike in Baghdad"})
            assert status == 201
            reporters += [Reporter(house, token, story["id"], number) for number in range(CLIENTS)]
            for reporter in reporters:
                reporter.start()
            wait_until(lambda: len(heard(reporters)) >= REPORTS // 3, PATIENCE, "a third of the receipts")
            wait_until(subscriber.waiting.is_set, PATIENCE, "a webhook on its way")
            kill_all(processes)
        on_its_way = messages_of(receiver)[-1].id
        subscriber.let_go.set()
        before = heard(reporters)
        assert len(before) < REPORTS
        wait_until(lambda: any(reporter.unheard for reporter in reporters), PATIENCE, "somebody to be left waiting")
        with house.running():
            # At once: it has nothing to recover before it answers, and what it answers is all there was.
            there = {each["headline"]: each for each in house.pages(f"{story['url']}/reports", token)}
            assert [key for key in before if f"Report {key}" not in there] == []
            wait_until(lambda: not any(map(threading.Thread.is_alive, reporters)), PATIENCE, "all receipts")
            receipts = heard(reporters)
            assert len(receipts) == REPORTS
            check_reports(house, token, story, receipts)
            check_answers(house, token, reporters)
            check_log(house, token, story["id"])
            check_webhooks(receiver, story["id"])
            # Its sender was killed before it heard the answer: it can't know, and sends it again.
            assert [message.id for message in messages_of(receiver)].count(on_its_way) == 2


def check_reports(house: House, token: str, story: dict[str, Any], receipts: dict[str, dict[str, Any]]) -> None:
    """Each acknowledged report is there, once, at the revision that was answered."""
    found = list(house.pages(f"{story['url']}/reports", token))
    assert sorted((each["headline"], each["id"], each["revision"]) for each in found) == sorted(
        (f"Report {key}", receipt["report_id"], receipt["revision"]) for key, receipt in receipts.items()
    )
    assert sorted(receipt["revision"] for receipt in receipts.values()) == list(range(2, REPORTS + 2))
    rows = list(house.pages(f"{story['url']}/revisions", token))
    assert [row["revision"] for row in rows] == list(range(REPORTS + 1, 0, -1))


def check_answers(house: House, token: str, reporters: Sequence[Reporter]) -> None:
    """Whoever asks again, however late, hears the first answer."""
    for reporter in reporters:
        for key in (f"{reporter.number}-0", f"{reporter.number}-{EACH - 1}"):
            again = house.ask("POST", reporter.url, token, reporter.body(key), Idempotency_Key=key)
            assert again == (201, reporter.receipts[key])


def check_log(house: House, token: str, story: str) -> None:
    """The log's positions are dense, and the story's revisions stand in it in order."""
    events = list(house.pages("/v1/feed", token, "after"))
    assert [event["position"] for event in events] == list(range(1, len(events) + 1))
    assert [event["revision"] for event in events if event["story"] == story] == list(range(1, REPORTS + 2))


def check_webhooks(receiver: Receiver, story: str) -> None:
    """Every revision came at least once, in order, and each time under the same id."""

    def ids() -> dict[int, set[str]]:
        found: dict[int, set[str]] = {}
        for message in messages_of(receiver):
            found.setdefault(message.revision, set()).add(message.id)
        return found

    wait_until(lambda: len(ids()) == REPORTS + 1, PATIENCE, "a webhook of each revision")
    assert revisions_by_story(messages_of(receiver)) == {story: list(range(1, REPORTS + 2))}
    assert {len(names) for names in ids().values()} == {1}
    assert len(set.union(*ids().values())) == REPORTS + 1
