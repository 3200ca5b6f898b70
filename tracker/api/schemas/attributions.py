"""Attributions: how a request says who says something, through whom, and how they know.

A source is a party, an outlet, a report of the story, or (without a name) a label: what the outlet calls it. The
identity of a source that isn't named has no place here, and what was said off the record has none either.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

import marshmallow as ma
from marshmallow import fields

from tracker.api.alternatives import Either
from tracker.api.fields import Bounded, Flag, Line, Note, Number, RequestSchema
from tracker.stories.knowledge import Attribution, Count, GroundRule, Knowledge
from tracker.stories.values import OutletRef, PartyRef

#: How deep an attribution may lie in the ``via`` of others, counting itself.
_DEPTH = 4
_MOST_VIA = 10
_MOST_SOURCES = 10_000
_WHO = ("party", "outlet", "report")
_OFF_THE_RECORD = re.compile("off[-_ ](?:the[-_ ])?record", re.IGNORECASE)


class CountSchema(RequestSchema):
    """How many there are, as far as the outlet says so: "at least two" is {"min": 2}."""

    min = Number(minimum=1, maximum=_MOST_SOURCES)
    max = Number(minimum=1, maximum=_MOST_SOURCES)

    rules: ClassVar[Mapping[str, Any]] = {"minProperties": 1}

    @ma.validates_schema
    def in_order(self, data: dict[str, Any], **_options: Any) -> None:
        if not data:
            raise ma.ValidationError("Give min, max or both.")
        if data.get("min", 1) > data.get("max", _MOST_SOURCES):
            raise ma.ValidationError("This is less than min.", "max")


class GroundRuleField(fields.Enum[GroundRule]):
    """What the source allowed. What was said off the record is refused with the reason."""

    default_error_messages = {  # noqa: RUF012
        "off_the_record": "What was said off the record was said on the condition that it is not used. It is not kept "
        "here in any form; leave it out.",
    }

    def __init__(self, **options: Any) -> None:
        super().__init__(GroundRule, by_value=True, **options)

    def _deserialize(self, value: Any, *where: Any, **options: Any) -> Any:
        if isinstance(value, str) and _OFF_THE_RECORD.fullmatch(value):
            raise self.make_error("off_the_record")
        return super()._deserialize(value, *where, **options)


def _alone(name: str) -> dict[str, Any]:
    """``name`` and none of the others that say who it is; whose name is given was not left unnamed."""
    others: dict[str, Any] = dict.fromkeys((each for each in _WHO if each != name), False)
    return {"required": [name], "properties": others | ({"named": {"const": True}} if name in _WHO else {})}


class SourceSchema(RequestSchema):
    """Who says it: one of party, outlet and report, or the label that the outlet gives a source without a name."""

    party = Line(maximum=200, metadata={"description": "Somebody, by name or id; a new one is added"})
    outlet = Line(maximum=200, metadata={"description": "An outlet, by name or id; a new one is added"})
    report = Line(maximum=40, metadata={"description": "The id of a report of this story"})
    label = Line(maximum=300, metadata={"description": "As printed: a second senior administration official"})
    named = Flag(metadata={"description": "Whether a name was printed; left out: as the rest says"})
    count = Either(
        Number(minimum=1, maximum=_MOST_SOURCES),
        CountSchema(),
        metadata={"description": "How many there are, where the outlet says so; never a guess"},
    )
    ordinal = Number(minimum=1, maximum=_MOST_SOURCES, metadata={"description": "2 of: a second official"})
    knowledge = fields.Enum(Knowledge, by_value=True, metadata={"description": "How they know"})
    ground_rule = GroundRuleField(metadata={"description": "What the source allowed"})
    anonymity_reason = Note(metadata={"description": "Why no name was printed, as the outlet says it"})

    rules: ClassVar[Mapping[str, Any]] = {"oneOf": [*(_alone(name) for name in _WHO), _alone("label")]}

    @ma.validates_schema
    def one_source(self, data: dict[str, Any], **_options: Any) -> None:
        who = [name for name in _WHO if name in data]
        if len(who) > 1:
            raise ma.ValidationError("Give one of party, outlet and report; through whom it came is via.", who[1])
        if not who and "label" not in data:
            raise ma.ValidationError("Give a party, an outlet, a report or a label.", "label")
        if who and data.get("named") is False:
            raise ma.ValidationError("A source that isn't named is a label alone, and never who it is.", "named")


def _chained(depth: int) -> type[ma.Schema]:
    """The schema of an attribution with up to ``depth`` in one another."""
    if depth == 1:
        return SourceSchema
    described = {"description": "Through whom it came, the nearest to the source first"}
    via = Bounded(fields.Nested(_chained(depth - 1)()), maximum=_MOST_VIA, metadata=described)
    name = "AttributionSchema" if depth == _DEPTH else f"Via{depth}Schema"
    return SourceSchema.from_dict({"via": via}, name=name)


AttributionSchema = _chained(_DEPTH)


def attribution_of(sent: Mapping[str, Any]) -> Attribution:
    """The attribution that a request holds; parties and outlets have their names, and no ids yet."""
    return Attribution(
        party=PartyRef(id="", name=sent["party"]) if "party" in sent else None,
        outlet=OutletRef(id="", name=sent["outlet"]) if "outlet" in sent else None,
        report_id=sent.get("report"),
        label=sent.get("label"),
        named=sent.get("named"),
        count=_count_of(sent["count"]) if "count" in sent else None,
        ordinal=sent.get("ordinal"),
        knowledge=sent.get("knowledge", Knowledge.UNKNOWN),
        ground_rule=sent.get("ground_rule"),
        anonymity_reason=sent.get("anonymity_reason"),
        via=tuple(attribution_of(each) for each in sent.get("via", ())),
    )


def _count_of(sent: int | Mapping[str, int]) -> Count:
    return Count(min=sent, max=sent) if isinstance(sent, int) else Count(**sent)
