"""How far everything that follows the log has come, and what is left to send: for operators and readiness."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from tracker.config import Settings
from tracker.projections.following import all_followers
from tracker.store import followers, order, parking
from tracker.webhooks import deliveries, endpoints


@dataclass(frozen=True, slots=True)
class FollowerStatus:
    """Where one follower stands."""

    name: str
    #: The last position that it has taken.
    position: int
    #: How many events it has yet to take.
    events_behind: int
    #: Recorded time from the oldest of those to the newest event of the log.
    seconds_behind: float
    #: How many streams it could not go on with (``store.parking``).
    parked: int


@dataclass(frozen=True, slots=True)
class Status:
    """Where everything stands."""

    #: The position of the newest event.
    position: int
    followers: tuple[FollowerStatus, ...]
    #: Deliveries that are still to be made; ``deliveries.MOST_COUNTED`` stands for that many or more.
    due: int
    #: When the delivery that waits longest was, or is, to be tried; ``None`` where none is left.
    oldest_due: datetime | None
    #: Deliveries that were given up; counted like ``due``.
    exhausted: int


def status(connection: Connection, settings: Settings) -> Status:
    """Where everything stands now. Costs a few look-ups and two bounded counts."""
    last = order.last_position(connection)
    backlog = deliveries.backlog(connection)
    return Status(
        position=last,
        followers=following(connection, settings),
        due=backlog.due,
        oldest_due=backlog.oldest_due,
        exhausted=backlog.exhausted,
    )


def following(connection: Connection, settings: Settings) -> tuple[FollowerStatus, ...]:
    """Where each follower stands; where no worker has run yet, behind by the whole log. Costs a few look-ups."""
    last, parked = order.last_position(connection), parking.counts(connection)
    return tuple(_follower(connection, name, last, parked.get(name, 0)) for name in _names(settings))


def _names(settings: Settings) -> tuple[str, ...]:
    return endpoints.PLANNER, *(follower.name for follower in all_followers(settings))


def _follower(connection: Connection, name: str, last: int, parked: int) -> FollowerStatus:
    position = followers.position_of(connection, name)
    behind = max(0, last - position)
    seconds = _recorded(connection, last) - _recorded(connection, position + 1) if behind else 0.0
    # Stories have clocks of their own, so that a later event may bear an earlier time.
    return FollowerStatus(name, position, behind, max(0.0, seconds), parked)


def _recorded(connection: Connection, position: int) -> float:
    placed = order.at(connection, position)
    return placed.recorded_at / 1_000_000 if placed else 0.0
