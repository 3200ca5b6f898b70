"""Deliveries: one event to one endpoint, what is due, what came of it.

What an endpoint has yet to be sent of one story is a *queue*: a row that says when its oldest delivery is tried
next. Only the oldest of a queue is ever tried, so that a story is told in order; when it fails, its queue waits, and
the endpoint's other queues go on. Planning adds to the end of a queue, settling moves its head.

Whoever settles holds the endpoint's lease (``leases``). Locks are taken in one order everywhere: endpoints by id,
then queues by story and endpoint; so planner and workers never wait for each other in a ring.

A delivery says what is to be sent and what came of it, never what is in it: the body is built at sending (``body``).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias, get_args

from sqlalchemy import Connection

from tracker.clock import from_microseconds, to_microseconds
from tracker.db.prepared import Prepared

#: To be sent; answered with 2xx; given up after the last attempt, and kept to be seen; not sent, since it was held back
#: before it was.
State: TypeAlias = Literal["due", "delivered", "exhausted", "withheld"]

#: So many deliveries are counted for a status, and no more.
MOST_COUNTED = 10_000


class Planned(NamedTuple):
    """A delivery that is to be made."""

    endpoint_id: str
    story_id: str
    position: int
    event_id: str
    type: str
    revision: int
    previous_revision: int | None


class Due(NamedTuple):
    """A delivery that may be tried now, if all before it in its queue are done."""

    endpoint_id: str
    story_id: str
    position: int
    event_id: str
    revision: int
    previous_revision: int | None
    attempts: int


class Settled(NamedTuple):
    """What came of an attempt."""

    endpoint_id: str
    story_id: str
    position: int
    #: What the delivery is now.
    state: State
    #: When its queue goes on: the next attempt of this delivery, or at once for the one after it.
    due_at: datetime
    at: datetime
    #: HTTP status, where one came.
    status: int | None
    outcome: str


class Delivery(NamedTuple):
    """One event to one endpoint, as it is shown to the endpoint's owner."""

    position: int
    event_id: str
    type: str
    story_id: str
    revision: int
    previous_revision: int | None
    state: State
    attempts: int
    #: When its queue goes on: never before this moment is it tried. ``None`` where it won't be tried any more.
    due_at: datetime | None
    created_at: datetime
    delivered_at: datetime | None
    last_status: int | None
    last_outcome: str | None


class Backlog(NamedTuple):
    """How much is left to do."""

    #: At most ``MOST_COUNTED`` are counted.
    due: int
    exhausted: int
    #: When the longest waiting queue was, or is, to go on.
    oldest_due: datetime | None


# ---- Planning

_planned = Prepared("SELECT endpoint_id, planned_revision FROM delivery_queue WHERE story_id = :story_id")
_plan = Prepared(
    "INSERT INTO delivery (endpoint_id, position, event_id, type, story_id, revision, previous_revision, state, "
    "created_at) VALUES (:endpoint_id, :position, :event_id, :type, :story_id, :revision, :previous_revision, 'due', "
    ":now)"
)
# A queue that waits goes on waiting.
_lengthen = Prepared(
    "INSERT INTO delivery_queue (story_id, endpoint_id, planned_revision, due_at) "
    "VALUES (:story_id, :endpoint_id, :revision, :now) ON CONFLICT (story_id, endpoint_id) DO UPDATE "
    "SET planned_revision = excluded.planned_revision, due_at = coalesce(delivery_queue.due_at, excluded.due_at)"
)


def planned_revisions(connection: Connection, story_id: str) -> dict[str, int]:
    """The last revision of the story that was planned, by endpoint id."""
    return dict(_planned.all(connection, story_id=story_id))


def plan(connection: Connection, planned: Collection[Planned], now: datetime) -> None:
    """Add deliveries, each at the end of its queue. The same one twice is an error."""
    stamp = to_microseconds(now)
    _plan.run_many(connection, ({**row._asdict(), "now": stamp} for row in planned))
    last = {(row.story_id, row.endpoint_id): row.revision for row in planned}
    _lengthen.run_many(
        connection,
        (
            {"story_id": story_id, "endpoint_id": endpoint_id, "revision": last[story_id, endpoint_id], "now": stamp}
            for story_id, endpoint_id in sorted(last)
        ),
    )


