"""What the desk does: what it holds back, what waits for a second person, and which stories belong together.

The answers are the state's own structs: they are plain, and their fields are those that a reader asks for.
"""

from __future__ import annotations

from collections.abc import Collection

from tracker.stories.desk import Hold, Request, RequestState
from tracker.stories.knowledge import HoldKind
from tracker.stories.marks import Link
from tracker.stories.story import Story
from tracker.stories.withholding import REQUEST, kind_of


def holds(story: Story, sight: Collection[str]) -> list[Hold]:
    """The holds that whoever has that sight may know of: kinds of restriction, "hold" and "embargo"."""
    return [each for each in story.holds.values() if _kind(each) in sight]


def requests(story: Story, sight: Collection[str]) -> list[Request]:
    """What was asked for: what waits first, then what was decided, each in its order; nothing without that sight."""
    if REQUEST not in sight:
        return []
    return sorted(story.requests.values(), key=lambda each: each.state is not RequestState.WAITING)


def related(story: Story) -> list[Link]:
    """The stories that this one belongs to, or that belong to it."""
    return list(story.links.values())


def _kind(hold: Hold) -> str:
    return "hold" if hold.kind is HoldKind.PRESERVATION else kind_of(hold)
