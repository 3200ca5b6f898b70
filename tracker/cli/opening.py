"""What every command that works on the database begins with."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager

import click

from tracker.config import Settings, load
from tracker.db import migrating
from tracker.db.database import Database

#: ``--database-url``, for commands that take it.
database_option = click.option(
    "--database-url", metavar="URL", help="The database, instead of the one in the settings (TRACKER_DATABASE_URL)."
)


def settings_with(database_url: str | None) -> Settings:
    """The settings, for ``database_url`` if one is given."""
    settings = load()
    return dataclasses.replace(settings, database_url=database_url) if database_url else settings


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    """The database, up to date. Raises ``NotMigrated`` with the command to run."""
    database = Database(settings)
    try:
        migrating.require_newest(database)
        yield database
    finally:
        database.close()
