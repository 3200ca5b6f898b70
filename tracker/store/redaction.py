"""Redaction at the level of the log: keys are destroyed, and with them what they sealed. The event stays in its place,
and so do its hashes.

    redact(connection, …)        in the transaction of the event that says so
    after_commit(database, …)    when it is committed
    apply_list(database, path)   after a backup was restored that still holds keys which were destroyed since

In the transaction: the restriction, the keys (``content_key`` → ``destroyed_key``), the stream's count of redactions,
and every table that holds content of sealed events (``info["forget"]`` in ``db.schema``). Whoever writes such a table
from what it read before first locks the stream and looks again (``as_of_now``).

The list of destroyed keys is kept apart, since a backup brings back keys, and the table of destroyed ones as it was.
It is written after the commit, and the worker completes it from the table, so that a crash between the two loses
nothing: JSON Lines of stream_id, key_id and destroyed_at (microseconds since 1970).

What it does badly: a backup that was made before holds the keys until it expires; on PostgreSQL so do the server's
write-ahead log, its dead rows until the next vacuum, and its replicas until they have followed. The list is read
whole whenever it is completed.
"""

from __future__ import annotations

import fcntl
import functools
import logging
import os
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

import msgspec
from sqlalchemy import Connection, make_url

from tracker.config import Settings
from tracker.db.database import Database
from tracker.db.prepared import Prepared
from tracker.db.schema import metadata
from tracker.errors import Invalid, TrackerError
from tracker.store import log, restrictions
from tracker.store.log_events import LogEvent
from tracker.store.restrictions import Kind

_log = logging.getLogger(__name__)

#: What is appended to the name of a SQLite file for the list that is kept beside it.
_SUFFIX = ".destroyed-keys"

_delete_key = Prepared("DELETE FROM content_key WHERE stream_id = :stream_id AND key_id = :key_id")
_note_destroyed = Prepared(
    "INSERT INTO destroyed_key (stream_id, key_id, destroyed_at) VALUES (:stream_id, :key_id, :destroyed_at) "
    "ON CONFLICT DO NOTHING"
)
_count_up = Prepared("UPDATE stream SET redactions = redactions + 1 WHERE id = :stream_id")
_all_destroyed = Prepared("SELECT stream_id, key_id, destroyed_at FROM destroyed_key ORDER BY stream_id, key_id")
_destroyed_count = Prepared("SELECT count(*) FROM destroyed_key")
_destroyed_of = Prepared("SELECT key_id, destroyed_at FROM destroyed_key WHERE stream_id = :stream_id")
_hold = Prepared(
    sqlite="SELECT redactions FROM stream WHERE id = :stream_id",
    # Keeps a redaction away, which locks the whole row, and nobody who appends to the stream without looking.
    postgresql="SELECT redactions FROM stream WHERE id = :stream_id FOR KEY SHARE",
)
# A key of the same name that was made after the other was destroyed, in a history that took another course, is another.
_was_there = Prepared(
    "SELECT 1 FROM content_key k WHERE k.stream_id = :stream_id AND k.key_id = :key_id AND EXISTS ("
    "SELECT 1 FROM event e WHERE e.stream_id = k.stream_id AND e.key_id = k.key_id "
    "AND e.recorded_at <= :destroyed_at)"
)


class Destroyed(msgspec.Struct, frozen=True, order=True):
    """A key that was destroyed: a line of the list."""

    stream_id: str
    key_id: str
    #: Microseconds since 1970, UTC: when the event was recorded that destroyed it.
    destroyed_at: int


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Destroyed)


def redact(connection: Connection, stream_id: str, key_ids: Sequence[str], *, version: int, at: int) -> None:
    """Destroy keys of a stream, and forget what they sealed, in the transaction of the event (``version``, recorded
    ``at``) that says so. The caller holds the stream's lock. A key that is destroyed already stays so.
    """
    restrictions.place(connection, stream_id, key_ids, Kind.REDACTION, version=version, placed_at=at)
    named = [{"stream_id": stream_id, "key_id": key_id} for key_id in sorted(key_ids)]
    _delete_key.run_many(connection, named)
    _note_destroyed.run_many(connection, [{**each, "destroyed_at": at} for each in named])
    _count_up.run(connection, stream_id=stream_id)
    for statement in _forgetting():
        statement.run_many(connection, named)


