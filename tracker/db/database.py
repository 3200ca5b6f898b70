"""Opens a database and hands out connections: for reading, or for writing in one transaction.

    with database.reading() as connection: …     each statement sees what is committed
    with database.writing() as connection: …     one transaction; committed at the end, rolled back on any exception
    with database.snapshot() as connection: …    all statements see one moment

An acknowledged ``writing()`` is durable. What the driver says is translated here, once: trouble that may pass is
``Busy`` or ``Unavailable``; anything else is a fault of the program and goes through as it is.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from types import ModuleType

from sqlalchemy import Connection, make_url
from sqlalchemy import exc as sql_errors

from tracker.config import Settings
from tracker.errors import Busy, TrackerError, Unavailable

_log = logging.getLogger(__name__)


def room(name: str) -> ModuleType:
    """The module for the database of that name, ``sqlite`` or ``postgresql``; its driver is loaded only then."""
    if name == "sqlite":
        from tracker.db import sqlite

        return sqlite
    from tracker.db import postgresql

    return postgresql


class Database:
    """One database, by ``settings.database_url``. Safe to share between threads; not to be carried over a fork."""

    def __init__(self, settings: Settings) -> None:
        #: "sqlite" or "postgresql".
        self.kind = make_url(settings.database_url).get_backend_name()
        self._room = room(self.kind)
        self.engine = self._room.open_engine(settings)
        # Whoever opens what is sealed has a connection and no settings (``store.keys``).
        self.engine.update_execution_options(tracker_master_keys=settings.content_master_keys)
        self._writers = self._room.Writers(self.engine, settings)
        self._endings: list[Callable[[], None]] = []

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection whose statements each see what is committed. Events don't change, so pages fit together."""
        with translated(self.kind), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection for reading on which every statement sees what was committed before the first one."""
        with translated(self.kind), self.engine.connect() as connection:
            connection = connection.execution_options(tracker_begin=self._room.SNAPSHOT)
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self, reading: Connection | None = None, *, alone: bool = False) -> Iterator[Connection]:
        """A connection in one transaction: committed at the end, rolled back on any exception.

        On SQLite it may be shared with other threads, each of which is committed or rolled back by itself nevertheless
        (``tracker.db.groups``); ``alone``: not with this one, which is long, or does what no savepoint takes back.
        ``reading``: a connection for reading that becomes the one for writing, which spares a look into the pool. It
        remains the caller's to close, and good for nothing else. Only where ``writes_at_once``.
        """
        with translated(self.kind), self._writers.transaction(reading, alone=alone) as connection:
            yield connection

    @contextmanager
    def at_once(self, reading: Connection | None = None) -> Iterator[Connection]:
        """A connection for one statement that writes, which is a transaction of its own; on SQLite as ``writing``.

        It is committed when the statement returns, and acknowledged when this ends. ``reading`` as in ``writing``.
        """
        with translated(self.kind), self._writers.at_once(reading) as connection:
            yield connection

    @property
    def writes_by_turns(self) -> bool:
        """Whether the writers of this process take turns in the database itself, whatever they write to."""
        return self.kind == "sqlite"

    @property
    def writes_at_once(self) -> bool:
        """Whether ``writing`` would begin now; if not, whoever waits for it holds no connection meanwhile."""
        return bool(self._writers.is_free())

    def news(self, channel: str, stop: Event) -> Iterator[None]:
        """Yields at once, and whenever something may have come, until ``stop``; for a thread of its own.

        On PostgreSQL when ``channel`` was notified; on SQLite, within some milliseconds, when anybody has committed.
        Raises ``Unavailable`` when the database goes away.
        """
        with translated(self.kind):
            yield from self._room.news(self.engine, channel, stop)

    def empty_journal(self) -> bool:
        """Leave nothing in the journal of what was destroyed; ``False`` where somebody is reading: try again later.

        PostgreSQL's journal is out of reach: it goes when its server recycles it.
        """
        with translated(self.kind):
            return bool(self._room.empty_journal(self.engine))

    def before_closing(self, end: Callable[[], None]) -> None:
        """Call ``end`` when the database is closed: for whoever uses it in a thread of his own."""
        self._endings.append(end)

    def close(self) -> None:
        """Close the pooled connections, once nobody uses them in the background any more."""
        for end in self._endings:
            end()
        self._writers.close()
        self.engine.dispose()


def begun(connection: Connection) -> bool:
    """Whether ``connection`` is in a transaction of the database: it is not while it only reads."""
    return bool(room(connection.dialect.name).begun(connection))


@contextmanager
def translated(kind: str) -> Iterator[None]:
    """Within it, what the driver of database ``kind`` raises becomes ``Busy`` or ``Unavailable`` where it is that."""
    try:
        yield
    except Exception as error:
        meant = meant_by(kind, error)
        if meant is error:
            raise
        raise meant from error


def refused_a_row(kind: str, error: Exception) -> bool:
    """Whether ``error``, translated or not, comes from a row that a key or another rule of its table refused."""
    cause = error.__cause__ or error
    return isinstance(getattr(cause, "orig", None) or cause, room(kind).REFUSED_ROW)


def meant_by(kind: str, error: Exception) -> Exception:
    """``error`` as ``translated`` would have it, caused by it; itself where it needs no translation.

    For whoever catches what was raised while a connection is still in use: only its end translates.
    """
    trouble: TrackerError | None = None
    if isinstance(error, sql_errors.TimeoutError):
        trouble = Busy("All connections to the database are in use; try again in a moment.")
    elif not isinstance(error, TrackerError):
        trouble = room(kind).translate(getattr(error, "orig", None) or error)
    if trouble is None:
        return error
    if isinstance(trouble, Unavailable):
        _log.error("the database failed: %s", error)
    trouble.__cause__ = error
    return trouble
