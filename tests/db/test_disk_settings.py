"""What the operator asked of SQLite is read back, and refused where SQLite does something else."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.rooms import settings_for
from tracker.db import sqlite
from tracker.db.database import Database
from tracker.errors import Misconfigured


@pytest.mark.parametrize(("asked", "found"), [("FULL", 2), ("NORMAL", 1)])
def test_it_syncs_as_it_was_told(tmp_path: Path, asked: str, found: int) -> None:
    database = Database(settings_for(f"sqlite:///{tmp_path}/tracker.db", sqlite_synchronous=asked))
    for door in (database.reading, database.writing):
        with door() as connection:
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == found
    database.close()


def test_a_connection_that_syncs_otherwise_is_refused() -> None:
    with closing(sqlite3.connect(":memory:")) as driver:
        driver.execute("PRAGMA synchronous=NORMAL")
        with pytest.raises(Misconfigured, match="sqlite_synchronous is FULL") as refused:
            sqlite._require_synchronous(driver, "FULL")
        assert [fault.pointer for fault in refused.value.faults] == ["sqlite_synchronous"]
        sqlite._require_synchronous(driver, "NORMAL")


def test_a_file_system_without_shared_memory_is_refused(tmp_path: Path) -> None:
    """SQLite's own ``unix-dotfile`` is one: it locks by a file beside the database, as some networks' disks demand."""
    url = f"sqlite:///file:{tmp_path}/tracker.db?vfs=unix-dotfile&uri=true"
    database = Database(settings_for(url))
    with pytest.raises(Misconfigured, match="write-ahead log") as refused, database.reading():
        pass
    assert [fault.pointer for fault in refused.value.faults] == ["database_url"]
    database.close()
