"""The keys that seal content: how one is made, how it is stored, and how it is found and opened again.

Each is 32 random bytes in a row of ``content_key``. Where there are master keys (``content_master_keys``), the first
one wraps it (AES Key Wrap, RFC 3394), and the row says by the master key's fingerprint which one that was, so that a
copy of the database alone doesn't give the reports away, and a master key can be replaced: put the new one before the
old one, run ``tracker keys rewrap``, take the old one away. Saved states are sealed under the first one, too. Where
there is none, nothing of this costs anything.

What it does badly: what lists are searched and sorted by (titles, slugs, topics, outlets) stands in the clear. A master
key is as precious as the whole archive: who loses it has lost every text, and who has both it and the database can
read them.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from hashlib import sha256
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import keywrap
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection

from tracker.db.database import Database
from tracker.db.prepared import Prepared, Row
from tracker.errors import Conflict, Damaged, Misconfigured, Trouble

KEY_BYTES = 32
_NONCE_BYTES = 12
#: How many keys are wrapped anew in one transaction.
_BATCH = 500

_find = Prepared("SELECT key, wrapped_by FROM content_key WHERE stream_id = :stream_id AND key_id = :key_id")
_is_destroyed = Prepared("SELECT 1 FROM destroyed_key WHERE stream_id = :stream_id AND key_id = :key_id")
_next_master = Prepared("SELECT min(wrapped_by) FROM content_key WHERE wrapped_by > :after")
_count = Prepared("SELECT count(*) FROM content_key WHERE wrapped_by IS NULL OR wrapped_by <> :wrapped_by")
_page = Prepared(
    "SELECT stream_id, key_id, key, wrapped_by FROM content_key "
    "WHERE (stream_id, key_id) > (:stream_id, :key_id) ORDER BY stream_id, key_id LIMIT :most"
)
# A key that was destroyed meanwhile has no row any more, and gets none.
_rewrap = Prepared(
    "UPDATE content_key SET key = :new_key, wrapped_by = :new_wrapped_by "
    "WHERE stream_id = :stream_id AND key_id = :key_id"
)


class Redacted(Conflict):
    """What this belongs to was redacted, so nothing can be added to it, nor the same be recorded again."""

    name = "redacted"


class MasterKeyMissing(Trouble):
    """Content is sealed under a key that is wrapped by a master key which isn't in the settings."""

    name = "master-key-missing"

    def __init__(self, fingerprint: str) -> None:
        super().__init__(f"The master key {fingerprint} is missing; the operator has to put it back.")


class Made(NamedTuple):
    """A new key, and what is stored of it."""

    key: bytes
    stored: bytes
    wrapped_by: str | None


class Ring:
    """The master keys of a process; without any, keys are stored as they are."""

    def __init__(self, masters: tuple[bytes, ...]) -> None:
        self._masters = {fingerprint(master): master for master in masters}
        #: The fingerprint of the one that wraps, if there is any.
        self.first = next(iter(self._masters), None)

    def __contains__(self, wanted: str) -> bool:
        return wanted in self._masters

    def make(self) -> Made:
        """A fresh key."""
        key = os.urandom(KEY_BYTES)
        return Made(key, self.wrapped(key), self.first)

    def wrapped(self, key: bytes) -> bytes:
        """``key`` as it is stored: wrapped by the first master key, if there is one."""
        return keywrap.aes_key_wrap(self._masters[self.first], key) if self.first else key

    def opened(self, stored: bytes, wrapped_by: str | None) -> bytes:
        """The key in ``stored``. Raises ``MasterKeyMissing``, and ``Damaged`` where it was altered."""
        if wrapped_by is None:
            return stored
        if wrapped_by not in self._masters:
            raise MasterKeyMissing(wrapped_by)
        try:
            return keywrap.aes_key_unwrap(self._masters[wrapped_by], stored)
        except keywrap.InvalidUnwrap as error:
            raise Damaged("A stored key was altered; restore it from a backup.") from error

    def cover(self, data: bytes, bound: bytes) -> bytes:
        """``data``, which can be made anew from the log, sealed under the first master key, if there is one."""
        if self.first is None:
            return data
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cover().encrypt(nonce, data, bound)

    def uncover(self, covered: bytes, bound: bytes) -> bytes:
        """What ``cover`` was given. Raises ``Damaged`` where it was altered, or is another's."""
        if self.first is None:
            return covered
        try:
            return self._cover().decrypt(covered[:_NONCE_BYTES], covered[_NONCE_BYTES:], bound)
        except (InvalidTag, ValueError) as error:
            raise Damaged("What was sealed under the master key was altered.") from error

    def _cover(self) -> AESGCM:
        # A key of its own: the master key itself does nothing but wrap.
        return AESGCM(sha256(b"tracker saved states\0" + self._masters[self.first or ""]).digest())


