"""The house, in one process: a fresh database, the server, the worker and a subscriber, on a clock of 2020."""

from __future__ import annotations

import dataclasses
import ipaddress
import os
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from tracker import create_app
from tracker.access import tokens
from tracker.access.permissions import Role
from tracker.clock import StoryClock
from tracker.config import Settings, load
from tracker.db import migrating
from tracker.db.database import Database
from tracker.demo.founding_story import AGGREGATOR, NBC, POST, WIRE, acts
from tracker.demo.receiver import Receiver
from tracker.demo.telling import Client
from tracker.errors import Misconfigured
from tracker.handling import Handler
from tracker.web.sessions import code_for
from tracker.worker import Worker

_ACTOR = "demonstration"
_OUTLETS = (WIRE, NBC, POST, AGGREGATOR)


@dataclass(frozen=True)
class House:
    """A tracker that is running."""

    app: Flask
    database: Database
    clock: StoryClock
    worker: Worker
    client: Client
    receiver: Receiver
    #: The tokens of the editor, of each outlet's reporter and of the subscriber.
    tokens: Mapping[str, str]
    editor_id: str

    def sign_in_address(self) -> str:
        """Signs in as the editor, once."""
        with self.app.app_context():
            return f"{self.client.base_url}/sign-in?code={code_for(self.editor_id)}"


@contextmanager
def running(folder: Path, port: int = 0) -> Iterator[House]:
    """A tracker with a fresh ``tracker.db`` in ``folder``, at ``port`` or any free one, until it is left.

    Raises ``Misconfigured`` where there is a database already: nothing is written over.
    """
    settings = _settings(_fresh(folder))
    database = Database(settings)
    migrating.upgrade_database(database)
    clock = StoryClock(acts()[0].recorded_at)
    worker = Worker(database, clock, settings)
    app = create_app(settings, database=database, clock=clock, on_append=worker.wake)
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
    client = Client(f"http://127.0.0.1:{server.server_port}")
    written, editor_id = _tokens(database, clock, settings)
    with Receiver() as receiver, _in_threads(server, worker):
        yield House(app, database, clock, worker, client, receiver, written, editor_id)
    database.close()


def _fresh(folder: Path) -> Path:
    path = folder / "tracker.db"
    if path.exists():
        raise Misconfigured(f"{path} is there already, and the demonstration writes over nothing. Name another --data.")
    folder.mkdir(parents=True, exist_ok=True)
    return path


def _settings(path: Path) -> Settings:
    fresh = {"TRACKER_DATABASE_URL": f"sqlite:///{path.resolve()}", "TRACKER_SECRET_KEY": secrets.token_urlsafe(32)}
    return dataclasses.replace(
        load({**os.environ, **fresh}),
        cookie_secure=False,
        webhook_allowed_networks=(ipaddress.ip_network("127.0.0.0/8"),),
    )


def _tokens(database: Database, clock: StoryClock, settings: Settings) -> tuple[dict[str, str], str]:
    outlets = {name: Handler(database, clock, settings).outlets_named([name], _ACTOR) for name in _OUTLETS}
    with database.writing() as connection:
        editor, editors = tokens.create(connection, clock, name="The editor", role=Role.EDITOR)
        written = {"editor": editors}
        for name, limit in outlets.items():
            _, written[name] = tokens.create(
                connection, clock, name=f"A reporter of {name}", role=Role.REPORTER, outlets=limit
            )
        _, written["subscriber"] = tokens.create(connection, clock, name="A subscriber", role=Role.SUBSCRIBER)
    return written, editor.id


@contextmanager
def _in_threads(server: BaseWSGIServer, worker: Worker) -> Iterator[None]:
    stop = threading.Event()
    threads = (
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}),
        threading.Thread(target=worker.run, args=(stop,)),
    )
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        worker.wake()
        server.shutdown()
        for thread in threads:
            thread.join()
        server.server_close()


class _Quiet(WSGIRequestHandler):
    """Says nothing of each request: the demonstration tells what happens."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing."""
