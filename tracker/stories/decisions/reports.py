"""The rules of reports.

1.  The same filing twice is one event and the first answer.
2.  An outlet and a uri name one report in a story; versions count 1, 2, 3 … without gaps; content equal to the last
    version adds nothing, while content equal to an older one is a real version (a return to it).
4.  A killed report is final: it gets no further version.
8.  A token limited to outlets files for no other; a closed story takes no reports until it is reopened.

What is marked in a report with its filing is decided upon the story as it is with the report in it: all or nothing.
"""

from __future__ import annotations

import msgspec

from tracker.stories.commands import CorrectReport, FileReport, UpdateReport
from tracker.stories.decisions.filings import marked_with
from tracker.stories.decisions.passages import Text
from tracker.stories.decisions.rights import require_open, require_right
from tracker.stories.desk import CorrectionAct
from tracker.stories.errors import CorrectionChangesNothing, IdTaken, ReportExists, ReportIdTaken, ReportIsKilled
from tracker.stories.events import Event, HoldPlaced, ReportCorrected, ReportFiled, ReportUpdated
from tracker.stories.folding.supposing import supposed
from tracker.stories.knowledge import HoldKind, HoldReason
from tracker.stories.reports import Report
from tracker.stories.story import Story
from tracker.stories.values import Content, CorrectionKind, IssuedBy, in_utc, with_block_ids
from tracker.text.blocks import Block
from tracker.text.passages import Selector


def file(command: FileReport, story: Story) -> list[Event]:
    """File a report, with what is marked in it."""
    require_right(command.by, command.outlet)
    known = story.report_at(command.outlet.id, command.uri) or story.reports.get(command.report_id)
    if known is None:
        return _filed(command, story)
    if known.kill:
        raise ReportIsKilled(known.report_id)
    if (known.outlet.id, known.uri) != (command.outlet.id, command.uri):
        raise ReportIdTaken(known.report_id)
    if command.as_next_version:
        return _filed_again(command, known, story)
    if command.content.digest() in (known.versions[0].digest, known.versions[-1].digest):
        return []
    raise ReportExists(known.report_id, known.version)


def _filed(command: FileReport, story: Story) -> list[Event]:
    require_open(story)
    for report_id in command.cites:
        story.report(report_id)
    filed: list[Event] = [
        ReportFiled(
            report_id=command.report_id,
            outlet=command.outlet,
            content=numbered(command.content, (), 0),
            uri=command.uri,
            cites=command.cites,
            embargoed_until=in_utc(command.embargoed_until),
        )
    ]
    if command.embargoed_until is not None:
        filed.append(_embargo(command, story))
    return [*filed, *marked_with(command, supposed(story, filed))]


def _filed_again(command: FileReport, known: Report, story: Story) -> list[Event]:
    """The next version of a report, with what is marked in it; an embargo holds all that the report says."""
    brought = _next_version(known, command.content, None, story)
    if not brought:
        return []
    here = msgspec.structs.replace(command, report_id=known.report_id)
    if command.embargoed_until is not None:
        brought.append(_embargo(here, story))
    return [*brought, *marked_with(here, supposed(story, brought))]


def _embargo(command: FileReport, story: Story) -> HoldPlaced:
    if command.hold_id in story.holds:
        raise IdTaken(command.hold_id)
    return HoldPlaced(
        hold_id=command.hold_id,
        target=command.report_id,
        kind=HoldKind.PUBLICATION,
        reason=HoldReason.EMBARGO,
        until=in_utc(command.embargoed_until),
    )


def update(command: UpdateReport, story: Story) -> list[Event]:
    """Add the next version of a report."""
    report = story.report(command.report_id)
    require_right(command.by, report.outlet)
    return _next_version(report, command.content, command.note, story)


def _next_version(report: Report, content: Content, note: str | None, story: Story) -> list[Event]:
    _require_not_killed(report)
    if content.digest() == report.versions[-1].digest:
        return []
    require_open(story)
    return [
        ReportUpdated(
            report_id=report.report_id,
            version=report.version + 1,
            content=numbered(content, report.content.blocks, report.blocks_used),
            note=note,
        )
    ]


def correct(command: CorrectReport, story: Story) -> list[Event]:
    """Add a version in which an outlet sets something right."""
    require_right(command.by, story.report(command.report_id).outlet)
    asked = CorrectionAct(
        report_id=command.report_id,
        content=command.content,
        note=command.note,
        kind=command.kind,
        passages=command.passages,
    )
    return corrected(asked, story, IssuedBy.OUTLET)


def corrected(asked: CorrectionAct, story: Story, issued_by: IssuedBy) -> list[Event]:
    """The events of a correction, whoever issues it."""
    report = story.report(asked.report_id)
    _require_not_killed(report)
    if asked.content.digest() == report.versions[-1].digest:
        if _is_last_correction(asked, report, issued_by):
            return []
        # A clarification or an editor's note may leave the words as they are; a correction may not.
        if asked.kind is CorrectionKind.CORRECTION:
            raise CorrectionChangesNothing(report.version)
    require_open(story)
    return [
        ReportCorrected(
            report_id=report.report_id,
            version=report.version + 1,
            content=numbered(asked.content, report.content.blocks, report.blocks_used),
            note=asked.note,
            kind=asked.kind,
            issued_by=issued_by,
            passages=_located(asked, report),
        )
    ]


def _located(asked: CorrectionAct, report: Report) -> tuple[Selector, ...]:
    """The passages that are corrected, where they stand in the version before."""
    if not asked.passages:
        return ()
    text = Text(report, None, None)
    return tuple(text.located(each, f"/passages/{number}/exact") for number, each in enumerate(asked.passages))


def _is_last_correction(asked: CorrectionAct, report: Report, issued_by: IssuedBy) -> bool:
    last = report.corrections[-1] if report.corrections else None
    return last is not None and (last.version, last.note, last.kind, last.issued_by) == (
        report.version,
        asked.note,
        asked.kind,
        issued_by,
    )


def _require_not_killed(report: Report) -> None:
    if report.kill:
        raise ReportIsKilled(report.report_id)


def numbered(content: Content, before: tuple[Block, ...], used: int) -> Content:
    """``content`` with ids of its blocks (``values.with_block_ids``)."""
    return msgspec.structs.replace(content, blocks=with_block_ids(content.blocks, before, used))
