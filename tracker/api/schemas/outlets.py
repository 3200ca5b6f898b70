"""Outlets: how they are listed."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields

from tracker.api.fields import Moment, RequestSchema, WaitFor, Whole
from tracker.clock import rfc3339
from tracker.projections.outlets import OutletRow


class OutletsQuery(RequestSchema):
    """Which page."""

    wait_for = WaitFor()
    limit = Whole(minimum=1)
    cursor = fields.String()


class OutletRowSchema(ma.Schema):
    """An outlet: who publishes."""

    id = fields.String(required=True)
    url = fields.String(required=True)
    name = fields.String(required=True)
    added_at = Moment(required=True, metadata={"description": "When it was first mentioned"})
    reports = fields.Integer(required=True, metadata={"description": "How many reports of it there are"})


class OutletPageSchema(ma.Schema):
    """A page of the outlets, in the order in which they were first mentioned."""

    items = fields.List(fields.Nested(OutletRowSchema()), required=True)
    next = fields.String(allow_none=True, required=True)
    as_at_position = fields.Integer(required=True, metadata={"description": "How far in the log the list has come"})


def present_outlet_row(row: OutletRow) -> dict[str, Any]:
    """``row`` in the form of ``OutletRowSchema``."""
    return {
        "id": row.outlet_id,
        "url": f"/v1/outlets/{row.outlet_id}",
        "name": row.name,
        "added_at": rfc3339(row.added_at),
        "reports": row.reports,
    }
