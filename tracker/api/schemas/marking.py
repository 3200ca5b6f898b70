"""Markings: how a request says what a report claims, how claims relate, what happened, which stories belong together.

Each is one small object with one or two fields that are needed; the rest has a sensible default. The same objects ride
along in a filing, where they need not name the report, and may name what was sent before them in the same filing by
its JSON Pointer: "/claims/0".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import marshmallow as ma
from marshmallow import fields
from marshmallow.validate import OneOf

from tracker.api.alternatives import Either
from tracker.api.fields import Bounded, Line, Note, Number, RequestSchema, Text, Title
from tracker.api.schemas.attributions import AttributionSchema, attribution_of
from tracker.api.schemas.passages import QuoteSchema, SelectorSchema, quote_of
from tracker.stories.commands import Assertion, Recording, Relating
from tracker.stories.dates import LONGEST_PHRASE, Anchor, When
from tracker.stories.knowledge import Basis, ClaimRef, LinkKind, RelationKind, Stance
from tracker.stories.values import OutletRef, PartyRef
from tracker.text.passages import MAX_EXACT, Selector

_LONGEST_STATEMENT = 1_000
_MOST_QUOTES = 20
_MOST_PARTIES = 50
_LONGEST_DATE = 64
_MOST_VERSIONS = 1_000_000
_SELECTOR = ("exact", "block", "prefix", "suffix")


class Id(Line):
    """The id of something of this story; whether it is there is found out later."""

    def __init__(self, **options: Any) -> None:
        super().__init__(maximum=40, **options)


class Mentioned(Bounded):
    """Parties, each by its name or id."""

    def __init__(self, **options: Any) -> None:
        super().__init__(Line(maximum=200), maximum=_MOST_PARTIES, **options)


class BasisSchema(RequestSchema):
    """The words that something rests on, with their hedge, and where they stand."""

    text = Text(maximum=MAX_EXACT, required=True)
    report = Id(metadata={"description": "The report in which they stand, to the letter"})
    version = Number(minimum=1, maximum=_MOST_VERSIONS, metadata={"description": "The latest where it is left out"})

    rules: ClassVar[Mapping[str, Any]] = {"dependentRequired": {"version": ["report"]}}

    @ma.validates_schema
    def of_a_report(self, data: dict[str, Any], **_options: Any) -> None:
        if "version" in data and "report" not in data:
            raise ma.ValidationError("Say of which report.", "report")


class BasisField(Either):
    """Words; or words with their place."""

    def __init__(self) -> None:
        described = {"description": "The words that it rests on, with their hedge"}
        super().__init__(Text(maximum=MAX_EXACT), BasisSchema(), metadata=described)


class ClaimSchema(SelectorSchema):
    """That these words of a report make a claim."""

    statement = Text(
        maximum=_LONGEST_STATEMENT,
        metadata={"description": "What is claimed, in our words; the report's own where it is left out"},
    )
    claim = Id(metadata={"description": "A claim that is here, which these words make too"})
    stance = fields.Enum(Stance, by_value=True, metadata={"description": "What the report does with it: asserts"})
    attribution = fields.Nested(AttributionSchema(), metadata={"description": "On whose word"})
    quotes = Bounded(fields.Nested(QuoteSchema()), maximum=_MOST_QUOTES)
    about = Mentioned(metadata={"description": "Whom it is about"})


class MarkClaimSchema(ClaimSchema):
    """That these words of a report make a claim: the report, the words, and what else is known."""

    report = Id(required=True, metadata={"description": "The report in which they stand"})
    version = Number(minimum=1, maximum=_MOST_VERSIONS, metadata={"description": "The latest where it is left out"})


class ClaimOfStorySchema(RequestSchema):
    """A claim of another story that is linked with this one."""

    story = Line(maximum=80, required=True, metadata={"description": "Its id or slug"})
    claim = Id(required=True)


class ClaimEnd(Either):
    """A claim's id; or the claim of another story."""

    def __init__(self, **options: Any) -> None:
        super().__init__(Id(), ClaimOfStorySchema(), required=True, **options)


class _RelationSchema(RequestSchema):
    relation = fields.Enum(RelationKind, by_value=True, required=True)
    basis = BasisField()
    by = Line(maximum=200, metadata={"description": "The outlet that says so, by name or id; our desk without it"})


class RelateSchema(_RelationSchema):
    """What one claim does to another, whose judgement that is, and the words that it rests on."""

    source = ClaimEnd(data_key="from", metadata={"description": "The claim that does it"})
    target = ClaimEnd(data_key="to", metadata={"description": "The claim that it is done to"})


class RelateHereSchema(_RelationSchema):
    """A relation that rides along in a filing, between claims of this story."""

    source = Id(data_key="from", required=True, metadata={"description": "The claim that does it, or its place"})
    target = Id(data_key="to", required=True, metadata={"description": "The claim that it is done to, or its place"})


class AnchorSchema(RequestSchema):
    """The occurrence by which another is placed in time."""

    occurrence = Id(required=True)
    direction = fields.String(required=True, validate=OneOf(["after", "before"], error="This must be after or before."))
    offset = Line(
        maximum=_LONGEST_DATE,
        metadata={"description": "How far away: a duration such as P5M; only the order is known without it"},
    )


