"""The published form of a comparison of two revisions, as a JSON Schema (draft 2020-12).

The texts in it have the form of ``tracker.text.schema``. Fields may be added within a version; a field is never
renamed and never changes its meaning: that would be the next version.
"""

from __future__ import annotations

from typing import Any

from tracker.history.knowledge_schema import DEFINITIONS, ENTRIES
from tracker.stories.changes import STORY_FIELDS
from tracker.stories.values import CONTENT_FIELDS, CorrectionKind, IssuedBy
from tracker.text import schema as text
from tracker.text.comparison import CLASSES, OFFSET_UNIT

_COUNT = {"type": "integer", "minimum": 0}
_NUMBER = {"type": "integer", "minimum": 1}
_MAYBE_NUMBER = {"type": ["integer", "null"], "minimum": 1}
_MAYBE_TEXT = {"type": ["string", "null"]}
_MOMENT = {"type": "string", "format": "date-time"}
_OP = {"enum": ["insert", "delete", "replace"]}
_MAYBE_TEXT_COMPARISON = {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/text"}]}


def _object(properties: dict[str, Any], description: str = "") -> dict[str, Any]:
    """An object that has all of ``properties``, and may have more some day."""
    said = {"description": description} if description else {}
    return {**said, "type": "object", "properties": properties, "required": list(properties)}


def _list_of(name: str, description: str) -> dict[str, Any]:
    return {"type": "array", "items": {"$ref": f"#/$defs/{name}"}, "description": description}


def _field(names: tuple[str, ...]) -> dict[str, Any]:
    value = {"type": ["string", "integer", "array", "null"], "items": {"type": "string"}}
    return {"op": _OP, "field": {"enum": list(names)}, "from": value, "to": value}


_BY = _object(
    {
        "revision": _NUMBER,
        "recorded_at": _MOMENT,
        "type": {"type": "string"},
        "report_id": _MAYBE_TEXT,
        "version": _MAYBE_NUMBER,
        "outlet_id": _MAYBE_TEXT,
    },
    "The event that brought the change; backwards, the event whose change is undone.",
)
_CORRECTION = _object(
    {
        "op": {"enum": ["insert", "delete"]},
        "version": _NUMBER,
        "revision": _NUMBER,
        "kind": {"enum": [kind.value for kind in CorrectionKind]},
        "issued_by": {"enum": [issuer.value for issuer in IssuedBy]},
        "note": _object({"text": {"type": "string"}, "wrong": _MAYBE_TEXT, "right": _MAYBE_TEXT}),
        "passages": {
            "type": "array",
            "items": {"$ref": "#/$defs/selector"},
            "description": "What it is about, in the version before.",
        },
    }
)
_REDACTION = _object(
    {
        "op": {"enum": ["insert", "delete"]},
        "report_id": {"type": "string"},
        "versions": {"type": "array", "items": _NUMBER},
        "revision": _NUMBER,
        "recorded_at": _MOMENT,
        "reason": {"type": "string"},
    },
    "That what versions of a report said was destroyed.",
)
_REPORT = _object(
    {
        "op": _OP,
        "report_id": {"type": "string"},
        "outlet": _object({"id": {"type": "string"}, "name": {"type": "string"}}),
        "uri": _MAYBE_TEXT,
        "from_version": {**_MAYBE_NUMBER, "description": "Null where that side doesn't have the report."},
        "to_version": _MAYBE_NUMBER,
        "fields": _list_of("report_field", "What changed besides the text."),
        "headline": {**_MAYBE_TEXT_COMPARISON, "description": "Null where it is equal, or one side has none."},
        "text": {**_MAYBE_TEXT_COMPARISON, "description": "Null where it is equal, or left out."},
        "text_omitted": {"type": "boolean", "description": "The text changed, but would make this too large."},
        "redacted": {"type": "boolean", "description": "One side was redacted, so the two can't be compared."},
        "killed": {"type": "boolean", "description": "The report was killed, so nothing of it is told."},
        "corrections": _list_of("correction", "Corrections that one side doesn't have."),
        "by": _list_of("by", "The events between the two revisions, the oldest first."),
    },
    "A report that one side doesn't have, or has in another version.",
)
_STATS = _object(
    {
        "fields": _COUNT,
        "reports": _COUNT,
        "corrections": _COUNT,
        "words_inserted": _COUNT,
        "words_deleted": _COUNT,
        "regions": _COUNT,
        "by_class": _object(dict.fromkeys(CLASSES, _COUNT)),
        "moves": _COUNT,
    },
    "Counted over all texts.",
)
_TEXT = {name: value for name, value in text.COMPARISON_SCHEMA.items() if name not in ("$schema", "$defs")}

#: What every document of ``tracker.history.to_document`` fulfils.
COMPARISON_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Comparison of two revisions of a story",
    **_object(
        {
            "version": {"const": 1},
            "story": {"type": "string"},
            "from": {"$ref": "#/$defs/point"},
            "to": {"$ref": "#/$defs/point"},
            "fields": _list_of("story_field", "What the desk says of the story itself: one entry a field."),
            "summary": {**_MAYBE_TEXT_COMPARISON, "description": "Null where it is equal."},
            "reports": _list_of("report", "One entry a report, in the order in which they were filed."),
            "redactions": _list_of("redaction", "What was redacted between the two revisions."),
            **{name: _list_of(f"changed_{name}", holds) for name, (_, holds) in ENTRIES.items()},
            "stats": _STATS,
            "truncated": {"type": "boolean", "description": "A bound was met: right, but less than all of it."},
            "offsets": {"const": OFFSET_UNIT},
        },
        "What changed from one revision of a story to another, the earlier or the later one.",
    ),
    "$defs": {
        **text.COMPARISON_SCHEMA["$defs"],
        "text": _TEXT,
        "point": _object({"revision": _NUMBER, "recorded_at": _MOMENT}),
        "by": _BY,
        "story_field": _object({**_field(STORY_FIELDS), "by": {"$ref": "#/$defs/by"}}),
        "report_field": _object(_field(CONTENT_FIELDS)),
        "correction": _CORRECTION,
        "report": _REPORT,
        "redaction": _REDACTION,
        **DEFINITIONS,
        **{f"changed_{name}": entry for name, (entry, _) in ENTRIES.items()},
    },
}
