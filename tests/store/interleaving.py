"""Transactions woven into each other step by step, the same for every design of a log, and a follower between them.

A script says who does what, in order: ``A begin, A xid, B begin, B append s1, B commit, poll, A rollback``. Each of
A, B, C … is a thread with a connection of its own. A step is over when it is done or waits for a lock that another
one holds; so a script has the same course every time. ``poll`` lets the follower take what there is.

    begin · xid (take a transaction id, long before it is needed) · append STREAM [HOW MANY]
    savepoint · back (to the savepoint) · commit · rollback
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, suppress
from itertools import count
from typing import Protocol

from sqlalchemy import Connection, NestedTransaction

from tests.torture.checker import Attempt, History, Outcome, Part, Place, Stored
from tests.waiting import wait_until
from tracker.db.database import Database

_PATIENCE = 30
#: Seconds after which it is asked whether a step waits for a lock.
_MOMENT = 0.005


class Design(Protocol):
    """A way to keep events in one order, and to follow it."""

    def append(self, connection: Connection, stream_id: str, event_ids: Sequence[str]) -> int:
        """Append within the caller's transaction; returns the first one's version."""
        ...

    def before_commit(self, connection: Connection) -> None:
        """What the design does at the end of a transaction."""
        ...

    def poll(self, database: Database) -> None:
        """Let the follower take what there is."""
        ...

    @property
    def taken(self) -> list[Place]:
        """What the follower took so far."""
        ...

    def stored(self, database: Database) -> list[Stored]:
        """The events that are stored."""
        ...

    def order(self, database: Database) -> list[Place]:
        """How they are numbered."""
        ...


class GaveUp(Exception):
    """A writer's change of mind."""


class Actor:
    """One writer: a thread that does one step after the other, with one transaction at a time."""

    def __init__(self, name: str, database: Database, design: Design, ids: Iterator[int]) -> None:
        self._name, self._database, self._design, self._ids = name, database, design, ids
        self._thread = ThreadPoolExecutor(1)
        self._stack = ExitStack()
        self._connection: Connection | None = None
        self._savepoint: NestedTransaction | None = None
        self._parts: list[Part] = []
        self._before_savepoint = 0
        #: The steps that are not over.
        self.steps: list[Future[None]] = []
        #: The number of its server process.
        self.pid = 0
        #: What it did, and how it ended.
        self.attempts: list[Attempt] = []

    @property
    def idle(self) -> bool:
        """Whether all that it was told to do is done. Raises what went wrong."""
        while self.steps and self.steps[0].done():
            self.steps.pop(0).result()
        return not self.steps

    def do(self, act: str, *arguments: str) -> None:
        """Do it when everything before is done."""
        self.steps.append(self._thread.submit(self._do, act, *arguments))

    def close(self) -> None:
        """Roll back what is open."""
        if self._connection is not None:
            self.do("rollback")
        self._thread.shutdown()
        assert self.idle

    def _do(self, act: str, *arguments: str) -> None:
        if act == "begin":
            self._connection = self._stack.enter_context(self._database.writing())
            self.pid = int(self._connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
            return
        assert self._connection is not None, f"{self._name} is told to {act} and has not begun"
        match act:
            case "xid":
                self._connection.exec_driver_sql("SELECT pg_current_xact_id()")
            case "append":
                self._append(self._connection, *arguments)
            case "savepoint":
                self._savepoint, self._before_savepoint = self._connection.begin_nested(), len(self._parts)
            case "back":
                self._back()
            case "commit":
                self._design.before_commit(self._connection)
                self._stack.close()
                self._end(Outcome.ACKNOWLEDGED)
            case "rollback":
                with suppress(GaveUp):
                    self._stack.__exit__(GaveUp, GaveUp(), None)
                self._end(Outcome.REFUSED)

    def _append(self, connection: Connection, stream_id: str, how_many: str = "1") -> None:
        event_ids = tuple(f"{self._name}-{next(self._ids)}" for _ in range(int(how_many)))
        first = self._design.append(connection, stream_id, event_ids)
        self._parts.append(Part(stream_id, event_ids, first))

    def _back(self) -> None:
        assert self._savepoint is not None
        self._savepoint.rollback()
        self.attempts.append(Attempt(Outcome.REFUSED, tuple(self._parts[self._before_savepoint :])))
        del self._parts[self._before_savepoint :]

    def _end(self, outcome: Outcome) -> None:
        self.attempts.append(Attempt(outcome, tuple(self._parts)))
        self._connection, self._savepoint, self._parts = None, None, []


class Stage:
    """Where scripts are performed, one after the other, on one database with one design."""

    def __init__(self, database: Database, design: Design) -> None:
        self._database, self._design = database, design
        self._attempts: list[Attempt] = []
        self._ids = count(1)

    def perform(self, script: str) -> None:
        """Go through the script; afterwards nothing is open, and the follower has taken all there is."""
        with ExitStack() as stack:
            cast: dict[str, Actor] = {}
            for step in filter(None, map(str.split, script.split(","))):
                if step == ["poll"]:
                    self._design.poll(self._database)
                    continue
                name, act, *arguments = step
                if name not in cast:
                    cast[name] = Actor(name, self._database, self._design, self._ids)
                    stack.callback(cast[name].close)
                cast[name].do(act, *arguments)
                self._settle(list(cast.values()))
        self._attempts += [attempt for actor in cast.values() for attempt in actor.attempts]
        self._design.poll(self._database)

    def history(self) -> History:
        """What happened so far."""
        return History(
            attempts=self._attempts,
            stored=self._design.stored(self._database),
            order=self._design.order(self._database),
            taken={"the follower": list(self._design.taken)},
        )

    def _settle(self, cast: list[Actor]) -> None:
        wait([step for actor in cast for step in actor.steps], timeout=_MOMENT)
        wait_until(lambda: all(actor.idle or self._waits(actor) for actor in cast), _PATIENCE, "a step to end")

    def _waits(self, actor: Actor) -> bool:
        """Whether another one holds what it needs."""
        with self._database.reading() as connection:
            waits = connection.exec_driver_sql("SELECT cardinality(pg_blocking_pids(%s)) > 0", (actor.pid,))
            return bool(waits.scalar_one())


def random_script(seed: int, *, streams_at_once: int = 1) -> str:
    """Transactions of every sort, four at a time and randomly woven; the same for the same seed."""
    draw = random.Random(seed)
    waiting = [_random_transaction(draw, streams_at_once) for _ in range(14)]
    running: dict[str, list[str]] = {}
    script: list[str] = []
    while waiting or running:
        for name in "ABCD":
            if name not in running and waiting:
                running[name] = waiting.pop()
        name = draw.choice(sorted(running))
        script.append(f"{name} {running[name].pop(0)}")
        if not running[name]:
            del running[name]
        if draw.random() < 0.2:
            script.append("poll")
    return ", ".join(script)


def _random_transaction(draw: random.Random, streams_at_once: int) -> list[str]:
    steps = ["begin", *(["xid"] if draw.random() < 0.4 else [])]
    # Whoever writes to several streams takes them by ascending number.
    for stream in sorted(draw.sample(range(1, 4), draw.randint(1, streams_at_once))):
        append = f"append s{stream} {draw.choice([1, 1, 3])}"
        steps += ["savepoint", append, "back", append] if draw.random() < 0.2 else [append]
    return [*steps, "rollback" if draw.random() < 0.2 else "commit"]
