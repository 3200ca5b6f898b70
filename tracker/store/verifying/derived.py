"""Verifies a projection: is what readers read what the log makes of it now?

A generation is built beside the one that is read, both are compared row by row at one position, and it is deleted
again. A difference is no damage of the log: after a change of the program it may be right.
"""

from __future__ import annotations

from collections.abc import Callable

from tracker.db.database import Database
from tracker.store import rebuilding
from tracker.store.generations import Projection
from tracker.store.verifying.findings import Finding, Findings


def verify_projection(
    database: Database, projection: Projection, findings: Findings, *, advance: Callable[[int], None]
) -> None:
    """Add to ``findings`` if the projection is not what the log makes of it; ``advance`` is called with events taken.

    One that is not followed at all is none. Raises ``UnderWay`` while somebody rebuilds it.
    """
    with rebuilding.building(database, projection, anew=True) as new:
        new.catch_up(advance)
        found = new.compare()
        new.discard()
    rebuilding.clear(database, projection)
    if found is not None and not found:
        findings.add(
            Finding(
                "projection",
                f"{projection.name}: {found.differing} rows differ from what the log makes of them, the first is "
                f"{found.first}. Run: tracker rebuild {projection.name}",
                found.position,
            )
        )
