"""Keeps the saved states fresh: a head start for whoever reads a story (``store.loading``), never a second truth.

States are saved as of where this follower has come to, not as of the latest revision, so that one that begins anew,
or is behind, leaves states along the whole of a long story.

What it does badly: a story that nobody touches keeps the states that it has, also those of an older shape, which
readers pass over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from tracker.db.database import Database
from tracker.db.prepared import Prepared
from tracker.projections.pages import by_story
from tracker.store import loading, log
from tracker.store.log_events import LogEvent

_forget = Prepared("DELETE FROM saved_state WHERE stream_id = :story_id")
_count = Prepared("SELECT count(*) FROM stream WHERE kind = 'story'")
_next = Prepared("SELECT id FROM stream WHERE kind = 'story' AND id > :after ORDER BY id LIMIT 100")


class SavedStates:
    """Follows the log and saves the state of a story once ``every`` events, or more, have come since the last time."""

    name = "saved_states"

    def __init__(self, every: int) -> None:
        self._every = every

    def apply(self, connection: Connection, events: Sequence[LogEvent]) -> None:
        """Save each story that ``events`` touch, if it is due."""
        # Saving locks the story's stream, and whoever locks several does it by ascending id.
        for story_id, touched in sorted(by_story(events).items()):
            loading.save(connection, story_id, self._every, touched[-1].version)


def forget(connection: Connection, story_id: str) -> None:
    """Delete all of the story's saved states, which hold content; the next reader folds the log."""
    _forget.run(connection, story_id=story_id)


def stories(database: Database) -> int:
    """How many stories there are."""
    with database.reading() as connection:
        row = _count.first(connection)
    return int(row[0]) if row else 0


def save_anew(database: Database, every: int, *, advance: Callable[[int], None] = lambda count: None) -> None:
    """Delete the saved states of each story and save them again, one after the other; ``advance`` is told of each.

    There is always a way to read a story, so it may be interrupted anywhere, and begun again.
    """
    after = ""
    while ids := _ids(database, after):
        for story_id in ids:
            _save_anew(database, story_id, every)
            advance(1)
        after = ids[-1]


def _ids(database: Database, after: str) -> list[str]:
    with database.reading() as connection:
        return [str(story_id) for (story_id,) in _next.all(connection, after=after)]


def _save_anew(database: Database, story_id: str, every: int) -> None:
    with database.writing() as connection:
        forget(connection, story_id)
        head = log.head(connection, story_id)
    last = head.version if head else 0
    for revision in [*range(every, last, every), last]:
        with database.writing() as connection:
            loading.save(connection, story_id, every, revision)
