"""``tracker migrate``: bring the database up to date."""

from __future__ import annotations

from contextlib import closing

import click

from tracker.cli.opening import database_option, settings_with
from tracker.config import without_password
from tracker.db import migrating
from tracker.db.database import Database


@click.command()
@database_option
def migrate(database_url: str | None) -> None:
    """Bring the database up to date. Safe to interrupt, and to run again."""
    settings = settings_with(database_url=database_url)
    with closing(Database(settings)) as database:
        before = migrating.revision_of(database)
        migrating.upgrade_database(database)
        after = migrating.revision_of(database)
    name = without_password(settings.database_url)
    click.echo(f"{name} is up to date ({after})." if before == after else f"{name}: {before or 'empty'} → {after}.")
