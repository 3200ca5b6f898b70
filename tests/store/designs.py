"""Designs of a log on PostgreSQL, to be put under the same test: those that lose or reorder events, and ours.

The losing ones are found in libraries that are in use. Each takes its stream's row lock before anything else, so that
versions are dense and follow each other; what differs is where an event's place in the whole comes from, and what a
follower asks for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from tests.store.writing import NOW, saying
from tests.torture.checker import Place, Stored
from tracker.db.database import Database
from tracker.store import followers, log, sequencer
from tracker.store.log_events import LogEvent

_TABLES = """
    CREATE TABLE stream (id text PRIMARY KEY, version bigint NOT NULL);
    CREATE TABLE counter (value bigint NOT NULL);
    INSERT INTO counter VALUES (0);
    CREATE SEQUENCE place;
    CREATE TABLE event (
        xid xid8 NOT NULL, position bigint NOT NULL, stream_id text NOT NULL, version bigint NOT NULL,
        event_id text NOT NULL, PRIMARY KEY (stream_id, version)
    );
"""
_VERSION = (
    "INSERT INTO stream VALUES (%(stream_id)s, 1) "
    "ON CONFLICT (id) DO UPDATE SET version = stream.version + 1 RETURNING version"
)
_INSERT = "INSERT INTO event VALUES (pg_current_xact_id(), %(position)s, %(stream_id)s, %(version)s, %(event_id)s)"

FROM_SEQUENCE = "SELECT nextval('place')"
FROM_COUNTER = "UPDATE counter SET value = value + 1 RETURNING value"

ALL_AFTER = "position > %(position)s"
FINISHED = "xid < pg_snapshot_xmin(pg_current_snapshot())"


@dataclass
class Losing:
    """A design that doesn't work."""

    #: How an event gets its position, at its INSERT.
    position: str
    #: Which events the follower asks for, knowing the last one that it took; and in which order.
    wanted: str
    sorted_by: str = "position"
    #: A statement at the end of each transaction.
    at_the_end: str | None = None
    taken: list[Place] = field(default_factory=list)
    _last: dict[str, int] = field(default_factory=lambda: {"xid": 0, "position": 0})

    def prepare(self, database: Database) -> None:
        """Make its tables in an empty database."""
        with database.writing() as connection:
            connection.exec_driver_sql(_TABLES)

    def append(self, connection: Connection, stream_id: str, event_ids: Sequence[str]) -> int:
        versions = [self._append(connection, stream_id, event_id) for event_id in event_ids]
        return versions[0]

    def before_commit(self, connection: Connection) -> None:
        if self.at_the_end:
            connection.exec_driver_sql(self.at_the_end)

    def poll(self, database: Database) -> None:
        asked = f"SELECT xid::text::bigint, position, stream_id, version FROM event WHERE {self.wanted}"
        with database.reading() as connection:
            rows = connection.exec_driver_sql(f"{asked} ORDER BY {self.sorted_by}", self._last).all()
        for xid, *place in rows:
            self.taken.append(Place(*place))
            self._last = {"xid": xid, "position": self.taken[-1].position}

    def stored(self, database: Database) -> list[Stored]:
        with database.reading() as connection:
            rows = connection.exec_driver_sql("SELECT stream_id, version, event_id FROM event")
            return [Stored(*row) for row in rows]

    def order(self, database: Database) -> list[Place]:
        with database.reading() as connection:
            rows = connection.exec_driver_sql("SELECT position, stream_id, version FROM event ORDER BY position")
            return [Place(*row) for row in rows]

    def _append(self, connection: Connection, stream_id: str, event_id: str) -> int:
        named = {"stream_id": stream_id, "event_id": event_id}
        version = int(connection.exec_driver_sql(_VERSION, named).scalar_one())
        position = connection.exec_driver_sql(self.position).scalar_one()
        connection.exec_driver_sql(_INSERT, {**named, "version": version, "position": position})
        return version


@dataclass
class Ours:
    """The log of the tracker, its sequencer and its followers."""

    name: str = "the follower"
    taken: list[Place] = field(default_factory=list)

    def append(self, connection: Connection, stream_id: str, event_ids: Sequence[str]) -> int:
        events = [saying("More.", event_id=event_id) for event_id in event_ids]
        return log.append(connection, stream_id, "story", events, expected="any", now=NOW).first

    def before_commit(self, connection: Connection) -> None:
        """Nothing is left to do."""

    def poll(self, database: Database) -> None:
        sequencer.tick(database)
        while followers.advance(database, self, limit=3):
            pass

    def apply(self, connection: Connection, events: Sequence[LogEvent]) -> None:
        self.taken += [Place(event.position, event.stream_id, event.version) for event in events]

    def stored(self, database: Database) -> list[Stored]:
        with database.reading() as connection:
            rows = connection.exec_driver_sql("SELECT stream_id, version, event_id, recorded_at FROM event")
            return [Stored(*row) for row in rows]

    def order(self, database: Database) -> list[Place]:
        with database.reading() as connection:
            rows = connection.exec_driver_sql("SELECT position, stream_id, version FROM event_order")
            return [Place(*row) for row in rows]
