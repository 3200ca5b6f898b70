"""A story at a revision: a state that is at hand, and the events after it.

What is at hand is a story in memory (``recent``) or a saved state. A saved state is a head start and never a second
truth: loading gives the same story with and without it, which a property test holds. It is kept for the latest
revision only; an older revision that lies before it is folded from the beginning. A state of another shape
(``shape``), or one that can't be read, is passed over and overwritten in time.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

import msgspec
import zstandard
from sqlalchemy import Connection, Engine

from tracker.clock import to_microseconds
from tracker.db.prepared import Prepared
from tracker.store import log, recent
from tracker.stories.errors import UnknownStory
from tracker.stories.events import Recorded
from tracker.stories.story import Story, advanced

_log = logging.getLogger(__name__)

#: Raise it when ``stories.story`` folds the same events into something else.
_FOLD = 1

_find = Prepared(
    "SELECT revision, data FROM saved_state WHERE stream_id = :stream_id AND shape = :shape AND revision <= :up_to "
    "ORDER BY revision DESC LIMIT 1"
)
_save = Prepared(
    "INSERT INTO saved_state (stream_id, revision, shape, data) VALUES (:stream_id, :revision, :shape, :data) "
    "ON CONFLICT (stream_id, revision) DO UPDATE SET shape = excluded.shape, data = excluded.data"
)
_revision_at = Prepared(
    "SELECT coalesce(max(version), 0) FROM event WHERE stream_id = :stream_id AND recorded_at <= :moment"
)
_saved_revision = Prepared(
    "SELECT coalesce(max(revision), 0) FROM saved_state WHERE stream_id = :stream_id AND shape = :shape"
)

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Story)
#: What is in memory takes about so many times the bytes that it takes when it is written down, uncompressed.
_EXPANDS = 2


@functools.cache
def shape() -> str:
    """A word for what ``Story`` looks like; it changes with its fields."""
    fields = msgspec.json.encode(msgspec.json.schema(Story), order="sorted")
    return f"{_FOLD}-{sha256(fields).hexdigest()[:16]}"


def load(connection: Connection, story_id: str, revision: int | None = None, *, head: log.Head | None = None) -> Story:
    """The story as of ``revision``, or the latest; ``Story()`` where nothing has happened. To be read, not changed.

    Where ``revision`` is beyond the latest, the latest: the caller looks at ``Story.revision``. ``head`` is where the
    stream stands, if the caller has just looked.
    """
    head = head or log.head(connection, story_id)
    if head is None:
        return Story()
    up_to = head.version if revision is None else min(revision, head.version)
    kept = recent.of(connection.engine).get(story_id, head)
    if kept and kept.story.revision == up_to == head.version:
        return kept.story
    start = kept if kept and kept.story.revision < up_to else _saved(connection, story_id, head, up_to)
    tail = log.read(connection, story_id, after=start.story.revision, up_to=up_to)
    if start is kept and tail and not tail[0].follows(kept.head.hash):
        # In memory is a history that didn't come to last: a server that took over may not have had its end.
        start = _saved(connection, story_id, head, up_to)
        tail = log.read(connection, story_id, after=start.story.revision, up_to=up_to)
    opened = [event.recorded() for event in tail]
    story = advanced(start.story, opened)
    if up_to == head.version:
        recent.of(connection.engine).keep(story_id, recent.Kept(story, head, start.weight + _weight(opened)))
    return story


def carry_on(engine: Engine, story_id: str, story: Story, appended: log.Appended, events: Sequence[Recorded]) -> None:
    """Keep the state after ``events``, which were appended to ``story``; to be called when they are committed."""
    memory = recent.of(engine)
    kept = memory.last(story_id)
    if story.revision and (kept is None or kept.story is not story):
        return
    redactions, weight = (kept.head.redactions, kept.weight) if kept else (0, 0)
    head = log.Head(appended.last, appended.hash, to_microseconds(appended.recorded_at), redactions)
    memory.keep(story_id, recent.Kept(advanced(story, events), head, weight + _weight(events)))


def _weight(events: Sequence[Recorded]) -> int:
    """How much more a story takes in memory after ``events``; in the log they are compressed, and tell nothing."""
    return _EXPANDS * sum(len(_encoder.encode(each.event)) for each in events)


def _saved(connection: Connection, story_id: str, head: log.Head, up_to: int) -> recent.Kept:
    """The saved state, unless it is beyond ``up_to``, or the beginning."""
    row = _find.first(connection, stream_id=story_id, shape=shape(), up_to=up_to)
    if row is None:
        return recent.Kept(Story(), head, 0)
    try:
        data = zstandard.decompress(row[1])
        return recent.Kept(_decoder.decode(data), head, _EXPANDS * len(data))
    except (zstandard.ZstdError, msgspec.DecodeError):
        _log.warning("the saved state of story %s can't be read and is passed over", story_id)
        return recent.Kept(Story(), head, 0)


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
    head = log.head(connection, story_id)
    if head is None or head.version - (row[0] if row else 0) < every:
        return False
    # Only now: most stories are not due, and nobody who writes to them should wait for this transaction's end.
    log.lock(connection, story_id)
    story = load(connection, story_id)
    data = zstandard.compress(_encoder.encode(story))
    _save.run(connection, stream_id=story_id, revision=story.revision, shape=shape(), data=data)
    return True


def require(connection: Connection, story_id: str, *, head: log.Head | None = None) -> Story:
    """The latest state of a story, to be read and not changed; raises ``NotFound`` where there is none."""
    story = load(connection, story_id, head=head)
    if not story.revision:
        raise UnknownStory(story_id)
    return story
