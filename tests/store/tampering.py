"""What somebody may do who has the database's password and has taken the guards away: so thoroughly that nothing within
the log shows it.
"""

from __future__ import annotations

import sqlalchemy

from tests.store.writing import read_all
from tracker.db.database import Database
from tracker.store import chain, log
from tracker.store.log_events import LogEvent


def start_again(database: Database) -> None:
    """Let the tree be made anew, as somebody does who has rewritten the log."""
    with database.writing() as connection:
        for statement in ("tree_node", "tree_root", "checkpoint WHERE follower = 'tree'"):
            connection.exec_driver_sql(f"DELETE FROM {statement}")


def rewrite(database: Database, position: int) -> None:
    """Alter who acted in one event, and compute the chain anew from there: nothing in the stream shows it."""
    first = read_all(database)[position - 1]
    with database.writing() as connection:
        *before, _ = log.read(connection, first.stream_id, up_to=first.version)
        previous = before[-1].hash if before else chain.GENESIS
        for event in log.read(connection, first.stream_id, after=first.version - 1):
            altered = event._replace(actor="tok_2") if event.version == first.version else event
            previous = hash_after(previous, altered)
            row = {"actor": altered.actor, "hash": previous, "id": event.stream_id, "version": event.version}
            connection.execute(sqlalchemy.text(_ALTER), row)
        head = {"hash": previous, "id": first.stream_id}
        connection.execute(sqlalchemy.text("UPDATE stream SET head_hash = :hash WHERE id = :id"), head)


_ALTER = "UPDATE event SET actor = :actor, hash = :hash WHERE stream_id = :id AND version = :version"


def hash_after(previous: bytes, event: LogEvent) -> bytes:
    header = chain.Header(*(getattr(event, name) for name in chain.Header._fields))
    return chain.link(previous, event.version, event.recorded_at, header, chain.data_hash(event.data))


def cut(database: Database, keep: int) -> None:
    """Take away all that comes after position ``keep``, in one stream, as if it had never been."""
    with database.writing() as connection:
        if database.kind == "postgresql":
            connection.exec_driver_sql(f"DELETE FROM event_order WHERE position > {keep}")
        connection.exec_driver_sql(f"DELETE FROM event WHERE version > {keep}")
        head = log.read(connection, "sty_1", after=keep - 1, limit=1)[0]
        connection.execute(
            sqlalchemy.text("UPDATE stream SET head_hash = :hash, version = :keep WHERE id = 'sty_1'"),
            {"hash": head.hash, "keep": keep},
        )
        if database.kind == "postgresql":
            connection.exec_driver_sql(f"UPDATE sequencer SET position = {keep}")
        else:
            connection.exec_driver_sql(f"UPDATE sqlite_sequence SET seq = {keep} WHERE name = 'event'")
