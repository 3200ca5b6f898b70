"""Copies of a SQLite database: one file each, made while others write.

The copy is of the moment that the source's connection holds, so that a writer neither waits nor makes it begin again.
It is checked page by page. What it does badly: as long as it lasts the write-ahead log grows. The same functions stand
in ``postgresql_copies``.
"""

from __future__ import annotations

import dataclasses
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Connection, make_url

from tracker.config import Settings
from tracker.db.copies import Advance
from tracker.db.new_file import new_file, require_absent
from tracker.errors import Damaged, Refusal, Unavailable

UNIT = "pages"

#: Pages of 4 KiB that are copied at once.
_PAGES = 256
_CHUNK = 1024 * 1024
_BEGINS = b"SQLite format 3\0"
#: What SQLite and ``line`` put beside a database.
_BESIDE = ("-wal", "-shm", "-turn")


def write(
    connection: Connection,
    settings: Settings,
    to: Path,
    *,
    programs: Path | None,
    expect: Callable[[int], None],
    advance: Advance,
) -> None:
    """See ``copies.write``."""
    done = 0

    def show(_status: int, remaining: int, total: int) -> None:
        nonlocal done
        expect(total)
        advance(total - remaining - done)
        done = total - remaining

    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    with closing(sqlite3.connect(to)) as target:
        driver.backup(target, pages=_PAGES, progress=show)
        # One file, which can be read where nothing may be written beside it.
        target.execute("PRAGMA journal_mode=DELETE")
    _require_sound(to)


@contextmanager
def placed(settings: Settings, file: Path, *, programs: Path | None, advance: Advance) -> Iterator[Settings]:
    """See ``copies.placed``."""
    name = make_url(settings.database_url).database
    if not name or name == ":memory:":
        raise Refusal("A backup is restored into a file; database_url names none.")
    target = Path(name)
    for each in (target, *(Path(f"{name}{ending}") for ending in _BESIDE)):
        require_absent(each)
    with new_file(target) as part:
        _copy(file, part, advance)
        _require_sound(part)
        url = make_url(settings.database_url).set(database=str(part))
        try:
            yield dataclasses.replace(settings, database_url=url.render_as_string(hide_password=False))
        finally:
            left = [Path(f"{part}{ending}") for ending in _BESIDE]
            unwritten = left[0].exists() and left[0].stat().st_size
            for each in left:
                each.unlink(missing_ok=True)
        if unwritten:
            raise Unavailable("What was restored could not be written into one file; nothing was restored.")


def _copy(file: Path, part: Path, advance: Advance) -> None:
    try:
        with file.open("rb") as source, part.open("wb") as target:
            begins = source.read(_CHUNK)
            if not begins.startswith(_BEGINS):
                raise Damaged(f"{file} is no backup of a SQLite database.")
            while begins:
                target.write(begins)
                advance(len(begins) // 4096)
                begins = source.read(_CHUNK)
    except OSError as error:
        raise Unavailable(f"{file} can't be copied: {error.strerror or error}.") from error


def _require_sound(path: Path) -> None:
    """Raises ``Damaged`` unless SQLite finds every page and index of the file in order."""
    with closing(sqlite3.connect(path)) as connection:
        try:
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        except sqlite3.DatabaseError as error:
            found = str(error)
    if found != "ok":
        raise Damaged(f"The copy is damaged ({found}); nothing was kept of it. Does {os.fspath(path.parent)} fail?")
