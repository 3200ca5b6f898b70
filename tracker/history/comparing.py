"""Compares two revisions of a story, either of them the earlier one.

How. The two states go through ``stories.changes``, and changed texts through ``text.compare``. Only those reports are
looked at to which something was done between the two, which the later state tells; what they say is opened at either
side. What the desk says of the story is told with the desk's act that set it last.

How a claim stood is its history, also where a report that said so was killed since: nobody sees any more what that
report said, but that it counted then.

The work is bounded: by ``_MOST_REPORTS`` that changed (the first ones that were filed), by ``_MOST_CHARACTERS`` of text
that is compared (what comes after is named, with its text left out), by a number of steps that the texts share, and by
``knowledge.MOST`` changes of each kind. What it does badly: both states are loaded whole, and all acts of the desk
between the two are read, however many.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import Connection

from tracker.clock import from_microseconds
from tracker.history.comparison import By, FieldEntry, Point, ReportEntry, StoryComparison
from tracker.history.knowledge import knowledge_in
from tracker.history.reports import content, living, version_of
from tracker.history.states import unknown_revision
from tracker.store import entries, log, seeing
from tracker.store.log_events import LogEvent
from tracker.store.withholding import Sight
from tracker.stories.changes import Change, CorrectionChange, FieldChange, RedactionChange, ReportChange, changes
from tracker.stories.claims import Claim, StoodSince
from tracker.stories.events import Recorded, StoryClosed, StoryEdited, StoryOpened, StoryReopened
from tracker.stories.reports import Act, Report
from tracker.stories.stored import type_of
from tracker.stories.story import Story
from tracker.stories.values import Content
from tracker.text.blocks import Block, paragraphs
from tracker.text.compare import compare as compare_texts
from tracker.text.comparison import Comparison
from tracker.text.matching import CELLS

#: How much text one comparison compares, in characters of both sides; the first report's always. About a second's work.
_MOST_CHARACTERS = 400_000
#: The steps that all texts of one comparison share, in those of one comparison of texts.
_SHARED_CELLS = 4 * CELLS
#: How many changed reports one comparison holds: each is read at either side.
_MOST_REPORTS = 200
_DESK = ("story.opened", "story.edited", "story.closed", "story.reopened")
#: So many of the desk's acts are read at once.
_PAGE = 200
_TYPES = {Act.FILED: "report.filed", Act.UPDATED: "report.updated", Act.CORRECTED: "report.corrected"}


def compare(connection: Connection, story_id: str, a: int, b: int | None = None, *, sight: Sight) -> StoryComparison:
    """What changed from revision ``a`` to revision ``b``, or to the latest, as somebody sees it now.

    Raises ``NotFound``: ``unknown-story``, ``unknown-revision``.
    """
    latest = seeing.require(connection, story_id, sight)
    b = latest.revision if b is None else b
    for revision in (a, b):
        if not 1 <= revision <= latest.revision or seeing.hides(connection, story_id, sight, revision):
            raise unknown_revision(connection, story_id, revision, sight=sight)
    before, after = (_side(connection, story_id, sight, latest, revision) for revision in (a, b))
    low, high = sorted((a, b))
    touched = [report_id for report_id, report in latest.reports.items() if _comes_between(report, low, high)]
    desk = _desk(connection, story_id, low, high, sight) if latest.edited_revision > low else []
    found = changes(before, after, touched[:_MOST_REPORTS])
    return _comparison(connection, story_id, before, after, found, desk, more=len(touched) > _MOST_REPORTS)


def compare_versions(
    connection: Connection, story_id: str, report_id: str, a: int, b: int | None = None, *, sight: Sight
) -> StoryComparison:
    """What changed from version ``a`` of one report to version ``b``, or to the latest: a comparison of that report
    alone, between the revisions that brought the two versions.

    Raises ``NotFound``: ``unknown-story``, ``unknown-report``, ``unknown-version``; and ``ReportIsKilled``.
    """
    latest = seeing.require(connection, story_id, sight)
    report = living(latest, report_id)
    before, after = (_alone(connection, story_id, report, version_of(report, version).revision) for version in (a, b))
    return _comparison(connection, story_id, before, after, changes(before, after))


def _side(connection: Connection, story_id: str, sight: Sight, latest: Story, revision: int) -> Story:
    if revision == latest.revision:
        return latest
    story = seeing.seen(connection, story_id, sight, revision=revision)
    if not any(report.kill for report in latest.reports.values()):
        return story
    stood = {claim_id: _as_it_stood(claim, revision, latest) for claim_id, claim in story.claims.items()}
    return msgspec.structs.replace(story, claims=stood)


def _as_it_stood(claim: Claim, revision: int, latest: Story) -> Claim:
    """The claim as it stood at ``revision``, by its own history; without those who disputed it in a killed report."""
    now = latest.claims.get(claim.claim_id)
    stood = [each for each in now.standings if each.revision <= revision] if now else []
    if now is None or not stood:
        return claim
    killed = {each.number for each in now.appearances if latest.reports[each.report_id].kill}
    standing = stood[-1].standing
    disputed = tuple(each for each in standing.disputed if each.appearance not in killed)
    last = StoodSince(stood[-1].revision, msgspec.structs.replace(standing, disputed=disputed))
    return msgspec.structs.replace(claim, standings=[last])


def _desk(connection: Connection, story_id: str, low: int, high: int, sight: Sight) -> list[Recorded]:
    """The desk's acts after revision ``low``, up to ``high``, the oldest first."""
    found: list[LogEvent] = []
    before = high + 1
    while page := entries.newest(connection, story_id, sight=sight, before=before, after=low, types=_DESK, limit=_PAGE):
        found += page
        before = page[-1].version
    return [event.recorded() for event in reversed(found)]


