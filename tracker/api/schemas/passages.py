"""Passages: how a request names words of a report, and which of them are quotations of whom.

Words alone are enough where they stand in the text once. Where they stand more often, the refusal lists the places,
and the object form names one: by the block, or by the words before or after.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import marshmallow as ma
from marshmallow import fields

from tracker.api.alternatives import Either
from tracker.api.fields import Bounded, Language, Line, RequestSchema, Text
from tracker.api.schemas.attributions import AttributionSchema, attribution_of
from tracker.stories.knowledge import Quote
from tracker.text.passages import MAX_BESIDE, MAX_EXACT, Selector

#: How deep a quote may lie in others, counting itself.
_DEPTH = 3
_MOST_PARTS = 20
_MOST_INNER = 10


class SelectorSchema(RequestSchema):
    """Words of a report, as they stand there."""

    exact = Text(maximum=MAX_EXACT, required=True, metadata={"description": "The words, to the letter"})
    block = Line(maximum=20, metadata={"description": "The id of the block in which they stand"})
    prefix = Text(maximum=MAX_BESIDE, metadata={"description": "What stands right before them in the block"})
    suffix = Text(maximum=MAX_BESIDE, metadata={"description": "What stands right after them in the block"})


class Passage(Either):
    """Words; or words with their place."""

    def __init__(self, **options: Any) -> None:
        super().__init__(Text(maximum=MAX_EXACT), SelectorSchema(), **options)


class SpokenSchema(RequestSchema):
    """Words in quotation marks: in one piece (exact), or in parts, where the attribution stands between them."""

    exact = Text(maximum=MAX_EXACT, metadata={"description": "The words, where they are in one piece"})
    parts = Bounded(Passage(), minimum=1, maximum=_MOST_PARTS, metadata={"description": "Or their parts, in order"})
    speaker = fields.Nested(AttributionSchema(), metadata={"description": "Who says so"})
    language = Language()

    rules: ClassVar[Mapping[str, Any]] = {
        "oneOf": [
            {"required": ["exact"], "properties": {"parts": False}},
            {"required": ["parts"], "properties": {"exact": False}},
        ]
    }

    @ma.validates_schema(skip_on_field_errors=False, pass_original=True)
    def one_of_exact_and_parts(self, data: dict[str, Any], sent: dict[str, Any], **_options: Any) -> None:
        if "exact" in sent and "parts" in sent:
            raise ma.ValidationError("Give exact or parts, not both.", "parts")
        if "exact" not in sent and "parts" not in sent:
            raise ma.ValidationError("Give the words: exact, or parts.", "exact")


def _nested(depth: int) -> type[ma.Schema]:
    """The schema of a quote with up to ``depth`` in one another."""
    if depth == 1:
        return SpokenSchema
    described = {"description": "Quotes within it, with speakers of their own"}
    inner = Bounded(fields.Nested(_nested(depth - 1)()), maximum=_MOST_INNER, metadata=described)
    name = "QuoteSchema" if depth == _DEPTH else f"Quote{depth}Schema"
    return SpokenSchema.from_dict({"inner": inner}, name=name)


QuoteSchema = _nested(_DEPTH)


def selector_of(sent: str | Mapping[str, Any]) -> Selector:
    """The selector that a request holds."""
    return Selector(exact=sent) if isinstance(sent, str) else Selector(**sent)


def quote_of(sent: Mapping[str, Any]) -> Quote:
    """The quote that a request holds."""
    parts = [sent["exact"]] if "exact" in sent else sent["parts"]
    return Quote(
        parts=tuple(selector_of(part) for part in parts),
        speaker=attribution_of(sent["speaker"]) if "speaker" in sent else None,
        language=sent.get("language"),
        inner=tuple(quote_of(each) for each in sent.get("inner", ())),
    )
