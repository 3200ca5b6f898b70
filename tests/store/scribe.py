"""A follower that writes down what it takes, in a table of the test's own that refuses no repetition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from tracker.db.database import Database
from tracker.store import followers, order
from tracker.store.log_events import LogEvent


class Stumbled(Exception):
    """A follower's own failure."""


@dataclass
class Scribe:
    """Stumbles over the events that it is told to, after it has written them."""

    name: str = "scribe"
    #: The (stream, version) of each.
    stumbles_at: set[tuple[str, int]] = field(default_factory=set)
    parks: bool = True
    #: Called with each page before it is written.
    meanwhile: Callable[[Sequence[LogEvent]], None] = lambda _: None
    #: How long each page was.
    pages: list[int] = field(default_factory=list)

    def apply(self, connection: Connection, events: Sequence[LogEvent]) -> None:
        self.pages.append(len(events))
        self.meanwhile(events)
        for event in events:
            values = f"('{self.name}', {event.position}, '{event.stream_id}', {event.version})"
            connection.exec_driver_sql(f"INSERT INTO taken (follower, position, stream, version) VALUES {values}")
            if (event.stream_id, event.version) in self.stumbles_at:
                raise Stumbled(f"over {event.data!r}")


def make_table(database: Database) -> None:
    with database.writing() as connection:
        serial = "bigserial" if database.kind == "postgresql" else "integer primary key"
        columns = f"number {serial}, follower text, position bigint, stream text, version bigint"
        connection.exec_driver_sql(f"CREATE TABLE taken ({columns})")


def taken(database: Database, name: str = "scribe") -> list[int]:
    """The positions of what was taken, in the order of taking."""
    with database.reading() as connection:
        rows = connection.exec_driver_sql(f"SELECT position FROM taken WHERE follower = '{name}' ORDER BY number")
        return [position for (position,) in rows]


def versions_taken(database: Database, stream_id: str, name: str = "scribe") -> list[int]:
    """The versions of a stream that were taken, in the order of taking."""
    with database.reading() as connection:
        rows = connection.exec_driver_sql(
            f"SELECT version FROM taken WHERE follower = '{name}' AND stream = '{stream_id}' ORDER BY number"
        )
        return [version for (version,) in rows]


def place_and_lag(database: Database, name: str = "scribe") -> tuple[int, int]:
    with database.reading() as connection:
        position = followers.position_of(connection, name)
        return position, order.last_position(connection) - position
