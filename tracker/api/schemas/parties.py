"""Parties: what may be asked of them, how they are listed and how one is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import marshmallow as ma
from marshmallow import fields

from tracker.api.fields import Bounded, Line, Moment, RequestSchema
from tracker.api.schemas.names import Aliases, EntrySchema, Name, present_entries
from tracker.clock import rfc3339
from tracker.projections.parties import PartyRow
from tracker.store.register import Entry
from tracker.stories.parties import Party, PartyKind, Role

_MOST_ROLES = 100
_LONGEST_DATE = 20
_KIND = "What it is; null where nobody said"
_FROM = "Since when, as precisely as is known: a day, a month, a season or a year (EDTF level 0 or 1)"
_TO = "Until when, likewise; left out where it goes on, or nobody knows"


class RoleSchema(RequestSchema):
    """What a party was, from when to when."""

    title = Line(maximum=200, required=True, metadata={"description": "Such as Secretary of State"})
    organisation = Line(maximum=200, metadata={"description": "Where that was"})
    since = Line(data_key="from", maximum=_LONGEST_DATE, metadata={"description": _FROM})
    until = Line(data_key="to", maximum=_LONGEST_DATE, metadata={"description": _TO})

    @ma.post_load
    def made(self, data: dict[str, Any], **_options: Any) -> Role:
        return Role(**data)


class Roles(Bounded):
    """Roles, in the order in which they are to be shown; at most 100."""

    def __init__(self, **options: Any) -> None:
        super().__init__(ma.fields.Nested(RoleSchema()), maximum=_MOST_ROLES, **options)


class AddPartySchema(RequestSchema):
    """A party that nobody has mentioned yet."""

    name = Name(required=True)
    aliases = Aliases()
    kind = fields.Enum(PartyKind, by_value=True, allow_none=True, metadata={"description": _KIND})
    roles = Roles()


class EditPartySchema(RequestSchema):
    """What changes; a field that is left out stays as it is. A former name stays an alias, unless aliases are given."""

    name = Name()
    aliases = Aliases(metadata={"description": "All of them"})
    kind = fields.Enum(PartyKind, by_value=True, allow_none=True, metadata={"description": _KIND})
    roles = Roles(metadata={"description": "All of them"})

    rules: ClassVar[Mapping[str, Any]] = {"minProperties": 1}

    @ma.validates_schema
    def something(self, data: dict[str, Any], **_options: Any) -> None:
        if not data:
            raise ma.ValidationError("Give at least one of name, aliases, kind, roles.")


class PartyRowSchema(ma.Schema):
    """A party in the list: who is spoken of."""

    id = fields.String(required=True)
    url = fields.String(required=True)
    name = fields.String(required=True)
    aliases = fields.List(fields.String(), required=True)
    added_at = Moment(required=True, metadata={"description": "When it was first mentioned"})


class ShownRoleSchema(ma.Schema):
    """What a party was, from when to when."""

    title = fields.String(required=True)
    organisation = fields.String(allow_none=True, required=True)
    since = fields.String(data_key="from", allow_none=True, required=True)
    until = fields.String(data_key="to", allow_none=True, required=True)


class WholePartySchema(PartyRowSchema):
    """A party: a person or organisation spoken of."""

    kind = fields.Enum(PartyKind, by_value=True, allow_none=True, required=True)
    roles = fields.List(fields.Nested(ShownRoleSchema()), required=True)
    revision = fields.Integer(required=True, metadata={"description": "How often it was changed, the first time too"})
    changed_at = Moment(required=True)
    merged = fields.List(
        fields.Nested(EntrySchema()), required=True, metadata={"description": "Those that were found to be this one"}
    )


class PartyPageSchema(ma.Schema):
    """A page of the parties, in the order in which they were first mentioned."""

    items = fields.List(fields.Nested(PartyRowSchema()), required=True)
    next = fields.String(allow_none=True, required=True)
    as_at_position = fields.Integer(required=True, metadata={"description": "How far in the log the list has come"})


def present_party_row(row: PartyRow) -> dict[str, Any]:
    """``row`` in the form of ``PartyRowSchema``."""
    return {
        "id": row.party_id,
        "url": f"/v1/parties/{row.party_id}",
        "name": row.name,
        "aliases": row.aliases,
        "added_at": rfc3339(row.added_at),
    }


def present_whole_party(party: Party, merged: Sequence[Entry]) -> dict[str, Any]:
    """``party`` in the form of ``WholePartySchema``."""
    return {
        "id": party.party_id,
        "url": f"/v1/parties/{party.party_id}",
        "name": party.name,
        "aliases": party.aliases,
        "added_at": rfc3339(party.added_at),
        "kind": party.kind.value if party.kind else None,
        "roles": [present_role(role) for role in party.roles],
        "revision": party.revision,
        "changed_at": rfc3339(party.changed_at),
        "merged": present_entries(merged),
    }


def present_role(role: Role) -> dict[str, str | None]:
    """``role`` in the form of ``ShownRoleSchema``."""
    return {"title": role.title, "organisation": role.organisation, "from": role.since, "to": role.until}
