"""Leases on endpoints: of all workers on all machines, one sends to an endpoint at a time.

A lease runs for some seconds and is renewed while its holder lives. Each has an epoch, one higher than the last:
whoever was stopped for longer than its lease and wakes up again holds an old epoch, and what it acknowledges changes
nothing. A lease is over when its end has passed, and also when its end lies further ahead than any lease's can: then
a clock has jumped. "Further" is twice the length, for whoever compares read the clock a moment before, or waited for
the database, or has a clock that is a little slow: to him a fresh lease ends later than one that he would take now.
Leases are real time.

What it does badly: machines whose clocks differ by more than a lease take each other's leases early. No message is
lost or reordered by that, but some are sent twice.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from tracker.clock import to_microseconds
from tracker.db.prepared import Prepared


class Lease(NamedTuple):
    """The right to send to one endpoint, and what that needs."""

    endpoint_id: str
    url: str
    secret: str
    epoch: int
    #: Not to be used from this moment on.
    until: datetime


_OVER = "(e.lease_until < :now OR e.lease_until > :longest)"
_due = Prepared(
    "SELECT DISTINCT endpoint_id FROM (SELECT q.endpoint_id FROM delivery_queue q "
    "JOIN endpoint e ON e.id = q.endpoint_id "
    f"WHERE q.due_at <= :now AND e.deleted_at IS NULL AND {_OVER} ORDER BY q.due_at LIMIT :most) AS found"
)
_RENEWED = "SET lease_until = :until, lease_epoch = e.lease_epoch + 1"
_FREE = f"e.deleted_at IS NULL AND {_OVER}"
_SHOWN = "RETURNING e.id, e.url, e.secret, e.lease_epoch"
_claim = Prepared(
    sqlite=f"UPDATE endpoint AS e {_RENEWED} WHERE e.id IN (SELECT value FROM json_each(:ids)) AND {_FREE} "
    "RETURNING id, url, secret, lease_epoch",
    postgresql="WITH locked AS MATERIALIZED (SELECT e.id FROM endpoint e "
    f"WHERE e.id IN (SELECT json_array_elements_text(CAST(:ids AS json))) AND {_FREE} "
    "ORDER BY e.id FOR NO KEY UPDATE SKIP LOCKED) "
    f"UPDATE endpoint AS e {_RENEWED} FROM locked WHERE e.id = locked.id {_SHOWN}",
)
_hold = Prepared(
    sqlite="SELECT id, lease_epoch FROM endpoint WHERE id IN (SELECT value FROM json_each(:ids)) "
    "AND deleted_at IS NULL",
    postgresql="SELECT id, lease_epoch FROM endpoint "
    "WHERE id IN (SELECT json_array_elements_text(CAST(:ids AS json))) AND deleted_at IS NULL "
    "ORDER BY id FOR NO KEY UPDATE",
)
_set_end = Prepared("UPDATE endpoint SET lease_until = :until WHERE id = :id AND lease_epoch = :epoch")


def due(connection: Connection, now: datetime, length: timedelta, most: int) -> list[str]:
    """Ids of at most ``most`` endpoints that have something due and no lease, those that wait longest."""
    return [row[0] for row in _due.all(connection, **_moments(now, length), most=most)]


def claim(connection: Connection, endpoint_ids: Collection[str], now: datetime, length: timedelta) -> list[Lease]:
    """Leases on those of the endpoints that are still free; what another worker is just claiming is passed over."""
    until = now + length
    ids = json.dumps(sorted(endpoint_ids))
    rows = _claim.all(connection, **_moments(now, length), ids=ids, until=to_microseconds(until))
    return sorted(Lease(endpoint_id, url, secret, epoch, until) for endpoint_id, url, secret, epoch in rows)


def held(connection: Connection, leases: Iterable[Lease]) -> set[Lease]:
    """Which of these leases are still their holder's; no other worker gets them until this transaction ends."""
    asked = list(leases)
    ids = json.dumps(sorted({lease.endpoint_id for lease in asked}))
    epochs: dict[str, int] = dict(_hold.all(connection, ids=ids))
    return {lease for lease in asked if epochs.get(lease.endpoint_id) == lease.epoch}


def renew(connection: Connection, leases: Iterable[Lease], now: datetime, length: timedelta) -> list[Lease]:
    """The leases with a later end, without those that have gone to somebody else or whose endpoint was deleted."""
    until = now + length
    kept = sorted(held(connection, leases))
    _set_ends(connection, kept, to_microseconds(until))
    return [lease._replace(until=until) for lease in kept]


def release(connection: Connection, leases: Iterable[Lease]) -> None:
    """Give leases back before their end; one that has gone to somebody else is left alone."""
    _set_ends(connection, sorted(leases), 0)


def _set_ends(connection: Connection, leases: Iterable[Lease], until: int) -> None:
    _set_end.run_many(connection, ({"id": each.endpoint_id, "epoch": each.epoch, "until": until} for each in leases))


def _moments(now: datetime, length: timedelta) -> dict[str, int]:
    return {"now": to_microseconds(now), "longest": to_microseconds(now + 2 * length)}
