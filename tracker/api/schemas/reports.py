"""Reports: what may be filed, and how a report and its versions are shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import marshmallow as ma
from marshmallow import fields
from marshmallow.validate import OneOf

from tracker.api.fields import (
    Blocks,
    Bounded,
    HttpUri,
    Language,
    Line,
    Moment,
    Note,
    RequestSchema,
    Text,
    Title,
    Whole,
)
from tracker.api.schemas.acts import ISSUED_RULE, IssuedSchema
from tracker.api.schemas.marking import ClaimSchema, Id, OccurrenceSchema, RelateHereSchema
from tracker.api.schemas.passages import Passage
from tracker.api.schemas.stories import ReportSummarySchema, present_report
from tracker.clock import rfc3339
from tracker.stories.reports import Act, Report, Version
from tracker.stories.values import CONTENT_FIELDS, Content, CorrectionKind, Extent
from tracker.text.blocks import BLOCK_KINDS, Block, paragraphs

_MOST_CITES = 100
#: Of claims, of relations and of occurrences in one filing.
_MOST_MARKED = 100
_MOST_PASSAGES = 20


class ContentSchema(RequestSchema):
    """One whole version of a report. ``text`` becomes paragraphs at blank lines; or send ``blocks``."""

    headline = Title(required=True)
    text = Text(metadata={"description": "The text; a blank line ends a paragraph"})
    blocks = Blocks(metadata={"description": "Instead of text: its parts, each with a kind"})
    byline = Line(maximum=300, allow_none=True)
    dateline = Line(maximum=300, allow_none=True)
    language = Language(allow_none=True)
    published_at = Moment(allow_none=True, metadata={"description": "When the outlet published it"})
    extent = fields.Enum(
        Extent,
        by_value=True,
        load_default=Extent.FULL,
        metadata={"description": "How much of what was published this is"},
    )
    copyright_notice = Line(maximum=300, allow_none=True)
    usage_terms = Note(allow_none=True)

    rules: ClassVar[Mapping[str, Any]] = {
        "oneOf": [
            {"required": ["text"], "properties": {"blocks": False}},
            {"required": ["blocks"], "properties": {"text": False}},
            {"required": ["extent"], "properties": {"extent": {"const": "headline"}, "text": False, "blocks": False}},
        ]
    }

    @ma.validates_schema(skip_on_field_errors=False, pass_original=True)
    def one_of_text_and_blocks(self, data: dict[str, Any], sent: dict[str, Any], **_options: Any) -> None:
        # What was sent counts: a text that is wrong was given, and its own fault says what is wrong with it.
        given = [name for name in ("text", "blocks") if name in sent]
        if len(given) == 2:
            raise ma.ValidationError("Give text or blocks, not both.", "blocks")
        if not given and data.get("extent") is not Extent.HEADLINE:
            raise ma.ValidationError("Give text or blocks, or extent: headline where there is only a headline.", "text")


class FileReportSchema(ContentSchema):
    """A report: what one outlet published."""

    outlet = Line(maximum=200, required=True, metadata={"description": "The outlet's name; a new one is added"})
    uri = HttpUri(metadata={"description": "Where it was published; names the report within the story"})
    cites = Bounded(Id(), maximum=_MOST_CITES, metadata={"description": "Ids of the reports that it says it draws on"})
    embargoed_until = Moment(metadata={"description": "It is shown to nobody without the right before then"})
    claims = Bounded(
        fields.Nested(ClaimSchema()), maximum=_MOST_MARKED, metadata={"description": "What it claims, on whose word"}
    )
    occurrences = Bounded(
        fields.Nested(OccurrenceSchema()),
        maximum=_MOST_MARKED,
        metadata={"description": "What it says that happened; one may name an earlier one of these: /occurrences/0"},
    )
    relations = Bounded(
        fields.Nested(RelateHereSchema()),
        maximum=_MOST_MARKED,
        metadata={"description": "How claims relate; one of this filing is named by its place: /claims/0"},
    )


class UpdateReportSchema(ContentSchema):
    """The whole new content."""

    note = Note(allow_none=True, metadata={"description": "Why it was published anew"})


class NoteSchema(RequestSchema):
    """What was wrong, what is right, and the note as published."""

    text = Note(required=True)
    wrong = Note(allow_none=True)
    right = Note(allow_none=True)


class CorrectReportSchema(ContentSchema, IssuedSchema):
    """The whole corrected content, and a note."""

    note = fields.Nested(NoteSchema(), required=True)
    kind = fields.Enum(CorrectionKind, by_value=True, load_default=CorrectionKind.CORRECTION)
    passages = Bounded(
        Passage(),
        maximum=_MOST_PASSAGES,
        metadata={"description": "What is corrected: words of the version before, as they stand there"},
    )

    rules: ClassVar[Mapping[str, Any]] = {**ContentSchema.rules, **ISSUED_RULE}


class ReportsQuery(RequestSchema):
    """Which page."""

    limit = Whole(minimum=1)
    cursor = fields.String()


class VersionQuery(RequestSchema):
    """Which version of the report."""

    version = Whole(minimum=1, metadata={"description": "The latest where it is left out"})


class ReportReceiptSchema(ma.Schema):
    """What became of a report."""

    report_id = fields.String(required=True)
    version = fields.Integer(required=True)
    revision = fields.Integer(required=True, metadata={"description": "The story's revision that this made"})
    story = fields.String(required=True)
    url = fields.String(required=True)
    position = fields.Integer(
        allow_none=True,
        required=True,
        metadata={
            "description": "Its place in the log, where it is known by now; null also where nothing was written. "
            "To wait for what was written, name its revision: ?wait_for=<story>@<revision>"
        },
    )
    new_outlet = fields.Boolean(required=True, metadata={"description": "Whether an outlet was unknown until now"})
    new_outlets = fields.List(
        fields.String(), required=True, metadata={"description": "Outlets that nobody had mentioned before, by name"}
    )
    new_parties = fields.List(
        fields.String(), required=True, metadata={"description": "Parties that nobody had mentioned before, by name"}
    )
    claims = fields.List(
        fields.String(), required=True, metadata={"description": "Ids of the claims that it made or added to, in order"}
    )
    occurrences = fields.List(
        fields.String(), required=True, metadata={"description": "Likewise; what was there already is left out"}
    )
    relations = fields.List(fields.String(), required=True, metadata={"description": "Likewise"})
    hold = fields.String(
        allow_none=True, required=True, metadata={"description": "The hold of its embargo, where it was filed with one"}
    )


class BlockOutSchema(ma.Schema):
    """One part of a report's text."""

    id = fields.String(required=True)
    kind = fields.String(required=True, validate=OneOf(BLOCK_KINDS))
    text = fields.String(required=True)