# ---- Sending

_QUEUES = "WHERE endpoint_id = e.endpoint_id AND due_at <= :now ORDER BY due_at LIMIT :queues"
_FIRST = "WHERE endpoint_id = q.endpoint_id AND story_id = q.story_id AND state = 'due' ORDER BY position LIMIT :each"
_DUE = "d.endpoint_id, d.story_id, d.position, d.event_id, d.revision, d.previous_revision, d.attempts"
_next = Prepared(
    sqlite=f"SELECT {_DUE} FROM (SELECT value AS endpoint_id FROM json_each(:ids)) e "
    f"CROSS JOIN delivery_queue q ON q.rowid IN (SELECT rowid FROM delivery_queue {_QUEUES}) "
    f"CROSS JOIN delivery d ON d.rowid IN (SELECT rowid FROM delivery {_FIRST}) ORDER BY d.endpoint_id, d.position",
    postgresql=f"SELECT {_DUE} FROM json_array_elements_text(CAST(:ids AS json)) AS e (endpoint_id) "
    f"CROSS JOIN LATERAL (SELECT endpoint_id, story_id FROM delivery_queue {_QUEUES}) AS q "
    f"CROSS JOIN LATERAL (SELECT * FROM delivery {_FIRST}) AS d ORDER BY d.endpoint_id, d.position",
)
_previous = Prepared(
    "SELECT max(revision) FROM delivery d WHERE endpoint_id = :endpoint_id AND story_id = :story_id "
    "AND position < :position AND state <> 'withheld' AND (state = 'delivered' OR NOT EXISTS (SELECT 1 FROM withheld w "
    "WHERE w.stream_id = d.story_id AND w.version = d.revision AND w.lifted IS NULL))"
)
_settle = Prepared(
    "UPDATE delivery SET state = :state, attempts = attempts + :tried, delivered_at = :delivered_at, "
    "last_status = :status, last_outcome = :outcome WHERE endpoint_id = :endpoint_id AND position = :position"
)
_lock_queue = Prepared(
    sqlite="SELECT 1",
    postgresql="SELECT 1 FROM delivery_queue WHERE story_id = :story_id AND endpoint_id = :endpoint_id "
    "FOR NO KEY UPDATE",
)
_move_queue = Prepared(
    "UPDATE delivery_queue SET due_at = CASE WHEN EXISTS (SELECT 1 FROM delivery d WHERE d.endpoint_id = :endpoint_id "
    "AND d.story_id = :story_id AND d.state = 'due') THEN CAST(:due_at AS BIGINT) END "
    "WHERE story_id = :story_id AND endpoint_id = :endpoint_id"
)


def next_of(
    connection: Connection, endpoint_ids: Collection[str], now: datetime, *, queues: int = 20, each: int = 20
) -> list[Due]:
    """What may be sent to these endpoints now, by endpoint and then in the order of the log.

    Of each endpoint the ``queues`` longest due, of each of those the first ``each``.
    """
    ids = json.dumps(sorted(endpoint_ids))
    rows = _next.all(connection, ids=ids, now=to_microseconds(now), queues=queues, each=each)
    return [Due(*row) for row in rows]


def previous_revision(connection: Connection, due: Due) -> int | None:
    """The revision that the endpoint could be sent before this one; what was held back since it was planned is none."""
    row = _previous.first(connection, endpoint_id=due.endpoint_id, story_id=due.story_id, position=due.position)
    return None if row is None or row[0] is None else int(row[0])


def settle(connection: Connection, settled: Iterable[Settled]) -> None:
    """Write down what came of attempts, in their order, and move their queues. The caller has checked its leases."""
    rows = list(settled)
    _settle.run_many(connection, (_outcome_of(row) for row in rows))
    due = {(row.story_id, row.endpoint_id): to_microseconds(row.due_at) for row in rows}
    queues = [{"story_id": s, "endpoint_id": e, "due_at": due[s, e]} for s, e in sorted(due)]
    # The lock comes in a statement of its own: only the next one sees what a planner added that had it before.
    for queue in queues if connection.dialect.name == "postgresql" else ():
        _lock_queue.run(connection, story_id=queue["story_id"], endpoint_id=queue["endpoint_id"])
    _move_queue.run_many(connection, queues)


