"""Threads that take part in one group commit, in a known order."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Connection

from tests.db.places import ADD
from tracker.db import groups
from tracker.db.database import Database
from tracker.db.prepared import Prepared
from tracker.errors import Conflict

Work = Callable[[Connection], None]

_ALL = Prepared("SELECT follower FROM checkpoint ORDER BY follower")


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A group is full by its number alone, however slow the machine is today."""
    with monkeypatch.context() as patched:
        patched.setattr(groups, "_LONGEST", 3600.0)
        yield


def adds(*followers: str) -> Work:
    """A part that adds a row for each of ``followers``."""

    def work(connection: Connection) -> None:
        for follower in followers:
            ADD.run(connection, follower=follower, position=1)

    return work


def refuses(*followers: str) -> Work:
    """The same, but it is refused afterwards."""

    def work(connection: Connection) -> None:
        adds(*followers)(connection)
        raise Conflict("No.")

    return work


def waiting(database: Database) -> int:
    """How many threads wait for their turn."""
    count: int = database._writers.waiting()
    return count


def stored(database: Database) -> list[str]:
    """The followers that are in the database, as others see it."""
    with database.reading() as connection:
        return [str(row[0]) for row in _ALL.all(connection)]


class Crowd:
    """Threads, each of which does its part; the first one begins when all others wait behind it, in their order."""

    def __init__(
        self,
        database: Database,
        *parts: Work,
        alone: tuple[int, ...] = (),
        tell: Callable[[int], object] = lambda _: None,
    ) -> None:
        """``alone``: who shares with nobody; ``tell``: called, with his number, for each who was told yes."""
        self._database = database
        self._parts = parts
        self._alone = alone
        self._tell = tell
        self._begun, self._go = threading.Event(), threading.Event()
        #: What each was told: ``None`` for yes, or the error; absent as long as it has no answer.
        self.told: dict[int, BaseException | None] = {}

    def run(self) -> list[BaseException | None]:
        """Run all to their end; what each was told."""
        threads = [threading.Thread(target=self._write, args=(number,)) for number in range(len(self._parts))]
        for number, thread in enumerate(threads):
            thread.daemon = True
            thread.start()
            self._wait_for(number)
        self._go.set()
        for thread in threads:
            thread.join(20)
        assert not any(thread.is_alive() for thread in threads), "somebody hangs"
        return [self.told[number] for number in range(len(threads))]

    def _wait_for(self, behind: int) -> None:
        """Wait until the first has begun, and ``behind`` others wait, or have their answer already."""
        for _ in range(20_000):
            if 0 in self.told or (self._begun.is_set() and waiting(self._database) + len(self.told) >= behind):
                return
            # Some tests do this hundreds of times: not as leisurely as ``wait_until``.
            time.sleep(0.0005)
        raise AssertionError("the next one does not stand in line")

    def _write(self, number: int) -> None:
        try:
            with self._database.writing(alone=number in self._alone) as connection:
                if number == 0:
                    self._begun.set()
                    self._go.wait(10)
                self._parts[number](connection)
        except BaseException as error:
            self.told[number] = error
        else:
            self.told[number] = None
            self._tell(number)
