"""Whole copies of a database, as the database itself makes and takes them; what each does stands in a file of its own.

    with source(database, read) as copy: …        copy.write(path), as of the moment in which ``read`` read
    with placed(settings, file) as place: …       a new database made of a copy; ``place`` are its settings

``sqlite_copies`` uses SQLite's online backup, ``postgresql_copies`` the programs pg_dump and pg_restore.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from sqlalchemy import Connection, make_url

from tracker.config import Settings
from tracker.db.database import Database

Read = TypeVar("Read")
#: Called with how much was just done, in the copy's ``UNIT``.
Advance = Callable[[int], None]


def write(
    database: Database,
    settings: Settings,
    to: Path,
    read: Callable[[Connection], Read],
    *,
    programs: Path | None,
    expect: Callable[[int], None],
    advance: Advance,
) -> Read:
    """Write a copy into the empty file ``to`` while others write; returns what ``read`` finds in what is copied.

    ``programs``: the folder of the database's own programs, instead of PATH. ``expect`` is called with the size of it,
    where that is known. Raises ``Unavailable``, with the command to run, where a program is missing.
    """
    found: Read = _room(database.kind).write(
        database, settings, to, read, programs=programs, expect=expect, advance=advance
    )
    return found


def placed(
    settings: Settings, file: Path, *, programs: Path | None, advance: Advance
) -> AbstractContextManager[Settings]:
    """Within it the copy in ``file`` is a database at the settings that it gives, at its end the one of ``settings``.

    Raises ``Refusal`` where there is one already.
    """
    kind = make_url(settings.database_url).get_backend_name()
    place: AbstractContextManager[Settings] = _room(kind).placed(settings, file, programs=programs, advance=advance)
    return place


def unit(kind: str) -> str:
    """What is counted while a copy is made."""
    return str(_room(kind).UNIT)


def _room(kind: str) -> Any:
    module: ModuleType
    if kind == "sqlite":
        from tracker.db import sqlite_copies as module
    else:
        from tracker.db import postgresql_copies as module
    return module
