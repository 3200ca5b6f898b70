"""A story at a revision: a state that is at hand, and the events after it.

What is at hand is a story in memory (``recent``) or a saved state (``packed``). A saved state is a head start and
never a second truth: loading gives the same story with and without it, which a property test holds. One that can't
be read is passed over and overwritten in time, those of another shape are deleted when the next one is saved.

The rule. To read a state takes time in proportion to its revision, to fold an event about ten times as long as one
event adds to that. A state is saved when ``every`` events have come since the last one, in a long story when it has
grown by a sixteenth. Of the older ones one is kept wherever the next that is kept lies a quarter, or ``every``, further
on. So the events that are folded upon a saved state cost no more than reading it at the latest revision, and up to
three times that at an older one; all states of a story take at most five times the bytes of the newest (a geometric
series), and saving them takes time in proportion to the story's length. docs/performance.md has the figures.

What it does badly: what was appended faster than it was followed has its states where the follower's pages ended.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, Engine

from tracker.clock import to_microseconds
from tracker.db.prepared import Prepared
from tracker.errors import Damaged
from tracker.store import keys, log, packed, recent, renderings
from tracker.stories.errors import UnknownStory
from tracker.stories.events import Recorded
from tracker.stories.folding import advanced
from tracker.stories.story import Story

_log = logging.getLogger(__name__)

#: A story is saved when it has grown by one part in so many.
_GROWTH = 16
#: An older state is kept where the next one lies further on by one part in so many.
_SPACING = 4
#: Whoever writes saves the state himself where the saved one is so many times as far behind as it should be.
_PATIENCE = 4
#: So many events behind, what is in memory may be further off than what is saved.
_FAR = 50

_find = Prepared(
    "SELECT revision, data FROM saved_state WHERE stream_id = :stream_id AND shape = :shape AND revision <= :up_to "
    "ORDER BY revision DESC LIMIT 1"
)
_newest_two = Prepared(
    "SELECT revision FROM saved_state WHERE stream_id = :stream_id AND shape = :shape AND revision <= :up_to "
    "ORDER BY revision DESC LIMIT 2"
)
_save = Prepared(
    "INSERT INTO saved_state (stream_id, revision, shape, data) VALUES (:stream_id, :revision, :shape, :data) "
    "ON CONFLICT (stream_id, revision) DO UPDATE SET shape = excluded.shape, data = excluded.data"
)
_drop = Prepared("DELETE FROM saved_state WHERE stream_id = :stream_id AND (shape <> :shape OR revision = :superseded)")
_recorded_at = Prepared("SELECT recorded_at FROM event WHERE stream_id = :stream_id AND version = :version")

_encoder = msgspec.msgpack.Encoder()
#: What is in memory takes about so many times the bytes that it takes when it is written down, uncompressed.
_EXPANDS = 2


def load(connection: Connection, story_id: str, revision: int | None = None, *, head: log.Head | None = None) -> Story:
    """The story as of ``revision``, or the latest; ``Story()`` where nothing has happened. To be read, not changed.

    Where ``revision`` is beyond the latest, the latest: the caller looks at ``Story.revision``. ``head`` is where the
    stream stands, if the caller has just looked.
    """
    head = head or log.head(connection, story_id)
    return _loaded(connection, story_id, revision, head)[0] if head else Story()


def load_locked(connection: Connection, story_id: str, head: log.Head, every: int) -> Story:
    """The latest state, for whoever writes and has locked the stream, which stands at ``head``.

    If it had to be folded from far back, nobody keeps its saved state fresh, and it is saved with what is written.
    """
    story, started_at = _loaded(connection, story_id, None, head)
    if story.revision - started_at >= _PATIENCE * _interval(started_at, every):
        _write(connection, story_id, story, every)
    return story


def _loaded(connection: Connection, story_id: str, revision: int | None, head: log.Head) -> tuple[Story, int]:
    """The story, and the revision of the state at hand that the rest was folded upon."""
    up_to = head.version if revision is None else min(revision, head.version)
    kept = recent.of(connection.engine).get(story_id, head)
    if kept and kept.story.revision == up_to == head.version:
        return kept.story, up_to
    start = _nearest(connection, story_id, head, up_to, kept)
    tail = log.read(connection, story_id, after=start.story.revision, up_to=up_to, placed=False)
    if start is kept and tail and not tail[0].follows(kept.head.hash):
        # In memory is a history that didn't come to last: a server that took over may not have had its end.
        start = _saved(connection, story_id, head, up_to)
        tail = log.read(connection, story_id, after=start.story.revision, up_to=up_to, placed=False)
    opened = [event.recorded() for event in tail]
    story = advanced(start.story, opened) if opened else start.story
    if up_to == head.version:
        recent.of(connection.engine).keep(story_id, recent.Kept(story, head, start.weight + _weight(opened)))
    return story, start.story.revision


def carry_on(engine: Engine, story_id: str, appended: log.Appended, events: Sequence[Recorded]) -> None:
    """Keep the state after ``events``, which were ``appended``; to be called when they are committed.

    It is made of what is in memory of the story, if just that state is what they follow by the chain's hash; whoever
    appends needs not have read it. Otherwise memory is left alone.
    """
    memory = recent.of(engine)
    before = recent.NOTHING if appended.first == 1 else memory.last(story_id)
    if before is None or not appended.follows(before.head.version, before.head.hash):
        return
    at = to_microseconds(appended.recorded_at)
    head = log.Head(appended.last, appended.hash, at, before.head.redactions)
    memory.keep(story_id, recent.Kept(advanced(before.story, events), head, before.weight + _weight(events)))


def forget(engine: Engine, story_id: str) -> None:
    """Keep no state of the story in memory, and nothing that was written of one: what it says was redacted.

    Other processes see it when they next look.
    """
    recent.of(engine).forget(story_id)
    renderings.of(engine).forget(story_id)


def _weight(events: Iterable[Recorded]) -> int:
    """How much more a story takes in memory after ``events``; in the log they are compressed, and tell nothing."""
    return _EXPANDS * sum(len(_encoder.encode(each.event)) for each in events)


def _nearest(
    connection: Connection, story_id: str, head: log.Head, up_to: int, kept: recent.Kept | None
) -> recent.Kept:
    """What is ``kept`` in memory, if it lies before ``up_to`` and isn't far behind what is saved."""
    if kept is None or kept.story.revision >= up_to:
        return _saved(connection, story_id, head, up_to)
    at = kept.story.revision
    if up_to - at > _interval(at, _FAR) and _last_two(connection, story_id, up_to)[0] > at:
        return _saved(connection, story_id, head, up_to)
    return kept