def _outcome_of(row: Settled) -> dict[str, object]:
    return {
        "endpoint_id": row.endpoint_id,
        "position": row.position,
        "state": row.state,
        "tried": int(row.state != "withheld"),
        "delivered_at": to_microseconds(row.at) if row.state == "delivered" else None,
        "status": row.status,
        "outcome": row.outcome,
    }


# ---- When something is due

_LIVE = "JOIN endpoint e ON e.id = endpoint_id AND e.deleted_at IS NULL"
_soonest = Prepared(f"SELECT due_at FROM delivery_queue {_LIVE} WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1")
_soonest_after = Prepared(f"SELECT due_at FROM delivery_queue {_LIVE} WHERE due_at > :now ORDER BY due_at LIMIT 1")
_bring_near = Prepared("UPDATE delivery_queue SET due_at = :now WHERE due_at > :longest")


def next_due_after(connection: Connection, now: datetime) -> datetime | None:
    """When the next queue goes on that is not yet due at ``now``."""
    row = _soonest_after.first(connection, now=to_microseconds(now))
    return _moment(row[0]) if row else None


def bring_near(connection: Connection, now: datetime, longest_seconds: float) -> int:
    """Make due whatever is to wait longer than any wait can be: a clock has jumped. Returns how many queues."""
    stamp = to_microseconds(now)
    return _bring_near.run(connection, now=stamp, longest=stamp + int(longest_seconds * 1_000_000))


# ---- Showing

_SHOWN = (
    "d.position, d.event_id, d.type, d.story_id, d.revision, d.previous_revision, d.state, d.attempts, "
    "CASE WHEN d.state = 'due' THEN q.due_at END, d.created_at, d.delivered_at, d.last_status, d.last_outcome"
)
_LISTED = (
    f"SELECT {_SHOWN} FROM delivery d JOIN delivery_queue q ON q.story_id = d.story_id "
    "AND q.endpoint_id = d.endpoint_id WHERE d.endpoint_id = :endpoint_id AND d.position < :before {} "
    # What is withheld from anybody is not listed.
    "AND NOT EXISTS (SELECT 1 FROM withheld w WHERE w.stream_id = d.story_id AND w.version = d.revision "
    "AND w.lifted IS NULL) ORDER BY d.position DESC LIMIT :most"
)
_list = Prepared(_LISTED.format(""))
# The state stands in the statement, since only so the index of that state serves.
_list_in = {state: Prepared(_LISTED.format(f"AND d.state = '{state}'")) for state in get_args(State)}
_COUNTED = f"SELECT count(*) FROM (SELECT 1 FROM delivery {_LIVE} WHERE state = '{{}}' LIMIT {MOST_COUNTED}) counted"
_count = {state: Prepared(_COUNTED.format(state)) for state in ("due", "exhausted")}
_NEWEST = 2**62


def list_of(
    connection: Connection, endpoint_id: str, *, before: int | None = None, state: State | None = None, limit: int
) -> list[Delivery]:
    """At most ``limit`` of an endpoint's deliveries, the newest first, those with positions under ``before``, of events
    that anybody may see now.
    """
    statement = _list if state is None else _list_in[state]
    rows = statement.all(connection, endpoint_id=endpoint_id, before=before or _NEWEST, most=limit)
    return [_delivery(row) for row in rows]


def backlog(connection: Connection) -> Backlog:
    """How much is left to do, over all endpoints."""
    row = _soonest.first(connection)
    due, exhausted = (_count[state].first(connection) for state in ("due", "exhausted"))
    assert due is not None
    assert exhausted is not None
    return Backlog(due[0], exhausted[0], _moment(row[0]) if row else None)


def _delivery(row: tuple[object, ...]) -> Delivery:
    delivery = Delivery(*row)  # type: ignore[arg-type]  # the columns of _SHOWN
    return delivery._replace(
        due_at=_moment(delivery.due_at),
        created_at=from_microseconds(int(str(delivery.created_at))),
        delivered_at=_moment(delivery.delivered_at),
    )


def _moment(stored: object) -> datetime | None:
    return None if stored is None else from_microseconds(int(str(stored)))
