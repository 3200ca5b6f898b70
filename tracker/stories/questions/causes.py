"""What changed the standing of a claim: the marking, kill or redaction of a revision.

A marking that was withdrawn leaves no trace in the state, so that a standing which it brought has no cause any more.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterator, Mapping

import msgspec

from tracker.stories.story import Story


class CauseOf(enum.StrEnum):
    """What happened."""

    APPEARANCE = "appearance"
    RELATION = "relation"
    CORRECTION = "correction"
    KILL = "kill"
    REDACTION = "redaction"
    WITHDRAWAL = "withdrawal"


class Cause(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What happened in a revision, by the id of what it is about."""

    kind: CauseOf
    #: An appearance ("clm_…/2"), a relation, a report, or what was withdrawn.
    id: str


def causes(story: Story, revisions: Collection[int]) -> Mapping[int, tuple[Cause, ...]]:
    """By revision, all that may have changed how a claim stands in one of ``revisions``."""
    found: dict[int, tuple[Cause, ...]] = {}
    for revision, kind, name in _causes(story):
        if revision in revisions:
            found[revision] = (*found.get(revision, ()), Cause(kind=kind, id=name))
    return found


def _causes(story: Story) -> Iterator[tuple[int, CauseOf, str]]:
    for claim in story.claims.values():
        for each in claim.appearances:
            yield each.revision, CauseOf.APPEARANCE, f"{claim.claim_id}/{each.number}"
    for relation in story.relations.values():
        yield relation.revision, CauseOf.RELATION, relation.relation_id
    for target, revision in story.withdrawn.items():
        yield revision, CauseOf.WITHDRAWAL, target
    for report in story.reports.values():
        for correction in report.corrections:
            yield correction.revision, CauseOf.CORRECTION, f"{report.report_id}/{correction.version}"
        for redaction in report.redactions:
            yield redaction.revision, CauseOf.REDACTION, report.report_id
        if report.kill is not None:
            yield report.kill.revision, CauseOf.KILL, report.report_id
