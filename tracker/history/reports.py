"""A report in one of its versions, read from the log at that version's revision, and the list of its versions.

A report that was killed has none of them any more: what is left of it is its tombstone (``report-killed``).
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import Connection

from tracker.clock import rfc3339
from tracker.errors import NotFound
from tracker.store import loading, seeing
from tracker.store.withholding import Sight
from tracker.stories.errors import ReportIsKilled
from tracker.stories.events import Recorded, ReportCorrected, ReportFiled, ReportUpdated
from tracker.stories.reports import Act, Correction, Kill, Report, Version
from tracker.stories.story import Story
from tracker.stories.values import Content, OutletRef


class ReportVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a report, whole."""

    story_id: str
    report_id: str
    outlet: OutletRef
    uri: str | None
    version: int
    #: The number of the report's latest version.
    latest: int
    #: The revision of the story that brought this version.
    revision: int
    recorded_at: datetime
    act: Act
    #: Blank where it was redacted.
    content: Content
    redacted: bool
    #: What the outlet, or whoever filed the update, said about it.
    note: str | None
    #: Set where this version is a correction.
    correction: Correction | None
    event_id: str
    actor: str
    correlation_id: str


class VersionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One version in the list of a report's versions."""

    version: int
    revision: int
    recorded_at: datetime
    act: Act
    headline: str
    #: The earlier version with the same content, if this is a return to one.
    same_as: int | None
    correction: Correction | None
    redacted: bool


def report_version(
    connection: Connection, story_id: str, report_id: str, version: int | None = None, *, sight: Sight
) -> ReportVersion:
    """A report in ``version``, or in its latest one.

    Raises ``NotFound``: ``unknown-story``, ``unknown-report``, ``unknown-version``; and ``ReportIsKilled``.
    """
    report = living(seeing.require(connection, story_id, sight), report_id)
    found = version_of(report, version)
    recorded = _event_at(connection, story_id, found)
    event = _of_report(recorded)
    return ReportVersion(
        story_id=story_id,
        report_id=report_id,
        outlet=report.outlet,
        uri=report.uri,
        version=found.version,
        latest=report.version,
        revision=found.revision,
        recorded_at=found.recorded_at,
        act=found.act,
        content=event.content,
        redacted=found.redacted,
        note=event.note if isinstance(event, ReportUpdated) else None,
        correction=_correction(report, found.version),
        event_id=recorded.event_id,
        actor=recorded.actor,
        correlation_id=recorded.correlation_id,
    )


def living(story: Story, report_id: str) -> Report:
    """The report of that id, if it wasn't killed. Raises ``UnknownReport`` and ``ReportIsKilled``."""
    report = story.report(report_id)
    if report.kill:
        raise ReportIsKilled(report_id, tombstone(report.kill))
    return report


def tombstone(kill: Kill) -> dict[str, object]:
    """What is told of a kill, ready for JSON."""
    return {
        "public_note": kill.public_note,
        "issued_by": kill.issued_by.value,
        "killed_at": rfc3339(kill.recorded_at),
        "revision": kill.revision,
        "successor": kill.successor,
    }


def content(connection: Connection, story_id: str, report: Report, version: int | None = None) -> Content:
    """What ``report`` said in ``version``, or says in its latest one; blank where that was redacted, or the report was
    killed. For whoever holds the report already, as he sees it.

    Raises ``NotFound`` (``unknown-version``).
    """
    found = version_of(report, version)
    if found is report.versions[-1]:
        return report.content
    if found.redacted or report.kill:
        return Content(headline="")
    return _of_report(_event_at(connection, story_id, found)).content


def versions(
    connection: Connection, story_id: str, report_id: str, *, sight: Sight, after: int = 0, limit: int | None = None
) -> tuple[VersionRow, ...]:
    """The versions of a report after version ``after``, the first one first, at most ``limit``.

    Raises ``NotFound``: ``unknown-story``, ``unknown-report``; and ``ReportIsKilled``.
    """
    report = living(seeing.require(connection, story_id, sight), report_id)
    first: dict[str, int] = {}
    for known in report.versions:
        first.setdefault(known.digest, known.version)
    later = [version for version in report.versions if version.version > after]
    return tuple(_row(report, version, first[version.digest]) for version in later[:limit])


def version_of(report: Report, version: int | None) -> Version:
    """The version of that number, or the latest. Raises ``NotFound`` (``unknown-version``)."""
    found = report.versions[-1] if version is None else None
    found = found or next((known for known in report.versions if known.version == version), None)
    if found is None:
        raise NotFound(
            f"This report has no version {version}; it has the versions 1 to {report.version}.",
            name="unknown-version",
            facts={"first": 1, "latest": report.version},
        )
    return found


def _event_at(connection: Connection, story_id: str, version: Version) -> Recorded:
    revision = version.revision
    return loading.history(connection, story_id, after=revision - 1, up_to=revision)[0]


def _of_report(recorded: Recorded) -> ReportFiled | ReportUpdated | ReportCorrected:
    event = recorded.event
    assert isinstance(event, ReportFiled | ReportUpdated | ReportCorrected)
    return event


def _row(report: Report, version: Version, first: int) -> VersionRow:
    return VersionRow(
        version=version.version,
        revision=version.revision,
        recorded_at=version.recorded_at,
        act=version.act,
        headline=version.headline,
        same_as=first if first < version.version and not version.redacted else None,
        correction=_correction(report, version.version),
        redacted=version.redacted,
    )


def _correction(report: Report, version: int) -> Correction | None:
    return next((made for made in report.corrections if made.version == version), None)
