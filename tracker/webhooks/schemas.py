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


_IDS: dict[str, Schema] = {"report_id": _id("rpt"), "version": _NUMBER}
_REPORT: dict[str, Schema] = {"outlet": _object({"id": _id("out"), "name": _TEXT}), "headline": _TEXT}
_SOMETIMES: dict[str, Schema] = {
    **dict.fromkeys(("uri", "byline", "dateline", "language", "extent", "copyright_notice", "usage_terms"), _TEXT),
    "published_at": _MOMENT,
}
_NOTE = _object({"text": _TEXT}, {"wrong": _TEXT, "right": _TEXT})
_CHANGES = {
    "slug": _TEXT,
    "title": _TEXT,
    "summary": _or_null(_TEXT),
    "topics": _TOPICS,
    "urgency": _or_null(_URGENCY),
}

#: What each type's ``data`` must, and may, hold beside the place in its story; what must be there is left out only
#: where ``truncated`` or ``redacted`` says so.
_FACTS: dict[str, tuple[dict[str, Schema], dict[str, Schema]]] = {
    "story.opened": ({"topics": _TOPICS}, {"language": _TEXT, "urgency": _URGENCY}),
    "story.edited": ({"changed": _object({}, _CHANGES)}, {}),
    "story.closed": ({"reason": _TEXT}, {}),
    "story.reopened": ({"reason": _TEXT}, {}),
    "report.filed": (_REPORT, _SOMETIMES),
    "report.updated": (_REPORT, {**_SOMETIMES, "note": _NOTE}),
    "content.redacted": ({"reason": _TEXT}, {"version": _NUMBER}),
    "report.corrected": ({**_REPORT, "kind": _TEXT, "issued_by": _TEXT, "note": _NOTE}, _SOMETIMES),
}
#: What names that which the event is about, by the first part of its type.
_NAMED: dict[str, dict[str, Schema]] = {
    "report": _IDS,
    "content": {"target": {"type": "string", "pattern": "^rpt_[0-9a-z]{26}(/[0-9]+)?$"}, "report_id": _id("rpt")},
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
    place = {**_PLACE, **_NAMED.get(event_type.partition(".")[0], {})}
    whole = _object({**place, **required}, optional)
    short = [_object({**place, why: {"const": True}}) for why in ("truncated", "redacted")]
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
