"""What the pages of outlets and of parties have in common: a list that is searched, lines in a form, a merger."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import marshmallow as ma
from flask import request

from tracker.api.naming import outlet_id_of, party_id_of, present_id_of
from tracker.api.problems import faults_of
from tracker.api.schemas.names import NamesQuery
from tracker.errors import Fault, Invalid
from tracker.stories.names import Kind


def wanted() -> dict[str, str]:
    """The search and the cursor that a list is asked with, by the rules of the API's list.

    Raises ``Invalid`` (``invalid-parameter``).
    """
    given = {name: value for name in ("q", "cursor") if (value := request.args.get(name, "").strip())}
    try:
        judged: dict[str, str] = NamesQuery().load(given)
    except ma.ValidationError as error:
        faults = [Fault(fault.pointer.strip("/"), fault.detail) for fault in faults_of(error.messages)]
        raise Invalid("There are no names to be sought like that.", name="invalid-parameter", faults=faults) from None
    return judged


def id_asked(kind: Kind, asked: str) -> str:
    """The id of the outlet or party that an address means; whoever opens the page of one that was merged is sent on.

    Raises ``NotFound``, or a redirect.
    """
    if request.method != "POST":
        return present_id_of(kind, asked)
    return outlet_id_of(asked) if kind == "outlet" else party_id_of(asked)


def with_lines(data: Mapping[str, Any], name: str, read: Callable[[str], Any] = str) -> dict[str, Any]:
    """A form's fields, in which ``name`` is written one entry to a line; each is ``read``."""
    written = data.get(name, "")
    if not isinstance(written, str):
        return dict(data)
    return {**data, name: [read(line.strip()) for line in written.splitlines() if line.strip()]}
