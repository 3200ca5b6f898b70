"""The planner: follows the log and plans for each event a delivery to each endpoint that wants it.

Deliveries and checkpoint are one transaction (``store.followers``), so that each is planned exactly once, however
many workers there are and whenever they die. Each delivery names the revision of its story that the endpoint was told
of before: a receiver whose last one is another has missed something.

An endpoint is told what anybody may see. What is withheld is not planned; the event that lifts the hold carries it, and
is for whoever wants any of that.

What it does badly: it reads every endpoint for each page of the log, and an event that very many want is planned in
one transaction (10,000 endpoints: some tenths of a second), in which on SQLite nobody else writes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from tracker.clock import Clock
from tracker.db.database import Database
from tracker.store import followers, withholding
from tracker.store.log_events import LogEvent
from tracker.store.pace import Pace
from tracker.store.releases import released
from tracker.store.withholding import PUBLIC
from tracker.webhooks import deliveries, endpoints
from tracker.webhooks.deliveries import Planned
from tracker.webhooks.endpoints import Endpoint

#: About so many deliveries are planned in one transaction, so that it doesn't keep other writers waiting.
_MOST_ROWS = 250
_MOST_EVENTS = 200


class Planner:
    """The follower that plans deliveries."""

    name = endpoints.PLANNER

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def apply(self, connection: Connection, events: Sequence[LogEvent]) -> None:
        """Plan what follows from ``events``."""
        sent = [event for event in events if event.type in endpoints.TYPES]
        hidden = withholding.never_shown(connection, {event.stream_id for event in sent}, PUBLIC)
        sent = [event for event in sent if (event.stream_id, event.version) not in hidden]
        everyone = endpoints.every(connection) if sent else []
        if everyone:
            deliveries.plan(connection, _planned(connection, sent, everyone), self._clock.now())


def advance(database: Database, planner: Planner, *, pace: Pace | None = None, clock: Clock | None = None) -> int:
    """Move the planner along by a page that is the shorter the more endpoints there are; returns its length."""
    with database.reading() as connection:
        readers = endpoints.count(connection)
    most = max(1, min(_MOST_EVENTS, _MOST_ROWS // max(1, readers)))
    return followers.advance(database, planner, most, pace=pace, clock=clock)


def advancing(database: Database, planner: Planner, clock: Clock) -> Callable[[], int]:
    """``advance``, with pages that are also the shorter the longer the last one took."""
    pace = Pace(database.kind, most=_MOST_EVENTS, clock=clock)
    return lambda: advance(database, planner, pace=pace, clock=clock)


def _planned(connection: Connection, events: Sequence[LogEvent], everyone: Sequence[Endpoint]) -> list[Planned]:
    told: dict[str, dict[str, int]] = {}
    planned = []
    for event in events:
        if event.stream_id not in told:
            told[event.stream_id] = deliveries.planned_revisions(connection, event.stream_id)
        last, types = told[event.stream_id], _types(connection, event)
        for endpoint in everyone:
            if any(endpoint.wants(each, event.stream_id, event.position) for each in types):
                planned.append(_delivery(event, endpoint.id, last.get(endpoint.id)))
                last[endpoint.id] = event.version
    return planned


def _types(connection: Connection, event: LogEvent) -> list[str]:
    """The types of what is told with the event: its own, and those of the events that it releases."""
    found = released(connection, event, (), PUBLIC)
    return [event.type, *({each.type for each in found.events} if found else ())]


def _delivery(event: LogEvent, endpoint_id: str, previous: int | None) -> Planned:
    return Planned(
        endpoint_id=endpoint_id,
        story_id=event.stream_id,
        position=event.position,
        event_id=event.event_id,
        type=event.type,
        revision=event.version,
        previous_revision=previous,
    )
