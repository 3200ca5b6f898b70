"""The rules: what a command leads to, given the story as it is.

``decide(command, story)`` returns the events that follow, or raises one of ``stories.errors``. It reads like a table
and touches nothing: asking twice decides to no events the second time. The rules that it keeps:

1.  The same filing twice is one event and the first answer.
2.  An outlet and a uri name one report in a story; versions count 1, 2, 3 … without gaps; content equal to the last
    version adds nothing, while content equal to an older one is a real version (a return to it).
8.  A token limited to outlets files for no other; a closed story takes no reports until it is reopened.
9.  What is redacted is gone for good: a version once, in a closed story too.
"""

from __future__ import annotations

from typing import assert_never

import msgspec
from msgspec import UNSET

from tracker.stories.commands import (
    CloseStory,
    Command,
    CorrectReport,
    EditStory,
    FileReport,
    OpenStory,
    RedactContent,
    ReopenStory,
    UpdateReport,
)
from tracker.stories.errors import (
    CorrectionChangesNothing,
    OutletNotYours,
    ReportExists,
    ReportIdTaken,
    StoryExists,
    StoryIsClosed,
    UnknownStory,
)
from tracker.stories.events import (
    ContentRedacted,
    Event,
    ReportCorrected,
    ReportFiled,
    ReportUpdated,
    StoryClosed,
    StoryEdited,
    StoryOpened,
    StoryReopened,
)
from tracker.stories.story import Report, Status, Story
from tracker.stories.values import Content, CorrectionKind, OutletRef, Person, with_block_ids
from tracker.text.blocks import Block


def decide(command: Command, story: Story) -> list[Event]:
    """The events that ``command`` leads to; none where it is already so. Raises a refusal of ``stories.errors``."""
    if isinstance(command, OpenStory):
        return _open(command, story)
    if story.status is Status.UNOPENED:
        raise UnknownStory(command.story_id)
    match command:
        case EditStory():
            return _edit(command, story)
        case CloseStory():
            return [] if story.status is Status.CLOSED else [StoryClosed(reason=command.reason)]
        case ReopenStory():
            return [] if story.status is Status.OPEN else [StoryReopened(reason=command.reason)]
        case FileReport():
            return _file(command, story)
        case UpdateReport():
            return _update(command, story)
        case CorrectReport():
            return _correct(command, story)
        case RedactContent():
            return _redact(command, story)
        case _ as never:
            assert_never(never)


def _open(command: OpenStory, story: Story) -> list[Event]:
    asked = {name: getattr(command, name) for name in StoryOpened.__struct_fields__}
    if story.status is Status.UNOPENED:
        return [StoryOpened(**asked)]
    if all(getattr(story, name) == value for name, value in asked.items()):
        return []
    raise StoryExists(command.story_id)


def _edit(command: EditStory, story: Story) -> list[Event]:
    changed = {
        name: value
        for name in StoryEdited.__struct_fields__
        if (value := getattr(command, name)) is not UNSET and value != getattr(story, name)
    }
    return [StoryEdited(**changed)] if changed else []


def _file(command: FileReport, story: Story) -> list[Event]:
    _require_right(command.by, command.outlet)
    known = story.report_at(command.outlet.id, command.uri) or story.reports.get(command.report_id)
    if known is None:
        return [_filed(command, story)]
    if (known.outlet.id, known.uri) != (command.outlet.id, command.uri):
        raise ReportIdTaken(known.report_id)
    if command.as_next_version:
        return _next_version(known, command.content, None, story)
    if command.content.digest() in (known.versions[0].digest, known.versions[-1].digest):
        return []
    raise ReportExists(known.report_id, known.version)


def _filed(command: FileReport, story: Story) -> ReportFiled:
    _require_open(story)
    return ReportFiled(
        report_id=command.report_id,
        outlet=command.outlet,
        content=_numbered(command.content, (), 0),
        uri=command.uri,
    )


def _update(command: UpdateReport, story: Story) -> list[Event]:
    report = story.report(command.report_id)
    _require_right(command.by, report.outlet)
    return _next_version(report, command.content, command.note, story)


def _next_version(report: Report, content: Content, note: str | None, story: Story) -> list[Event]:
    if content.digest() == report.versions[-1].digest:
        return []
    _require_open(story)
    return [
        ReportUpdated(
            report_id=report.report_id,
            version=report.version + 1,
            content=_numbered(content, report.content.blocks, report.blocks_used),
            note=note,
        )
    ]


def _correct(command: CorrectReport, story: Story) -> list[Event]:
    report = story.report(command.report_id)
    _require_right(command.by, report.outlet)
    if command.content.digest() == report.versions[-1].digest:
        if _is_last_correction(command, report):
            return []
        # A clarification or an editor's note may leave the words as they are; a correction may not.
        if command.kind is CorrectionKind.CORRECTION:
            raise CorrectionChangesNothing(report.version)
    _require_open(story)
    return [
        ReportCorrected(
            report_id=report.report_id,
            version=report.version + 1,
            content=_numbered(command.content, report.content.blocks, report.blocks_used),
            note=command.note,
            kind=command.kind,
        )
    ]


def _redact(command: RedactContent, story: Story) -> list[Event]:
    report, versions = story.targeted(command.target)
    if all(each.redacted for each in report.versions if each.version in versions):
        return []
    return [
        ContentRedacted(
            target=command.target,
            reason=command.reason,
            authority=command.authority,
            blocks_used=report.blocks_used,
        )
    ]


def _is_last_correction(command: CorrectReport, report: Report) -> bool:
    last = report.corrections[-1] if report.corrections else None
    return last is not None and (last.version, last.note, last.kind) == (
        report.version,
        command.note,
        command.kind,
    )


def _numbered(content: Content, before: tuple[Block, ...], used: int) -> Content:
    return msgspec.structs.replace(content, blocks=with_block_ids(content.blocks, before, used))


def _require_open(story: Story) -> None:
    if story.status is Status.CLOSED:
        raise StoryIsClosed


def _require_right(by: Person, outlet: OutletRef) -> None:
    if not by.may_file_for(outlet.id):
        raise OutletNotYours(outlet.name)
