"""Databases as earlier versions of the program left them, and migrations that are still to come.

What an earlier version wrote is what this one writes, but for columns and tables that came later: so a history is
written here, and copied into a database of the older revision.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, Table, text

from tracker.db import migrating
from tracker.db.database import Database

#: Of the founding revision, in the order of their copying.
_TABLES = ["log", "stream", "event", "content_key", "event_order", "address", "token", "idempotency", "checkpoint"]
_TABLES += ["story_list", "story_topic", "story_outlet", "outlet_list"]
_FUTURE = '''"""Still to come."""

from alembic import op

revision = "9999"
down_revision = "{newest}"
branch_labels = None
depends_on = None


def upgrade():
    for statement in {statements!r}:
        op.execute(statement)
'''


def revisions() -> list[str]:
    """All, the oldest first."""
    found = [script.revision for script in ScriptDirectory(str(migrating.scripts())).walk_revisions()]
    return found[::-1]


def copy_into(old: Database, young: Database) -> None:
    """Copy the history that ``young`` holds into ``old``, which is migrated to the founding revision only."""
    with young.reading() as source, old.writing(alone=True) as target:
        there, here = MetaData(), MetaData()
        there.reflect(source, views=True)
        here.reflect(target)
        for name in _TABLES:
            if name in here.tables:
                _copy(source, there.tables[name], target, here.tables[name])
        if old.kind == "postgresql":
            last = "(SELECT coalesce(max({0}), {2}) FROM {1})"
            target.execute(text(f"UPDATE turn SET position = {last.format('position', 'event_order', 0)}"))
            sequence = "pg_get_serial_sequence('event', 'seq')"
            target.execute(text(f"SELECT setval({sequence}, {last.format('seq', 'event', 1)})"))


def _copy(source: Connection, there: Table, target: Connection, here: Table) -> None:
    names = [column.name for column in here.columns if column.name in there.columns]
    rows = [dict(row) for row in source.execute(there.select()).mappings()]
    if here.name == "log":
        target.execute(here.delete())
    # A number that PostgreSQL gives always is given here for once.
    always = " OVERRIDING SYSTEM VALUE" if here.name == "event" and target.dialect.name == "postgresql" else ""
    columns, values = ", ".join(names), ", ".join(f":{name}" for name in names)
    for row in sorted(rows, key=lambda row: row.get("seq") or 0):
        given = {name: row[name] for name in names}
        target.execute(text(f"INSERT INTO {here.name} ({columns}){always} VALUES ({values})"), given)


def rows_of(database: Database, *tables: str) -> dict[str, Sequence[Any]]:
    """The rows of tables as they are, whatever columns they have."""
    with database.reading() as connection:
        return {
            name: sorted(map(tuple, connection.exec_driver_sql(f"SELECT * FROM {name}")), key=repr) for name in tables
        }


def scripts_with(folder: Path, *statements: str) -> Path:
    """A folder with all migrations and one more, 9999, that executes ``statements``."""
    shutil.copytree(migrating.scripts(), folder, ignore=shutil.ignore_patterns("__pycache__"))
    future = _FUTURE.format(newest=migrating.newest(), statements=list(statements))
    (folder / "versions" / "9999_to_come.py").write_text(future)
    return folder


def scripts_up_to(folder: Path, revision: str) -> Path:
    """A folder with the migrations that a program of that revision has."""
    shutil.copytree(migrating.scripts(), folder, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (folder / "versions").glob("*.py"):
        if path.name[:4] > revision:
            path.unlink()
    return folder
