"""What is particular to SQLite: how a connection is set up, how a transaction begins, what an error means.

WAL with ``synchronous=FULL`` acknowledges durably; a writing transaction begins IMMEDIATE, since one that reads
first and writes later is refused when another process wrote in between; ``secure_delete`` overwrites what is
deleted. The same functions stand in ``postgresql``.
"""

from __future__ import annotations

import sqlite3
import threading
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Dialect

from tracker.config import Settings
from tracker.errors import Busy, TrackerError, Unavailable

#: Extended result codes that say "come back later": the file is locked by another writer.
_LOCKED = {
    "SQLITE_BUSY",
    "SQLITE_LOCKED",
    "SQLITE_BUSY_SNAPSHOT",
    "SQLITE_BUSY_RECOVERY",
    "SQLITE_BUSY_TIMEOUT",
}

_LOOK_EVERY_MS = 20


def open_engine(settings: Settings) -> Engine:
    """An engine whose connections are durable, patient and in charge of their own transactions."""
    engine = create_engine(
        settings.database_url,
        connect_args={"check_same_thread": False, "isolation_level": None, "cached_statements": 256},
        pool_size=settings.pool_size,
        max_overflow=0,
        pool_timeout=settings.pool_timeout_seconds,
        # An error is logged; what somebody wrote is not.
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def set_up(driver: sqlite3.Connection, _record: Any) -> None:
        driver.execute(f"PRAGMA busy_timeout={settings.sqlite_busy_timeout_ms:d}").close()
        _write_ahead(driver, settings.sqlite_busy_timeout_ms)
        for pragma in (f"synchronous={settings.sqlite_synchronous}", "foreign_keys=ON", "secure_delete=ON"):
            driver.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("tracker_begin", "BEGIN"))

    return engine


def _write_ahead(driver: sqlite3.Connection, patience_ms: int) -> None:
    """Switch to the write-ahead log. A new file is switched once, and for that alone SQLite itself doesn't wait."""
    pause = threading.Event()
    for _ in range(max(1, patience_ms // _LOOK_EVERY_MS)):
        try:
            driver.execute("PRAGMA journal_mode=WAL").close()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname not in _LOCKED:
                raise
            pause.wait(_LOOK_EVERY_MS / 1000)
        else:
            return
    driver.execute("PRAGMA journal_mode=WAL").close()


class Turn:
    """Who writes next in this process. SQLite's own waiting is by lot, and starves some; here it is by turns."""

    def __init__(self, settings: Settings) -> None:
        self._lock = threading.Lock()
        self._patience = settings.sqlite_busy_timeout_ms / 1000

    def __enter__(self) -> None:
        if not self._lock.acquire(timeout=self._patience):
            raise Busy("Other writers hold the database; try again in a moment.")

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def is_free(self) -> bool:
        """Never to be relied on: another process may be writing."""
        return False


def statement_dialect() -> Dialect:
    """The dialect that compiles prepared statements, with named parameters."""
    return SQLiteDialect_pysqlite(paramstyle="named")


def reading_options() -> dict[str, Any]:
    """Each statement reads on its own; events don't change, so pages fit together."""
    return {}


def writing_options() -> dict[str, Any]:
    """Take the write lock at the beginning."""
    return {"tracker_begin": "BEGIN IMMEDIATE"}


def require_whole(connection: Connection) -> None:
    """Raises ``Unavailable`` if the transaction has ended by itself, as it does when the disk is full."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    if not driver.in_transaction:
        raise Unavailable("A part of this could not be written, so nothing was.")


def begin_migration(_connection: Connection) -> None:
    """Nobody else migrates: the transaction began with the write lock."""


def translate(error: BaseException) -> TrackerError | None:
    """What a driver's error means to the program; ``None`` where it is a fault of the program itself."""
    if not isinstance(error, sqlite3.Error):
        return None
    name = getattr(error, "sqlite_errorname", "")
    if name in _LOCKED:
        return Busy("Another writer holds the database; try again in a moment.")
    if name.startswith(
        ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_CORRUPT", "SQLITE_NOTADB")
    ):
        return Unavailable("The database can't be written to at present; the operator's log says why.")
    return None