def _saved(connection: Connection, story_id: str, head: log.Head, up_to: int) -> recent.Kept:
    """The last saved state that is not beyond ``up_to``, or the beginning."""
    row = _find.first(connection, stream_id=story_id, shape=shape(connection), up_to=up_to)
    if row is None:
        return recent.Kept(Story(), head, 0)
    try:
        story, weight = packed.unpack(uncovered(connection, story_id, row[0], row[1]))
    except (packed.Unusable, Damaged):
        _log.warning("the saved state of story %s at revision %s can't be read and is passed over", story_id, row[0])
        return _saved(connection, story_id, head, row[0] - 1)
    return recent.Kept(story, head, weight)


def history(
    connection: Connection,
    story_id: str,
    *,
    after: int = 0,
    up_to: int | None = None,
    limit: int | None = None,
) -> list[Recorded]:
    """The story's events with ``after`` < revision ≤ ``up_to``, opened, in order, at most ``limit``."""
    events = log.read(connection, story_id, after=after, up_to=up_to, limit=limit, placed=False)
    return [event.recorded() for event in events]


def revision_at(connection: Connection, story_id: str, moment: datetime) -> int:
    """The last revision that was recorded at ``moment`` or before; 0 if there was none yet.

    Time never runs back within a stream, so halving finds it: a long story costs a dozen rows.
    """
    head = log.head(connection, story_id)
    low, high, at = 0, head.version if head else 0, to_microseconds(moment)
    if head and head.recorded_at <= at:
        return high
    while high - low > 1:
        middle = (low + high) // 2
        row = _recorded_at.first(connection, stream_id=story_id, version=middle)
        assert row is not None
        low, high = (middle, high) if row[0] <= at else (low, middle)
    return low


def save(connection: Connection, story_id: str, every: int, revision: int | None = None) -> bool:
    """Save the story's state as of ``revision``, or the latest, if it is due; says whether it did."""
    head = log.head(connection, story_id)
    if head is None:
        return False
    up_to = min(revision or head.version, head.version)
    last, _ = _last_two(connection, story_id, up_to)
    if up_to - last < _interval(last, every):
        return False
    story = load(connection, story_id, up_to, head=head)
    # Only now: nobody who writes to the story should wait for longer than it takes to write this.
    now = log.lock(connection, story_id)
    if now is None or now.redactions != head.redactions:
        return False
    _write(connection, story_id, story, every)
    return True


def _write(connection: Connection, story_id: str, story: Story, every: int) -> None:
    """Save ``story``, in place of the last one where that is too near to the one before it to be kept."""
    last, before = _last_two(connection, story_id, story.revision - 1)
    too_near = last - before < max(every, before // _SPACING)
    data = keys.ring_of(connection).cover(packed.pack(story), _bound(story_id, story.revision))
    _save.run(connection, stream_id=story_id, revision=story.revision, shape=shape(connection), data=data)
    _drop.run(connection, stream_id=story_id, shape=shape(connection), superseded=last if too_near else 0)


def shape(connection: Connection) -> str:
    """Which saved states are of use: those of this program's ``Story``, sealed under this process's master key."""
    first = keys.ring_of(connection).first
    return f"{packed.shape()}-{first}" if first else packed.shape()


def uncovered(connection: Connection, story_id: str, revision: int, data: bytes) -> bytes:
    """A saved state's ``data``, to be unpacked. Raises ``Damaged``."""
    return keys.ring_of(connection).uncover(data, _bound(story_id, revision))


def _bound(story_id: str, revision: int) -> bytes:
    return f"{story_id} {revision}".encode()


def _last_two(connection: Connection, story_id: str, up_to: int) -> tuple[int, int]:
    """The revisions of the last two saved states that are not beyond ``up_to``; 0 for each that isn't there."""
    rows = _newest_two.all(connection, stream_id=story_id, shape=shape(connection), up_to=up_to)
    last, before, *_ = (*(int(row[0]) for row in rows), 0, 0)
    return last, before


def _interval(last: int, every: int) -> int:
    """After how many events a story that was saved at revision ``last`` is saved again."""
    return max(every, last // _GROWTH)


def require(connection: Connection, story_id: str, *, head: log.Head | None = None) -> Story:
    """The latest state of a story, to be read and not changed; raises ``NotFound`` where there is none."""
    story = load(connection, story_id, head=head)
    if not story.revision:
        raise UnknownStory(story_id)
    return story
