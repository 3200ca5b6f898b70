"""Stories: what may be asked of them, and how one is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import marshmallow as ma
from marshmallow import fields
from marshmallow.validate import OneOf

from tracker.api.fields import (
    Language,
    Line,
    Moment,
    Note,
    RequestSchema,
    Slug,
    Text,
    Title,
    Topics,
    Urgency,
    WaitFor,
    Whole,
)
from tracker.clock import rfc3339
from tracker.history import tombstone
from tracker.projections.story_list import StoryRow
from tracker.stories.reports import Correction, Redaction, Report
from tracker.stories.values import CorrectionKind, Extent, IssuedBy, OutletRef


class OpenStorySchema(RequestSchema):
    """A new story."""

    title = Title(required=True)
    slug = Slug(metadata={"description": "The working name; made from the title where it is left out"})
    language = Language(allow_none=True)
    topics = Topics()
    urgency = Urgency(allow_none=True)
    desk = Line(maximum=100, allow_none=True, metadata={"description": "Whose story it is"})


class EditStorySchema(RequestSchema):
    """What changes; a field that is left out stays as it is."""

    title = Title()
    slug = Slug()
    summary = Text(maximum=20_000, allow_none=True)
    topics = Topics()
    urgency = Urgency(allow_none=True)

    rules: ClassVar[Mapping[str, Any]] = {"minProperties": 1}

    @ma.validates_schema
    def something(self, data: dict[str, Any], **_options: Any) -> None:
        if not data:
            raise ma.ValidationError("Give at least one of title, slug, summary, topics, urgency.")


class ReasonSchema(RequestSchema):
    """Why."""

    reason = Note(required=True)


class StoriesQuery(RequestSchema):
    """Which stories."""

    q = Line(maximum=200, metadata={"description": "Words in the title or the slug"})
    topic = Line(maximum=60)
    outlet = Line(maximum=200, metadata={"description": "An outlet's id or name"})
    status = fields.String(validate=OneOf(["open", "closed"]))
    changed_since = fields.String(metadata={"description": "RFC 3339 with an offset", "format": "date-time"})
    wait_for = WaitFor()
    limit = Whole(minimum=1)
    cursor = fields.String()


class OutletSchema(ma.Schema):
    """An outlet, as a report names it."""

    id = fields.String(required=True)
    name = fields.String(required=True)


class CorrectionNoteSchema(ma.Schema):
    """What was wrong and what is right."""

    text = fields.String(required=True)
    wrong = fields.String(allow_none=True, required=True)
    right = fields.String(allow_none=True, required=True)


class CorrectionSchema(ma.Schema):
    """A correction that a report carries."""

    version = fields.Integer(required=True)
    revision = fields.Integer(required=True)
    kind = fields.Enum(CorrectionKind, by_value=True, required=True)
    issued_by = fields.Enum(IssuedBy, by_value=True, required=True)
    note = fields.Nested(CorrectionNoteSchema(), required=True)


class RedactionSchema(ma.Schema):
    """That what versions of a report said was destroyed."""

    versions = fields.List(fields.Integer(), required=True)
    revision = fields.Integer(required=True)
    recorded_at = Moment(required=True)
    reason = fields.String(required=True)


class TombstoneSchema(ma.Schema):
    """What is left of a report that was killed."""

    public_note = fields.String(required=True)
    issued_by = fields.Enum(IssuedBy, by_value=True, required=True)
    killed_at = Moment(required=True)
    revision = fields.Integer(required=True)
    successor = fields.String(allow_none=True, required=True, metadata={"description": "The report in its place"})


class ReportSummarySchema(ma.Schema):
    """A report within a story, without its text."""

    id = fields.String(required=True)
    url = fields.String(required=True)
    outlet = fields.Nested(OutletSchema(), required=True)
    uri = fields.String(allow_none=True, required=True)
    headline = fields.String(required=True)
    byline = fields.String(allow_none=True, required=True)
    dateline = fields.String(allow_none=True, required=True)
    language = fields.String(allow_none=True, required=True)
    published_at = Moment(allow_none=True, required=True)
    extent = fields.Enum(Extent, by_value=True, required=True)
    version = fields.Integer(required=True, metadata={"description": "The latest version"})
    revision = fields.Integer(required=True, metadata={"description": "The revision that last changed the report"})
    filed_at = Moment(required=True)
    changed_at = Moment(required=True)
    corrections = fields.List(fields.Nested(CorrectionSchema()), required=True)
    redacted = fields.Boolean(required=True, metadata={"description": "What it says was destroyed; it is blank"})
    redactions = fields.List(fields.Nested(RedactionSchema()), required=True)
    cites = fields.List(fields.String(), required=True, metadata={"description": "Ids of the reports it draws on"})
    killed = fields.Nested(TombstoneSchema(), allow_none=True, required=True)


class StoryRowSchema(ma.Schema):
    """A story in the list."""

    id = fields.String(required=True)
    url = fields.String(required=True)
    slug = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.String(required=True)
    language = fields.String(allow_none=True, required=True)
    topics = fields.List(fields.String(), required=True)
    urgency = fields.Integer(allow_none=True, required=True)
    reports = fields.Integer(required=True, metadata={"description": "How many reports it has"})
    revision = fields.Integer(required=True)
    opened_at = Moment(required=True)
    changed_at = Moment(required=True)


class StoryPageSchema(ma.Schema):
    """A page of the list of stories, the latest changed first."""

    items = fields.List(fields.Nested(StoryRowSchema()), required=True)
    next = fields.String(allow_none=True, required=True)
    as_at_position = fields.Integer(required=True, metadata={"description": "How far in the log the list has come"})


def present_report(story_id: str, report: Report) -> dict[str, Any]:
    """``report`` in the form of ``ReportSummarySchema``."""
    content = report.content
    return {
        "id": report.report_id,
        "url": f"/v1/stories/{story_id}/reports/{report.report_id}",
        "outlet": present_outlet(report.outlet),
        "uri": report.uri,
        "headline": content.headline,
        "byline": content.byline,
        "dateline": content.dateline,
        "language": content.language,
        "published_at": rfc3339(content.published_at) if content.published_at else None,
        "extent": content.extent.value,
        "version": report.version,
        "revision": report.revision,
        "filed_at": rfc3339(report.versions[0].recorded_at),
        "changed_at": rfc3339(report.versions[-1].recorded_at),
        "corrections": [present_correction(correction) for correction in report.corrections],
        "redacted": report.redacted,
        "redactions": [_present_redaction(redaction) for redaction in report.redactions],
        "cites": report.cites,
        "killed": tombstone(report.kill) if report.kill else None,
    }


def present_outlet(outlet: OutletRef) -> dict[str, str]:
    """``outlet`` in the form of ``OutletSchema``."""
    return {"id": outlet.id, "name": outlet.name}


def present_correction(correction: Correction) -> dict[str, Any]:
    """``correction`` in the form of ``CorrectionSchema``."""
    note = correction.note
    return {
        "version": correction.version,
        "revision": correction.revision,
        "kind": correction.kind.value,
        "issued_by": correction.issued_by.value,
        "note": {"text": note.text, "wrong": note.wrong, "right": note.right},
    }


def _present_redaction(redaction: Redaction) -> dict[str, Any]:
    return {
        "versions": redaction.versions,
        "revision": redaction.revision,
        "recorded_at": rfc3339(redaction.recorded_at),
        "reason": redaction.reason,
    }


def present_row(row: StoryRow) -> dict[str, Any]:
    """A row of the list in the form of ``StoryRowSchema``."""
    return {
        "id": row.story_id,
        "url": f"/v1/stories/{row.story_id}",
        "slug": row.slug,
        "title": row.title,
        "status": row.status,
        "language": row.language,
        "topics": row.topics,
        "urgency": row.urgency,
        "reports": row.reports,
        "revision": row.revision,
        "opened_at": rfc3339(row.opened_at),
        "changed_at": rfc3339(row.changed_at),
    }
