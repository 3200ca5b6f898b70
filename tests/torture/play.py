"""Starts the players of one history, kills some of them at random, and collects what happened.

What is random is drawn from one seed; how the processes meet is not, so that a seed repeats a history's plan and not
its course.
"""

from __future__ import annotations

import multiprocessing
import random
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection

from tests.rooms import settings_for
from tests.torture import notes
from tests.torture.checker import Attempt, History, Outcome, Place, Stored, faults
from tests.torture.players import Role, Scribe, play
from tests.waiting import wait_until
from tracker.db.database import Database
from tracker.store import followers, sequencer

#: The followers: the first has two processes that race for it, "late" begins when all is over.
FOLLOWERS = ["first", "first", "second"]
NAMES = ["first", "second", "late"]
WRITERS, TICKERS = 4, 2
_PATIENCE = 60


class Checked(NamedTuple):
    """What is wrong, in words, and how many events are stored."""

    faults: list[str]
    events: int


class Play:
    """One history on one database."""

    def __init__(self, url: str, folder: Path, seed: int, *, name: str = "", dumped_at: float = float("inf")) -> None:
        """``name`` tells its players from those of another one in that folder. ``dumped_at``: the database is a copy,
        and what was acknowledged after that moment may be missing."""
        self._name = name
        self._url, self._folder, self._dumped_at = url, folder, dumped_at
        self._draw = random.Random(seed)
        self._processes: dict[Role, ForkServerProcess] = {}
        self._numbers = count(1)
        self._broken: list[str] = []
        #: How many processes were killed.
        self.killed = 0

    def prepare(self) -> None:
        """Make the table in which followers write down what they take."""
        with self._opened() as database, database.writing() as connection:
            number = "bigserial" if database.kind == "postgresql" else "integer PRIMARY KEY"
            columns = "follower text, position bigint, stream_id text, version bigint"
            connection.exec_driver_sql(f"CREATE TABLE taken (number {number}, {columns})")

    def __enter__(self) -> Play:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill_all()

    def start(self) -> None:
        """Start all players."""
        (self._folder / "stop").unlink(missing_ok=True)
        for _ in range(WRITERS):
            self._start("writer")
        for follower in FOLLOWERS:
            self._start("follower", follower)
        if self._url.startswith("postgresql"):
            for _ in range(TICKERS):
                self._start("ticker")

    def go_on(self, seconds: float) -> None:
        """Let them play for so long, killing one every now and then."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            threading.Event().wait(min(left, self._draw.uniform(0.1, 0.6)))
            self.kill(self._draw.choice(list(self._processes)))

    def kill(self, role: Role) -> None:
        """kill -9, and another one in its place."""
        self._processes[role].kill()
        self._processes.pop(role).join()
        self.killed += 1
        self._start(role.kind, role.follower)

    def kill_all(self) -> None:
        """kill -9 for everybody at once, as when the power fails."""
        for process in self._processes.values():
            process.kill()
        for process in self._processes.values():
            process.join()
        self.killed += len(self._processes)
        self._processes.clear()

    def stop(self) -> None:
        """Let everybody end what they are doing."""
        (self._folder / "stop").touch()
        deadline = time.monotonic() + _PATIENCE
        for role, process in self._processes.items():
            process.join(max(0.0, deadline - time.monotonic()))
            if process.exitcode != 0:
                self._broken.append(f"{role.name} was to stop in good order and ended with {process.exitcode}")
                process.kill()
                process.join()
        self._processes.clear()

    def check(self) -> Checked:
        """Everything that is wrong; first whatever is new in the log gets to all followers."""
        with self._opened() as database:
            try:
                self._drain(database)
            except Exception:
                # It is a fault like the others, and what it left shows more of it.
                self._broken.append(traceback.format_exc())
            with database.reading() as connection:
                history = self.history(connection)
                parked = connection.exec_driver_sql("SELECT follower, stream_id, error FROM parked")
                self._broken += [f"follower {name} parked stream {stream}: {error}" for name, stream, error in parked]
        broken = notes.read(self._folder).broken
        return Checked([*self._broken, *broken, *map(str, faults(history))], len(history.stored))

    def history(self, connection: Connection) -> History:
        """What happened, as it is noted and stored."""
        stored = connection.exec_driver_sql("SELECT stream_id, version, event_id, recorded_at FROM event")
        order = connection.exec_driver_sql("SELECT position, stream_id, version FROM event_order")
        history = History(
            attempts=[self._if_kept(attempt) for attempt in notes.read(self._folder).attempts],
            stored=[Stored(*row) for row in stored],
            order=[Place(*row) for row in order],
            taken={name: [] for name in NAMES},
        )
        taken = "SELECT follower, position, stream_id, version FROM taken ORDER BY number"
        for name, *place in connection.exec_driver_sql(taken):
            history.taken[name].append(Place(*place))
        return history

    def _start(self, kind: str, follower: str = "") -> None:
        number = next(self._numbers)
        seed = self._draw.getrandbits(32)
        role = Role(kind, f"{self._name}{kind}{number}", self._url, self._folder, seed, follower)
        process = _context().Process(target=play, args=(role,), daemon=True)
        process.start()
        self._processes[role] = process

    def _if_kept(self, attempt: Attempt) -> Attempt:
        acknowledged = attempt.outcome is Outcome.ACKNOWLEDGED
        if acknowledged and attempt.ended is not None and attempt.ended > self._dumped_at:
            return Attempt(Outcome.UNKNOWN, attempt.parts, attempt.began, attempt.ended)
        return attempt

    def _drain(self, database: Database) -> None:
        wait_until(lambda: sequencer.tick(database) == 0, _PATIENCE, "the ticks to come to an end")
        for scribe in map(Scribe, NAMES):
            while followers.advance(database, scribe):
                pass

    @contextmanager
    def _opened(self) -> Iterator[Database]:
        database = Database(settings_for(self._url))
        yield database
        database.close()


def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    # It imports once what all players need; each of them is then a fork of it.
    context.set_forkserver_preload(["tests.torture.players"])
    return context
