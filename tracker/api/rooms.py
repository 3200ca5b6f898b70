"""What a request needs of the rest of the house, and the one connection that it reads on.

A request that reads takes one connection from the pool and keeps it until it ends, for its token and its answer
alike. A request that writes never holds two: what it looked its token up with becomes the one that it writes with, or
goes back to the pool first (``handle``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from flask import Flask, current_app, g
from sqlalchemy import Connection

from tracker.clock import Clock
from tracker.config import Settings
from tracker.db.database import Database, meant_by
from tracker.handling import Asked, Entered, Handler, Outcome, Register
from tracker.store import requests
from tracker.stories.commands import Command
from tracker.stories.outlets import OutletCommand
from tracker.stories.parties import PartyCommand


@dataclass(frozen=True, slots=True)
class Rooms:
    """What ``create_app`` joined."""

    settings: Settings
    database: Database
    clock: Clock
    handler: Handler
    register: Register


def rooms() -> Rooms:
    """Those of the application at hand."""
    return cast(Rooms, current_app.extensions["tracker"])


def connection() -> Connection:
    """The request's connection for reading."""
    if "reading" not in g:
        stack = ExitStack()
        g.reading = (stack, stack.enter_context(rooms().database.reading()))
    return cast(Connection, g.reading[1])


def translated(error: Exception) -> Exception:
    """``error``, or what it means where it is the database's: a view ends before its connection does."""
    return meant_by(rooms().database.kind, error)


def let_go(_error: BaseException | None = None) -> None:
    """Give the request's connection back to the pool, if it has one."""
    found = g.pop("reading", None)
    if found is not None:
        found[0].close()


def handle(command: Command, asked: Asked) -> Outcome:
    """Carry out ``command``; see ``tracker.handling``."""
    if not rooms().handler.is_free(command):
        let_go()
    with _for_writing() as held:
        return rooms().handler.handle(command, asked, held)


def enter(command: OutletCommand | PartyCommand, asked: Asked) -> Entered:
    """Carry out ``command`` about an outlet or a party; see ``tracker.handling``."""
    with _for_writing() as held:
        return rooms().register.handle(command, asked, held)


def once(work: Callable[[Connection], dict[str, Any]], asked: Asked) -> Mapping[str, Any]:
    """Do ``work`` in one transaction and return its reference; with an Idempotency-Key, do it once.

    For what is written beside the log: endpoints.
    """
    lifetime = timedelta(hours=rooms().settings.idempotency_hours)
    with _for_writing() as held, rooms().database.writing(held) as connection:
        earlier = requests.claim(connection, asked.key, rooms().clock.now(), lifetime) if asked.key else None
        if earlier is not None:
            return earlier
        reference = work(connection)
        if asked.key:
            requests.settle(connection, asked.key, reference)
        return reference


@contextmanager
def _for_writing() -> Iterator[Connection | None]:
    """The request's connection, where it may be written with."""
    if not rooms().database.writes_at_once:
        let_go()
    try:
        yield g.reading[1] if "reading" in g else None
    finally:
        let_go()


def init_app(app: Flask) -> None:
    """Give connections back when a request ends, however it does."""
    app.teardown_request(let_go)
