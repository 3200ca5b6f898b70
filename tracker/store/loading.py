"""A story at a revision: a saved state, and the events after it.

A saved state is a head start and never a second truth: loading gives the same story with and without it, which a
property test holds. It is kept for the latest revision only; an older revision that lies before it is folded from
the beginning. A state of another shape (``shape``), or one that can't be read, is passed over and overwritten in time.
"""

from __future__ import annotations

import functools
import logging
from datetime import datetime
from hashlib import sha256

import msgspec
import zstandard
from sqlalchemy import Connection

from tracker.clock import to_microseconds
from tracker.db.prepared import Prepared
from tracker.errors import NotFound
from tracker.store import log
from tracker.stories.events import Recorded
from tracker.stories.story import Story, fold

_log = logging.getLogger(__name__)

#: Raise it when ``stories.story`` folds the same events into something else.
_FOLD = 1

_find = Prepared(
    "SELECT revision, data FROM saved_state WHERE stream_id = :stream_id AND shape = :shape AND revision <= :up_to"
)
_save = Prepared(
    "INSERT INTO saved_state (stream_id, revision, shape, data) VALUES (:stream_id, :revision, :shape, :data) "
    "ON CONFLICT (stream_id) DO UPDATE SET revision = excluded.revision, shape = excluded.shape, data = excluded.data "
    "WHERE saved_state.revision < excluded.revision OR saved_state.shape <> excluded.shape"
)
_revision_at = Prepared(
    "SELECT coalesce(max(version), 0) FROM event WHERE stream_id = :stream_id AND recorded_at <= :moment"
)
_saved_revision = Prepared("SELECT revision FROM saved_state WHERE stream_id = :stream_id AND shape = :shape")

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Story)
_LATEST = 2**62


@functools.cache
def shape() -> str:
    """A word for what ``Story`` looks like; it changes with its fields."""
    fields = msgspec.json.encode(msgspec.json.schema(Story), order="sorted")
    return f"{_FOLD}-{sha256(fields).hexdigest()[:16]}"


def load(connection: Connection, story_id: str, revision: int | None = None) -> Story:
    """The story as of ``revision``, or the latest; ``Story()`` where nothing has happened.

    Where ``revision`` is beyond the latest, the latest: the caller looks at ``Story.revision``.
    """
    up_to = _LATEST if revision is None else revision
    story = _saved(connection, story_id, up_to)
    return fold(story, history(connection, story_id, after=story.revision, up_to=up_to))


def _saved(connection: Connection, story_id: str, up_to: int) -> Story:
    row = _find.first(connection, stream_id=story_id, shape=shape(), up_to=up_to)
    if row is None:
        return Story()
    try:
        return _decoder.decode(zstandard.decompress(row[1]))
    except (zstandard.ZstdError, msgspec.DecodeError):
        _log.warning("the saved state of story %s can't be read and is passed over", story_id)
        return Story()


def history(
    connection: Connection,
    story_id: str,
    *,
    after: int = 0,
    up_to: int | None = None,
    limit: int | None = None,
) -> list[Recorded]:
    """The story's events with ``after`` < revision ≤ ``up_to``, opened, in order, at most ``limit``."""
    return [event.recorded() for event in log.read(connection, story_id, after=after, up_to=up_to, limit=limit)]


def revision_at(connection: Connection, story_id: str, moment: datetime) -> int:
    """The last revision that was recorded at ``moment`` or before; 0 if there was none yet."""
    row = _revision_at.first(connection, stream_id=story_id, moment=to_microseconds(moment))
    return int(row[0]) if row else 0


def save(connection: Connection, story_id: str, every: int) -> bool:
    """Save the story's state if ``every`` or more events came since it was last saved; says whether it did."""
    row = _saved_revision.first(connection, stream_id=story_id, shape=shape())
    head = log.lock(connection, story_id)
    if head is None or head.version - (row[0] if row else 0) < every:
        return False
    story = load(connection, story_id)
    data = zstandard.compress(_encoder.encode(story))
    _save.run(connection, stream_id=story_id, revision=story.revision, shape=shape(), data=data)
    return True


def require(connection: Connection, story_id: str) -> Story:
    """The latest state of a story; raises ``NotFound`` where there is none."""
    story = load(connection, story_id)
    if not story.revision:
        raise NotFound(f"There is no story {story_id}.", name="unknown-story")
    return story
