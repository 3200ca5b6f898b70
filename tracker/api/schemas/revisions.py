"""Revisions of a story, and what differs between two."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields
from marshmallow.validate import OneOf

from tracker.api.fields import Line, Moment, RequestSchema, Whole
from tracker.api.schemas.stories import OutletSchema
from tracker.clock import rfc3339
from tracker.history import ActRow, RevisionRow
from tracker.stories.stored import story_types


class RevisionsQuery(RequestSchema):
    """Which revisions."""

    type = fields.String(validate=OneOf(story_types()), metadata={"description": "Only events of this type"})
    outlet = Line(maximum=200, metadata={"description": "Only on behalf of this outlet, by its id or name"})
    actor = Line(maximum=80, metadata={"description": "Only what this token did"})
    group = fields.String(
        validate=OneOf(("act",)),
        metadata={"description": "act: one item for the revisions in a row that one request made"},
    )
    limit = Whole(minimum=1)
    cursor = fields.String()


class RevisionSchema(ma.Schema):
    """What happened in one revision."""

    revision = fields.Integer(required=True)
    type = fields.String(required=True)
    actor = fields.String(required=True)
    outlet = fields.Nested(OutletSchema(), allow_none=True, required=True)
    report_id = fields.String(allow_none=True, required=True)
    version = fields.Integer(allow_none=True, required=True)
    recorded_at = Moment(required=True)
    event = fields.String(required=True, metadata={"description": "The event's id"})
    correlation_id = fields.String(required=True, metadata={"description": "Shared by the events of one request"})
    sentence = fields.String(required=True, metadata={"description": "What it did, in a sentence"})


class ActSchema(RevisionSchema):
    """What happened in one revision; or, with ``group=act``, what one request did, told by its leading revision."""

    first = fields.Integer(metadata={"description": "With group=act: the first revision of the act"})
    revisions = fields.List(
        fields.Nested(RevisionSchema()), metadata={"description": "With group=act: all of them, the oldest first"}
    )


class RevisionPageSchema(ma.Schema):
    """A page of a story's revisions, the newest first."""

    items = fields.List(fields.Nested(ActSchema()), required=True)
    next = fields.String(allow_none=True, required=True)
    latest = fields.Integer(required=True, metadata={"description": "The story's latest revision"})


def present_revision(row: RevisionRow) -> dict[str, Any]:
    """``row`` in the form of ``RevisionSchema``."""
    return {
        "revision": row.revision,
        "type": row.type,
        "actor": row.actor,
        "outlet": {"id": row.outlet.id, "name": row.outlet.name} if row.outlet else None,
        "report_id": row.report_id,
        "version": row.version,
        "recorded_at": rfc3339(row.recorded_at),
        "event": row.event_id,
        "correlation_id": row.correlation_id,
        "sentence": row.sentence,
    }


def present_act(act: ActRow) -> dict[str, Any]:
    """``act`` in the form of ``ActSchema``: as its leading revision, with the number and the time of its last one."""
    return {
        **present_revision(act.leading),
        "revision": act.revision,
        "recorded_at": rfc3339(act.recorded_at),
        "sentence": act.sentence,
        "first": act.first,
        "revisions": [present_revision(row) for row in act.revisions],
    }
