"""Verifies that each saved state is the fold of its story's events up to its revision.

A state of another shape than this program's is passed over, as readers do. Each story is folded once, from state to
state, a few hundred events at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection

from tracker.db.prepared import Prepared
from tracker.errors import Damaged
from tracker.store import loading, packed
from tracker.store.keys import MasterKeyMissing
from tracker.store.verifying.findings import Finding, Findings
from tracker.stories.folding import advanced
from tracker.stories.story import Story

#: Events that are opened at once.
_PAGE = 200


class _State(NamedTuple):
    stream_id: str
    revision: int
    shape: str
    data: bytes


_next = Prepared(
    "SELECT stream_id, revision, shape, data FROM saved_state "
    "WHERE (stream_id, revision) > (:stream_id, :revision) ORDER BY stream_id, revision LIMIT 1"
)
_again = Prepared(
    "SELECT stream_id, revision, shape, data FROM saved_state WHERE stream_id = :stream_id AND revision = :revision"
)


def verify(connection: Connection, findings: Findings) -> None:
    """Add each saved state that is not the fold to ``findings``."""
    stream_id, story = "", Story()
    for state in _states(connection):
        if state.shape != loading.shape(connection):
            continue
        if state.stream_id != stream_id:
            stream_id, story = state.stream_id, Story()
        try:
            story = _folded(connection, state, story)
            data = loading.uncovered(connection, state.stream_id, state.revision, state.data)
            what = None if packed.unpack(data)[0] == story else "It is not the fold of the log."
        except (Damaged, MasterKeyMissing, packed.Unusable) as error:
            what = f"It can't be compared with the log: {error}"
        # Whoever redacts deletes states: one that has gone meanwhile was right when it was read.
        if what and _again.first(connection, stream_id=state.stream_id, revision=state.revision) == tuple(state):
            findings.add(Finding("saved state", what, stream_id=state.stream_id, version=state.revision))


def _states(connection: Connection) -> Iterator[_State]:
    after = ("", 0)
    while row := _next.first(connection, stream_id=after[0], revision=after[1]):
        yield (state := _State(*row))
        after = state.stream_id, state.revision


def _folded(connection: Connection, state: _State, story: Story) -> Story:
    """The story at the state's revision, from an earlier one."""
    while story.revision < state.revision:
        events = loading.history(connection, state.stream_id, after=story.revision, up_to=state.revision, limit=_PAGE)
        if not events:
            raise Damaged(f"The story ends at revision {story.revision}.")
        story = advanced(story, events)
    return story
