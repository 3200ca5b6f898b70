"""How what is answered of a story's knowledge is documented.

The answers are the structs of ``stories.questions`` (and the state's own, where these are plain) as they are. So their
JSON Schemas are made of the same types, each a component of the OpenAPI document: nothing is written down twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from marshmallow import fields

from tracker.history import MentionAnswer, StoryCorrection
from tracker.stories.desk import Hold, Request
from tracker.stories.marks import Link
from tracker.stories.questions.claims import ClaimAnswer, ClaimInBrief
from tracker.stories.questions.corrections import CorrectionAnswer
from tracker.stories.questions.disputes import DisputeAnswer
from tracker.stories.questions.orphans import Orphan
from tracker.stories.questions.people import PersonAnswer
from tracker.stories.questions.quotes import Quotation
from tracker.stories.questions.relations import RelationAnswer
from tracker.stories.questions.sources import SourceAnswer
from tracker.stories.questions.timeline import EntryAnswer

#: All that is answered; what these hold is documented with them.
ANSWERS: tuple[type[msgspec.Struct], ...] = (
    ClaimAnswer,
    ClaimInBrief,
    CorrectionAnswer,
    DisputeAnswer,
    EntryAnswer,
    Hold,
    Link,
    Orphan,
    PersonAnswer,
    Quotation,
    RelationAnswer,
    Request,
    SourceAnswer,
    MentionAnswer,
    StoryCorrection,
)

_REFS = "#/components/schemas/"


def component_of(answer: type[msgspec.Struct]) -> str:
    """The name of the component that documents ``answer``."""
    return _named(answer.__name__)


def page_of(answer: type[msgspec.Struct]) -> dict[str, Any]:
    """The JSON Schema of a page of a list of such answers, of one story."""
    return _page(answer, "revision", "The revision of the story that this page is made of")


def across_page_of(answer: type[msgspec.Struct]) -> dict[str, Any]:
    """The JSON Schema of a page of a list of such answers, over all stories."""
    return _page(answer, "as_at_position", "How far in the log the list has come")


def _page(answer: type[msgspec.Struct], number: str, description: str) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["items", "next", number],
        "properties": {
            "items": {"type": "array", "items": {"$ref": _REFS + component_of(answer)}},
            "next": {"type": ["string", "null"], "description": "The cursor of the next page, where there is one"},
            number: {"type": "integer", "description": description},
        },
    }


def listed(answer: type[msgspec.Struct]) -> fields.Field[Any]:
    """A list of such answers, as a field of a schema."""
    inner = fields.Raw(metadata={"allOf": [{"$ref": _REFS + component_of(answer)}]})
    return fields.List(inner, required=True)


def components() -> dict[str, dict[str, Any]]:
    """The JSON Schemas of all answers and of what they hold, by the names of their components.

    Raises ``ValueError`` where two have the same name.
    """
    _, found = msgspec.json.schema_components(ANSWERS, ref_template=_REFS + "{name}")
    named = {_named(name): {**_renamed(schema), "title": _named(name)} for name, schema in found.items()}
    if len(named) != len(found):
        raise ValueError("two types would be documented under one name")
    return named


def _named(name: str) -> str:
    """Apart from what clients send, which may have the same names."""
    return name if name.endswith("Answer") else f"{name}Answer"


def _renamed(schema: Any) -> Any:
    if isinstance(schema, list | tuple):
        return [_renamed(each) for each in schema]
    if isinstance(schema, Mapping):
        return {name: _renamed(value) for name, value in schema.items()}
    if isinstance(schema, str) and schema.startswith(_REFS):
        return _REFS + _named(schema.removeprefix(_REFS))
    return schema
