"""Verifies the whole log, in bounded memory, while others write to it, and names the first event that is wrong.

``streams``   each stream from its first event to its head: chain, numbers, times, keys, content
``order``     the positions, and the tree over them
``states``    saved states against the fold of the log
``derived``   projections against what the log makes of them now
``findings``  what was found

What it can't find: an event that somebody with the database's password appended as the program does, and a history
that he wrote anew with all its hashes, its tree and its roots. The latter shows against a root kept elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tracker.db.database import Database
from tracker.store import log, sequencer
from tracker.store.verifying import order, states, streams
from tracker.store.verifying.derived import verify_projection
from tracker.store.verifying.findings import Finding, Findings

__all__ = ["Finding", "Findings", "Verified", "verify", "verify_projection"]


class Verified(NamedTuple):
    """What a verification came to."""

    log_id: str
    streams: int
    #: How many events have a position: all that were there when it began.
    events: int
    #: Of the tree over them (RFC 9162), computed anew; worth keeping elsewhere.
    root: bytes
    findings: Findings


def verify(
    database: Database,
    *,
    content: bool = False,
    saved_states: bool = False,
    advance: Callable[[int], None] = lambda count: None,
) -> Verified:
    """Verify all that was in the log when this began.

    ``content``: also that everything sealed opens; ``saved_states``: also that each is the fold of the log.
    ``advance`` is called with the number of events walked over, twice for each event.
    """
    findings = Findings()
    sequencer.tick(database)
    with database.reading() as connection:
        extent = order.extent(connection, findings)
        positions, root = order.verify(connection, findings, extent, advance=advance)
        found, placed = streams.verify(connection, findings, up_to=extent.position, content=content, advance=advance)
        if positions != placed:
            what = f"There are {positions} positions up to {extent.position}, but {placed} events that have one."
            findings.add(Finding("order", what))
        if saved_states:
            states.verify(connection, findings)
        return Verified(log.log_id(connection), found, positions, root, findings)
