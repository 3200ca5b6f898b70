"""The sequencer: gives positions to what was committed, on PostgreSQL.

A number taken at INSERT is seen at COMMIT, and the two have different orders: whoever reads "everything after the last
number that I saw" loses events. So appends take no position at all, and wait for nobody but their own stream. A *tick*
gives positions to the events that it sees and that the tick before did not see:

    seen now and not then  =  committed now, and  xid ≥ kept.xmax  or  xid ∈ kept.xip

``kept`` is the snapshot that the last tick kept (``pg_current_snapshot``); what it saw is numbered already. What a tick
finds is sorted by ``event.seq``, which keeps each stream's order: an append holds its stream's row, and owns its xid,
before it takes its ``seq`` (identity with CACHE 1). So no transaction, however long it stays open, holds up the others:
its own events come with the tick after its COMMIT.

The rules that this rests on, each held by a test:
- A tick is a transaction of its own, READ COMMITTED, which has written nothing before: it would not see its own events
  as others do. One statement takes the lease, the next one numbers, so that its snapshot is younger than the lease.
- The lease is the row of ``sequencer``, FOR UPDATE SKIP LOCKED. Who doesn't get it does nothing.
- ``event_order`` has each position and each event once, whatever happens.
- Transaction ids belong to a cluster. In another cluster than the one of the last tick (a dump was restored there), all
  that has no position gets one, and a new ``epoch`` begins, in which alone the new ids are compared. Another cluster is
  known by its identifier, and a physical copy, which has the same, by ids that have not come as far as in ``kept``.

Anybody may tick, and nobody must: a worker does between its looks, a process that appends does soon afterwards. Each
tick that numbered something notifies ``CHANNEL`` once. What it does badly: an event has its position only some
milliseconds after its COMMIT; an answer to a write can't name it.
"""

from __future__ import annotations

from sqlalchemy import Connection

from tracker.db.database import Database
from tracker.db.prepared import Prepared, Row

#: Notified once by each tick that gave positions; the payload is the last one.
CHANNEL = "tracker_log"

_SYSTEM = "(SELECT system_identifier FROM pg_control_system())"
#: Whether ``kept`` is of this cluster: transaction ids never run back in one, also not by a crash or a failover.
_GOES_ON = (
    f"(kept.system_identifier = {_SYSTEM} AND "
    "pg_snapshot_xmax(CAST(kept.snapshot AS pg_snapshot)) <= pg_snapshot_xmax(pg_current_snapshot()))"
)
_EPOCH = "(SELECT epoch FROM log)"


def _fresh(snapshot: str) -> str:
    """What ``snapshot``, an expression, did not see. Each half is a range of one index."""
    taken = f"CAST({snapshot} AS pg_snapshot)"
    xmax = f"CAST(CAST(pg_snapshot_xmax({taken}) AS text) AS bigint)"
    xip = f"ARRAY(SELECT CAST(CAST(xip AS text) AS bigint) FROM pg_snapshot_xip({taken}) AS xip)"
    found = f"SELECT seq, stream_id, version FROM event WHERE epoch = {_EPOCH} AND xid"
    return f"{found} >= {xmax} UNION ALL {found} = ANY({xip})"


def _numbering(found: str) -> Prepared:
    """Gives positions to the events ``found``, a query, and keeps the snapshot in which it found them."""
    return Prepared(
        postgresql=f"""
        WITH seen AS MATERIALIZED (SELECT CAST(pg_current_snapshot() AS text) AS snapshot),
        numbered AS (
            INSERT INTO event_order (position, stream_id, version)
            SELECT :position + row_number() OVER (ORDER BY seq), stream_id, version FROM ({found}) AS found
            RETURNING position
        ),
        moved AS (
            UPDATE sequencer SET snapshot = seen.snapshot, system_identifier = {_SYSTEM},
            position = coalesce((SELECT max(position) FROM numbered), :position)
            FROM seen WHERE id = 1 RETURNING sequencer.position
        )
        SELECT position, CASE WHEN position > :position THEN pg_notify('{CHANNEL}', CAST(position AS text)) END
        FROM moved
        """
    )


_is_due = Prepared(
    postgresql=f"SELECT NOT {_GOES_ON} OR EXISTS ({_fresh('kept.snapshot')}) FROM sequencer AS kept WHERE id = 1"
)
# Who holds the lease takes the time that it takes: given up half-way, a large number of events would never be numbered.
_lease = Prepared(
    postgresql=f"SELECT position, snapshot, {_GOES_ON}, set_config('statement_timeout', '0', true) "
    "FROM sequencer AS kept WHERE id = 1 FOR UPDATE SKIP LOCKED"
)
_goes_on = Prepared(postgresql=f"SELECT {_GOES_ON} FROM sequencer AS kept WHERE id = 1")
_number_fresh = _numbering(_fresh(":kept"))
_number_missing = _numbering(
    "SELECT e.seq, e.stream_id, e.version FROM event e LEFT JOIN event_order o "
    "ON o.stream_id = e.stream_id AND o.version = e.version WHERE o.position IS NULL"
)
_lock_out = Prepared(postgresql="LOCK TABLE event IN SHARE ROW EXCLUSIVE MODE")
_begin_epoch = Prepared(postgresql="UPDATE log SET epoch = epoch + 1")


def tick(database: Database) -> int:
    """Give positions to what was committed since the last tick; returns how many events got one.

    0 where nothing is new, where another tick is under way, and on SQLite, where each event has its position at once.
    """
    if not is_due(database):
        return 0
    with database.writing() as connection:
        lease = _lease.first(connection)
        return _numbered(connection, lease) if lease else 0


def is_due(database: Database) -> bool:
    """Whether something was committed that has no position yet."""
    if database.kind != "postgresql":
        return False
    with database.reading() as connection:
        row = _is_due.first(connection)
    return bool(row and row[0])


def let_nobody_append(connection: Connection) -> None:
    """On PostgreSQL: wait for whoever has appended and not committed, and lock out others to the transaction's end."""
    _lock_out.run(connection)


def _numbered(connection: Connection, lease: Row) -> int:
    position, kept, goes_on, _ = lease
    # The lease may be of a tick that ended after its statement had begun, which then looks like one of another cluster.
    if goes_on or _goes_on.first(connection) == (True,):
        row = _number_fresh.first(connection, position=position, kept=kept)
    else:
        # Who appends after this sees the new epoch.
        let_nobody_append(connection)
        _begin_epoch.run(connection)
        row = _number_missing.first(connection, position=position)
    assert row is not None
    return int(row[0]) - int(position)