class ReportSchema(ReportSummarySchema):
    """A report with the text of one version."""

    shown_version = fields.Integer(required=True, metadata={"description": "The version that is shown"})
    blocks = fields.List(fields.Nested(BlockOutSchema()), required=True)
    copyright_notice = fields.String(allow_none=True, required=True)
    usage_terms = fields.String(allow_none=True, required=True)


class ReportListSchema(ma.Schema):
    """The reports of a story, in the order in which they were filed."""

    items = fields.List(fields.Nested(ReportSummarySchema()), required=True)
    next = fields.String(allow_none=True, required=True)
    revision = fields.Integer(required=True, metadata={"description": "The story's revision that this shows"})


class VersionSchema(ma.Schema):
    """One version of a report."""

    version = fields.Integer(required=True)
    revision = fields.Integer(required=True)
    recorded_at = Moment(required=True)
    act = fields.Enum(Act, by_value=True, required=True)
    headline = fields.String(required=True)
    redacted = fields.Boolean(required=True, metadata={"description": "What it says was destroyed"})
    url = fields.String(required=True)


class VersionListSchema(ma.Schema):
    """The versions of a report, the first one first."""

    items = fields.List(fields.Nested(VersionSchema()), required=True)
    next = fields.String(allow_none=True, required=True)


def content_of(body: dict[str, Any]) -> Content:
    """The content that a request holds."""
    blocks = (
        tuple(Block(None, block["kind"], block["text"]) for block in body["blocks"])
        if "blocks" in body
        else paragraphs(body.get("text", ""))
    )
    return Content(blocks=blocks, **{name: body[name] for name in CONTENT_FIELDS if name in body})


def present_whole(story_id: str, report: Report, version: int, content: Content) -> dict[str, Any]:
    """``report`` with the content of one version, in the form of ``ReportSchema``."""
    return {
        **present_report(story_id, report),
        "headline": content.headline,
        "byline": content.byline,
        "dateline": content.dateline,
        "language": content.language,
        "published_at": rfc3339(content.published_at) if content.published_at else None,
        "extent": content.extent.value,
        "shown_version": version,
        "redacted": any(each.redacted for each in report.versions if each.version == version),
        "blocks": [{"id": block.id, "kind": block.kind, "text": block.text} for block in content.blocks],
        "copyright_notice": content.copyright_notice,
        "usage_terms": content.usage_terms,
    }


def present_version(story_id: str, report_id: str, version: Version) -> dict[str, Any]:
    """``version`` in the form of ``VersionSchema``."""
    return {
        "version": version.version,
        "revision": version.revision,
        "recorded_at": rfc3339(version.recorded_at),
        "act": version.act.value,
        "headline": version.headline,
        "redacted": version.redacted,
        "url": f"/v1/stories/{story_id}/reports/{report_id}?version={version.version}",
    }
