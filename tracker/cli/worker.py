"""``tracker worker``: run what follows the log."""

from __future__ import annotations

import signal
import threading

import click

from tracker.cli.logs import begin_logging
from tracker.cli.opening import database_option, opened, settings_with
from tracker.clock import Clock
from tracker.store import keys
from tracker.worker import Worker


@click.command()
@database_option
def worker(database_url: str | None) -> None:
    """Run what follows the log (lists, saved states, webhooks) until SIGTERM or Ctrl-C.

    Any number of workers may run on one PostgreSQL; none does another's work twice.
    """
    settings = settings_with(database_url=database_url)
    begin_logging(settings)
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    with opened(settings) as database:
        keys.require_masters(database)
        click.echo("The worker is running.", err=True)
        Worker(database, Clock(), settings).run(stop)
    click.echo("The worker has stopped.", err=True)
