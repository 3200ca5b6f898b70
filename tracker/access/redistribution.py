"""Rights to the text: what of an event may leave this newsroom.

An outlet's full text stays here. What leaves, in the feed and in webhooks alike, is what this one function lets
through: headlines, addresses, our own statements and the notes of corrections. Everything that leaves passes here, so
that there is one place to look, and one to change when an outlet allows more.
"""

from __future__ import annotations

from typing import Any, assert_never

import msgspec

from tracker.stories import events
from tracker.stories.outlets import OutletAdded
from tracker.stories.stored import Stored
from tracker.stories.values import Content

#: Of a report's content, what anybody who follows the story may be sent.
MAY_LEAVE = frozenset(
    {"headline", "byline", "dateline", "language", "published_at", "extent", "copyright_notice", "usage_terms"}
)


def may_leave(event: Stored) -> dict[str, Any]:
    """``event`` as JSON-ready fields, without any report's text."""
    match event:
        case events.ReportFiled() | events.ReportUpdated() | events.ReportCorrected():
            fields: dict[str, Any] = msgspec.to_builtins(event)
            del fields["content"]
            return {**fields, **content_that_may_leave(event.content)}
        case events.ContentRedacted():
            # By whose demand is our own affair.
            return {"target": event.target, "reason": event.reason}
        case events.StoryOpened() | events.StoryEdited() | events.StoryClosed() | events.StoryReopened():
            return dict(msgspec.to_builtins(event))
        case OutletAdded():
            return dict(msgspec.to_builtins(event))
        case _ as never:
            assert_never(never)


def content_that_may_leave(content: Content) -> dict[str, Any]:
    """Of a version of a report, JSON-ready, what anybody who follows its story may be sent."""
    fields: dict[str, Any] = msgspec.to_builtins(content)
    return {name: value for name, value in fields.items() if name in MAY_LEAVE}
