"""Whole copies of a database, as the database itself makes and takes them; what each does stands in a file of its own.

    write(connection, settings, path, …)          a copy of what a connection sees that holds one moment
    with placed(settings, file, …) as place: …    a new database made of a copy; ``place`` are its settings

``sqlite_copies`` uses SQLite's online backup, ``postgresql_copies`` the programs pg_dump and pg_restore.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import Connection, make_url

from tracker.config import Settings

#: Called with how much was just done, in ``unit``.
Advance = Callable[[int], None]


def write(
    connection: Connection,
    settings: Settings,
    to: Path,
    *,
    programs: Path | None,
    expect: Callable[[int], None],
    advance: Advance,
) -> None:
    """Write what ``connection``, of ``Database.snapshot``, sees into the empty file ``to``, while others write.

    ``programs``: the folder of the database's own programs, instead of PATH. ``expect`` is called with the size of it,
    where that is known. Raises ``Unavailable``, with the command to run, where a program is missing.
    """
    room = _room(connection.dialect.name)
    room.write(connection, settings, to, programs=programs, expect=expect, advance=advance)


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
