"""The peer's view of how many reports each outlet has: a table of its own beside the library's tracking records.

``count`` writes both in one transaction, which is how the library makes a projection exact; ``clear`` forgets what was
counted of an application, so that it is counted anew.
"""

from __future__ import annotations

from typing import Any

from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.sqlite import SQLiteTrackingRecorder
from psycopg.sql import SQL

_CREATE = "CREATE TABLE IF NOT EXISTS benchmark_count (outlet_id TEXT PRIMARY KEY, reports BIGINT NOT NULL)"
_COUNT = (
    "INSERT INTO benchmark_count (outlet_id, reports) VALUES ({}, 1) "
    "ON CONFLICT (outlet_id) DO UPDATE SET reports = benchmark_count.reports + 1"
)
_COUNTED = "SELECT coalesce(sum(reports), 0) AS counted FROM benchmark_count"


class CountsInSQLite(SQLiteTrackingRecorder):
    """How many reports each outlet has."""

    def construct_create_table_statements(self) -> list[str]:
        return [*super().construct_create_table_statements(), _CREATE]

    def count(self, outlet_id: str, tracking: Tracking) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute(_COUNT.format("?"), (outlet_id,))
            self._insert_tracking(cursor, tracking)

    def counted(self) -> int:
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(_COUNTED)
            return int(cursor.fetchone()["counted"])

    def clear(self, of: str) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute("DELETE FROM benchmark_count")
            cursor.execute("DELETE FROM tracking WHERE application_name = ?", (of,))


class CountsInPostgres(PostgresTrackingRecorder):
    """How many reports each outlet has."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.sql_create_statements.append(SQL(_CREATE).format())

    def count(self, outlet_id: str, tracking: Tracking) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute(_COUNT.format("%s"), (outlet_id,), prepare=True)
            self._insert_tracking(cursor, tracking)

    def counted(self) -> int:
        with self.datastore.transaction() as cursor:
            row = cursor.execute(_COUNTED).fetchone()
            assert row is not None
            return int(row["counted"])

    def clear(self, of: str) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute("DELETE FROM benchmark_count")
            cursor.execute(
                SQL("DELETE FROM {} WHERE application_name = %s").format(SQL(self.tracking_table_name)),
                (of,),
            )


#: By the name of the engine.
VIEWS: dict[str, Any] = {"sqlite": CountsInSQLite, "postgresql": CountsInPostgres}
