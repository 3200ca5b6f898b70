"""A database that dies at the n-th statement, whoever sends it: BEGIN, COMMIT, ROLLBACK and COPY count too.

    steps = Steps(database)
    answer = steps.dying(7, unheard, act)      dies at the seventh statement of ``act``, if it has so many
    steps.came                                 whether it did

It stands between SQLAlchemy and the driver: each connection of the pool is made of a class of its own, so that what
goes through Core, through ``Prepared`` and through the driver itself is seen alike. It dies in one of these ways:

``refused``      the driver raises its error instead of running the statement; SQLite's takes the transaction with it
``unheard``      the statement runs, and the connection breaks before the answer is heard
``interrupted``  the statement runs, and then an exception that no ``except Exception`` catches goes through the program
``killed``       the process is killed (SIGKILL) in the statement's place; ``killed_after``: when it has run
"""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import psycopg
from sqlalchemy import event

from tracker.db.database import Database
from tracker.errors import Unavailable

Run: TypeAlias = Callable[[], Any]
#: What is done in the place of a statement: it gets the driver's connection, and what would run the statement.
How: TypeAlias = Callable[[Any, Run], Any]


class Interrupted(BaseException):
    """What Ctrl-C is, or a thread that is ended: no fault of the database, and caught by nobody by chance."""


def refused(driver: Any, _run: Run) -> Any:
    if isinstance(driver, sqlite3.Connection):
        # As after a full disk or an I/O error: what comes next would be committed by itself.
        sqlite3.Connection.rollback(driver)
    raise _error(driver)


def unheard(driver: Any, run: Run) -> Any:
    _run_and_close(run)
    if isinstance(driver, psycopg.Connection):
        driver.close()
    raise _error(driver)


def interrupted(_driver: Any, run: Run) -> Any:
    _run_and_close(run)
    raise Interrupted


def killed(_driver: Any, _run: Run) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def killed_after(_driver: Any, run: Run) -> Any:
    run()
    os.kill(os.getpid(), signal.SIGKILL)


def _run_and_close(run: Run) -> None:
    """Run it; nobody is to fetch its rows, and a SELECT of SQLite that nobody ends goes on reading."""
    if isinstance(cursor := run(), sqlite3.Cursor):
        cursor.close()


class Steps:
    """Counts the statements of all connections of ``database`` while somebody acts, and dies at one of them."""

    def __init__(self, database: Database) -> None:
        #: The statements that were counted in the last act.
        self.seen: list[str] = []
        #: Whether death came in it.
        self.came = False
        self._at: int | str = 0
        self._how: How = refused
        self._counting = False
        self._lock = threading.Lock()
        # Connections that are open already are none of ours.
        database.engine.dispose()
        event.listen(database.engine, "do_connect", self._connect)

    def dying(self, at: int | str, how: How, act: Run) -> Any:
        """What ``act`` answers; ``None`` if it died of it. Any other error than those of a death goes through.

        ``at``: the number of the statement, or its text.
        """
        with self.counting(at, how):
            try:
                return act()
            except (Unavailable, Interrupted):
                assert self.came, "it died of something else"
                return None

    @contextlib.contextmanager
    def counting(self, at: int | str = 0, how: How = refused) -> Iterator[None]:
        """Count the statements from here to the end, and die at the one of that number or text; 0: at none."""
        with self._lock:
            self.seen, self.came = [], False
            self._at, self._how, self._counting = at, how, True
        try:
            yield
        finally:
            self._counting = False

    def step(self, driver: Any, statement: str, run: Run) -> Any:
        """Run the statement, or die of it."""
        with self._lock:
            if not self._counting:
                mine = False
            else:
                self.seen.append(" ".join(str(statement).split()))
                mine = self._at in (len(self.seen), self.seen[-1]) and not self.came
                self.came = self.came or mine
        return self._how(driver, run) if mine else run()

    def _connect(self, dialect: Any, _record: Any, given: list[Any], named: dict[str, Any]) -> Any:
        if dialect.name == "sqlite":
            named["factory"] = _sqlite(self)
            return None
        return _postgresql(self).connect(*given, **named)


def _sqlite(steps: Steps) -> type[sqlite3.Connection]:
    class Cursor(sqlite3.Cursor):
        def execute(self, sql: str, *given: Any) -> Any:
            return steps.step(self.connection, sql, lambda: super(Cursor, self).execute(sql, *given))

        def executemany(self, sql: str, *given: Any) -> Any:
            return steps.step(self.connection, sql, lambda: super(Cursor, self).executemany(sql, *given))

    class Connection(sqlite3.Connection):
        def cursor(self, factory: Any = Cursor) -> Any:
            return super().cursor(factory)

        def execute(self, *given: Any) -> Any:
            return self.cursor().execute(*given)

        def executemany(self, *given: Any) -> Any:
            return self.cursor().executemany(*given)

        def commit(self) -> None:
            if self.in_transaction:
                steps.step(self, "COMMIT", super().commit)

        def rollback(self) -> None:
            if self.in_transaction:
                steps.step(self, "ROLLBACK", super().rollback)

    return Connection


def _postgresql(steps: Steps) -> Any:
    class Cursor(psycopg.Cursor[Any]):
        def execute(self, query: Any, *given: Any, **named: Any) -> Any:
            return steps.step(self.connection, query, lambda: super(Cursor, self).execute(query, *given, **named))

        def executemany(self, query: Any, *given: Any, **named: Any) -> Any:
            return steps.step(self.connection, query, lambda: super(Cursor, self).executemany(query, *given, **named))

        @contextlib.contextmanager
        def copy(self, statement: Any, *given: Any, **named: Any) -> Iterator[Any]:
            # Its end is the statement's: a COPY that isn't ended has stored nothing.
            with super().copy(statement, *given, **named) as copy:
                yield copy
                steps.step(self.connection, statement, lambda: None)

    class Connection(psycopg.Connection[Any]):
        def commit(self) -> None:
            if self.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                steps.step(self, "COMMIT", super().commit)

        def rollback(self) -> None:
            if self.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                steps.step(self, "ROLLBACK", super().rollback)

    class Connecting:
        @staticmethod
        def connect(*given: Any, **named: Any) -> psycopg.Connection[Any]:
            return Connection.connect(*given, cursor_factory=Cursor, **named)

    return Connecting


def _error(driver: Any) -> Exception:
    if isinstance(driver, psycopg.Connection):
        return psycopg.OperationalError("the connection is lost")
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode, error.sqlite_errorname = sqlite3.SQLITE_IOERR, "SQLITE_IOERR"
    return error
