"""What every command that works on the database begins with."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager

import click

from tracker.config import PREFIX, Settings, load
from tracker.db import migrating
from tracker.db.database import Database

#: ``--database-url``, for commands that take it.
database_option = click.option(
    "--database-url", metavar="URL", help="The database, instead of the one in the settings (TRACKER_DATABASE_URL)."
)


def settings_with(**given: str | int | None) -> Settings:
    """The settings, with those that were given on the command line; ``None``: not given."""
    over = {PREFIX + name.upper(): str(value) for name, value in given.items() if value is not None}
    return load({**os.environ, **over})


def patient(settings: Settings) -> Settings:
    """The settings of a command that takes long: no statement or silence is too long, some connections side by side."""
    return dataclasses.replace(
        settings, statement_timeout_ms=0, idle_in_transaction_timeout_ms=0, pool_size=max(settings.pool_size, 4)
    )


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    """The database, up to date. Raises ``NotMigrated`` with the command to run."""
    with closing(Database(settings)) as database:
        migrating.require_newest(database)
        yield database
