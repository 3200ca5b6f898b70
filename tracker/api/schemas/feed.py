"""The feed: one event each, in the order of the log."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields

from tracker.access.redistribution import may_leave
from tracker.api.fields import Moment, RequestSchema, Whole
from tracker.clock import from_microseconds, rfc3339
from tracker.store.log_events import LogEvent


class FeedQuery(RequestSchema):
    """From where on."""

    after = fields.String(metadata={"description": "The cursor that the last page ended on; left out: the beginning"})
    limit = Whole(minimum=1)


class FeedItemSchema(ma.Schema):
    """An event."""

    position = fields.Integer(required=True, metadata={"description": "Its place in the log; cursors are for going on"})
    id = fields.String(required=True)
    type = fields.String(required=True)
    story = fields.String(allow_none=True, required=True, metadata={"description": "Null where it is no story's event"})
    revision = fields.Integer(allow_none=True, required=True)
    recorded_at = Moment(required=True)
    actor = fields.String(required=True)
    correlation_id = fields.String(required=True, metadata={"description": "Shared by the events of one request"})
    data = fields.Dict(
        required=True,
        metadata={"description": "What the event says, without reports' texts; redacted, where that was destroyed"},
    )


class FeedSchema(ma.Schema):
    """A page of the feed; ``next`` is always there, so that whoever has read all may ask again later."""

    items = fields.List(fields.Nested(FeedItemSchema()), required=True)
    next = fields.String(required=True)
    more = fields.Boolean(required=True, metadata={"description": "Whether there is more to read already"})


def present_event(event: LogEvent) -> dict[str, Any]:
    """``event`` in the form of ``FeedItemSchema``."""
    of_story = event.stream_id.startswith("sty_")
    return {
        "position": event.position,
        "id": event.event_id,
        "type": event.type,
        "story": event.stream_id if of_story else None,
        "revision": event.version if of_story else None,
        "recorded_at": rfc3339(from_microseconds(event.recorded_at)),
        "actor": event.actor,
        "correlation_id": event.correlation_id,
        "data": _data(event),
    }


def _data(event: LogEvent) -> dict[str, Any]:
    return {**event.clear(), "redacted": True} if event.redacted else may_leave(event.open())
