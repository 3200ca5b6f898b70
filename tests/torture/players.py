"""The processes of a history: they write, tick and follow until they are told to stop, or killed.

Each has a connection pool of its own and takes what its database may say at any moment: that it is away, that others
are at it. Whatever else is raised is noted as broken. None outlives the process that it was started for.
"""

from __future__ import annotations

import logging
import os
import random
import signal
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import parent_process
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection

from tests.rooms import settings_for
from tests.store.writing import NOW
from tests.torture.checker import Outcome
from tests.torture.notes import Notes
from tests.torture.plans import Plan, plans
from tracker.db.database import Database
from tracker.errors import Contended, Refusal, Trouble, Unavailable
from tracker.store import followers, log, sequencer
from tracker.store.log import Appended
from tracker.store.log_events import LogEvent, NewEvent

THREADS = 2
_TAKE = "INSERT INTO taken (follower, position, stream_id, version) VALUES "


@dataclass(frozen=True)
class Role:
    """What a process is to do, and where."""

    #: "writer", "ticker" or "follower".
    kind: str
    #: Unlike every other's, also those before it.
    name: str
    url: str
    #: Where it keeps its notes, and looks for a file named "stop".
    folder: Path
    seed: int
    #: A follower's: whose checkpoint it moves.
    follower: str = ""

    @property
    def stopped(self) -> bool:
        return (self.folder / "stop").exists()


class GaveUp(Exception):
    """A writer's change of mind."""


def play(role: Role) -> None:
    """The whole life of a process."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # Ctrl-C is for the process that started it, and ends it in good order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A database that crashes again and again would fill the terminal.
    logging.disable(logging.CRITICAL)
    database, notes = Database(settings_for(role.url)), Notes(role.folder / f"{role.name}.notes")
    act = {"writer": _write, "ticker": _tick, "follower": _follow}[role.kind]
    with _noting(notes):
        act(role, database, notes)
    database.close()


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)


@contextmanager
def _noting(notes: Notes) -> Iterator[None]:
    """An error that nobody expects becomes a note."""
    try:
        yield
    except Exception:
        notes.broken(traceback.format_exc())


# ---- Writers -------------------------------------------------------------------------------------------------------


def _write(role: Role, database: Database, notes: Notes) -> None:
    names = [f"{role.name}-{number}" for number in range(THREADS)]
    latest: dict[str, Plan] = {}
    threads = [threading.Thread(target=_writer, args=(role, name, latest, database, notes)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _writer(role: Role, name: str, latest: dict[str, Plan], database: Database, notes: Notes) -> None:
    """``latest`` is what each writer of the process is at."""
    with _noting(notes):
        for plan in plans(name, role.seed):
            if role.stopped:
                return
            latest[name] = plan
            others = [at for other, at in list(latest.items()) if other != name]
            if plan.echoes and others:
                _insist(role, f"{plan.parts[0].event_ids[0]} echo", others[0].again(), database, notes)
            _insist(role, plan.parts[0].event_ids[0], plan, database, notes)


def _insist(role: Role, attempt: str, plan: Plan, database: Database, notes: Notes) -> None:
    """Carry out the plan; where nobody knows what became of it, the same events again until somebody does."""
    while _attempted(attempt, plan, database, notes) is Outcome.UNKNOWN and not role.stopped:
        threading.Event().wait(0.05)
        attempt, plan = f"{attempt}+", plan if plan.gives_up else plan.again()


def _attempted(attempt: str, plan: Plan, database: Database, notes: Notes) -> Outcome:
    if plan.taken_back:
        notes.begins(f"{attempt} back", [plan.part_taken_back], refused=True)
    notes.begins(attempt, plan.parts, refused=plan.gives_up)
    outcome, firsts = Outcome.REFUSED, []
    try:
        firsts = _carried_out(plan, database)
        outcome = Outcome.ACKNOWLEDGED
    except Unavailable:
        outcome = Outcome.UNKNOWN
    except (GaveUp, Refusal, Trouble):
        # Told no; ``outcome`` says so.
        pass
    notes.ends(attempt, outcome, firsts)
    return outcome


def _carried_out(plan: Plan, database: Database) -> list[int]:
    """The first version of each part."""
    if plan.alone and database.kind == "postgresql":
        with database.reading() as connection:
            return [_append(connection, plan, *part).first for part in plan.events.items()]
    with database.writing() as connection:
        if plan.early is not None and database.kind == "postgresql":
            connection.exec_driver_sql("SELECT pg_current_xact_id()")
            threading.Event().wait(plan.early)
        if plan.taken_back:
            _take_back(connection, plan)
        firsts = [_append(connection, plan, *part).first for part in plan.events.items()]
        threading.Event().wait(plan.slow)
        if plan.gives_up:
            raise GaveUp
    return firsts


def _take_back(connection: Connection, plan: Plan) -> None:
    savepoint = connection.begin_nested()
    _append(connection, plan, next(iter(plan.events)), plan.taken_back)
    savepoint.rollback()


def _append(connection: Connection, plan: Plan, stream_id: str, events: list[NewEvent]) -> Appended:
    expected = _expected(connection, plan, stream_id)
    done = log.append(connection, stream_id, "story", events, expected=expected, now=NOW + plan.jump)
    in_place = expected == "any" or done.again or done.first == expected + 1
    assert in_place, f"expected {expected} in {stream_id}, was given {done.first}"
    return done


def _expected(connection: Connection, plan: Plan, stream_id: str) -> Literal["any"] | int:
    if plan.knows == "nothing":
        return "any"
    look = log.head if plan.knows == "version" else log.lock
    head = look(connection, stream_id)
    return head.version if head else 0


# ---- Tickers and followers -----------------------------------------------------------------------------------------


class Scribe:
    """A follower that writes down what it takes, in a table that refuses no repetition."""

    def __init__(self, name: str) -> None:
        self.name = name

    def apply(self, connection: Connection, events: Sequence[LogEvent]) -> None:
        for event in events:
            # None of these texts comes from outside.
            row = f"('{self.name}', {event.position}, '{event.stream_id}', {event.version})"
            connection.exec_driver_sql(_TAKE + row)


def _tick(role: Role, database: Database, notes: Notes) -> None:
    _again_and_again(role, lambda draw: sequencer.tick(database))


def _follow(role: Role, database: Database, notes: Notes) -> None:
    scribe = Scribe(role.follower)
    _again_and_again(role, lambda draw: followers.advance(database, scribe, limit=draw.choice([1, 7, 200])))


def _again_and_again(role: Role, act: Callable[[random.Random], Any]) -> None:
    draw, pause = random.Random(role.seed), threading.Event()
    while not role.stopped:
        try:
            act(draw)
        except Contended:
            # Neither a tick nor a follower's page ever meets another one: a lease or a checkpoint keeps them apart.
            raise
        except Trouble:
            # The database is away or busy, and says so; it is asked again.
            pause.wait(0.05)
        pause.wait(draw.uniform(0, 0.01))
