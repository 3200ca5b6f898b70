"""What every command about reports asks first: may this person, and is the story open."""

from __future__ import annotations

from tracker.stories.errors import OutletNotYours, StoryIsClosed
from tracker.stories.story import Status, Story
from tracker.stories.values import OutletRef, Person


def require_open(story: Story) -> None:
    """Raises ``StoryIsClosed``."""
    if story.status is Status.CLOSED:
        raise StoryIsClosed


def require_right(by: Person, outlet: OutletRef) -> None:
    """Raises ``OutletNotYours`` where the person may not file for the outlet."""
    if not by.may_file_for(outlet.id):
        raise OutletNotYours(outlet.name)
