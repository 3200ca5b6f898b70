"""The JSON Schema of a webhook's body (draft 2020-12), one for each type of event.

A test holds every body that is sent against them. They name what a receiver may rely on and leave room for what
will be added.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from tracker.webhooks.body import SCHEMA_PATH

Schema: TypeAlias = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_MOMENT: Schema = {"type": "string", "format": "date-time"}
_ADDRESS: Schema = {"type": "string", "format": "uri"}
_NUMBER: Schema = {"type": "integer", "minimum": 1}
_TOPICS: Schema = {"type": "array", "items": _TEXT}
_URGENCY: Schema = {"type": "integer", "minimum": 1, "maximum": 9}


def _object(required: dict[str, Schema], optional: dict[str, Schema] | None = None) -> Schema:
    return {"type": "object", "required": list(required), "properties": {**required, **(optional or {})}}


def _id(prefix: str) -> Schema:
    return {"type": "string", "pattern": f"^{prefix}_[0-9a-z]{{26}}$"}


def _or_null(schema: Schema) -> Schema:
    return {**schema, "type": [schema["type"], "null"]}


_ANY_ID = _id("[a-z]{3}")
_IDS: dict[str, Schema] = {"report_id": _id("rpt"), "version": _NUMBER}
_REPORT: dict[str, Schema] = {"outlet": _object({"id": _id("out"), "name": _TEXT}), "headline": _TEXT}
_SOMETIMES: dict[str, Schema] = {
    **dict.fromkeys(("uri", "byline", "dateline", "language", "extent", "copyright_notice", "usage_terms"), _TEXT),
    "published_at": _MOMENT,
    "blocks": {"type": "array", "items": _object({"kind": _TEXT, "text": _TEXT}, {"id": _TEXT})},
}
_HELD: dict[str, Schema] = {"kind": _TEXT, "reason": _TEXT}
#: What was withheld: beside these it holds what a webhook of its type does.
_EVENT = _object({"id": _id("evt"), "type": _TEXT, "time": _MOMENT, "revision": _NUMBER})
_OUTLET = _object({"id": _id("out"), "name": _TEXT}, {"owner": {"type": ["string", "null"]}})
_PARTY = _object({"id": _id("pty"), "name": _TEXT})
#: Short words of a report's text (``access.quoting``); empty where they are longer.
_WORDS = _object({}, {"exact": _TEXT, "block": _TEXT})
_SOURCE = _object(
    {},
    {
        "party": _PARTY,
        "outlet": _OUTLET,
        "report_id": _id("rpt"),
        "label": _TEXT,
        "named": {"type": "boolean"},
        "count": _object({}, {"min": _NUMBER, "max": _NUMBER}),
        "ordinal": _NUMBER,
        "knowledge": _TEXT,
        "ground_rule": _TEXT,
        "anonymity_reason": _TEXT,
        "via": {"type": "array", "items": {"type": "object"}},
    },
)
_QUOTE = _object(
    {"parts": {"type": "array", "items": _WORDS}},
    {"speaker": _SOURCE, "language": _TEXT, "inner": {"type": "array", "items": {"type": "object"}}},
)
_CLAIM: dict[str, Schema] = {
    "statement": _TEXT,
    "version": _NUMBER,
    "outlet": _OUTLET,
    "stance": _TEXT,
    "selector": _WORDS,
}
_OF_CLAIM: dict[str, Schema] = {
    "attribution": _SOURCE,
    "quotes": {"type": "array", "items": _QUOTE},
    "about": {"type": "array", "items": _PARTY},
}
_CLAIM_REF = _object({"claim_id": _id("clm")}, {"story_id": _id("sty")})
#: What a relation or an occurrence rests on.
_BASIS: dict[str, Schema] = {"basis": _TEXT, "report_id": _id("rpt"), "version": _NUMBER}
_DAY: Schema = {"type": "string", "format": "date"}
_WHEN = _object(
    {},
    {
        **dict.fromkeys(("phrase", "edtf", "qualifier", "hemisphere"), _TEXT),
        "earliest": _DAY,
        "latest": _DAY,
        "anchor": _object({"occurrence": _id("occ"), "direction": _TEXT}, {"offset": _TEXT}),
        "time": _MOMENT,
    },
)
_PASSAGES: dict[str, Schema] = {"passages": {"type": "array", "items": _WORDS}}
_NOTE = _object({"text": _TEXT}, {"wrong": _TEXT, "right": _TEXT})
_CHANGES = {
    "slug": _TEXT,
    "title": _TEXT,
    "summary": _or_null(_TEXT),
    "topics": _TOPICS,
    "urgency": _or_null(_URGENCY),
}

#: What each type's ``data`` must, and may, hold beside the place in its story; what must be there is left out only
#: where ``truncated``, ``redacted`` or ``killed`` says so.
_FACTS: dict[str, tuple[dict[str, Schema], dict[str, Schema]]] = {
    "story.opened": ({"topics": _TOPICS}, {"language": _TEXT, "urgency": _URGENCY, "desk": _TEXT}),
    "story.edited": ({"changed": _object({}, _CHANGES)}, {}),
    "story.closed": ({"reason": _TEXT}, {}),
    "story.reopened": ({"reason": _TEXT}, {}),
    "report.filed": (_REPORT, {**_SOMETIMES, "cites": {"type": "array", "items": _id("rpt")}}),
    "report.updated": (_REPORT, {**_SOMETIMES, "note": _NOTE}),
    "content.redacted": ({"reason": _TEXT}, {"version": _NUMBER}),
    "report.corrected": ({**_REPORT, "kind": _TEXT, "issued_by": _TEXT, "note": _NOTE}, {**_SOMETIMES, **_PASSAGES}),
    "report.killed": ({"outlet": _OUTLET, "issued_by": _TEXT, "public_note": _TEXT}, {"successor": _id("rpt")}),
    "hold.lifted": (_HELD, {"released": {"type": "array", "items": _EVENT}, "rest": _ADDRESS}),
    "claim.asserted": (_CLAIM, _OF_CLAIM),
    "claims.related": ({"source": _CLAIM_REF, "target": _CLAIM_REF, "relation": _TEXT}, {**_BASIS, "by": _OUTLET}),
    "occurrence.recorded": (
        {"occurrence_title": _TEXT},
        {**_BASIS, "when": _WHEN, "place": _TEXT, "parties": {"type": "array", "items": _PARTY}},
    ),
    "annotation.withdrawn": ({"reason": _TEXT}, {}),
    "stories.linked": ({"story_id": _id("sty"), "relation": _TEXT, "inverse": {"type": "boolean"}}, {}),
}
#: What names that which an event of the type is about.
_NAMED: dict[str, dict[str, Schema]] = {
    **dict.fromkeys(("report.filed", "report.updated", "report.corrected"), _IDS),
    "report.killed": {"report_id": _id("rpt")},
    "content.redacted": {
        "target": {"type": "string", "pattern": "^rpt_[0-9a-z]{26}(/[0-9]+)?$"},
        "report_id": _id("rpt"),
    },
    "hold.lifted": {"hold_id": _ANY_ID, "target": _TEXT},
    "claim.asserted": {"claim_id": _id("clm"), "appearance": _NUMBER, "report_id": _id("rpt")},
    "claims.related": {"relation_id": _ANY_ID},
    "occurrence.recorded": {"occurrence_id": _id("occ")},
    "annotation.withdrawn": {"target": _TEXT},
    "stories.linked": {"link_id": _ANY_ID},
}
_PLACE: dict[str, Schema] = {
    "story": _id("sty"),
    "slug": _TEXT,
    "title": _TEXT,
    "revision": _NUMBER,
    "previous_revision": _or_null(_NUMBER),
    "url": _ADDRESS,
    "compare_url": _or_null(_ADDRESS),
}


def schema_of(event_type: str, public_url: str) -> Schema:
    """The schema of the bodies of ``event_type``, one of ``endpoints.TYPES``. Raises ``KeyError`` for any other."""
    required, optional = _FACTS[event_type]
    place = {**_PLACE, **_NAMED.get(event_type, {})}
    whole = _object({**place, **required}, optional)
    short = [_object({**place, why: {"const": True}}) for why in ("truncated", "redacted", "killed")]
    envelope = {
        "specversion": {"const": "1.0"},
        "id": _id("evt"),
        "source": _ADDRESS,
        "subject": _id("sty"),
        "type": {"const": event_type},
        "time": _MOMENT,
        "timestamp": _MOMENT,
        "datacontenttype": {"const": "application/json"},
        "dataschema": _ADDRESS,
        "data": {"anyOf": [whole, *short]},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": public_url + SCHEMA_PATH.format(type=event_type),
        "title": f"A webhook of type {event_type}",
        **_object(envelope),
    }
