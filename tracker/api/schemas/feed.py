"""The feed: one event each, in the order of the log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import marshmallow as ma
from marshmallow import fields

from tracker.access.redistribution import may_leave
from tracker.api.fields import Moment, RequestSchema, Whole
from tracker.clock import from_microseconds, rfc3339
from tracker.store.log_events import LogEvent
from tracker.store.releases import Released
from tracker.store.veils import NO_VEIL, Veil
from tracker.stories.outlets import Redistribute


class FeedQuery(RequestSchema):
    """From where on."""

    after = fields.String(metadata={"description": "The cursor that the last page ended on; left out: the beginning"})
    limit = Whole(minimum=1)


class FeedEventSchema(ma.Schema):
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
        metadata={
            "description": "What the event says, a report's text only where its outlet allows it; redacted, or killed, "
            "where only what names things is told"
        },
    )


class FeedItemSchema(FeedEventSchema):
    """An event, and what it brings to those who could not see it at its place."""

    released = fields.List(
        fields.Nested(FeedEventSchema()),
        metadata={"description": "Of a hold that is lifted: the events that were withheld, in order"},
    )
    rest = fields.String(
        metadata={"description": "Where the others are read, if more were withheld than stand in released"}
    )


class FeedSchema(ma.Schema):
    """A page of the feed; ``next`` is always there, so that whoever has read all may ask again later."""

    items = fields.List(fields.Nested(FeedItemSchema()), required=True)
    next = fields.String(required=True)
    more = fields.Boolean(required=True, metadata={"description": "Whether there is more to read already"})


class Telling(NamedTuple):
    """What decides how events are told."""

    #: What may leave of each outlet's text, by its id.
    settings: Mapping[str, Redistribute]
    #: What may not be told of the events of each stream.
    veils: Mapping[str, Veil]


def present_event(event: LogEvent, telling: Telling) -> dict[str, Any]:
    """``event`` in the form of ``FeedEventSchema``."""
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
        "data": _data(event, telling),
    }


def present_item(event: LogEvent, released: Released | None, telling: Telling) -> dict[str, Any]:
    """``event`` in the form of ``FeedItemSchema``."""
    shown = present_event(event, telling)
    if released is None:
        return shown
    shown["released"] = [present_event(each, telling) for each in released.events]
    return {**shown, "rest": f"/v1/stories/{event.stream_id}/revisions"} if released.more else shown


def _data(event: LogEvent, telling: Telling) -> dict[str, Any]:
    veil = telling.veils.get(event.stream_id, NO_VEIL)
    if gone := veil.gone(event):
        return {**veil.clear(event), gone: True}
    return may_leave(veil.opened(event), telling.settings.get(event.on_behalf_of or "", Redistribute.HEADLINE))
