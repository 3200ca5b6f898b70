"""``tracker serve``: the API and the pages, with the worker beside them on SQLite."""

from __future__ import annotations

import os
import sys

import click

from tracker.cli.logs import begin_logging
from tracker.cli.opening import database_option, settings_with
from tracker.cli.serving import serve_web
from tracker.cli.supervising import supervise
from tracker.config import Settings, as_environ, without_password
from tracker.db import migrating
from tracker.db.database import Database

_TRACKER = (sys.executable, "-m", "tracker")


@click.command()
@click.option("--host", help="Where to listen (TRACKER_HOST).")
@click.option("--port", type=click.IntRange(1, 65535), help="Where to listen (TRACKER_PORT).")
@click.option("--worker/--no-worker", default=None, help="Run a worker beside it; the default on SQLite.")
@click.option("--quiet", is_flag=True, help="Don't say where it serves.")
@database_option
def serve(host: str | None, port: int | None, worker: bool | None, quiet: bool, database_url: str | None) -> None:
    """Serve the API and the pages until SIGTERM or Ctrl-C.

    An empty SQLite database is created and migrated; an older one is refused, with the command to run. On
    PostgreSQL run `tracker worker` as well, on as many machines as you like.
    """
    settings = settings_with(database_url=database_url, host=host, port=port)
    begin_logging(settings)
    kind = _prepare(settings)
    if worker is None:
        worker = kind == "sqlite"
    if not quiet:
        _announce(settings)
    if not worker:
        sys.exit(serve_web(settings))
    os.environ.update(as_environ(settings))
    sys.exit(supervise([(*_TRACKER, "serve", "--no-worker", "--quiet"), (*_TRACKER, "worker")]))


def _announce(settings: Settings) -> None:
    where = f"http://{settings.host}:{settings.port}/"
    click.echo(f"Serving {where} on {without_password(settings.database_url)}", err=True)
    if "TRACKER_SECRET_KEY" not in os.environ:
        click.echo("TRACKER_SECRET_KEY is not set: whoever is signed in is signed out when this ends.", err=True)


def _prepare(settings: Settings) -> str:
    """Migrate an empty SQLite database; raise ``NotMigrated`` for what doesn't fit. Returns the database's kind."""
    database = Database(settings)
    try:
        if database.kind == "sqlite" and migrating.revision_of(database) is None:
            migrating.upgrade_database(database)
        migrating.require_newest(database)
        return database.kind
    finally:
        database.close()
