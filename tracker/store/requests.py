"""Requests with an Idempotency-Key: what they led to, so that a repeated one gets the same answer.

The row is written first, in the transaction of the write itself: either both are there or neither. A second request
with the same key waits for the first and then finds its reference, from which the answer is rendered anew, by
today's rights. A reference holds ids and numbers, never content. Refusals leave no row. (IETF draft
"The Idempotency-Key HTTP Header Field", §2.)
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection

from tracker.clock import to_microseconds
from tracker.db.database import translated
from tracker.db.prepared import Prepared
from tracker.errors import Busy, Conflict, Invalid


class KeyReused(Invalid):
    """The key was used for another request."""

    name = "idempotency-key-reused"


class InFlight(Conflict):
    """The first request with this key has not ended yet."""

    name = "request-in-flight"


class RequestKey(msgspec.Struct, frozen=True, kw_only=True):
    """An Idempotency-Key and what it was sent with."""

    token_id: str
    key: str
    #: Method and path, with the ids of what the path names.
    route: str
    #: SHA-256 of what was asked.
    fingerprint: bytes


_claim = Prepared(
    "INSERT INTO idempotency (token_id, key, route, fingerprint, created_at) "
    "VALUES (:token_id, :key, :route, :fingerprint, :created_at) ON CONFLICT DO NOTHING"
)
_find = Prepared(
    "SELECT route, fingerprint, reference, created_at FROM idempotency WHERE token_id = :token_id AND key = :key"
)
# With the lock the transaction has something to commit, and so waits for a synchronous standby, as the first request
# did, whose wait may have been cancelled.
_confirm = Prepared(postgresql="SELECT 1 FROM idempotency WHERE token_id = :token_id AND key = :key FOR KEY SHARE")
_settle = Prepared("UPDATE idempotency SET reference = :reference WHERE token_id = :token_id AND key = :key")
_forget = Prepared("DELETE FROM idempotency WHERE token_id = :token_id AND key = :key AND created_at < :before")
_expire = Prepared("DELETE FROM idempotency WHERE created_at < :before")


def claim(connection: Connection, request: RequestKey, now: datetime, lifetime: timedelta) -> Mapping[str, Any] | None:
    """Take the key for this transaction, or return the reference that the first request left.

    Waits for a first request that is still in flight, as long as the database lets a lock wait. Raises ``InFlight``
    after that, and ``KeyReused``.
    """
    named = {"token_id": request.token_id, "key": request.key}
    row = {
        **named,
        "route": request.route,
        "fingerprint": request.fingerprint,
        "created_at": to_microseconds(now),
    }
    if _claimed(connection, row):
        return None
    found = _find.first(connection, **named)
    before = to_microseconds(now - lifetime)
    if found is None or found[3] < before:
        # Only the row that is too old: another request may have put a new one in its place by now.
        _forget.run(connection, **named, before=before)
        return None if _claimed(connection, row) else claim(connection, request, now, lifetime)
    if (found[0], bytes(found[1])) != (request.route, request.fingerprint):
        raise KeyReused("This Idempotency-Key was used for another request; use a new key for each new request.")
    if connection.dialect.name == "postgresql":
        _confirm.run(connection, **named)
    reference: Mapping[str, Any] = msgspec.json.decode(found[2])
    return reference


def _claimed(connection: Connection, row: Mapping[str, Any]) -> bool:
    try:
        with translated(connection.dialect.name):
            return _claim.run(connection, **row) == 1
    except Busy as error:
        raise InFlight(
            "The first request with this Idempotency-Key has not ended yet; ask again in a moment."
        ) from error


def settle(connection: Connection, request: RequestKey, reference: Mapping[str, Any]) -> None:
    """Remember what the request led to."""
    text = msgspec.json.encode(reference).decode()
    _settle.run(connection, token_id=request.token_id, key=request.key, reference=text)


def expire(connection: Connection, now: datetime, lifetime: timedelta) -> int:
    """Forget keys that are older than ``lifetime``; returns how many."""
    return _expire.run(connection, before=to_microseconds(now - lifetime))
