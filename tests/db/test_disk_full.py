"""A disk that is full, or fails, at each place of a group commit: nobody is told yes who is not stored.

What is full is real: SQLite's own limit of pages (SQLITE_FULL while a statement runs), and the operating system's limit
of a file's size (an I/O error when COMMIT writes the log, or when the log is carried over into the database).
"""

from __future__ import annotations

import resource
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection

from tests.db.crowd import Crowd, Work, adds, refuses, stored
from tests.db.crowd import unhurried as unhurried
from tests.db.places import add
from tests.rooms import settings_for
from tracker.db.database import Database
from tracker.errors import Conflict, Unavailable

pytestmark = pytest.mark.usefixtures("unhurried")

#: Rows of a kilobyte: a part of them needs many pages.
_MANY = 200


@pytest.fixture
def path(tmp_path: Path, migrated_sqlite_url: str) -> Path:
    return tmp_path / "tracker.db"


@pytest.fixture
def database(migrated_sqlite_url: str) -> Iterator[Database]:
    opened = Database(settings_for(migrated_sqlite_url))
    yield opened
    opened.close()


def bulky(name: str, rows: int = _MANY) -> list[str]:
    return [f"{name}{number:04}{'.' * 1000}" for number in range(rows)]


def fills(name: str, *, page_by_page: bool) -> Work:
    """A part that asks for more pages than there are, by many statements or by one."""

    def work(connection: Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 5}")
        if page_by_page:
            adds(*bulky(name))(connection)
        rows = ", ".join(f"('{row}', 1)" for row in bulky(name))
        connection.exec_driver_sql(f"INSERT INTO checkpoint (follower, position) VALUES {rows}")

    return work


def names(database: Database) -> set[str]:
    """The first letters of what is stored."""
    return {follower[0] for follower in stored(database)}


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("page_by_page", [True, False], ids=["many statements", "one statement"])
def test_a_disk_that_is_full_within_a_part(database: Database, place: int, page_by_page: bool) -> None:
    parts = [adds("a"), adds("b"), refuses("c"), adds("d")]
    parts[place] = fills("x", page_by_page=page_by_page)
    told = Crowd(database, *parts).run()
    for number, error in enumerate(told[: place + 1]):
        assert isinstance(error, Unavailable), number
        assert error.retry_after > 0
    assert [type(error) for error in told[place + 1 :]] == [
        Conflict if number == 2 else type(None) for number in range(place + 1, 4)
    ]
    assert names(database) == {"abcd"[number] for number in range(place + 1, 4) if number != 2}
    add(database, "e")


def test_a_full_disk_that_the_part_says_nothing_of(database: Database) -> None:
    def hides_it(connection: Connection) -> None:
        with pytest.raises(sqlite3.OperationalError, match="full"):
            fills("x", page_by_page=True)(connection)

    told = Crowd(database, adds("a"), hides_it, adds("b")).run()
    assert [type(error) for error in told] == [Unavailable, Unavailable, type(None)]
    assert names(database) == {"b"}


# ---- COMMIT --------------------------------------------------------------------------------------------------------


@contextmanager
def files_end_at(size: int) -> Iterator[None]:
    """No file of this process grows beyond ``size``; Python ignores the signal, so that writing fails."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def after_a_power_cut(path: Path, folder: Path) -> list[str]:
    """What is stored in a copy of the files as they are, opened anew."""
    folder.mkdir()
    for name in (path.name, f"{path.name}-wal"):
        if (path.parent / name).exists():
            shutil.copyfile(path.parent / name, folder / name)
    with closing(sqlite3.connect(folder / path.name)) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return [row[0] for row in raw.execute("SELECT follower FROM checkpoint")]


def failures(database: Database, told: Sequence[BaseException | None]) -> int:
    """How many were told that it failed; all must have been told the same, and that it is not known."""
    failed = [error for error in told if isinstance(error, Unavailable)]
    assert all("not known" in str(error) for error in failed)
    return len(failed)


def test_a_disk_that_is_full_at_commit_at_any_byte_of_the_log(database: Database, path: Path, tmp_path: Path) -> None:
    """The limit moves on from the log's end, until everything fits."""
    add(database, "before")
    log = path.with_name("tracker.db-wal")
    for number in range(100):
        size = log.stat().st_size
        with database.reading(), files_end_at(size + 1 + number * 1500):
            group = [f"{number}{letter}{'.' * 3000}" for letter in "abc"]
            told = Crowd(database, adds(group[0]), adds(group[1]), refuses("r"), adds(group[2])).run()
        failed = failures(database, told)
        found = set(group) & set(stored(database))
        assert (failed, found) in [(4, set()), (0, set(group))]
        if failed:
            # A log that was written but not acknowledged may come back, whole or not at all.
            again = set(group) & set(after_a_power_cut(path, tmp_path / f"cut{number}"))
            assert again in (set(), set(group))
        add(database, f"resumed{number}")
        if not failed:
            assert number > 5
            return
    pytest.fail("it never fitted")


def test_a_database_that_cannot_grow_is_carried_by_its_log(database: Database, path: Path, tmp_path: Path) -> None:
    """The log is carried over into the database in COMMIT's wake: where that fails, what was acknowledged stays."""

    def carries_over_at_once(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA wal_autocheckpoint=1")
        adds(*bulky("a", 5))(connection)

    size = path.stat().st_size
    with files_end_at(size):
        told = Crowd(database, carries_over_at_once, adds(*bulky("b", 5)), adds(*bulky("c", 5))).run()
        assert told == [None] * 3
        assert names(database) == set("abc")
        assert {name[0] for name in after_a_power_cut(path, tmp_path / "cut")} == set("abc")
    add(database, "d")
    assert path.stat().st_size > size
