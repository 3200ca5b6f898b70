"""Acts of the desk: holds, kills, redactions, and what is requested of a second person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import marshmallow as ma
from marshmallow import fields

from tracker.api.fields import Line, Moment, Note, RequestSchema
from tracker.api.schemas.marking import Id
from tracker.stories.desk import RequestState
from tracker.stories.knowledge import HoldKind, HoldReason
from tracker.stories.values import IssuedBy

_AUTHORITY = "By whose decision or demand"
_ALONE = "Why nobody else is asked, where the newsroom's settings let one act alone; done at once"


class HoldSchema(RequestSchema):
    """What is held, and why."""

    target = Id(metadata={"description": "A report's id; the whole story where it is left out"})
    kind = fields.Enum(
        HoldKind,
        by_value=True,
        load_default=HoldKind.PUBLICATION,
        metadata={"description": "publication: it is not shown; preservation: it may not be destroyed"},
    )
    reason = fields.Enum(HoldReason, by_value=True, required=True)
    until = Moment(metadata={"description": "When it lifts itself; an embargo needs that"})
    authority = Line(maximum=300, metadata={"description": _AUTHORITY})


class LiftSchema(RequestSchema):
    """By whose decision a hold ends."""

    authority = Line(maximum=300, metadata={"description": _AUTHORITY})


class DeskSchema(RequestSchema):
    """What the desk may do: ask a second person, or where that is allowed, do it alone and say why."""

    alone_because = Note(metadata={"description": _ALONE})


class IssuedSchema(DeskSchema):
    """Whose act it is: the outlet's own, done at once; or the desk's, which another person approves."""

    issued_by = fields.Enum(
        IssuedBy,
        by_value=True,
        load_default=IssuedBy.OUTLET,
        metadata={"description": "outlet: it did so itself; desk: we ask a second person"},
    )

    @ma.validates_schema
    def alone_for_the_desk(self, data: dict[str, Any], **_options: Any) -> None:
        if "alone_because" in data and data.get("issued_by") is not IssuedBy.DESK:
            raise ma.ValidationError("What an outlet did itself needs no second person.", "alone_because")


#: Of an object that is an ``IssuedSchema``: whoever says why he is alone acts for the desk.
ISSUED_RULE: Mapping[str, Any] = {
    "anyOf": [
        {"properties": {"alone_because": False}},
        {"required": ["issued_by"], "properties": {"issued_by": {"const": "desk"}}},
    ]
}


class KillSchema(IssuedSchema):
    """Why a report may not be used any more, and what the public is told."""

    reason = Note(required=True, metadata={"description": "Not for the public"})
    public_note = Note(required=True, metadata={"description": "All that is left to be read of it"})
    successor = Id(metadata={"description": "The report that takes its place"})

    rules: ClassVar[Mapping[str, Any]] = ISSUED_RULE


class RedactSchema(DeskSchema):
    """What is to be destroyed, for good."""

    target = Id(required=True, metadata={"description": "A report (rpt_…), or one of its versions (rpt_…/2)"})
    reason = Note(required=True)
    authority = Line(maximum=300, required=True, metadata={"description": _AUTHORITY})


class ApproveSchema(RequestSchema):
    """Nothing is to be said: the act is done as it was asked for."""


class ActReceiptSchema(ma.Schema):
    """What became of an act."""

    story = fields.String(required=True)
    revision = fields.Integer(required=True, metadata={"description": "The story's revision that this made"})
    position = fields.Integer(
        allow_none=True, required=True, metadata={"description": "Its place in the log, where it is known by now"}
    )
    url = fields.String(required=True, metadata={"description": "Where it is shown"})


class HoldReceiptSchema(ActReceiptSchema):
    """The hold."""

    hold = fields.String(required=True)


class KillReceiptSchema(ActReceiptSchema):
    """The report that was killed."""

    report_id = fields.String(required=True)


class RequestReceiptSchema(ActReceiptSchema):
    """What is requested, and where it is approved or declined; null where it was done before without a request."""

    request = fields.String(required=True, allow_none=True)
    state = fields.Enum(RequestState, by_value=True, required=True)
    approve = fields.String(
        required=True, allow_none=True, metadata={"description": "Where another person approves it"}
    )
    decline = fields.String(
        required=True, allow_none=True, metadata={"description": "Where it is declined, or taken back"}
    )
