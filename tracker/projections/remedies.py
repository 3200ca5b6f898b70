"""What was corrected, retracted, killed or redacted, over all stories: which events, by their places.

What was wrong and what is right is read from the story when somebody asks, as he may see it. All that stands here is in
the clear in the log: there is nothing to forget.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, Integer, literal_column, or_, select

from tracker.clock import to_microseconds
from tracker.db.prepared import Prepared
from tracker.db.schema import remedy
from tracker.store import generations
from tracker.store.log_events import LogEvent
from tracker.stories.knowledge import RelationKind
from tracker.stories.questions.corrections import Remedy

#: The checkpoint's name.
NAME = "remedies"

_add = Prepared(
    "INSERT INTO remedy (generation, position, story_id, revision, kind, outlet_id, recorded_at) "
    "VALUES (:generation, :position, :story_id, :revision, :kind, :outlet_id, :recorded_at)"
)
_LIVE = literal_column(generations.live_number(NAME), Integer)


class Remedied(NamedTuple):
    """Where it was done."""

    story_id: str
    revision: int
    position: int


class Remedies:
    """Follows the log and keeps the table ``remedy``."""

    name = NAME
    tables = (remedy,)

    def apply(self, connection: Connection, events: Sequence[LogEvent]) -> None:
        """Carry the rows that are read forward."""
        self.write(connection, generations.live(connection, NAME), events)

    def write(self, connection: Connection, generation: int, events: Sequence[LogEvent]) -> None:
        """Add what ``events`` set right or take back, in that generation."""
        found = [(event, kind) for event in events if (kind := _kind_of(event))]
        _add.run_many(connection, [_row(event, kind, generation) for event, kind in found])


def find(
    connection: Connection,
    *,
    outlet_ids: Collection[str] | None = None,
    kind: Remedy | None = None,
    since: datetime | None = None,
    before: int | None = None,
    limit: int,
) -> list[Remedied]:
    """At most ``limit``, the latest first, to which all that is given applies.

    With ``outlet_ids`` also those of which the event doesn't tell the outlet: whoever reads them on knows it.
    """
    wanted = select(remedy.c.story_id, remedy.c.revision, remedy.c.position).where(remedy.c.generation == _LIVE)
    if outlet_ids is not None:
        wanted = wanted.where(or_(remedy.c.outlet_id.in_(sorted(outlet_ids)), remedy.c.outlet_id.is_(None)))
    if kind is not None:
        wanted = wanted.where(remedy.c.kind == kind.value)
    if since is not None:
        wanted = wanted.where(remedy.c.recorded_at >= to_microseconds(since))
    if before is not None:
        wanted = wanted.where(remedy.c.position < before)
    found = connection.execute(wanted.order_by(remedy.c.position.desc()).limit(limit))
    return [Remedied(*row) for row in found]


def _kind_of(event: LogEvent) -> Remedy | None:
    match event.type:
        case "report.corrected":
            return Remedy(event.clear().get("kind", Remedy.CORRECTION.value))
        case "report.killed":
            return Remedy.KILL
        case "content.redacted":
            return Remedy.REDACTION
        case "claims.related" if event.clear()["relation"] == RelationKind.RETRACTS.value:
            return Remedy.RETRACTION
    return None


def _row(event: LogEvent, kind: Remedy, generation: int) -> dict[str, object]:
    return {
        "generation": generation,
        "position": event.position,
        "story_id": event.stream_id,
        "revision": event.version,
        "kind": kind.value,
        "outlet_id": event.on_behalf_of,
        "recorded_at": event.recorded_at,
    }
