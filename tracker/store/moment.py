"""One moment of everything, in which each event has its position: what is exported or backed up.

On SQLite a reader sees one moment anyhow. On PostgreSQL an event gets its position a little after its COMMIT, so nobody
appends for the blink in which the sequencer numbers what was committed and the snapshot is taken. What it does badly:
as long as the moment is held, SQLite's write-ahead log can't be emptied, and PostgreSQL keeps dead rows.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from sqlalchemy import Connection

from tracker.db.database import Database
from tracker.db.prepared import Prepared
from tracker.errors import Busy
from tracker.store import sequencer

#: How often, and after how many seconds each, it is looked whether everything has its position.
_LOOKS = 400
_LOOK_EVERY = 0.005

# Whoever has appended and not committed is waited for; nobody else appends until this transaction ends.
_let_nobody_append = Prepared(postgresql="LOCK TABLE event IN SHARE ROW EXCLUSIVE MODE")
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
                _let_nobody_append.run(meanwhile.enter_context(database.writing()))
                _number_all(database)
            connection = stack.enter_context(database.snapshot())
            row = _unnumbered.first(connection)
        assert row is not None
        if row[0]:
            raise Busy("Events are without a position, which another process is about to give them; try again.")
        yield connection


def _number_all(database: Database) -> None:
    """Tick until nothing is left; where another process is at it, what it didn't see any more is taken after it."""
    pause = threading.Event()
    for _ in range(_LOOKS):
        if sequencer.tick(database) == 0 and not sequencer.is_due(database):
            return
        pause.wait(_LOOK_EVERY)
