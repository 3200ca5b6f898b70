"""What filing, updating and correcting a report does to a story."""

from __future__ import annotations

from tracker.stories.events import Recorded, ReportCorrected, ReportFiled, ReportUpdated
from tracker.stories.folding.draft import Draft
from tracker.stories.reports import Act, Correction, Report, Version
from tracker.stories.story import Story, address
from tracker.stories.values import Content


def file(story: Story, event: ReportFiled, recorded: Recorded) -> None:
    """Add the report."""
    story.reports[event.report_id] = Report(
        report_id=event.report_id,
        outlet=event.outlet,
        uri=event.uri,
        held=event.content,
        versions=[_version(1, event.content, Act.FILED, recorded)],
        corrections=[],
        blocks_used=_highest_block(event.content),
        cites=event.cites,
    )
    if event.uri:
        story.report_ids[address(event.outlet.id, event.uri)] = event.report_id


def add_version(draft: Draft, event: ReportUpdated | ReportCorrected, recorded: Recorded) -> None:
    """Add a version of a report, and the correction that it is, if it is one."""
    report = draft.report(event.report_id)
    act = Act.CORRECTED if isinstance(event, ReportCorrected) else Act.UPDATED
    report.held = event.content
    report.versions.append(_version(event.version, event.content, act, recorded))
    report.blocks_used = max(report.blocks_used, _highest_block(event.content))
    if isinstance(event, ReportCorrected):
        report.corrections.append(_correction(event, recorded.revision))


def _version(number: int, content: Content, act: Act, recorded: Recorded) -> Version:
    return Version(
        version=number,
        revision=recorded.revision,
        recorded_at=recorded.recorded_at,
        act=act,
        headline=content.headline,
        digest="" if recorded.redacted else content.digest(),
        redacted=recorded.redacted,
        published_at=content.published_at,
    )


def _correction(event: ReportCorrected, revision: int) -> Correction:
    return Correction(
        version=event.version,
        revision=revision,
        kind=event.kind,
        issued_by=event.issued_by,
        note=event.note,
        passages=event.passages,
    )


def _highest_block(content: Content) -> int:
    return max((int(block.id[1:]) for block in content.blocks if block.id), default=0)
