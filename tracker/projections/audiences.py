"""The row of a story in the list as each audience sees it, where something of the story is hidden from somebody.

    rows(connection, row, head)       one row for everyone, or one for each audience that sees the story at all
    renewed(connection, row, sight)   a row whose story was restricted, or released, since it was written

Of a story that is seen at all, hidden reports change how many there are, of which outlets, and when it changed last. A
row is written by a follower, which may be behind; ``redactions`` tells whether the row may be shown as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from tracker.access.sight import AUDIENCES, Sight
from tracker.clock import to_microseconds
from tracker.store import order, seeing
from tracker.store.log import Head
from tracker.stories.story import Story

#: The audience of what all see alike.
EVERYONE = "everyone"


def rows(connection: Connection, row: Mapping[str, Any], head: Head) -> list[tuple[dict[str, Any], frozenset[str]]]:
    """``row``, which is of all that there is, as each audience sees it, and the outlets that it sees in the story.

    ``head`` is where the stream stood before anything was looked up.
    """
    found = {
        audience: (_row(connection, row, story), _outlets(story))
        for audience, sight in AUDIENCES.items()
        if (story := seeing.seen(connection, row["story_id"], sight, revision=row["revision"], head=head)).revision
    }
    alike = len(found) == len(AUDIENCES) and all(each == found["all"] for each in found.values())
    shown = {EVERYONE: found["all"]} if alike else found
    return [({**each, "audience": name, "redactions": head.redactions}, o) for name, (each, o) in shown.items()]


def renewed(
    connection: Connection, row: Mapping[str, Any], sight: Sight
) -> tuple[dict[str, Any], frozenset[str]] | None:
    """``row`` as it is seen now, and the outlets that are seen in the story; ``None`` where the story isn't seen."""
    story = seeing.seen(connection, row["story_id"], sight)
    if not story.revision:
        return None
    said = {"title": story.title, "slug": story.slug, "status": story.status.value, "urgency": story.urgency}
    return {**row, **said, **_counted(story)}, _outlets(story)


def _row(connection: Connection, row: Mapping[str, Any], story: Story) -> dict[str, Any]:
    if story.revision == row["revision"]:
        return {**row, **_counted(story)}
    position = order.position_of(connection, row["story_id"], story.revision)
    assert position is not None, "the follower has passed it"
    return {**row, **_counted(story), "position": position}


def _counted(story: Story) -> dict[str, Any]:
    assert story.changed_at is not None
    at = to_microseconds(story.changed_at)
    return {"reports": len(story.reports), "revision": story.revision, "changed_at": at}


def _outlets(story: Story) -> frozenset[str]:
    return frozenset(report.outlet.id for report in story.reports.values())
