"""What changed between two revisions of a story: the values, and the document that is published of them.

A ``StoryComparison`` has no opinion about display: a page renders its texts by ``tracker.text.rendering``, and
``to_document`` makes the one JSON document whose form ``tracker.history.schema`` gives.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from tracker.history.knowledge import Knowledge
from tracker.history.knowledge import to_document as knowledge_document
from tracker.stories.changes import CorrectionChange, FieldChange, RedactionChange, ReportChange, rendered
from tracker.text.comparison import CLASSES, OFFSET_UNIT, Comparison
from tracker.text.rendering import to_document as text_document

#: The version of the document's form; it grows when a reader would have to be changed.
DOCUMENT_VERSION = 1


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One side: a revision, and when it was recorded."""

    revision: int
    recorded_at: datetime


class By(msgspec.Struct, frozen=True, kw_only=True):
    """The event that brought a change."""

    revision: int
    recorded_at: datetime
    #: The stored type, for instance "report.corrected".
    type: str
    report_id: str | None = None
    version: int | None = None
    outlet_id: str | None = None


class FieldEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A field of the story itself, and the last event between the two revisions that set it."""

    change: FieldChange
    by: By


class ReportEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A report that was filed, updated or corrected between the two revisions."""

    change: ReportChange
    #: How the words of the headline changed; ``None`` where they didn't, or one side has none.
    headline: Comparison | None
    #: How the text changed; ``None`` where it didn't.
    text: Comparison | None
    #: Whether the text changed, but is left out since the comparison would grow too large.
    text_omitted: bool
    corrections: tuple[CorrectionChange, ...]
    #: The events between, the oldest first.
    by: tuple[By, ...]


class StoryComparison(msgspec.Struct, frozen=True, kw_only=True):
    """What changed from one revision to another, the earlier or the later one."""

    story_id: str
    before: Point
    after: Point
    fields: tuple[FieldEntry, ...]
    #: How the words of the summary changed; ``None`` where they didn't.
    summary: Comparison | None
    reports: tuple[ReportEntry, ...]
    #: What was redacted between the two.
    redactions: tuple[RedactionChange, ...] = ()
    #: What changed in what is known.
    knowledge: Knowledge = Knowledge()
    #: Whether more reports changed than are in it.
    more: bool = False

    @property
    def is_equal(self) -> bool:
        """Whether nothing changed."""
        return not self.fields and not self.reports and not self.redactions and self.knowledge.is_equal

    @property
    def truncated(self) -> bool:
        """Whether a bound was met: what is here is right, but something is left out or coarser than it could be."""
        bounds = [entry.text_omitted for entry in self.reports] + [text.truncated for text in self.texts()]
        return self.more or self.knowledge.more or any(bounds)

    def texts(self) -> Iterator[Comparison]:
        """Every comparison of a text in it."""
        for entry in self.reports:
            yield from (text for text in (entry.headline, entry.text) if text)
        if self.summary:
            yield self.summary


def to_document(comparison: StoryComparison) -> dict[str, Any]:
    """The published form, ready for JSON."""
    return {
        "version": DOCUMENT_VERSION,
        "story": comparison.story_id,
        "from": msgspec.to_builtins(comparison.before),
        "to": msgspec.to_builtins(comparison.after),
        "fields": [{**_field(entry.change), "by": msgspec.to_builtins(entry.by)} for entry in comparison.fields],
        "summary": _text(comparison.summary),
        "reports": [_report(entry) for entry in comparison.reports],
        "redactions": [_redaction(change) for change in comparison.redactions],
        **knowledge_document(comparison.knowledge),
        "stats": _stats(comparison),
        "truncated": comparison.truncated,
        "offsets": OFFSET_UNIT,
    }


def _report(entry: ReportEntry) -> dict[str, Any]:
    change = entry.change
    return {
        "op": change.op,
        "report_id": change.report_id,
        "outlet": {"id": change.outlet.id, "name": change.outlet.name},
        "uri": change.uri,
        "from_version": change.old_version,
        "to_version": change.new_version,
        "fields": [_field(field) for field in change.fields],
        "headline": _text(entry.headline),
        "text": _text(entry.text),
        "text_omitted": entry.text_omitted,
        "redacted": change.redacted,
        "killed": change.killed,
        "corrections": [_correction(correction) for correction in entry.corrections],
        "by": [msgspec.to_builtins(by) for by in entry.by],
    }


def _field(change: FieldChange) -> dict[str, Any]:
    return {name: value for name, value in rendered(change).items() if name != "change"}


def _correction(change: CorrectionChange) -> dict[str, Any]:
    return {"op": change.op, **rendered(change)["correction"]}


def _redaction(change: RedactionChange) -> dict[str, Any]:
    redaction = change.redaction
    return {
        "op": change.op,
        "report_id": change.report_id,
        "versions": list(redaction.versions),
        "revision": redaction.revision,
        "recorded_at": msgspec.to_builtins(redaction.recorded_at),
        "reason": redaction.reason,
    }


def _text(comparison: Comparison | None) -> dict[str, Any] | None:
    return text_document(comparison) if comparison else None


def _stats(comparison: StoryComparison) -> dict[str, Any]:
    counted = [text.stats for text in comparison.texts()]
    return {
        "fields": len(comparison.fields),
        "reports": len(comparison.reports),
        "corrections": sum(len(entry.corrections) for entry in comparison.reports),
        "words_inserted": sum(stats.words_inserted for stats in counted),
        "words_deleted": sum(stats.words_deleted for stats in counted),
        "regions": sum(stats.regions for stats in counted),
        "by_class": {name: sum(stats.by_class[name] for stats in counted) for name in CLASSES},
        "moves": sum(stats.moves for stats in counted),
    }
