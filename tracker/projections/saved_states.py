"""Keeps the saved states fresh: a head start for whoever reads a story (``store.loading``), never a second truth.

What it does badly: a story that nobody touches keeps the state that it has, also one of an older shape, which
readers pass over.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from tracker.db.prepared import Prepared
from tracker.projections.pages import by_story
from tracker.store import loading
from tracker.store.log import LogEvent

_forget = Prepared("DELETE FROM saved_state WHERE stream_id = :story_id")


class SavedStates:
    """Follows the log and saves the state of a story anew once ``every`` events have come since the last time."""

    name = "saved_states"

    def __init__(self, every: int) -> None:
        self._every = every

    def apply(self, connection: Connection, events: Sequence[LogEvent]) -> None:
        """Save each story that ``events`` touch, if it is due."""
        # Saving locks the story's stream, and whoever locks several does it by ascending id.
        for story_id in sorted(by_story(events)):
            loading.save(connection, story_id, self._every)


def forget(connection: Connection, story_id: str) -> None:
    """Delete the story's saved state, which holds content; the next reader folds the log."""
    _forget.run(connection, story_id=story_id)
