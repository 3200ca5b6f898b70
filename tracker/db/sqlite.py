"""What is particular to SQLite: how a connection is set up, how a transaction begins, what an error means.

WAL with ``synchronous=FULL`` acknowledges durably; a writing transaction begins IMMEDIATE, since one that reads
first and writes later is refused when another process wrote in between; ``secure_delete`` overwrites what is
deleted. What was asked for is read back, and refused where SQLite didn't take it. How threads share a transaction
stands in ``groups``. The same names stand in ``postgresql``.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Dialect

from tracker.config import Settings
from tracker.db.groups import Writers as Writers
from tracker.errors import Busy, Fault, Misconfigured, TrackerError, Unavailable

#: Extended result codes that say "come back later": the file is locked by another writer.
_LOCKED = {
    "SQLITE_BUSY",
    "SQLITE_LOCKED",
    "SQLITE_BUSY_SNAPSHOT",
    "SQLITE_BUSY_RECOVERY",
    "SQLITE_BUSY_TIMEOUT",
}

#: What the driver raises where a key or another rule of a table refuses a row.
REFUSED_ROW = sqlite3.IntegrityError

#: Begins a transaction whose statements all read the same.
SNAPSHOT = "BEGIN"

_LOOK_EVERY_MS = 20
#: How long emptying the journal may keep writers waiting.
_LONGEST_EMPTYING_MS = 200

#: What ``PRAGMA synchronous`` answers.
_SYNCHRONOUS = {"FULL": "2", "NORMAL": "1"}


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
        _require_write_ahead(_write_ahead(driver, settings.sqlite_busy_timeout_ms))
        for pragma in (f"synchronous={settings.sqlite_synchronous}", "foreign_keys=ON", "secure_delete=ON"):
            driver.execute(f"PRAGMA {pragma}").close()
        _require_synchronous(driver, settings.sqlite_synchronous)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # Past SQLAlchemy, which takes ten times as long for it as SQLite.
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.execute(connection.get_execution_options().get("tracker_begin", "BEGIN")).close()

    return engine


def _write_ahead(driver: sqlite3.Connection, patience_ms: int) -> str:
    """Switch to the write-ahead log. A new file is switched once, and for that alone SQLite itself doesn't wait.

    Returns the journal mode that the file has now.
    """
    pause = threading.Event()
    for _ in range(max(1, patience_ms // _LOOK_EVERY_MS)):
        try:
            return _asked(driver, "journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname not in _LOCKED:
                raise
            pause.wait(_LOOK_EVERY_MS / 1000)
    return _asked(driver, "journal_mode=WAL")


def _require_write_ahead(mode: str) -> None:
    # In memory, where nothing is durable, there is no journal to choose.
    if mode not in ("wal", "memory"):
        raise Misconfigured(
            f"SQLite can't keep a write-ahead log where database_url points to (its journal mode is {mode}). "
            "Put the file on a disk of this machine, not on a network's, or use PostgreSQL.",
            faults=[Fault("database_url", f"journal mode {mode} instead of wal")],
        )


def _require_synchronous(driver: sqlite3.Connection, wanted: str) -> None:
    found = _asked(driver, "synchronous")
    if found != _SYNCHRONOUS[wanted]:
        raise Misconfigured(
            f"sqlite_synchronous is {wanted}, but SQLite goes on with {found}; nothing was started.",
            faults=[Fault("sqlite_synchronous", f"asked for {_SYNCHRONOUS[wanted]}, found {found}")],
        )


def _asked(driver: sqlite3.Connection, pragma: str) -> str:
    """What SQLite answers to a PRAGMA, as text."""
    return str(driver.execute(f"PRAGMA {pragma}").fetchone()[0])


def begun(connection: Connection) -> bool:
    """Whether a transaction was begun, and is not over."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver.in_transaction


def statement_dialect() -> Dialect:
    """The dialect that compiles prepared statements, with named parameters."""
    return SQLiteDialect_pysqlite(paramstyle="named")


def news(engine: Engine, _channel: str, stop: threading.Event) -> Iterator[None]:
    """Yields at once, and whenever any other connection has committed, until ``stop``. Beside the pool."""
    (path,), _ = engine.dialect.create_connect_args(engine.url)
    with closing(sqlite3.connect(path)) as connection:
        last = None
        while not stop.is_set():
            if (now := _asked(connection, "data_version")) != last:
                yield
            last = now
            stop.wait(_LOOK_EVERY_MS / 1000)


def empty_journal(engine: Engine) -> bool:
    """Carry the write-ahead log over into the file and cut it to nothing; whether nobody stood in the way.

    Writers wait meanwhile, so it waits for readers for a moment only.
    """
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        patience = _asked(driver, "busy_timeout")
        try:
            driver.execute(f"PRAGMA busy_timeout={_LONGEST_EMPTYING_MS}").close()
            return _asked(driver, "wal_checkpoint(TRUNCATE)") == "0"
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname not in _LOCKED:
                raise
            return False
        finally:
            driver.execute(f"PRAGMA busy_timeout={patience}").close()


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
