"""Tokens: made once, shown once, stored hashed, found by a prefix, compared in constant time.

A token is ``trk_`` + 10 characters by which it is found + ``_`` + 43 characters, 256 random bits. Only its SHA-256
is stored: with so many bits there is nothing to guess, and a slow hash would cost more than all the rest of a
request. Each request looks its token up, so that a revoked one is refused at the next request.
"""

from __future__ import annotations

import hmac
import json
import re
import secrets
from collections.abc import Collection, Iterable
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import Connection

from tracker.access.permissions import Permission, Role, allowed
from tracker.clock import Clock, from_microseconds, to_microseconds
from tracker.db.prepared import Prepared
from tracker.errors import NotFound, Refusal
from tracker.ids import new_id
from tracker.store.addresses import Address
from tracker.store.log import Head
from tracker.stories.values import Person

_SHAPE = re.compile(r"trk_([0-9a-z]{10})_[A-Za-z0-9_-]{43}")
_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"


class Unauthenticated(Refusal):
    """No token, or one that is not, or no longer, good."""

    name = "unauthenticated"


class Token(NamedTuple):
    """Who holds a token, and what for."""

    id: str
    name: str
    role: Role
    #: Ids of the only outlets it may file for; ``None``: not limited.
    outlets: frozenset[str] | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None

    def may(self, permission: Permission) -> bool:
        """Whether its role has ``permission``."""
        return allowed(self.role, permission)

    @property
    def person(self) -> Person:
        """The holder, as the rules see her."""
        return Person(id=self.id, outlets=self.outlets)


class Seen(NamedTuple):
    """A story as the address of a request names it: where the name leads, and where the stream stands."""

    story: str
    address: Address | None
    head: Head | None


_COLUMNS = "id, name, role, outlets, created_at, expires_at, revoked_at"
_insert = Prepared(
    "INSERT INTO token (id, prefix, digest, name, role, outlets, created_at, expires_at) "
    "VALUES (:id, :prefix, :digest, :name, :role, :outlets, :created_at, :expires_at)"
)
# One look answers two questions, since each trip to the database costs as much as the rest of a small request.
_find = Prepared(
    f"SELECT t.digest, {', '.join(f't.{name}' for name in _COLUMNS.split(', '))}, a.stream_id, a.label, "
    "s.version, s.head_hash, s.recorded_at, s.redactions FROM token t "
    "LEFT JOIN address a ON a.kind = 'story' AND a.name = :story "
    "LEFT JOIN stream s ON s.id = coalesce(a.stream_id, :story) WHERE t.prefix = :prefix"
)
_find_by_id = Prepared(f"SELECT {_COLUMNS} FROM token WHERE id = :id")
_all = Prepared(f"SELECT {_COLUMNS} FROM token ORDER BY id")
_limited = Prepared("SELECT id, outlets FROM token WHERE outlets IS NOT NULL ORDER BY id")
_limit = Prepared("UPDATE token SET outlets = :outlets WHERE id = :id")
_revoke = Prepared("UPDATE token SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL")


def create(
    connection: Connection,
    clock: Clock,
    *,
    name: str,
    role: Role,
    outlets: Collection[str] | None = None,
    expires_at: datetime | None = None,
) -> tuple[Token, str]:
    """Make a token; returns it and its text, which is not stored and can't be shown again."""
    prefix = "".join(secrets.choice(_LETTERS) for _ in range(10))
    written = f"trk_{prefix}_{secrets.token_urlsafe(32)}"
    token_id, now = new_id("tok", clock), clock.now()
    _insert.run(
        connection,
        id=token_id,
        prefix=prefix,
        digest=sha256(written.encode()).digest(),
        name=name,
        role=role.value,
        outlets=json.dumps(sorted(outlets)) if outlets is not None else None,
        created_at=to_microseconds(now),
        expires_at=to_microseconds(expires_at) if expires_at else None,
    )
    limit = None if outlets is None else frozenset(outlets)
    return Token(token_id, name, role, limit, now, expires_at, None), written


def authenticate(connection: Connection, written: str, now: datetime, story: str = "") -> tuple[Token, Seen]:
    """Who holds ``written``, and what was seen of ``story``, an id or slug, in the same look.

    Raises ``Unauthenticated``, in the same words whatever is wrong.
    """
    shaped = _SHAPE.fullmatch(written)
    row = _find.first(connection, prefix=shaped[1], story=story) if shaped else None
    if row is None or not hmac.compare_digest(sha256(written.encode()).digest(), bytes(row[0])):
        raise _not_good()
    address = Address(row[8], row[9]) if row[8] is not None else None
    head = Head(*row[10:]) if row[10] is not None else None
    return _in_force(_token(row[1:8]), now), Seen(story, address, head)


def by_id(connection: Connection, token_id: str, now: datetime) -> Token:
    """The token of that id, if it is in force: for a signed-in page. Raises ``Unauthenticated``."""
    row = _find_by_id.first(connection, id=token_id)
    if row is None:
        raise _not_good()
    return _in_force(_token(row), now)


def names(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
    """What the holders of tokens are called, by the tokens' ids; also of those that are in force no more."""
    rows = {each: _find_by_id.first(connection, id=each) for each in ids}
    return {each: str(row[1]) for each, row in rows.items() if row is not None}


def all_tokens(connection: Connection) -> list[Token]:
    """Every token, the oldest first, also those that were revoked."""
    return [_token(row) for row in _all.all(connection)]


def join_outlets(connection: Connection, one: str, other: str) -> None:
    """Let each token that may file for either of two outlets, which were found to be one, file for both."""
    for token_id, written in _limited.all(connection):
        outlets = {*json.loads(written)}
        if not outlets.isdisjoint((one, other)):
            _limit.run(connection, id=token_id, outlets=json.dumps(sorted(outlets | {one, other})))


def revoke(connection: Connection, token_id: str, now: datetime) -> None:
    """Refuse the token from now on. Raises ``NotFound`` for one that isn't there or was revoked before."""
    if not _revoke.run(connection, id=token_id, now=to_microseconds(now)):
        raise NotFound(f"There is no token {token_id} in force; tracker token list shows them all.")


def _in_force(token: Token, now: datetime) -> Token:
    if token.revoked_at is not None or (token.expires_at is not None and token.expires_at <= now):
        raise _not_good()
    return token


def _not_good() -> Unauthenticated:
    return Unauthenticated(
        "Send a token that is in force, as 'Authorization: Bearer trk_…'; an administrator makes them."
    )


def _token(row: tuple[object, ...]) -> Token:
    token_id, name, role, outlets, created, expires, revoked = row
    return Token(
        str(token_id),
        str(name),
        Role(str(role)),
        frozenset(json.loads(str(outlets))) if outlets is not None else None,
        from_microseconds(int(str(created))),
        _moment(expires),
        _moment(revoked),
    )


def _moment(stored: object) -> datetime | None:
    return None if stored is None else from_microseconds(int(str(stored)))
