"""One moment of everything, in which each event has its position: what is exported or backed up.

On SQLite a reader sees one moment anyhow. On PostgreSQL an event gets its position a little after its COMMIT, so nobody
appends for the blink in which the sequencer numbers what was committed and the snapshot is taken. What it does badly:
as long as the moment is held, SQLite's write-ahead log can't be emptied, and PostgreSQL keeps dead rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from sqlalchemy import Connection

from tracker.db.database import Database
from tracker.db.prepared import Prepared
from tracker.errors import Busy
from tracker.store import sequencer
from tracker.store.ticking import settle

#: How long to wait, in seconds, for another process that is about to give events their positions.
_PATIENCE = 2.0

_unnumbered = Prepared(
    sqlite="SELECT 0",
    postgresql="SELECT (SELECT count(*) FROM event) - (SELECT count(*) FROM event_order)",
)


@contextmanager
def one_moment(database: Database) -> Iterator[Connection]:
    """A connection whose statements all see one moment. Needs three connections on PostgreSQL to begin.

    Raises ``Busy`` where somebody holds up the others for too long just now.
    """
    # First without the lock, so that there is little left to do under it.
    sequencer.tick(database)
    with ExitStack() as stack:
        with ExitStack() as meanwhile:
            if database.kind == "postgresql":
                sequencer.let_nobody_append(meanwhile.enter_context(database.writing()))
                settle(database, _PATIENCE)
            connection = stack.enter_context(database.snapshot())
            row = _unnumbered.first(connection)
        assert row is not None
        if row[0]:
            raise Busy("Events are without a position, which another process is about to give them; try again.")
        yield connection
