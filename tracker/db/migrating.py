"""Brings a database up to date, and says whether it is.

The migrations are Alembic's and ship inside the package (``tracker/_migrations``); in a checkout they stand beside
it (``migrations/``). On PostgreSQL each migration is a transaction of its own; on SQLite too, since its DDL is
transactional. A migration that was killed half-way therefore left nothing behind and is simply run again.
"""

from __future__ import annotations

import dataclasses
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from tracker.config import load
from tracker.db.database import Database, room
from tracker.errors import TrackerError


class NotMigrated(TrackerError):
    """The database is empty, or older or newer than this program."""

    name = "not-migrated"


def scripts() -> Path:
    """The folder with the migrations."""
    packaged = Path(__file__).parents[1] / "_migrations"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "migrations"


def newest() -> str:
    """The revision that this program works with."""
    head = ScriptDirectory(str(scripts())).get_current_head()
    if head is None:
        raise NotMigrated(f"There are no migrations in {scripts()}; the installation is incomplete.")
    return head


def revision_of(database: Database) -> str | None:
    """The revision that the database has; ``None`` for an empty one."""
    with database.reading() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade_database(database: Database, to: str = "head") -> None:
    """Migrate up to ``to``; does nothing where it is already so. Waits while another process does the same.

    Raises ``NotMigrated`` where a later version of the program has migrated it.
    """
    with database.writing(alone=True) as connection:
        room(database.kind).begin_migration(connection)
        _require_known(MigrationContext.configure(connection).get_current_revision())
        command.upgrade(_config(connection), to)


def upgrade(url: str) -> None:
    """Migrate the database at ``url`` to the newest revision."""
    with closing(Database(dataclasses.replace(load({}), database_url=url))) as database:
        upgrade_database(database)


def require_newest(database: Database) -> None:
    """Raises ``NotMigrated``, with the command to run, unless the database fits this program."""
    found, wanted = revision_of(database), newest()
    if found == wanted:
        return
    _require_known(found)
    state = "is empty" if found is None else f"is at revision {found}, this program needs {wanted}"
    raise NotMigrated(f"The database {state}. Back it up, then run: tracker migrate")


def _require_known(revision: str | None) -> None:
    known = {script.revision for script in ScriptDirectory(str(scripts())).walk_revisions()}
    if revision is not None and revision not in known:
        raise NotMigrated(
            f"The database is at revision {revision}, which this program is too old to know. "
            "Run the version of the program that migrated it, or a later one."
        )


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(scripts()).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
