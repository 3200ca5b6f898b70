"""The floor of the log's benchmark: the driver alone, with a table of one number and the report as JSON.

Each append is one INSERT and its COMMIT, each thread by a connection of its own; a batch is ``executemany`` in one
transaction on SQLite, and COPY on PostgreSQL. Nothing is sealed, ordered, checked or expected.
"""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import make_url

from tests.benchmarks.log_reports import Report, report
from tests.benchmarks.log_sides import PAGE

_CREATE = {
    "sqlite": "CREATE TABLE IF NOT EXISTS floor (id INTEGER PRIMARY KEY, body BLOB NOT NULL)",
    "postgresql": "CREATE TABLE IF NOT EXISTS floor (id bigserial PRIMARY KEY, body bytea NOT NULL)",
}


class Floor:
    """What the driver alone does on the database at ``url``."""

    def __init__(self, engine: str, url: str) -> None:
        self._engine = engine
        self._url = make_url(url)
        #: Connections that nobody uses at present.
        self._free: list[Any] = []
        self._mark = "?" if engine == "sqlite" else "%s"
        self._run(_CREATE[engine])

    def open_story(self) -> UUID:
        story = uuid.uuid4()
        self.append(story, report(0))
        return story

    def append(self, story: UUID, report: Report) -> None:
        self._run(f"INSERT INTO floor (body) VALUES ({self._mark})", (_bytes(report),))

    decide = append

    def append_at(self, story: UUID, reports: Sequence[Report], version: int) -> None:
        if len(reports) == 1:
            self.append(story, reports[0])
        elif self._engine == "sqlite":
            with self._taken() as connection:
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany("INSERT INTO floor (body) VALUES (?)", [(_bytes(each),) for each in reports])
                connection.execute("COMMIT")
        else:
            with self._taken() as connection, connection.cursor().copy("COPY floor (body) FROM STDIN") as copy:
                for each in reports:
                    copy.write_row((_bytes(each),))

    def settle(self) -> None:
        """There is nothing to follow."""

    def read_stream(self, story: UUID) -> int:
        return len(self._run("SELECT id, body FROM floor ORDER BY id").fetchall())

    def catch_up(self) -> int:
        count, last = 0, 0
        page = f"SELECT id, body FROM floor WHERE id > {self._mark} ORDER BY id LIMIT {PAGE}"
        while rows := self._run(page, (last,)).fetchall():
            count, last = count + len(rows), rows[-1][0]
        return count

    def close(self) -> None:
        for connection in self._free:
            connection.close()

    def _run(self, statement: str, values: tuple[Any, ...] = ()) -> Any:
        with self._taken() as connection:
            return connection.execute(statement, values)

    @contextmanager
    def _taken(self) -> Iterator[Any]:
        try:
            connection = self._free.pop()
        except IndexError:
            connection = self._connected()
        yield connection
        self._free.append(connection)

    def _connected(self) -> Any:
        if self._engine == "postgresql":
            return psycopg.connect(self._url.set(drivername="postgresql").render_as_string(False), autocommit=True)
        connection = sqlite3.connect(str(self._url.database), isolation_level=None, timeout=60, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")
        return connection


def _bytes(report: Report) -> bytes:
    return json.dumps(report._asdict()).encode()
