"""Databases and logs to be carried from one to the other."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from tests.rooms import everything, settings_for
from tests.store.writing import NOW, append, read_all
from tracker.cli.export import CARRIED_FOLLOWERS
from tracker.db import migrating
from tracker.db.database import Database
from tracker.db.schema import metadata
from tracker.store import followers, transfer
from tracker.store.log_events import LogEvent
from tracker.store.transfer.tables import CARRIED
from tracker.store.tree import Tree

#: From which kind of database to which.
WAYS = [("sqlite", "postgresql"), ("postgresql", "sqlite"), ("sqlite", "sqlite"), ("postgresql", "postgresql")]


def migrated(url: str) -> Database:
    database = Database(settings_for(url))
    migrating.upgrade_database(database)
    return database


def exported(database: Database, folder: Path, name: str = "log", **given: Any) -> tuple[Path, Path]:
    """The two files of an export."""
    path, keys = folder / f"{name}.jsonl", folder / f"{name}.keys"
    transfer.export(database, path, keys, NOW, export_id="exp_1", followers=CARRIED_FOLLOWERS, **given)
    return path, keys


def carried(database: Database) -> dict[str, Any]:
    """Every row that goes along, by table; of the log the events with their positions."""
    rows = {name: found for name, found in everything(database).items() if metadata.tables[name] in CARRIED}
    rows["content_key"] = everything(database)["content_key"]
    rows["event"] = plain(read_all(database))
    for table in ("checkpoint", "parked"):
        rows[table] = [row for row in rows[table] if row[0] in CARRIED_FOLLOWERS]
    return rows


def plain(events: list[LogEvent]) -> list[tuple[Any, ...]]:
    """All that is stored of them."""
    return [event[: LogEvent._fields.index("ring")] for event in events]


def write_at_random(database: Database, seed: int, count: int = 300) -> None:
    """Events of a dozen streams, one or several at once, and the tree over them."""
    drawn = random.Random(seed)
    while (count := count - (several := drawn.randint(1, 5))) > 0:
        append(database, f"sty_{drawn.randrange(12)}", *(f"{count} ü \x1f “{number}”" for number in range(several)))
    while followers.advance(database, Tree()):
        pass
