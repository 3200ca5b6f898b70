"""Outlets: what may be asked of them, how they are listed and how one is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import marshmallow as ma
from marshmallow import fields

from tracker.api.fields import Line, Moment, RequestSchema
from tracker.api.schemas.names import Aliases, EntrySchema, Name, present_entries
from tracker.clock import rfc3339
from tracker.projections.outlets import OutletRow
from tracker.store.register import Entry
from tracker.stories.outlets import Outlet, Redistribute

_OWNER = "Who owns it; outlets of one owner are not independent of each other"
_REDISTRIBUTE = "What of its reports may leave, by the feed and by webhooks: headlines alone, or the text too"


class AddOutletSchema(RequestSchema):
    """An outlet that nobody has mentioned yet."""

    name = Name(required=True)
    aliases = Aliases()
    owner = Line(maximum=200, allow_none=True, metadata={"description": _OWNER})
    redistribute = fields.Enum(Redistribute, by_value=True, metadata={"description": _REDISTRIBUTE})


class EditOutletSchema(RequestSchema):
    """What changes; a field that is left out stays as it is. A former name stays an alias, unless aliases are given."""

    name = Name()
    aliases = Aliases(metadata={"description": "All of them"})
    owner = Line(maximum=200, allow_none=True, metadata={"description": _OWNER})
    redistribute = fields.Enum(Redistribute, by_value=True, metadata={"description": _REDISTRIBUTE})

    rules: ClassVar[Mapping[str, Any]] = {"minProperties": 1}

    @ma.validates_schema
    def something(self, data: dict[str, Any], **_options: Any) -> None:
        if not data:
            raise ma.ValidationError("Give at least one of name, aliases, owner, redistribute.")


class OutletRowSchema(ma.Schema):
    """An outlet in the list: who publishes."""

    id = fields.String(required=True)
    url = fields.String(required=True)
    name = fields.String(required=True)
    aliases = fields.List(fields.String(), required=True)
    owner = fields.String(allow_none=True, required=True)
    redistribute = fields.Enum(Redistribute, by_value=True, required=True)
    added_at = Moment(required=True, metadata={"description": "When it was first mentioned"})
    reports = fields.Integer(required=True, metadata={"description": "How many reports of it there are"})


class WholeOutletSchema(OutletRowSchema):
    """An outlet: who publishes."""

    revision = fields.Integer(required=True, metadata={"description": "How often it was changed, the first time too"})
    changed_at = Moment(required=True)
    merged = fields.List(
        fields.Nested(EntrySchema()), required=True, metadata={"description": "Those that were found to be this one"}
    )


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
        "aliases": row.aliases,
        "owner": row.owner,
        "redistribute": row.redistribute.value,
        "added_at": rfc3339(row.added_at),
        "reports": row.reports,
    }


def present_whole_outlet(outlet: Outlet, reports: int, merged: Sequence[Entry]) -> dict[str, Any]:
    """``outlet`` in the form of ``WholeOutletSchema``."""
    return {
        "id": outlet.outlet_id,
        "url": f"/v1/outlets/{outlet.outlet_id}",
        "name": outlet.name,
        "aliases": outlet.aliases,
        "owner": outlet.owner,
        "redistribute": outlet.redistribute.value,
        "added_at": rfc3339(outlet.added_at),
        "reports": reports,
        "revision": outlet.revision,
        "changed_at": rfc3339(outlet.changed_at),
        "merged": present_entries(merged),
    }
