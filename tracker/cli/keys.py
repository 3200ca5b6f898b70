"""``tracker keys rewrap``: wrap the keys that seal content under the first master key."""

from __future__ import annotations

import click

from tracker.cli.opening import database_option, opened, settings_with
from tracker.cli.progress import Progress, progress_option
from tracker.store import keys as content_keys


@click.group()
def keys() -> None:
    """Wrap the keys that seal content under a master key (TRACKER_CONTENT_MASTER_KEYS)."""


@keys.command()
@progress_option
@database_option
def rewrap(progress: bool | None, database_url: str | None) -> None:
    """Wrap every key under the first master key, also those that none wraps; afterwards the others aren't needed.

    Safe to interrupt, and to run again, while everything else goes on.
    """
    with opened(settings_with(database_url=database_url)) as database:
        with database.reading() as connection:
            total = content_keys.to_rewrap(connection)
        with Progress(total, "keys", shown=progress) as line:
            count = content_keys.rewrap(database, advance=line.advance)
    click.echo(f"{count:,} keys were wrapped anew; all are under the first master key.")
