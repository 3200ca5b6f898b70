"""Counts the events that are read from the log, statement by statement: a bound without a clock."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import Connection

from tracker.db.prepared import Prepared, Row
from tracker.store import entries
from tracker.store.log_events import LogEvent

_OF_EVENTS = re.compile(r"\b(FROM|JOIN) event\b")


class EventsRead:
    """How many rows of events were fetched since it was last asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._read = 0
        self._bytes = 0
        fetch_all, fetch_first, newest = Prepared.all, Prepared.first, entries.newest

        def counted_all(statement: Prepared, connection: Connection, **parameters: Any) -> list[Row]:
            rows = fetch_all(statement, connection, **parameters)
            return self._counted(statement, connection, rows)

        def counted_first(statement: Prepared, connection: Connection, **parameters: Any) -> Row | None:
            row = fetch_first(statement, connection, **parameters)
            self._counted(statement, connection, [row] if row else [])
            return row

        def counted_newest(*arguments: Any, **named: Any) -> list[LogEvent]:
            rows = newest(*arguments, **named)
            self._read += len(rows)
            self._bytes += sum(len(row.data) for row in rows)
            return rows

        monkeypatch.setattr(Prepared, "all", counted_all)
        monkeypatch.setattr(Prepared, "first", counted_first)
        monkeypatch.setattr(entries, "newest", counted_newest)

    def taken(self) -> int:
        """The number of rows; counts from 0 again."""
        read, self._read = self._read, 0
        return read

    def bytes_taken(self) -> int:
        """The bytes in them; counts from 0 again."""
        read, self._bytes = self._bytes, 0
        return read

    def _counted(self, statement: Prepared, connection: Connection, rows: list[Row]) -> list[Row]:
        if _OF_EVENTS.search(statement._text(connection)[0]):
            self._read += len(rows)
            self._bytes += sum(len(value) for row in rows for value in row if isinstance(value, bytes))
        return rows
