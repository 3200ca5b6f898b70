"""The text of a report's older version, for commands that name a passage in one: the state holds the latest alone."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection

from tracker.store import loading
from tracker.stories.commands import AssertClaim, Command, FileReport, RecordOccurrence, RelateClaims
from tracker.stories.events import ReportCorrected, ReportFiled, ReportUpdated
from tracker.stories.knowledge import Basis
from tracker.stories.story import Story
from tracker.stories.values import Content


def with_text(connection: Connection, command: Command, story: Story) -> Command:
    """``command`` with the text of the version that it names, where that is an older one of a report of ``story``."""
    match command:
        case AssertClaim():
            text = _older(connection, story, command.story_id, command.report_id, command.version)
        case RelateClaims():
            text = _of_basis(connection, story, command.story_id, command.relating.basis)
        case RecordOccurrence():
            text = _of_basis(connection, story, command.story_id, command.recording.basis)
        case FileReport():
            return _with_texts(connection, command, story)
        case _:
            return command
    return msgspec.structs.replace(command, text=text) if text else command


def _with_texts(connection: Connection, command: FileReport, story: Story) -> FileReport:
    bases = (*(each.basis for each in command.relations), *(each.basis for each in command.occurrences))
    texts = {
        f"{basis.report_id}/{basis.version}": text
        for basis in bases
        if basis and (text := _of_basis(connection, story, command.story_id, basis))
    }
    return msgspec.structs.replace(command, texts=texts) if texts else command


def _of_basis(connection: Connection, story: Story, story_id: str, basis: Basis | None) -> Content | None:
    if basis is None or basis.report_id is None:
        return None
    return _older(connection, story, story_id, basis.report_id, basis.version)


def _older(connection: Connection, story: Story, story_id: str, report_id: str, number: int | None) -> Content | None:
    report = story.reports.get(report_id)
    found = report.version_numbered(number) if report and number not in (None, report.version) else None
    if found is None:
        return None
    (recorded,) = loading.history(connection, story_id, after=found.revision - 1, up_to=found.revision)
    event = recorded.event
    assert isinstance(event, ReportFiled | ReportUpdated | ReportCorrected)
    return event.content
