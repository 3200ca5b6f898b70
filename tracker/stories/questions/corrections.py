"""What was set right or taken back: corrections of reports, kills, redactions, and claims that were retracted."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from datetime import datetime

import msgspec

from tracker.stories.claims import Relation
from tracker.stories.knowledge import RelationKind
from tracker.stories.reports import Correction, Kill, Redaction, Report
from tracker.stories.story import Story
from tracker.stories.values import CorrectionKind, CorrectionNote, IssuedBy, OutletRef
from tracker.text.passages import Selector


class Remedy(enum.StrEnum):
    """What was done."""

    CORRECTION = "correction"
    CLARIFICATION = "clarification"
    EDITORS_NOTE = "editors_note"
    #: Of a report, or of one claim.
    RETRACTION = "retraction"
    KILL = "kill"
    REDACTION = "redaction"


class CorrectionAnswer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """That something was set right or taken back."""

    kind: Remedy
    revision: int
    recorded_at: datetime
    #: The report, its outlet, and the versions that it is about; of a correction the one that sets it right.
    report_id: str | None
    outlet: OutletRef | None
    versions: tuple[int, ...]
    #: When the version that sets it right was published, as the outlet says it.
    published_at: datetime | None = None
    issued_by: IssuedBy | None = None
    note: CorrectionNote | None = None
    #: The words that it is about, in the version before.
    passages: tuple[Selector, ...] = ()
    #: What the public is told of a kill; the reason given for a redaction.
    public_note: str | None = None
    #: The report that takes the place of one that was killed.
    successor: str | None = None
    #: The claim that an outlet took back, and the relation by which it did.
    claim_id: str | None = None
    relation_id: str | None = None


_KINDS = {each: Remedy(each.value) for each in CorrectionKind}


def corrections(story: Story) -> list[CorrectionAnswer]:
    """All of them, the first one first."""
    found = [answer for report in story.reports.values() for answer in _of_report(report)]
    found += [_retracted(each) for each in story.relations.values() if each.relation is RelationKind.RETRACTS]
    return sorted(found, key=lambda each: each.revision)


def _of_report(report: Report) -> Iterator[CorrectionAnswer]:
    yield from (_corrected(report, each) for each in report.corrections)
    yield from (_redacted(report, each) for each in report.redactions)
    if report.kill is not None:
        yield _killed(report, report.kill)


def _corrected(report: Report, correction: Correction) -> CorrectionAnswer:
    version = report.versions[correction.version - 1]
    return CorrectionAnswer(
        kind=_KINDS[correction.kind],
        revision=correction.revision,
        recorded_at=version.recorded_at,
        report_id=report.report_id,
        outlet=report.outlet,
        versions=(correction.version,),
        published_at=version.published_at,
        issued_by=correction.issued_by,
        note=correction.note,
        passages=correction.passages,
    )


def _redacted(report: Report, redaction: Redaction) -> CorrectionAnswer:
    return CorrectionAnswer(
        kind=Remedy.REDACTION,
        revision=redaction.revision,
        recorded_at=redaction.recorded_at,
        report_id=report.report_id,
        outlet=report.outlet,
        versions=redaction.versions,
        issued_by=IssuedBy.DESK,
        public_note=redaction.reason,
    )


def _killed(report: Report, kill: Kill) -> CorrectionAnswer:
    return CorrectionAnswer(
        kind=Remedy.KILL,
        revision=kill.revision,
        recorded_at=kill.recorded_at,
        report_id=report.report_id,
        outlet=report.outlet,
        versions=tuple(each.version for each in report.versions),
        issued_by=kill.issued_by,
        public_note=kill.public_note,
        successor=kill.successor,
    )


def _retracted(relation: Relation) -> CorrectionAnswer:
    basis = relation.basis
    return CorrectionAnswer(
        kind=Remedy.RETRACTION,
        revision=relation.revision,
        recorded_at=relation.recorded_at,
        report_id=basis.report_id if basis else None,
        outlet=relation.by,
        versions=(basis.version,) if basis and basis.version else (),
        issued_by=IssuedBy.OUTLET if relation.by else IssuedBy.DESK,
        note=CorrectionNote(text=basis.text) if basis and basis.text else None,
        claim_id=relation.target.claim_id,
        relation_id=relation.relation_id,
    )
