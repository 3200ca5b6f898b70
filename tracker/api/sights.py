"""What whoever asks may see: of a story, and of its address.

Somebody who sees nothing of a story is told that there is none. ``stamp`` goes into every ETag of a story's: under the
same revision something may be hidden today, or gone, that was shown before; what was never shown leaves no trace in it.
"""

from __future__ import annotations

from typing import NamedTuple, cast

from flask import g

from tracker.access.sight import Sight, sight_of
from tracker.access.tokens import Seen, Token
from tracker.api.rooms import connection
from tracker.store import log, seeing
from tracker.store.log import Head
from tracker.stories.errors import UnknownStory


class Place(NamedTuple):
    """Where a story stands for whoever asks."""

    #: Where its stream stands, whoever asks.
    head: Head
    #: The latest revision that he sees.
    revision: int
    #: For ``answers.tag``.
    stamp: str


def sight() -> Sight:
    """What whoever asks sees through of that which is held back."""
    return sight_of(cast(Token, g.token).role)


def place_of(story_id: str) -> Place:
    """Where the story stands for whoever asks. Raises ``UnknownStory`` where he sees none."""
    head = head_seen(story_id) or log.head(connection(), story_id)
    if head is None:
        raise UnknownStory(story_id)
    revision = seeing.latest(connection(), story_id, sight(), head=head)
    if not revision:
        raise UnknownStory(story_id)
    return Place(head, revision, seeing.stamp(connection(), story_id, sight(), head))


def is_there(story_id: str, place: Place, revision: int) -> bool:
    """Whether whoever asks sees that revision of the story, which stands at ``place`` for him."""
    if not 1 <= revision <= place.revision:
        return False
    return not place.head.redactions or not seeing.hides(connection(), story_id, sight(), revision)


def stamp_of(story_id: str) -> str:
    """The stamp of a story that was just written to."""
    head = log.head(connection(), story_id)
    return seeing.stamp(connection(), story_id, sight(), head) if head else ""


def require_story(story: str, story_id: str) -> None:
    """Raises ``UnknownStory``, by the name ``story`` that was asked for, where whoever asks sees no such story."""
    head = head_seen(story_id) or log.head(connection(), story_id)
    if head is not None and not seeing.latest(connection(), story_id, sight(), head=head):
        raise UnknownStory(story)


def head_seen(story_id: str) -> Head | None:
    """Where the gate has seen the story's stream stand; ``None`` where it didn't look, or there is none."""
    seen: Seen | None = g.get("seen")
    if seen is None or story_id not in (seen.story, seen.address and seen.address.stream_id):
        return None
    return seen.head
