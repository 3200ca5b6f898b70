"""What changed between two states of a story, as a list of typed changes.

Lists are compared by what names their entries: a report by its id, a correction by its report and version. One
change is one entry. Comparing backwards gives the same entries with the sides exchanged, "insert" for "delete".
How the words of a text changed is not said here; that it changed is (``ReportChange.text``). Nothing is said of how
a version differs whose content was redacted.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec

from tracker.stories.story import Correction, Redaction, Report, Status, Story, Version
from tracker.stories.values import CONTENT_FIELDS, Content, OutletRef

Op: TypeAlias = Literal["insert", "delete", "replace"]
#: A value as JSON has it; a moment is RFC 3339 text.
Value: TypeAlias = str | int | tuple[str, ...] | None

#: What the desk says of the story itself, in the order in which a reader wants to know it.
STORY_FIELDS = ("title", "slug", "summary", "topics", "urgency", "status", "language")


class FieldChange(msgspec.Struct, frozen=True, kw_only=True, tag_field="change", tag="field"):
    """One field and its values on both sides; ``None`` where a side has none."""

    op: Op
    field: str
    old: Value = msgspec.field(name="from")
    new: Value = msgspec.field(name="to")


class ReportChange(msgspec.Struct, frozen=True, kw_only=True, tag_field="change", tag="report"):
    """A report that one side doesn't have, or has in another version."""

    op: Op
    report_id: str
    outlet: OutletRef
    uri: str | None
    old_version: int | None = msgspec.field(name="from_version")
    new_version: int | None = msgspec.field(name="to_version")
    fields: tuple[FieldChange, ...]
    #: Whether the text itself differs.
    text: bool
    #: Whether the content of one side was redacted, so that the two can't be compared.
    redacted: bool = False
    #: The versions that came between, the oldest first.
    versions: tuple[Version, ...]


class CorrectionChange(msgspec.Struct, frozen=True, kw_only=True, tag_field="change", tag="correction"):
    """A correction that one side doesn't have."""

    op: Op
    report_id: str
    outlet: OutletRef
    correction: Correction


class RedactionChange(msgspec.Struct, frozen=True, kw_only=True, tag_field="change", tag="redaction"):
    """A redaction that one side doesn't have."""

    op: Op
    report_id: str
    outlet: OutletRef
    redaction: Redaction


Change: TypeAlias = FieldChange | ReportChange | CorrectionChange | RedactionChange


def changes(before: Story, after: Story) -> tuple[Change, ...]:
    """What changed from ``before`` to ``after``, two states of one story in either order: fields, then reports."""
    found: list[Change] = list(_fields(_story_values(before), _story_values(after)))
    # Reports are only ever added, so that the later state has them all, in the order in which they were filed.
    for report_id in max(before.reports, after.reports, key=len):
        old, new = before.reports.get(report_id), after.reports.get(report_id)
        if _last(old) != _last(new):
            found.append(_report(old, new))
            found.extend(_corrections(old, new))
        found.extend(_redactions(old, new))
    return tuple(found)


def rendered(change: Change) -> dict[str, Any]:
    """``change`` as JSON has it: strings, numbers, lists and objects."""
    document: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(change))
    return document


def _fields(old: dict[str, Value], new: dict[str, Value]) -> tuple[FieldChange, ...]:
    return tuple(
        FieldChange(op=_op(old[name], new[name]), field=name, old=old[name], new=new[name])
        for name in old
        if old[name] != new[name]
    )


def _op(old: object, new: object) -> Op:
    if old is None:
        return "insert"
    return "delete" if new is None else "replace"


def _story_values(story: Story) -> dict[str, Value]:
    if story.status is Status.UNOPENED:
        return dict.fromkeys(STORY_FIELDS)
    values = {name: getattr(story, name) for name in STORY_FIELDS}
    return {**values, "topics": story.topics or None, "status": story.status.value}


def _redactions(old: Report | None, new: Report | None) -> list[RedactionChange]:
    """What was redacted between the two sides, each redaction by the revision that brought it."""
    sides = [{each.revision: each for each in report.redactions} if report else {} for report in (old, new)]
    report = new or old
    assert report is not None
    return [
        RedactionChange(
            op="insert" if revision in sides[1] else "delete",
            report_id=report.report_id,
            outlet=report.outlet,
            redaction=(sides[0] | sides[1])[revision],
        )
        for revision in sorted(sides[0].keys() ^ sides[1].keys())
    ]


def _report_values(content: Content | None) -> dict[str, Value]:
    if content is None:
        return dict.fromkeys(CONTENT_FIELDS)
    built = msgspec.to_builtins(content)
    return {**{name: built.get(name) for name in CONTENT_FIELDS}, "extent": content.extent.value}


def _report(old: Report | None, new: Report | None) -> ReportChange:
    either = new or old
    assert either is not None
    old_content, new_content = (report.content if report else None for report in (old, new))
    redacted = any(report.redacted for report in (old, new) if report)
    return ReportChange(
        op=_op(old, new),
        report_id=either.report_id,
        outlet=either.outlet,
        uri=either.uri,
        old_version=_last(old),
        new_version=_last(new),
        fields=() if redacted else _fields(_report_values(old_content), _report_values(new_content)),
        text=not redacted and _words(old_content) != _words(new_content),
        redacted=redacted,
        versions=tuple(_between(old, new)),
    )


def _corrections(old: Report | None, new: Report | None) -> list[CorrectionChange]:
    either = new or old
    assert either is not None
    forwards = (_last(old) or 0) < (_last(new) or 0)
    low = min(_last(old) or 0, _last(new) or 0)
    later = new if forwards else old
    assert later is not None
    return [
        CorrectionChange(
            op="insert" if forwards else "delete",
            report_id=either.report_id,
            outlet=either.outlet,
            correction=correction,
        )
        for correction in later.corrections
        if correction.version > low
    ]


def _between(old: Report | None, new: Report | None) -> list[Version]:
    low = min(_last(old) or 0, _last(new) or 0)
    later = new if (_last(new) or 0) > (_last(old) or 0) else old
    return [version for version in (later.versions if later else []) if version.version > low]


def _last(report: Report | None) -> int | None:
    return report.version if report else None


def _words(content: Content | None) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in content.blocks] if content else []
