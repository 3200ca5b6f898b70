"""The state of a story: what its events add up to.

``evolve`` takes a state and one recorded event to the next state and leaves its argument alone, ``advanced`` does so
for many. ``fold`` changes a state that it alone holds, so that ten thousand events cost ten thousand steps.
Deciding, saved states, revisions and compare all use this one state: there is no second truth.

What a long story has thousands of holds no cycles, and says so (``gc=False``): the collector, which would look through
all of it again and again, took four fifths of the time to load ten thousand reports.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol, assert_never

import msgspec
from msgspec import UNSET

from tracker.stories.errors import UnknownReport, UnknownTarget
from tracker.stories.events import (
    ContentRedacted,
    Recorded,
    ReportCorrected,
    ReportFiled,
    ReportUpdated,
    StoryClosed,
    StoryEdited,
    StoryOpened,
    StoryReopened,
)
from tracker.stories.values import Content, CorrectionKind, CorrectionNote, IssuedBy, OutletRef


class Status(enum.StrEnum):
    """Whether the story takes reports."""

    UNOPENED = "unopened"
    OPEN = "open"
    CLOSED = "closed"


class Act(enum.StrEnum):
    """How a version of a report came to be."""

    FILED = "filed"
    UPDATED = "updated"
    CORRECTED = "corrected"


class Version(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where one version of a report stands in the log; its content is read from there, unless it was redacted."""

    version: int
    revision: int
    recorded_at: datetime
    act: Act
    #: Both are empty where it was redacted.
    headline: str
    digest: str
    redacted: bool = False


