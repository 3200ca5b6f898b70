"""What changed in a story's reports: versions, corrections, kills, redactions."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TypeAlias

import msgspec

from tracker.stories.changes.values import FieldChange, OneSided, Op, Sides, Value, field_changes, op_of
from tracker.stories.reports import Correction, Kill, Redaction, Report, Version
from tracker.stories.story import Story
from tracker.stories.values import CONTENT_FIELDS, Content, OutletRef


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
    #: Whether the report was killed, so that there is nothing to be compared.
    killed: bool = False
    #: The versions that came between, the oldest first.
    versions: tuple[Version, ...]


class CorrectionChange(msgspec.Struct, frozen=True, kw_only=True, tag_field="change", tag="correction"):
    """A correction that one side doesn't have."""

    op: OneSided
    report_id: str
    outlet: OutletRef
    correction: Correction


class RedactionChange(msgspec.Struct, frozen=True, kw_only=True, tag_field="change", tag="redaction"):
    """A redaction that one side doesn't have."""

    op: OneSided
    report_id: str
    outlet: OutletRef
    redaction: Redaction


class KillChange(msgspec.Struct, frozen=True, kw_only=True, tag_field="change", tag="kill"):
    """A report that was killed on one side only."""

    op: OneSided
    report_id: str
    outlet: OutletRef
    kill: Kill


OfReports: TypeAlias = ReportChange | CorrectionChange | RedactionChange | KillChange


def of_reports(sides: Sides, only: Collection[str] | None = None) -> Iterator[OfReports]:
    """The changes of each report (of ``only`` these, by their ids), in the order in which the reports were filed."""
    # Reports are only ever added, so that the later state has them all.
    reports = sides.in_order[1].reports
    for report_id in reports if only is None else only:
        report = reports[report_id]
        old, new = (story.reports.get(report_id) for story in (sides.before, sides.after))
        if _last(old) != _last(new):
            yield _report(old, new, report)
            yield from _corrections(sides, report)
        yield from _kills(sides, report)
        yield from _redactions(sides, old, new)


def killed_in(story: Story, report_id: str) -> Kill | None:
    """The report's kill, if it had been killed by then: what may be seen of an older state is judged by today."""
    report = story.reports.get(report_id)
    return report.kill if report and report.kill and report.kill.revision <= story.revision else None


def _kills(sides: Sides, report: Report) -> Iterator[KillChange]:
    earlier, later = (killed_in(story, report.report_id) for story in sides.in_order)
    if later and not earlier:
        yield KillChange(op=sides.one_sided(True), report_id=report.report_id, outlet=report.outlet, kill=later)


def _redactions(sides: Sides, old: Report | None, new: Report | None) -> Iterator[RedactionChange]:
    """What was redacted between the two sides, each redaction by the revision that brought it."""
    there, here = ({each.revision: each for each in report.redactions} if report else {} for report in (old, new))
    report = new or old
    assert report is not None
    for revision in sorted(there.keys() ^ here.keys()):
        yield RedactionChange(
            op="insert" if revision in here else "delete",
            report_id=report.report_id,
            outlet=report.outlet,
            redaction=(there | here)[revision],
        )


def _report(old: Report | None, new: Report | None, later: Report) -> ReportChange:
    redacted, killed = (any(getattr(report, why) for report in (old, new) if report) for why in ("redacted", "kill"))
    contents = [report.content if report else None for report in (old, new)]
    old_content, new_content = (None, None) if redacted or killed else contents
    return ReportChange(
        op=op_of(old, new),
        report_id=later.report_id,
        outlet=later.outlet,
        uri=later.uri,
        old_version=_last(old),
        new_version=_last(new),
        fields=field_changes(_values(old_content), _values(new_content)),
        text=_words(old_content) != _words(new_content),
        redacted=redacted,
        killed=killed,
        versions=tuple(_between(old, new)),
    )


def _corrections(sides: Sides, report: Report) -> Iterator[CorrectionChange]:
    """Those of ``report``, as it is in the later state, that the earlier state doesn't have."""
    earlier = sides.in_order[0].reports.get(report.report_id)
    for correction in report.corrections:
        if correction.version > (_last(earlier) or 0):
            yield CorrectionChange(
                op=sides.one_sided(True), report_id=report.report_id, outlet=report.outlet, correction=correction
            )


def _values(content: Content | None) -> dict[str, Value]:
    if content is None:
        return dict.fromkeys(CONTENT_FIELDS)
    built = msgspec.to_builtins(content)
    return {**{name: built.get(name) for name in CONTENT_FIELDS}, "extent": content.extent.value}


def _between(old: Report | None, new: Report | None) -> list[Version]:
    low = min(_last(old) or 0, _last(new) or 0)
    later = new if (_last(new) or 0) > (_last(old) or 0) else old
    return [version for version in (later.versions if later else []) if version.version > low]


def _last(report: Report | None) -> int | None:
    return report.version if report else None


def _words(content: Content | None) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in content.blocks] if content else []
