"""A new SQLite file is switched to the write-ahead log while others hold it: whoever opens it waits."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.rooms import settings_for
from tracker.db import sqlite
from tracker.db.database import Database
from tracker.errors import Busy


@pytest.fixture
def held(tmp_path: Path) -> Path:
    path = tmp_path / "tracker.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE something (id INTEGER)")
    return path


def test_opening_waits_for_whoever_holds_the_file(held: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(sqlite3.connect(held, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")

        class Pause:
            def wait(self, _seconds: float) -> None:
                other.execute("COMMIT")

        monkeypatch.setattr(sqlite.threading, "Event", Pause)
        database = Database(settings_for(f"sqlite:///{held}", sqlite_busy_timeout_ms=40))
        with database.reading() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        database.close()


def test_opening_does_not_wait_for_ever(held: Path) -> None:
    database = Database(settings_for(f"sqlite:///{held}", sqlite_busy_timeout_ms=40))
    with closing(sqlite3.connect(held, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Busy), database.reading():
            pass
    database.close()
