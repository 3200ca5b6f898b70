"""What is particular to PostgreSQL: how a connection is set up, how a transaction begins, what an error means.

Every connection carries its own limits: how long a statement, a lock and an idle transaction may take. The same
functions stand in ``sqlite``.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import psycopg
from psycopg import errors
from sqlalchemy import Connection, Engine, create_engine, event, exc
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine import Dialect

from tracker.config import Settings
from tracker.errors import Busy, Contended, TrackerError, Unavailable

_CONTENDED = (errors.DeadlockDetected, errors.SerializationFailure)
#: Two that append the same at once: the one that waited for the stream finds its event, or its key, there.
_APPENDED_TWICE = {"uq_event_stream_id", "uq_event_event_id", "pk_content_key"}
_TOO_SLOW = (errors.LockNotAvailable, errors.QueryCanceled)
_AWAY = (
    psycopg.OperationalError,
    errors.InsufficientResources,
    errors.IdleInTransactionSessionTimeout,
    errors.ReadOnlySqlTransaction,
)

#: Where a pooled connection keeps what the server warned of during its last transaction.
_WARNINGS = "tracker_warnings"
#: When it was last used, and for how long after that it is taken to be still there.
_RESTED_SINCE, _TRUSTED_SECONDS = "tracker_rested_since", 1.0
#: The shortest time that the driver can wait for a connection, in seconds; where it is told none, it waits two minutes.
_SHORTEST_CONNECT = 2
#: The longest that whoever listens doesn't look whether it is to stop, in seconds.
_GLANCE = 0.25

#: What the driver raises where a key or another rule of a table refuses a row.
REFUSED_ROW = psycopg.IntegrityError

#: Begins a transaction whose statements all read the same.
SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


def open_engine(settings: Settings) -> Engine:
    """An engine whose connections are looked at before use and give up in bounded time."""
    limits = {
        "statement_timeout": settings.statement_timeout_ms,
        "lock_timeout": settings.lock_timeout_ms,
        "idle_in_transaction_session_timeout": settings.idle_in_transaction_timeout_ms,
    }
    engine = create_engine(
        settings.database_url,
        # Transactions are begun below, where one is wanted: a statement that only reads needs none, and to change a
        # connection's mode whenever it is taken and given back costs more than such a statement.
        isolation_level="AUTOCOMMIT",
        connect_args={
            "options": " ".join(f"-c {name}={value:d}" for name, value in limits.items()),
            "connect_timeout": max(_SHORTEST_CONNECT, math.ceil(settings.pool_timeout_seconds)),
        },
        pool_size=settings.pool_size,
        max_overflow=0,
        pool_timeout=settings.pool_timeout_seconds,
        # An error is logged; what somebody wrote is not.
        hide_parameters=True,
    )

    event.listen(engine, "connect", _hear_warnings)
    event.listen(engine, "checkin", _note_rest)
    event.listen(engine, "checkout", _require_there)
    event.listen(engine, "begin", _begin)
    return engine


def _hear_warnings(driver: psycopg.Connection, record: Any) -> None:
    warnings = record.info[_WARNINGS] = []

    def hear(notice: errors.Diagnostic) -> None:
        if notice.severity_nonlocalized == "WARNING":
            warnings.append(notice.message_primary)

    driver.add_notice_handler(hear)


def _note_rest(_driver: psycopg.Connection | None, record: Any) -> None:
    record.info[_RESTED_SINCE] = time.monotonic()


def _require_there(driver: psycopg.Connection, record: Any, _proxy: Any) -> None:
    """Look whether a connection that rested is still there; the pool makes another one where it is not."""
    # A look at each checkout would cost a trip to the server, as much as most requests' only statement.
    if time.monotonic() - record.info.get(_RESTED_SINCE, time.monotonic()) > _TRUSTED_SECONDS:
        try:
            driver.execute("")
        except psycopg.Error as error:
            raise exc.DisconnectionError from error


def _begin(connection: Connection) -> None:
    if statement := connection.get_execution_options().get("tracker_begin"):
        connection.exec_driver_sql(statement)


class Writers:
    """Those who write: three in four connections of the pool. A story that all wait for leaves the rest to readers."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine = engine
        self._places = threading.BoundedSemaphore(max(1, settings.pool_size * 3 // 4))
        self._patience = settings.pool_timeout_seconds

    @contextmanager
    def transaction(self, reading: Connection | None = None, *, alone: bool = False) -> Iterator[Connection]:
        """A connection in a transaction of its own; see ``Database.writing``."""
        with self._place(), ExitStack() as stack:
            connection = reading or stack.enter_context(self._engine.connect())
            if connection.in_transaction():
                # What SQLAlchemy began by itself for a statement that read; the database knows nothing of it.
                connection.rollback()
            # Each statement sees what was committed before it, also after it waited for a lock.
            connection = connection.execution_options(tracker_begin="BEGIN ISOLATION LEVEL READ COMMITTED")
            warnings = connection.connection.info[_WARNINGS]
            with connection.begin():
                yield connection
                # An error that somebody swallowed would otherwise end in a COMMIT that commits nothing, and says so
                # to nobody.
                _require_whole(connection)
                warnings.clear()
            _require_acknowledged(warnings)

    @contextmanager
    def at_once(self, reading: Connection | None = None) -> Iterator[Connection]:
        """A connection on which each statement is a transaction of its own; see ``Database.at_once``."""
        with self._place(), ExitStack() as stack:
            connection = reading or stack.enter_context(self._engine.connect())
            warnings = connection.connection.info[_WARNINGS]
            warnings.clear()
            yield connection
            _require_acknowledged(warnings)

    def is_free(self) -> bool:
        """Whether there is a place at this moment."""
        free = self._places.acquire(blocking=False)
        if free:
            self._places.release()
        return free

    def close(self) -> None:
        """Nothing stands beside the database."""

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(timeout=self._patience):
            raise Busy("Too many are writing at once; try again in a moment.")
        try:
            yield
        finally:
            self._places.release()


def begun(connection: Connection) -> bool:
    """Whether a transaction was begun, and is not over."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return driver.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS


def statement_dialect() -> Dialect:
    """The dialect that compiles prepared statements, with named parameters."""
    return PGDialect_psycopg(paramstyle="pyformat")  # type: ignore[no-untyped-call]


def _require_whole(connection: Connection) -> None:
    """Raises ``Unavailable`` if a statement of the transaction failed: COMMIT would roll back and report success."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    if driver.info.transaction_status == psycopg.pq.TransactionStatus.INERROR:
        raise Unavailable("A part of this could not be written, so nothing was.")


def _require_acknowledged(warnings: Collection[str]) -> None:
    """Raises ``Unavailable`` if COMMIT succeeded with a warning: its wait for a synchronous standby was cancelled.

    It is committed here and may be missing there, and whoever was told yes could lose it.
    """
    if warnings:
        raise Unavailable(
            "It is not known whether this is stored where it must be; ask again, with the same Idempotency-Key. "
            f"The database says: {'; '.join(warnings)}."
        )


def news(engine: Engine, channel: str, stop: threading.Event) -> Iterator[None]:
    """Yields at once, and whenever ``channel`` was notified, until ``stop``. On a connection beside the pool."""
    arguments, options = engine.dialect.create_connect_args(engine.url)
    options.update(autocommit=True, connect_timeout=_SHORTEST_CONNECT)
    connection: psycopg.Connection[Any]
    with psycopg.connect(*arguments, **options) as connection:
        connection.execute(f'LISTEN "{channel}"'.encode())
        yield
        while not stop.is_set():
            for _ in connection.notifies(timeout=_GLANCE, stop_after=1):
                yield


def empty_journal(_engine: Engine) -> bool:
    """Nothing can be done: the server keeps its write-ahead log for recovery, and recycles it by itself."""
    return True


def begin_migration(connection: Connection) -> None:
    """Wait for whoever else is migrating; the lock ends with the transaction.

    A migration may take longer than any request; but it waits no longer than one for what requests hold.
    """
    for limit in ("statement_timeout", "idle_in_transaction_session_timeout", "lock_timeout"):
        connection.exec_driver_sql(f"SET LOCAL {limit} = 0")
    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('tracker migrate'))")
    connection.exec_driver_sql("SET LOCAL lock_timeout TO DEFAULT")


def translate(error: BaseException) -> TrackerError | None:
    """What a driver's error means to the program; ``None`` where it is a fault of the program itself."""
    if isinstance(error, _CONTENDED) or _is_appended_twice(error):
        return Contended("Two requests met over the same thing; try again in a moment.")
    if isinstance(error, _TOO_SLOW):
        return Busy("Somebody else is changing the same thing; try again in a moment.")
    if isinstance(error, _AWAY):
        return Unavailable("The database is away at present; the operator's log says why.")
    return None


def _is_appended_twice(error: BaseException) -> bool:
    return isinstance(error, errors.UniqueViolation) and error.diag.constraint_name in _APPENDED_TWICE
