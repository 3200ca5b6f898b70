"""Endpoints: where somebody wants to be told, and of what.

An endpoint belongs to the token that made it; to everybody else it does not exist. It is told of what happens after
it was made, and lasts no longer than its token: a worker deletes those of revoked and expired tokens within a minute.
Its secret is shown once, to its maker, and goes when the endpoint is deleted; the rows of its deliveries are cleared
away an hour later by a worker, a few hundred at a time (``clear_deleted``), since deleting a million rows at once
would hold up every other writer.

What it does badly: secrets are stored as they are, for they must be read to sign; whoever can read the database can
sign in their names.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from tracker.clock import Clock, from_microseconds, to_microseconds
from tracker.db.prepared import Prepared
from tracker.errors import Fault, Invalid, NotFound
from tracker.ids import looks_like_id, new_id
from tracker.store import followers, order, seeing
from tracker.store.withholding import PUBLIC
from tracker.stories.stored import all_types
from tracker.webhooks import signing
from tracker.webhooks.addresses import AddressRules

#: The follower that plans deliveries (``planning``); an endpoint begins where this one stands or later.
PLANNER = "webhooks"

#: What is not sent: outlets and parties are named in the events of stories; what the desk asks itself, and that it
#: holds something back, is the newsroom's own.
_NOT_SENT = ("outlet.", "party.", "act.", "hold.placed")
#: What may be subscribed to.
TYPES: tuple[str, ...] = tuple(name for name in all_types() if not name.startswith(_NOT_SENT))

_CLEARED_AFTER = timedelta(hours=1)

#: An endpoint may be limited to this many stories.
MOST_STORIES = 200


class Endpoint(NamedTuple):
    """Where to send what. Without its secret."""

    id: str
    #: The id of the token that made it.
    owner: str
    url: str
    #: The types of events and ids of stories that it is limited to; ``None``: all.
    types: tuple[str, ...] | None
    stories: tuple[str, ...] | None
    created_at: datetime
    #: Only events after this position are sent.
    after: int

    def wants(self, event_type: str, story_id: str, position: int) -> bool:
        """Whether the event of this type and place is for this endpoint."""
        return (
            position > self.after
            and (self.types is None or event_type in self.types)
            and (self.stories is None or story_id in self.stories)
        )


_COLUMNS = 'id, owner, url, types, stories, created_at, "after"'
_insert = Prepared(
    'INSERT INTO endpoint (id, owner, url, types, stories, secret, created_at, "after") '
    "VALUES (:id, :owner, :url, :types, :stories, :secret, :created_at, :after)"
)
_find = Prepared(f"SELECT {_COLUMNS} FROM endpoint WHERE id = :id AND owner = :owner AND deleted_at IS NULL")
_secret = Prepared("SELECT secret FROM endpoint WHERE id = :id AND owner = :owner AND deleted_at IS NULL")
_list = Prepared(
    f"SELECT {_COLUMNS} FROM endpoint WHERE owner = :owner AND deleted_at IS NULL AND id > :after "
    "ORDER BY id LIMIT :most"
)
_all = Prepared(f"SELECT {_COLUMNS} FROM endpoint WHERE deleted_at IS NULL ORDER BY id")
_count = Prepared("SELECT count(*) FROM endpoint")
# The new epoch ends the lease of whoever is sending to it.
_delete = Prepared(
    "UPDATE endpoint SET deleted_at = :now, secret = '', lease_epoch = lease_epoch + 1 "
    "WHERE id = :id AND owner = :owner AND deleted_at IS NULL"
)
_orphans = Prepared(
    "SELECT e.id, e.owner FROM endpoint e JOIN token t ON t.id = e.owner WHERE e.deleted_at IS NULL "
    "AND (t.revoked_at IS NOT NULL OR t.expires_at <= :now) ORDER BY e.id"
)

_deleted = Prepared(
    sqlite="SELECT id FROM endpoint WHERE deleted_at < :before ORDER BY id LIMIT 1",
    postgresql="SELECT id FROM endpoint WHERE deleted_at < :before ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED",
)
_clear_deliveries = Prepared(
    "DELETE FROM delivery WHERE endpoint_id = :id AND position IN "
    "(SELECT position FROM delivery WHERE endpoint_id = :id ORDER BY position LIMIT :most)"
)
_clear_queues = Prepared(
    "DELETE FROM delivery_queue WHERE endpoint_id = :id AND story_id IN "
    "(SELECT story_id FROM delivery_queue WHERE endpoint_id = :id LIMIT :most)"
)
_clear_endpoint = Prepared("DELETE FROM endpoint WHERE id = :id")


def create(
    connection: Connection,
    clock: Clock,
    rules: AddressRules,
    *,
    owner: str,
    url: str,
    types: Collection[str] | None = None,
    stories: Collection[str] | None = None,
) -> tuple[Endpoint, str]:
    """Make an endpoint; returns it and its secret, which can't be shown again.

    ``types`` and ``stories`` (ids) limit what it is told of; ``None``: everything. Raises ``Invalid`` naming the
    field: an address that may not be called, an empty list, a type that is not sent, a story that isn't there.
    """
    rules.judge_url(url)
    _require_types(types)
    _require_stories(connection, stories)
    # While the planner is held nothing can be planned, so that no event falls between what it has passed and ``after``.
    followers.hold(connection, PLANNER)
    row = {
        "id": new_id("end", clock),
        "owner": owner,
        "url": url,
        "types": _written(types),
        "stories": _written(stories),
        "created_at": to_microseconds(clock.now()),
        "after": order.last_position(connection),
    }
    secret = signing.new_secret()
    _insert.run(connection, **row, secret=secret)
    return _endpoint(tuple(row.values())), secret


def find(connection: Connection, owner: str, endpoint_id: str) -> Endpoint:
    """The owner's endpoint of that id. Raises ``NotFound`` (``unknown-endpoint``), also for another's."""
    row = _find.first(connection, id=endpoint_id, owner=owner)
    if row is None:
        raise _unknown(endpoint_id)
    return _endpoint(row)


def secret_of(connection: Connection, owner: str, endpoint_id: str) -> str:
    """The secret, for the answer to the request that made the endpoint. Raises ``NotFound`` as ``find`` does."""
    row = _secret.first(connection, id=endpoint_id, owner=owner)
    if row is None:
        raise _unknown(endpoint_id)
    return str(row[0])


def list_of(connection: Connection, owner: str, *, after: str = "", limit: int) -> list[Endpoint]:
    """At most ``limit`` of the owner's endpoints, the oldest first, those whose id comes after ``after``."""
    return [_endpoint(row) for row in _list.all(connection, owner=owner, after=after, most=limit)]


