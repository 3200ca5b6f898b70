"""Backups: a copy of the database in a file, and a row that remembers it; and how a copy is taken up again.

The row is written before the copy is made, with no file, so that the copy holds it; when the copy is there, it gets
the file's name and the position up to which the copy goes. A row without a file is a backup that is under way, or that
never came to its end.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection

from tracker.clock import from_microseconds, to_microseconds
from tracker.config import Settings
from tracker.db import copies
from tracker.db.database import Database
from tracker.db.new_file import new_file, require_absent
from tracker.db.prepared import Prepared
from tracker.store import order, sequencer
from tracker.store.moment import one_moment

_begin = Prepared("INSERT INTO backup (made_at, position, file) VALUES (:made_at, 0, '')")
_finish = Prepared("UPDATE backup SET position = :position, file = :file WHERE made_at = :made_at")
_abandon = Prepared("DELETE FROM backup WHERE made_at = :made_at")
_last = Prepared("SELECT made_at, position, file FROM backup WHERE file <> '' ORDER BY made_at DESC LIMIT 1")
_unnamed = Prepared("SELECT max(made_at) FROM backup WHERE file = ''")
_clear_unnamed = Prepared("DELETE FROM backup WHERE file = ''")


class Backup(NamedTuple):
    """A copy that was made."""

    made_at: datetime
    #: The last position that is in it.
    position: int
    file: str


def make(
    database: Database,
    settings: Settings,
    file: Path,
    now: datetime,
    *,
    programs: Path | None = None,
    expect: Callable[[int], None] = lambda count: None,
    advance: Callable[[int], None] = lambda count: None,
) -> Backup:
    """Copy the database into ``file``, which appears when it is whole, while others write. See ``copies.write``."""
    require_absent(file)
    made_at = to_microseconds(now)
    with database.writing() as connection:
        _begin.run(connection, made_at=made_at)
    try:
        with one_moment(database) as connection, new_file(file) as part:
            position = order.last_position(connection)
            copies.write(connection, settings, part, programs=programs, expect=expect, advance=advance)
    except BaseException:
        with database.writing() as connection:
            _abandon.run(connection, made_at=made_at)
        raise
    done = Backup(now, position, str(file.absolute()))
    with database.writing() as connection:
        _finish.run(connection, made_at=made_at, position=position, file=done.file)
    return done


def last(connection: Connection) -> Backup | None:
    """The newest backup that came to its end."""
    row = _last.first(connection)
    return Backup(from_microseconds(row[0]), int(row[1]), str(row[2])) if row else None


def take_up(database: Database, file: Path) -> Backup:
    """Note in a database that was made of the copy in ``file`` which backup it is; returns it."""
    sequencer.tick(database)
    with database.writing() as connection:
        row = _unnamed.first(connection)
        position = order.last_position(connection)
        if row and row[0] is not None:
            _finish.run(connection, made_at=row[0], position=position, file=str(file.absolute()))
            _clear_unnamed.run(connection)
        found = last(connection)
    return Backup(found.made_at if found else from_microseconds(0), position, str(file.absolute()))