def _comes_between(report: Report, low: int, high: int) -> bool:
    done = [each.revision for each in (*report.versions, *report.redactions, report.kill) if each]
    return any(low < revision <= high for revision in done)


def _alone(connection: Connection, story_id: str, report: Report, revision: int) -> Story:
    """The story at ``revision`` as if there were nothing in it but that report."""
    cut = _cut(connection, story_id, report, revision)
    return Story(revision=revision, reports={report.report_id: cut} if cut else {})


def _cut(connection: Connection, story_id: str, report: Report, revision: int) -> Report | None:
    """The report as it was at ``revision``; ``None`` where it wasn't filed yet."""
    versions = [version for version in report.versions if version.revision <= revision]
    if not versions:
        return None
    return msgspec.structs.replace(
        report,
        held=content(connection, story_id, report, versions[-1].version),
        versions=versions,
        corrections=[made for made in report.corrections if made.revision <= revision],
        redactions=[made for made in report.redactions if made.revision <= revision],
    )


def _comparison(
    connection: Connection,
    story_id: str,
    before: Story,
    after: Story,
    found: Sequence[Change],
    acts: Sequence[Recorded] = (),
    *,
    more: bool = False,
) -> StoryComparison:
    fields = [change for change in found if isinstance(change, FieldChange)]
    return StoryComparison(
        story_id=story_id,
        before=_point(connection, story_id, before.revision),
        after=_point(connection, story_id, after.revision),
        fields=tuple(FieldEntry(change=change, by=_last_to_set(change.field, acts)) for change in fields),
        summary=_summary(before, after),
        reports=_reports(before, after, found),
        redactions=tuple(change for change in found if isinstance(change, RedactionChange)),
        knowledge=knowledge_in(found),
        more=more,
    )


def _point(connection: Connection, story_id: str, revision: int) -> Point:
    event = log.read(connection, story_id, after=revision - 1, up_to=revision)[0]
    return Point(revision=revision, recorded_at=from_microseconds(event.recorded_at))


def _summary(before: Story, after: Story) -> Comparison | None:
    if before.summary == after.summary:
        return None
    return compare_texts(paragraphs(before.summary or ""), paragraphs(after.summary or ""))


def _last_to_set(field: str, acts: Sequence[Recorded]) -> By:
    act = next(act for act in reversed(acts) if _sets(act, field))
    return By(revision=act.revision, recorded_at=act.recorded_at, type=type_of(act.event))


def _sets(act: Recorded, field: str) -> bool:
    match act.event:
        case StoryOpened():
            return True
        case StoryEdited() as event:
            return field in msgspec.to_builtins(event)
        case StoryClosed() | StoryReopened():
            return field == "status"
        case _:
            return False


def _reports(before: Story, after: Story, found: Sequence[Change]) -> tuple[ReportEntry, ...]:
    changed = [change for change in found if isinstance(change, ReportChange)]
    corrected = [change for change in found if isinstance(change, CorrectionChange)]
    cells = min(CELLS, _SHARED_CELLS // max(1, len(changed)))
    made, spent = [], 0
    for change in changed:
        sides = [story.reports.get(change.report_id) for story in (before, after)]
        old, new = (report.content if report else None for report in sides)
        size = _size(old) + _size(new) if change.text else 0
        omitted = spent > 0 and size > 0 and spent + size > _MOST_CHARACTERS
        spent += 0 if omitted else size
        corrections = tuple(each for each in corrected if each.report_id == change.report_id)
        made.append(_entry(change, old, new, cells, omitted, corrections))
    return tuple(made)


def _entry(
    change: ReportChange,
    old: Content | None,
    new: Content | None,
    cells: int,
    omitted: bool,
    corrections: tuple[CorrectionChange, ...],
) -> ReportEntry:
    return ReportEntry(
        change=change,
        headline=None if change.redacted or change.killed else _headlines(old, new, cells),
        text=compare_texts(_blocks(old), _blocks(new), cells=cells) if change.text and not omitted else None,
        text_omitted=omitted,
        corrections=corrections,
        by=tuple(_by(change)),
    )


def _headlines(old: Content | None, new: Content | None, cells: int) -> Comparison | None:
    if old is None or new is None or old.headline == new.headline:
        return None
    before, after = (Block(id=None, kind="heading", text=side.headline) for side in (old, new))
    return compare_texts((before,), (after,), cells=cells)


def _by(change: ReportChange) -> Iterable[By]:
    for version in change.versions:
        yield By(
            revision=version.revision,
            recorded_at=version.recorded_at,
            type=_TYPES[version.act],
            report_id=change.report_id,
            version=version.version,
            outlet_id=change.outlet.id,
        )


def _blocks(content: Content | None) -> tuple[Block, ...]:
    return content.blocks if content else ()


def _size(content: Content | None) -> int:
    return sum(len(block.text) for block in _blocks(content))
