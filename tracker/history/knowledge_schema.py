"""The published form of what changed in what is known (``knowledge.to_document``), as parts of a JSON Schema."""

from __future__ import annotations

import enum
from typing import Any

from tracker.stories.claims import Fate, Support
from tracker.stories.desk import RequestState
from tracker.stories.knowledge import HoldKind, HoldReason, LinkKind, RelationKind, Stance
from tracker.stories.values import IssuedBy

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_MAYBE_TEXT: Schema = {"type": ["string", "null"]}
_NUMBER: Schema = {"type": "integer", "minimum": 1}
_MAYBE_NUMBER: Schema = {"type": ["integer", "null"], "minimum": 1}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_MOMENT: Schema = {"type": "string", "format": "date-time"}
_OP: Schema = {"enum": ["insert", "delete", "replace"]}
_ONE_SIDED: Schema = {"enum": ["insert", "delete"]}
_PARTY: Schema = {"type": "object", "properties": {"id": _TEXT, "name": _TEXT}, "required": ["id", "name"]}
_OUTLET: Schema = {
    "type": "object",
    "properties": {**_PARTY["properties"], "owner": {"type": ["string", "null"], "description": "As known then."}},
    "required": ["id", "name"],
}


def _object(required: Schema, optional: Schema | None = None, description: str = "") -> Schema:
    """An object that has all of ``required``, and may have more some day."""
    said = {"description": description} if description else {}
    return {**said, "type": "object", "properties": {**required, **(optional or {})}, "required": list(required)}


def _one_of(values: type[enum.StrEnum]) -> Schema:
    return {"enum": [each.value for each in values]}


def _sides(name: str) -> Schema:
    """Null where that side doesn't have it."""
    side = {"anyOf": [{"type": "null"}, {"$ref": f"#/$defs/{name}"}]}
    return {"from": side, "to": side}


