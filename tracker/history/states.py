"""The story as it was: at a revision, or at a moment, as somebody sees it now; folded upon the last state saved before.

Every question names the *sight* of whoever asks (``access.sight``). Revisions that he doesn't see are not there.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from tracker.clock import from_microseconds, rfc3339
from tracker.errors import NotFound
from tracker.store import log, seeing
from tracker.store.withholding import Sight
from tracker.stories.errors import UnknownStory
from tracker.stories.story import Story


def at(
    connection: Connection,
    story_id: str,
    *,
    sight: Sight,
    revision: int | None = None,
    as_of: datetime | None = None,
) -> Story:
    """The story at ``revision``, or as of a moment, or (with neither) the latest.

    Raises ``NotFound``: ``unknown-story``; ``unknown-revision`` for a revision that isn't there, and for a moment
    before the first event, with the first and the latest revision as facts.
    """
    if as_of is not None:
        revision = revision_at(connection, story_id, as_of, sight=sight)
    if revision is None:
        return seeing.require(connection, story_id, sight)
    if revision < 1:
        raise unknown_revision(connection, story_id, revision, sight=sight)
    story = seeing.seen(connection, story_id, sight, revision=revision)
    if story.revision != revision:
        raise unknown_revision(connection, story_id, revision, sight=sight)
    return story


def revision_at(connection: Connection, story_id: str, moment: datetime, *, sight: Sight) -> int:
    """The last revision that was recorded at ``moment`` or before. Raises ``NotFound`` as ``at`` does."""
    revision = seeing.revision_at(connection, story_id, sight, moment)
    if revision:
        return revision
    latest = latest_revision(connection, story_id, sight=sight)
    opened = log.read(connection, story_id, limit=1)[0]
    raise NotFound(
        f"Nothing was known of this story at {rfc3339(moment)}: its first revision was recorded at "
        f"{rfc3339(from_microseconds(opened.recorded_at))}.",
        name="unknown-revision",
        facts={"first": 1, "latest": latest},
    )


def latest_revision(connection: Connection, story_id: str, *, sight: Sight) -> int:
    """The number of the story's latest revision. Raises ``NotFound`` (``unknown-story``)."""
    latest = seeing.latest(connection, story_id, sight)
    if not latest:
        raise UnknownStory(story_id)
    return latest


def unknown_revision(connection: Connection, story_id: str, revision: int, *, sight: Sight) -> NotFound:
    """The refusal of ``revision``. Raises ``NotFound`` (``unknown-story``) where there is no story either."""
    latest = latest_revision(connection, story_id, sight=sight)
    return NotFound(
        f"This story has no revision {revision}; it has the revisions 1 to {latest}.",
        name="unknown-revision",
        facts={"first": 1, "latest": latest},
    )