@functools.cache
def _forgetting() -> tuple[Prepared, ...]:
    """What each table with content does to forget."""
    return tuple(Prepared(table.info["forget"]) for table in metadata.sorted_tables if "forget" in table.info)


def as_of_now(connection: Connection, events: Sequence[LogEvent]) -> list[LogEvent]:
    """``events``, which were read in an earlier transaction, without what was redacted since.

    Their streams are locked against redaction until the transaction ends, by ascending id: for whoever is about to
    write what they say into a table.
    """
    destroyed: dict[tuple[str, str | None], int] = {}
    for stream_id in sorted({event.stream_id for event in events}):
        row = _hold.first(connection, stream_id=stream_id)
        if row is not None and row[0]:
            found = _destroyed_of.all(connection, stream_id=stream_id)
            destroyed |= {(stream_id, key_id): at for key_id, at in found}
    return [event.without_key(destroyed.get((event.stream_id, event.key_id))) for event in events]


# ---- After the commit, and the list that is kept apart


def list_path(settings: Settings) -> Path | None:
    """Where the list of destroyed keys is kept; ``None``: nowhere."""
    if settings.destroyed_keys_file:
        return Path(settings.destroyed_keys_file)
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        return None
    return Path(url.database + _SUFFIX)


def after_commit(database: Database, path: Path | None) -> bool:
    """Complete the list and empty the journal; says whether both were done: if not, the worker tries again."""
    try:
        complete_list(database, path)
        return database.empty_journal()
    except (OSError, TrackerError) as trouble:
        _log.error("what was redacted stays so, but the list of destroyed keys is to be completed yet: %s", trouble)
        return False


def complete_list(database: Database, path: Path | None) -> int:
    """Append to the list each destroyed key that it doesn't name; returns how many. Raises ``OSError``."""
    if path is None:
        return 0
    with database.reading() as connection:
        known = [Destroyed(*row) for row in _all_destroyed.all(connection)]
    return _append_missing(path, known) if known else 0


def destroyed_count(connection: Connection) -> int:
    """How many keys were destroyed so far."""
    row = _destroyed_count.first(connection)
    assert row is not None
    return int(row[0])


def apply_list(database: Database, path: Path) -> int:
    """Destroy again the keys that the list at ``path`` names; returns how many of them were there.

    A stream at a time, each in a transaction; whoever is interrupted begins again. Raises ``OSError`` where the list
    can't be read, and ``Invalid`` for a line that is none.
    """
    wanted = sorted(read_list(path))
    count = 0
    for stream_id, lines in groupby(wanted, key=lambda line: line.stream_id):
        with database.writing() as connection:
            count += _destroy_again(connection, stream_id, list(lines))
    if count:
        database.empty_journal()
    return count


def _destroy_again(connection: Connection, stream_id: str, lines: Sequence[Destroyed]) -> int:
    head = log.lock(connection, stream_id)
    found = [line for line in lines if head and _was_there.first(connection, **msgspec.structs.asdict(line))]
    if head and found:
        at = max(line.destroyed_at for line in found)
        redact(connection, stream_id, [line.key_id for line in found], version=head.version, at=at)
    return len(found)


def read_list(path: Path) -> list[Destroyed]:
    """The lines of the list. A last one that was cut short by a crash is none. Raises ``Invalid`` and ``OSError``."""
    return list(_lines(path.read_bytes(), path))


def _lines(content: bytes, path: Path) -> Iterable[Destroyed]:
    *whole, _cut = content.split(b"\n")
    for number, line in enumerate(whole, start=1):
        try:
            yield _decoder.decode(line)
        except msgspec.DecodeError as error:
            raise Invalid(f"{path}, line {number}: this names no destroyed key ({error}).") from None


def _append_missing(path: Path, known: Sequence[Destroyed]) -> int:
    """Under a lock, so that two who complete the list at once don't write the same line twice."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        content = file.read()
        there = {(line.stream_id, line.key_id) for line in _lines(content, path)}
        added = [line for line in known if (line.stream_id, line.key_id) not in there]
        if added:
            # A line that a crash cut short was never whole: its key is among those that are added.
            file.truncate(content.rfind(b"\n") + 1)
            file.write(b"".join(_encoder.encode(line) + b"\n" for line in added))
            file.flush()
            os.fsync(file.fileno())
            _sync_folder(path)
    return len(added)


def _sync_folder(path: Path) -> None:
    """The file's name, too, survives a power cut."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