_RECORDED: Schema = {"revision": _NUMBER, "recorded_at": _MOMENT}
_ATTRIBUTION = _object(
    {},
    {
        "party": _PARTY,
        "outlet": _OUTLET,
        "report_id": _TEXT,
        "label": {**_TEXT, "description": "As printed."},
        "named": {"type": "boolean"},
        "count": _object({}, {"min": _NUMBER, "max": _NUMBER}),
        "ordinal": _NUMBER,
        "knowledge": _TEXT,
        "ground_rule": _TEXT,
        "anonymity_reason": _TEXT,
        "via": {"type": "array", "items": {"$ref": "#/$defs/attribution"}},
    },
    "Who says it, and through whom it came.",
)
_MAYBE_ATTRIBUTION: Schema = {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/attribution"}]}
_SELECTOR = _object({"exact": _TEXT}, {"block": _TEXT, "prefix": _TEXT, "suffix": _TEXT})
_QUOTE = _object(
    {"parts": {"type": "array", "items": {"$ref": "#/$defs/selector"}}},
    {
        "speaker": {"$ref": "#/$defs/attribution"},
        "language": _TEXT,
        "inner": {"type": "array", "items": {"$ref": "#/$defs/quote"}},
    },
)
_APPEARANCE = _object(
    {
        **_RECORDED,
        "number": _NUMBER,
        "report_id": _TEXT,
        "version": _NUMBER,
        "selector": {"$ref": "#/$defs/selector"},
        "stance": _one_of(Stance),
        "attribution": _MAYBE_ATTRIBUTION,
        "quotes": {"type": "array", "items": {"$ref": "#/$defs/quote"}},
        "about": {"type": "array", "items": _PARTY},
        "redacted": {"type": "boolean"},
    }
)
_INTERVAL = _object({"min": _COUNT, "max": {"type": ["integer", "null"], "minimum": 0}}, description="Null: not known.")
_STANDING = _object(
    {
        "support": _one_of(Support),
        "outlets": _INTERVAL,
        "sources": _INTERVAL,
        "disputed": {"type": "array", "items": {"type": "object"}},
        "fate": _one_of(Fate),
        "words": {**_TEXT, "description": "All of it in a sentence."},
    }
)
_CLAIM_REF = _object({"claim_id": _TEXT}, {"story_id": _TEXT})
_BASIS = _object({"text": _TEXT}, {"report_id": _TEXT, "version": _NUMBER}, "The words that it rests on.")
_MAYBE_BASIS: Schema = {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/basis"}]}
_RELATION = _object(
    {
        **_RECORDED,
        "relation_id": _TEXT,
        "source": {"$ref": "#/$defs/claim_ref"},
        "target": {"$ref": "#/$defs/claim_ref"},
        "relation": _one_of(RelationKind),
        "basis": _MAYBE_BASIS,
        "by": {"anyOf": [{"type": "null"}, _OUTLET], "description": "The outlet that says so; null: our desk."},
        "redacted": {"type": "boolean"},
    }
)
_WHEN = _object(
    {"phrase": {**_TEXT, "description": "As the source has it."}},
    {
        "edtf": _TEXT,
        "earliest": {"type": "string", "format": "date"},
        "latest": {"type": "string", "format": "date"},
        "qualifier": _TEXT,
        "anchor": {"type": "object"},
        "hemisphere": _TEXT,
        "time": _MOMENT,
    },
)
_ACCOUNT = _object(
    {
        **_RECORDED,
        "title": _TEXT,
        "when": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/when"}]},
        "reading": {**_MAYBE_TEXT, "description": "What the phrase was read to mean; null: unresolved."},
        "place": _MAYBE_TEXT,
        "parties": {"type": "array", "items": _PARTY},
        "basis": _MAYBE_BASIS,
        "redacted": {"type": "boolean"},
    }
)
_HOLD = _object(
    {
        **_RECORDED,
        "hold_id": _TEXT,
        "target": _TEXT,
        "kind": _one_of(HoldKind),
        "reason": _one_of(HoldReason),
        "until": {"type": ["string", "null"], "format": "date-time"},
        "lifted": {**_MAYBE_NUMBER, "description": "The revision that lifted it."},
    }
)
_REQUEST = _object(
    {
        **_RECORDED,
        "act_id": _TEXT,
        "act": {**_MAYBE_TEXT, "description": "correction, kill or redaction; null where it is gone."},
        "target": _TEXT,
        "version": _NUMBER,
        "requested_by": _TEXT,
        "state": _one_of(RequestState),
        "decided_revision": _MAYBE_NUMBER,
        "decided_at": {"type": ["string", "null"], "format": "date-time"},
        "decided_by": _MAYBE_TEXT,
        "reason": _MAYBE_TEXT,
        "alone": {"type": "boolean"},
    }
)
_OF_CLAIM: Schema = {"claim_id": _TEXT, "statement": _TEXT}
_MADE_IN: Schema = {**_OF_CLAIM, "number": _NUMBER, "report_id": _TEXT, "outlet": _OUTLET}
_WHY = {"type": "array", "items": _TEXT, "description": "What came between and touched it, whichever side is first."}

#: The definitions that the lists need.
DEFINITIONS: Schema = {
    "attribution": _ATTRIBUTION,
    "selector": _SELECTOR,
    "quote": _QUOTE,
    "appearance": _APPEARANCE,
    "standing": _STANDING,
    "claim_ref": _CLAIM_REF,
    "basis": _BASIS,
    "relation": _RELATION,
    "when": _WHEN,
    "account": _ACCOUNT,
    "hold": _HOLD,
    "request": _REQUEST,
}

#: What an entry of each list is, and what the list holds.
ENTRIES: dict[str, tuple[Schema, str]] = {
    "kills": (
        _object(
            {
                **_RECORDED,
                "op": _ONE_SIDED,
                "report_id": _TEXT,
                "outlet": _OUTLET,
                "issued_by": _one_of(IssuedBy),
                "note": _TEXT,
                "successor": _MAYBE_TEXT,
            }
        ),
        "Reports that were killed between the two revisions.",
    ),
    "claims": (
        _object({"op": _OP, "claim_id": _TEXT, "from": _MAYBE_TEXT, "to": _MAYBE_TEXT}),
        "Claims that one side doesn't have, or whose statement is gone.",
    ),
    "appearances": (
        _object({**_MADE_IN, "op": _OP, **_sides("appearance")}),
        "Where a claim is made, on one side only or with words that are gone on one.",
    ),
    "orphans": (
        _object({**_MADE_IN, "op": _ONE_SIDED, "words": _TEXT, "marked_version": _NUMBER, "version": _NUMBER}),
        "Marked words that are not to be found in the report's latest version, on one side only.",
    ),
    "standings": (
        _object({**_OF_CLAIM, "op": _OP, **_sides("standing"), "why": _WHY}),
        "How claims stand.",
    ),
    "relations": (
        _object({"op": _OP, "relation_id": _TEXT, "words": _TEXT, **_sides("relation")}),
        "What one claim does to another.",
    ),
    "occurrences": (
        _object(
            {
                "op": _OP,
                "occurrence_id": _TEXT,
                **_sides("account"),
                "accounts": {"type": "array", "items": {"$ref": "#/$defs/account"}},
            }
        ),
        "What happened in the world, as it is recorded on either side; accounts that one side alone has.",
    ),
    "links": (
        _object(
            {
                **_RECORDED,
                "op": _ONE_SIDED,
                "link_id": _TEXT,
                "story_id": _TEXT,
                "relation": _one_of(LinkKind),
                "inverse": {"type": "boolean"},
            }
        ),
        "Links with other stories.",
    ),
    "withdrawals": (
        _object({"op": _ONE_SIDED, "target": _TEXT, "revision": _NUMBER}),
        "Markings of ours that were withdrawn; nothing of them may be on either side.",
    ),
    "holds": (
        _object({"op": _OP, "hold_id": _TEXT, "words": _TEXT, **_sides("hold")}),
        "What is held back.",
    ),
    "requests": (
        _object({"op": _OP, "act_id": _TEXT, **_sides("request")}),
        "Acts that a second person is asked for.",
    ),
}