def fingerprint(master: bytes) -> str:
    """By what a master key is named: 16 hexadecimal digits that tell nothing of the key."""
    return sha256(b"tracker content master key\0" + master).hexdigest()[:16]


def ring_of(connection: Connection) -> Ring:
    """The master keys of the process that opened ``connection``."""
    return _ring(connection.get_execution_options().get("tracker_master_keys", ()))


@functools.lru_cache(maxsize=16)
def _ring(masters: tuple[bytes, ...]) -> Ring:
    return Ring(masters)


def find(connection: Connection, stream_id: str, key_id: str) -> bytes:
    """The key of that id. Raises ``Redacted`` where it was destroyed, ``Damaged`` where it is missing."""
    row = _find.first(connection, stream_id=stream_id, key_id=key_id)
    if row is not None:
        return ring_of(connection).opened(bytes(row[0]), row[1])
    if is_destroyed(connection, stream_id, key_id):
        raise Redacted("What this belongs to was redacted; nothing can be added to it.")
    raise missing(stream_id, key_id)


def is_destroyed(connection: Connection, stream_id: str, key_id: str) -> bool:
    """Whether there was a key of that id, and a redaction destroyed it."""
    return _is_destroyed.first(connection, stream_id=stream_id, key_id=key_id) is not None


def missing(stream_id: str, key_id: str | None) -> Damaged:
    """What to say of a key that isn't there and was not destroyed."""
    return Damaged(
        f"The key {key_id} of {stream_id} is missing, and no redaction destroyed it. Its content can't be read until "
        "the key is restored from a backup."
    )


def missing_masters(connection: Connection) -> list[str]:
    """The fingerprints of the master keys that wrap something and aren't in the settings."""
    ring, needed = ring_of(connection), []
    row = _next_master.first(connection, after="")
    while row is not None and row[0] is not None:
        needed.append(str(row[0]))
        row = _next_master.first(connection, after=row[0])
    return [each for each in needed if each not in ring]


def require_masters(database: Database) -> None:
    """Raises ``Misconfigured`` where a master key is missing that something is wrapped by."""
    with database.reading() as connection:
        absent = missing_masters(connection)
    if absent:
        raise Misconfigured(
            f"Content is wrapped by master keys that TRACKER_CONTENT_MASTER_KEYS doesn't hold: {', '.join(absent)} "
            "(fingerprints). Put them back, after the one that shall wrap from now on."
        )


def to_rewrap(connection: Connection) -> int:
    """How many keys the first master key doesn't wrap. Raises ``Misconfigured`` where there is none."""
    row = _count.first(connection, wrapped_by=_required_first(ring_of(connection)))
    assert row is not None
    return int(row[0])


def rewrap(database: Database, *, advance: Callable[[int], None] = lambda count: None) -> int:
    """Wrap every key under the first master key; returns how many were wrapped anew.

    In small transactions, one after the other; what is done is done when it is interrupted, and whoever begins again
    goes on. ``advance`` is called with how many each wrapped. Raises ``Misconfigured`` and ``MasterKeyMissing``.
    """
    count, last = 0, ("", "")
    while page := _read_page(database, last):
        last = (page[-1][0], page[-1][1])
        with database.writing() as connection:
            done = _wrap_again(connection, page)
        count += done
        advance(done)
    database.empty_journal()
    return count


def _read_page(database: Database, after: tuple[str, str]) -> list[Row]:
    with database.reading() as connection:
        return _page.all(connection, stream_id=after[0], key_id=after[1], most=_BATCH)


def _wrap_again(connection: Connection, page: list[Row]) -> int:
    ring = ring_of(connection)
    first = _required_first(ring)
    return sum(
        _rewrap.run(
            connection,
            stream_id=stream_id,
            key_id=key_id,
            new_key=ring.wrapped(ring.opened(bytes(key), wrapped_by)),
            new_wrapped_by=first,
        )
        for stream_id, key_id, key, wrapped_by in page
        if wrapped_by != first
    )


def _required_first(ring: Ring) -> str:
    if ring.first is None:
        raise Misconfigured(
            "There is no master key: set TRACKER_CONTENT_MASTER_KEYS to one of 32 random bytes, for instance "
            "TRACKER_CONTENT_MASTER_KEYS=$(openssl rand -hex 32), kept where only the servers read it."
        )
    return ring.first
