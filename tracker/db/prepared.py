"""Statements that are compiled once and run on the driver's own connection.

A SQLAlchemy Core statement costs more to pass through the library than a small query costs to answer. ``Prepared``
keeps the definition in Core, compiles it once for each database and hands text and parameters to the pooled driver
connection, inside whatever transaction ``Database`` has begun. Values pass unconverted: statements run this way use
integers, text and bytes only. What it does badly: no ``IN`` with a list, no echo, no result type conversion.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.sql import ClauseElement, text

Row = tuple[Any, ...]


class Prepared:
    """One statement: the same for both databases, or one for each, given by keyword."""

    def __init__(
        self,
        statement: ClauseElement | str | None = None,
        *,
        sqlite: ClauseElement | str | None = None,
        postgresql: ClauseElement | str | None = None,
    ) -> None:
        self._statements = {"sqlite": sqlite if statement is None else statement}
        self._statements["postgresql"] = postgresql if statement is None else statement
        self._compiled: dict[str, tuple[str, Mapping[str, Any]]] = {}

    def all(self, connection: Connection, **parameters: Any) -> list[Row]:
        """Every row."""
        rows: list[Row] = self._cursor(connection, parameters).fetchall()
        return rows

    def first(self, connection: Connection, **parameters: Any) -> Row | None:
        """The first row, or ``None``."""
        row: Row | None = self._cursor(connection, parameters).fetchone()
        return row

    def run(self, connection: Connection, **parameters: Any) -> int:
        """The number of rows that it changed."""
        count: int = self._cursor(connection, parameters).rowcount
        return count

    def run_many(self, connection: Connection, many: Iterable[Mapping[str, Any]]) -> None:
        """Once for each of ``many``; the parameters must be complete."""
        batch = list(many)
        if len(batch) == 1:
            self.run(connection, **batch[0])
        elif batch:
            sql, _ = self._text(connection)
            _driver(connection).cursor().executemany(sql, batch)

    def run_rows(self, connection: Connection, rows: Sequence[Sequence[Any]]) -> None:
        """SQLite: once for each of ``rows``, whose values stand for the statement's question marks."""
        sql, _ = self._text(connection)
        if len(rows) == 1:
            _driver(connection).execute(sql, rows[0])
        elif rows:
            _driver(connection).executemany(sql, rows)

    def in_bulk(self, connection: Connection, types: Collection[str], rows: Iterable[Sequence[Any]]) -> None:
        """PostgreSQL: stream ``rows`` to a COPY … FROM STDIN (FORMAT BINARY); ``types`` are those of its columns.

        Rows are asked for one by one, while the server takes in those before.
        """
        sql, _ = self._text(connection)
        with _driver(connection).cursor().copy(sql) as copy:
            copy.set_types(list(types))
            for row in rows:
                copy.write_row(row)

    def _cursor(self, connection: Connection, parameters: Mapping[str, Any]) -> Any:
        sql, given = self._text(connection)
        # PostgreSQL would answer in text, in which bytes take twice their length and must be decoded.
        binary = {} if connection.dialect.name == "sqlite" else {"binary": True}
        return _driver(connection).execute(sql, {**given, **parameters} if given else parameters, **binary)

    def _text(self, connection: Connection) -> tuple[str, Mapping[str, Any]]:
        name = connection.dialect.name
        if name not in self._compiled:
            self._compiled[name] = self._compile(name)
        return self._compiled[name]

    def _compile(self, name: str) -> tuple[str, Mapping[str, Any]]:
        from tracker.db.database import room

        statement = self._statements[name]
        if statement is None:
            raise LookupError(f"this statement has no form for {name}")
        if isinstance(statement, str):
            statement = text(statement)
        compiled = statement.compile(dialect=room(name).statement_dialect())
        given = {key: value for key, value in (compiled.params or {}).items() if value is not None}
        return str(compiled), given


def _driver(connection: Connection) -> Any:
    return connection.connection.dbapi_connection
