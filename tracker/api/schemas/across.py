"""What may be asked over all stories."""

from __future__ import annotations

from marshmallow import fields
from marshmallow.validate import OneOf

from tracker.api.fields import Line, RequestSchema, WaitFor, Whole
from tracker.stories.questions.corrections import Remedy


class MentionsQuery(RequestSchema):
    """Which page."""

    wait_for = WaitFor()
    limit = Whole(minimum=1)
    cursor = fields.String()


class CorrectionsQuery(MentionsQuery):
    """Which of them."""

    outlet = Line(maximum=200, metadata={"description": "Only of reports of this outlet, by its id or name"})
    kind = fields.String(validate=OneOf([each.value for each in Remedy]), metadata={"description": "Only of this kind"})
    since = fields.String(
        metadata={"description": "Only what was recorded then or later, RFC 3339 with an offset", "format": "date-time"}
    )
