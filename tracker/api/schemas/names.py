"""Names of outlets and parties: how they are given, how they are searched for, how two are merged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import marshmallow as ma
from marshmallow import fields

from tracker.api.fields import Bounded, Line, RequestSchema, WaitFor, Whole
from tracker.ids import looks_like_id
from tracker.store.register import Entry

_MOST_ALIASES = 50


class Name(Line):
    """The name of an outlet or a party: one line of 1 to 200 characters that doesn't look like an id.

    The pattern does not say the latter.
    """

    default_error_messages = {"id": "A name may not look like an id."}  # noqa: RUF012

    def __init__(self, **options: Any) -> None:
        super().__init__(maximum=200, **options)

    def read(self, text: str) -> str:
        name = super().read(text)
        if looks_like_id(name.casefold()):
            raise self.make_error("id")
        return name


class Aliases(Bounded):
    """Other names, at most 50. The same twice, whatever its case and spacing, is once."""

    def __init__(self, **options: Any) -> None:
        super().__init__(Name(), maximum=_MOST_ALIASES, **options)


class MergeSchema(RequestSchema):
    """What it was found to be."""

    into = Line(maximum=200, required=True, metadata={"description": "The id or a name of the one that is left"})


class NamesQuery(RequestSchema):
    """Which of them, and which page."""

    q = Line(maximum=200, metadata={"description": "What stands in one of its names"})
    wait_for = WaitFor()
    limit = Whole(minimum=1)
    cursor = fields.String()


class EntrySchema(ma.Schema):
    """One that was merged into the one that is shown."""

    id = fields.String(required=True)
    name = fields.String(required=True)


def present_entries(entries: Sequence[Entry]) -> list[dict[str, str]]:
    """``entries`` in the form of a list of ``EntrySchema``."""
    return [{"id": entry.id, "name": entry.name} for entry in entries]