def delete(connection: Connection, clock: Clock, owner: str, endpoint_id: str) -> None:
    """Send nothing more to it, and forget its secret. Raises ``NotFound`` as ``find`` does.

    A message that is on its way arrives; a worker that holds the endpoint notices within a tenth of a second.
    """
    if not _delete.run(connection, id=endpoint_id, owner=owner, now=to_microseconds(clock.now())):
        raise _unknown(endpoint_id)


def delete_orphans(connection: Connection, now: datetime) -> int:
    """Delete the endpoints of tokens that are no longer in force; returns how many."""
    stamp = to_microseconds(now)
    # By ascending id, as everybody who locks several endpoints.
    return sum(
        _delete.run(connection, id=id, owner=owner, now=stamp) for id, owner in _orphans.all(connection, now=stamp)
    )


def every(connection: Connection) -> list[Endpoint]:
    """All endpoints that are not deleted, by id."""
    return [_endpoint(row) for row in _all.all(connection)]


def count(connection: Connection) -> int:
    """How many endpoints there are, those among them that are being cleared away."""
    row = _count.first(connection)
    return int(row[0]) if row else 0


def clear_deleted(connection: Connection, now: datetime, most: int = 500) -> int:
    """Clear away at most ``most`` deliveries and as many queues of one deleted endpoint, then the endpoint itself.

    Returns how many rows went; 0 when there is nothing left to clear.
    """
    # No transaction lasts an hour: nobody who read the endpoint before it was deleted can still add rows for it.
    row = _deleted.first(connection, before=to_microseconds(now - _CLEARED_AFTER))
    if row is None:
        return 0
    gone = _clear_deliveries.run(connection, id=row[0], most=most)
    queues = _clear_queues.run(connection, id=row[0], most=most)
    if gone < most and queues < most:
        return gone + queues + _clear_endpoint.run(connection, id=row[0])
    return gone + queues


def _require_types(types: Collection[str] | None) -> None:
    if types is None:
        return
    _require_some("/types", types)
    for index, name in enumerate(types):
        if name not in TYPES:
            detail = f"“{name[:40]}” is not a type of event that is sent; the types are {', '.join(TYPES)}."
            raise Invalid(detail, faults=[Fault(f"/types/{index}", detail)])


def _require_stories(connection: Connection, stories: Collection[str] | None) -> None:
    if stories is None:
        return
    _require_some("/stories", stories)
    if len(stories) > MOST_STORIES:
        detail = f"An endpoint may be limited to {MOST_STORIES} stories; leave the list out for all."
        raise Invalid(detail, faults=[Fault("/stories", detail)])
    for index, story_id in enumerate(stories):
        if not looks_like_id(story_id, "sty") or not seeing.latest(connection, story_id, PUBLIC):
            detail = f"There is no story {story_id[:80]}."
            raise Invalid(detail, faults=[Fault(f"/stories/{index}", detail)])


def _require_some(pointer: str, given: Collection[str]) -> None:
    if not given:
        detail = "An empty list would let nothing through; leave it out for all."
        raise Invalid(detail, faults=[Fault(pointer, detail)])


def _written(given: Collection[str] | None) -> str | None:
    return None if given is None else json.dumps(sorted(set(given)))


def _unknown(endpoint_id: str) -> NotFound:
    return NotFound(f"You have no endpoint {endpoint_id[:80]}.", name="unknown-endpoint")


def _endpoint(row: tuple[object, ...]) -> Endpoint:
    endpoint_id, owner, url, types, stories, created_at, after = row
    return Endpoint(
        str(endpoint_id),
        str(owner),
        str(url),
        _read(types),
        _read(stories),
        from_microseconds(int(str(created_at))),
        int(str(after)),
    )


def _read(stored: object) -> tuple[str, ...] | None:
    return None if stored is None else tuple(json.loads(str(stored)))
