"""What may be asked of a story's knowledge: which state of it, which page, which entries."""

from __future__ import annotations

from marshmallow import fields
from marshmallow.validate import OneOf

from tracker.api.fields import Line, Whole
from tracker.api.schemas.moments import MomentQuery
from tracker.stories.questions.claims import STANDINGS
from tracker.stories.questions.timeline import EntryOf


class ListQuery(MomentQuery):
    """Which page, of which state of the story."""

    limit = Whole(minimum=1)
    cursor = fields.String()


class SaidListQuery(ListQuery):
    """Which page, of which state of the story, and as if only what was published before a moment had been said."""

    said_before = fields.String(
        metadata={
            "description": "Without what was published at this moment or later, RFC 3339 with an offset",
            "format": "date-time",
        }
    )


class SaidQuery(MomentQuery):
    """Of which state of the story, and as if only what was published before a moment had been said."""

    said_before = fields.String(metadata={"description": "As in the list of claims", "format": "date-time"})


class ClaimsQuery(SaidListQuery):
    """Which claims."""

    standing = fields.String(
        validate=OneOf(STANDINGS), metadata={"description": "Only those of this support or fate, or that are disputed"}
    )
    outlet = Line(maximum=200, metadata={"description": "Only those in a report of this outlet, by its id or name"})
    party = Line(maximum=200, metadata={"description": "Only those that name this party, by its id or name"})


class TimelineQuery(SaidListQuery):
    """Which entries."""

    kind = fields.String(
        validate=OneOf([each.value for each in EntryOf]), metadata={"description": "Only what is of this kind"}
    )
