"""What an event that lifts a hold brings to those who could not see it before, in order.

Nothing is ever told at an older number: what was withheld is told with the event that ends that. However much it is,
only so much is carried with one event; the rest is read where the story's revisions are.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Connection

from tracker.store import log, withholding
from tracker.store.log_events import LogEvent
from tracker.store.withholding import Sight

#: So many events are carried, with so many bytes as they are stored, or one.
MOST_EVENTS = 100
MOST_BYTES = 256 * 1024
_LIFTED = "hold.lifted"


class Released(NamedTuple):
    """What is carried with an event, and whether there is more."""

    events: list[LogEvent]
    more: bool


def released(connection: Connection, event: LogEvent, hidden: Collection[int], sight: Sight) -> Released | None:
    """What ``event`` brings to whoever has that sight; ``None`` where it brings nothing.

    ``hidden`` are the revisions of its story that are hidden from him now, perhaps again.
    """
    if event.type != _LIFTED:
        return None
    versions = withholding.shown_by(connection, event.stream_id, event.version, sight)
    wanted = [version for version in versions if version not in hidden]
    carried: list[LogEvent] = []
    held = 0
    for version in wanted[:MOST_EVENTS]:
        if held >= MOST_BYTES:
            break
        carried += log.read(connection, event.stream_id, after=version - 1, up_to=version)
        held += len(carried[-1].data)
    return Released(carried, len(carried) < len(wanted)) if wanted else None