class Correction(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A correction that a report carries."""

    version: int
    revision: int
    kind: CorrectionKind
    issued_by: IssuedBy
    note: CorrectionNote


class Unopened(Protocol):
    """A content that stays written down until somebody asks for it; equal to one that says the same."""

    def open(self) -> Content:
        """The content."""
        ...


class Redaction(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """That the content of versions of a report was destroyed."""

    versions: tuple[int, ...]
    revision: int
    recorded_at: datetime
    reason: str
    authority: str


class Report(msgspec.Struct, kw_only=True, gc=False):
    """One outlet's piece within the story, as of its latest version."""

    report_id: str
    outlet: OutletRef
    uri: str | None
    #: ``Content | Unopened`` (of which msgspec can make no type): read ``content``.
    held: Any
    versions: list[Version]
    corrections: list[Correction]
    #: The highest number that a block of this report has had.
    blocks_used: int
    redactions: list[Redaction] = []

    @property
    def content(self) -> Content:
        """What it says in its latest version."""
        held: Content | Unopened = self.held
        return held if isinstance(held, Content) else held.open()

    @property
    def version(self) -> int:
        """The number of the latest version."""
        return self.versions[-1].version

    @property
    def revision(self) -> int:
        """The revision of the story that last changed this report."""
        return max(last[-1].revision for last in (self.versions, self.redactions) if last)

    @property
    def redacted(self) -> bool:
        """Whether the content of the latest version was redacted."""
        return self.versions[-1].redacted


class Story(msgspec.Struct, kw_only=True):
    """A story as of its revision ``revision``; ``Story()`` is the state before anything happened."""

    revision: int = 0
    status: Status = Status.UNOPENED
    slug: str = ""
    title: str = ""
    summary: str | None = None
    #: The revision that last changed the summary.
    summary_revision: int | None = None
    language: str | None = None
    topics: tuple[str, ...] = ()
    urgency: int | None = None
    opened_at: datetime | None = None
    changed_at: datetime | None = None
    #: The revision that last changed what the desk says of the story itself (its title, summary, state …).
    edited_revision: int = 0
    reports: dict[str, Report] = {}
    #: Report ids by outlet id and uri.
    report_ids: dict[str, str] = {}

    def report(self, report_id: str) -> Report:
        """The report of that id; raises ``UnknownReport``."""
        try:
            return self.reports[report_id]
        except KeyError:
            raise UnknownReport(report_id) from None

    def targeted(self, target: str) -> tuple[Report, tuple[int, ...]]:
        """The report and the versions that a redaction's target names, all of them where it names no version.

        Raises ``UnknownTarget``.
        """
        report = self.reports.get(target.partition("/")[0])
        if report is None:
            raise UnknownTarget(target)
        names = {version.version: f"{report.report_id}/{version.version}" for version in report.versions}
        found = tuple(number for number, name in names.items() if target in (report.report_id, name))
        if not found:
            raise UnknownTarget(target)
        return report, found

    def report_at(self, outlet_id: str, uri: str | None) -> Report | None:
        """The report that an outlet published at ``uri``, if it is here."""
        found = self.report_ids.get(_address(outlet_id, uri)) if uri else None
        return self.reports[found] if found else None


def evolve(story: Story, recorded: Recorded) -> Story:
    """The state after ``recorded``; ``story`` stays as it is."""
    return advanced(story, (recorded,))


def advanced(story: Story, history: Iterable[Recorded]) -> Story:
    """The state after ``history``; ``story`` stays as it is, and the two share the reports that did not change."""
    copy = msgspec.structs.replace(story, reports=dict(story.reports), report_ids=dict(story.report_ids))
    return _folded(copy, history, owned=set())


def fold(story: Story, history: Iterable[Recorded]) -> Story:
    """The state after ``history``. Changes ``story``, which the caller alone must hold, and returns it."""
    return _folded(story, history, owned=None)


def _folded(story: Story, history: Iterable[Recorded], owned: set[str] | None) -> Story:
    """``owned`` are the ids of the reports that no other state holds (``None``: all): others are copied first."""
    for recorded in history:
        _apply(story, recorded, owned)
        story.revision = recorded.revision
        story.changed_at = recorded.recorded_at
    return story


def _apply(story: Story, recorded: Recorded, owned: set[str] | None) -> None:
    match recorded.event:
        case StoryOpened() as event:
            story.status = Status.OPEN
            story.slug, story.title = event.slug, event.title
            story.language, story.topics, story.urgency = event.language, event.topics, event.urgency
            story.opened_at, story.edited_revision = recorded.recorded_at, recorded.revision
        case StoryEdited() as event:
            _edit(story, event, recorded.revision)
        case StoryClosed():
            story.status, story.edited_revision = Status.CLOSED, recorded.revision
        case StoryReopened():
            story.status, story.edited_revision = Status.OPEN, recorded.revision
        case ReportFiled() as event:
            _file(story, event, recorded)
        case ReportUpdated() as event:
            _add_version(_own(story, event.report_id, owned), event, Act.UPDATED, recorded)
        case ReportCorrected() as event:
            report = _own(story, event.report_id, owned)
            _add_version(report, event, Act.CORRECTED, recorded)
            report.corrections.append(_correction(event, recorded.revision))
        case ContentRedacted() as event:
            _redact(story, event, recorded, owned)
        case _ as never:
            assert_never(never)


def _own(story: Story, report_id: str, owned: set[str] | None) -> Report:
    report = story.reports[report_id]
    if owned is not None and report_id not in owned:
        owned.add(report_id)
        lists = {name: list(getattr(report, name)) for name in ("versions", "corrections", "redactions")}
        report = msgspec.structs.replace(report, **lists)
        story.reports[report_id] = report
    return report


def _edit(story: Story, event: StoryEdited, revision: int) -> None:
    for name in event.__struct_fields__:
        value = getattr(event, name)
        if value is not UNSET:
            setattr(story, name, value)
    if event.summary is not UNSET:
        story.summary_revision = revision
    story.edited_revision = revision


def _file(story: Story, event: ReportFiled, recorded: Recorded) -> None:
    story.reports[event.report_id] = Report(
        report_id=event.report_id,
        outlet=event.outlet,
        uri=event.uri,
        held=event.content,
        versions=[_version(1, event.content, Act.FILED, recorded)],
        corrections=[],
        blocks_used=_highest_block(event.content),
    )
    if event.uri:
        story.report_ids[_address(event.outlet.id, event.uri)] = event.report_id


def _add_version(report: Report, event: ReportUpdated | ReportCorrected, act: Act, recorded: Recorded) -> None:
    report.held = event.content
    report.versions.append(_version(event.version, event.content, act, recorded))
    report.blocks_used = max(report.blocks_used, _highest_block(event.content))


def _redact(story: Story, event: ContentRedacted, recorded: Recorded, owned: set[str] | None) -> None:
    """Leave of the versions what is left when their events are read without their content."""
    found, versions = story.targeted(event.target)
    report = _own(story, found.report_id, owned)
    report.versions = [_blanked(each) if each.version in versions else each for each in report.versions]
    report.corrections = [_without_note(each) if each.version in versions else each for each in report.corrections]
    report.redactions.append(_redaction(event, versions, recorded))
    report.blocks_used = max(report.blocks_used, event.blocks_used)
    if report.redacted:
        report.held = Content(headline="")
    if 1 in versions:
        story.report_ids.pop(_address(report.outlet.id, report.uri), None)
        report.uri = None


def _blanked(version: Version) -> Version:
    return msgspec.structs.replace(version, headline="", digest="", redacted=True)


def _without_note(correction: Correction) -> Correction:
    return msgspec.structs.replace(correction, note=CorrectionNote(text=""))


def _redaction(event: ContentRedacted, versions: tuple[int, ...], recorded: Recorded) -> Redaction:
    return Redaction(
        versions=versions,
        revision=recorded.revision,
        recorded_at=recorded.recorded_at,
        reason=event.reason,
        authority=event.authority,
    )


def _version(number: int, content: Content, act: Act, recorded: Recorded) -> Version:
    return Version(
        version=number,
        revision=recorded.revision,
        recorded_at=recorded.recorded_at,
        act=act,
        headline=content.headline,
        digest="" if recorded.redacted else content.digest(),
        redacted=recorded.redacted,
    )


def _correction(event: ReportCorrected, revision: int) -> Correction:
    return Correction(
        version=event.version, revision=revision, kind=event.kind, issued_by=event.issued_by, note=event.note
    )


def _highest_block(content: Content) -> int:
    return max((int(block.id[1:]) for block in content.blocks if block.id), default=0)


def _address(outlet_id: str, uri: str | None) -> str:
    return f"{outlet_id} {uri}"