class OccurrenceSchema(RequestSchema):
    """Something that happened in the world, and when, as precisely as the source says it."""

    title = Title(required=True, metadata={"description": "What happened, in a few words"})
    phrase = Line(maximum=LONGEST_PHRASE, metadata={"description": "When, to the letter: in spring of 2017"})
    edtf = Line(
        maximum=_LONGEST_DATE, metadata={"description": "The date, where you know better than the words (EDTF)"}
    )
    anchor = fields.Nested(AnchorSchema(), metadata={"description": "Before or after what it was"})
    hemisphere = fields.String(
        validate=OneOf(["north", "south"], error="This must be north or south."),
        metadata={"description": "Of the place: it decides which months a season has"},
    )
    place = Line(maximum=300)
    parties = Mentioned(metadata={"description": "Who took part, each by name or id"})
    basis = BasisField()
    occurrence = Id(metadata={"description": "One that is recorded, of which this says more"})


class LinkSchema(RequestSchema):
    """Which story this one belongs to."""

    story = Line(maximum=80, required=True, metadata={"description": "The other story's id or slug"})
    relation = fields.Enum(LinkKind, by_value=True, required=True)


class WithdrawSchema(RequestSchema):
    """Which marking of ours was wrong, and why."""

    target = Id(
        required=True,
        metadata={
            "description": "A claim (clm_…), one appearance of it (clm_…/2), a relation (rel_…), an occurrence (occ_…) "
            "or a link (lnk_…)"
        },
    )
    reason = Note(required=True)


class MarkedSchema(ma.Schema):
    """What became of a marking."""

    story = fields.String(required=True)
    revision = fields.Integer(required=True, metadata={"description": "The story's revision that this made"})
    position = fields.Integer(
        allow_none=True, required=True, metadata={"description": "Its place in the log, where it is known by now"}
    )
    url = fields.String(required=True, metadata={"description": "Where it is shown"})
    new_outlets = fields.List(
        fields.String(), required=True, metadata={"description": "Outlets that nobody had mentioned before, by name"}
    )
    new_parties = fields.List(
        fields.String(), required=True, metadata={"description": "Parties that nobody had mentioned before, by name"}
    )


class ClaimMarkedSchema(MarkedSchema):
    """The claim, and which of its appearances this is."""

    claim = fields.String(required=True)
    appearance = fields.Integer(required=True, metadata={"description": "1, 2, 3 … among those of the claim"})


class RelationMarkedSchema(MarkedSchema):
    """The relation."""

    relation = fields.String(required=True)


class OccurrenceMarkedSchema(MarkedSchema):
    """The occurrence."""

    occurrence = fields.String(required=True)


class LinkMarkedSchema(MarkedSchema):
    """The link."""

    link = fields.String(required=True)


class WithdrawnSchema(MarkedSchema):
    """What was withdrawn."""

    target = fields.String(required=True)


def assertion_of(sent: Mapping[str, Any], new_id: str) -> Assertion:
    """What a request says that a report claims; ``new_id`` is for a claim that isn't here."""
    return Assertion(
        claim_id=sent.get("claim", new_id),
        is_here="claim" in sent,
        selector=Selector(**{name: sent[name] for name in _SELECTOR if name in sent}),
        statement=sent.get("statement"),
        stance=sent.get("stance", Stance.ASSERTS),
        attribution=attribution_of(sent["attribution"]) if "attribution" in sent else None,
        quotes=tuple(quote_of(quote) for quote in sent.get("quotes", ())),
        about=_parties(sent.get("about", ())),
    )


def relating_of(sent: Mapping[str, Any], new_id: str, source: ClaimRef, target: ClaimRef) -> Relating:
    """The relation that a request holds, of which both ends are known."""
    return Relating(
        relation_id=new_id,
        source=source,
        target=target,
        relation=sent["relation"],
        basis=basis_of(sent.get("basis")),
        by=OutletRef(id="", name=sent["by"]) if "by" in sent else None,
    )


def recording_of(sent: Mapping[str, Any], new_id: str) -> Recording:
    """What a request says that happened; ``new_id`` is for what isn't recorded yet."""
    return Recording(
        occurrence_id=sent.get("occurrence", new_id),
        is_here="occurrence" in sent,
        title=sent["title"],
        when=_when(sent),
        place=sent.get("place"),
        parties=_parties(sent.get("parties", ())),
        basis=basis_of(sent.get("basis")),
    )


def basis_of(sent: str | Mapping[str, Any] | None) -> Basis | None:
    """The words that something rests on."""
    if sent is None or isinstance(sent, str):
        return Basis(text=sent) if sent else None
    return Basis(text=sent["text"], report_id=sent.get("report"), version=sent.get("version"))


def _when(sent: Mapping[str, Any]) -> When | None:
    """The date as it was said; it is read when it is decided. Without words of its own it has none."""
    if not any(name in sent for name in ("phrase", "edtf", "anchor")):
        return None
    return When(
        phrase=sent.get("phrase", ""),
        edtf=sent.get("edtf"),
        anchor=Anchor(**sent["anchor"]) if "anchor" in sent else None,
        hemisphere=sent.get("hemisphere", "north"),
    )


def _parties(names: Any) -> tuple[PartyRef, ...]:
    return tuple(PartyRef(id="", name=name) for name in names)
