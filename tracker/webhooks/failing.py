"""Endpoints that don't take what they are sent, so that it waits: for operators."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from tracker.clock import from_microseconds
from tracker.db.prepared import Prepared

#: So many are told.
MOST = 20

_failing = Prepared(
    "SELECT d.endpoint_id, count(*), max(d.attempts), min(d.created_at), "
    "(SELECT last.last_outcome FROM delivery last WHERE last.endpoint_id = d.endpoint_id AND last.state = 'due' "
    "AND last.attempts > 0 ORDER BY last.position LIMIT 1) "
    "FROM delivery d JOIN endpoint e ON e.id = d.endpoint_id AND e.deleted_at IS NULL "
    "WHERE d.state = 'due' AND d.attempts > 0 GROUP BY d.endpoint_id ORDER BY min(d.created_at) LIMIT :most"
)


class Failing(NamedTuple):
    """An endpoint that failed to take the oldest message of some stories, which wait for it."""

    endpoint_id: str
    #: How many of its stories wait.
    stories: int
    #: The most attempts that one message has had.
    attempts: int
    #: Since when the oldest of them is to be delivered.
    since: datetime
    #: How an attempt ended, in a sentence.
    outcome: str


def failing(connection: Connection) -> list[Failing]:
    """At most ``MOST`` endpoints with messages that have failed and are tried again, the longest failing first."""
    rows = _failing.all(connection, most=MOST)
    return [
        Failing(endpoint_id, int(stories), int(attempts), from_microseconds(since), outcome or "")
        for endpoint_id, stories, attempts, since, outcome in rows
    ]
