"""Which state of a story is asked for: common to all that can be read of the past."""

from __future__ import annotations

from marshmallow import fields

from tracker.api.fields import RequestSchema, Whole


class MomentQuery(RequestSchema):
    """Which state of the story: the latest, one revision, or the one at a moment."""

    revision = Whole(minimum=1, metadata={"description": "As of this revision"})
    as_of = fields.String(metadata={"description": "As of this moment, RFC 3339 with an offset", "format": "date-time"})
