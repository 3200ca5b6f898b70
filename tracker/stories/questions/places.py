"""Where something is said: a version of a report, with its outlet, and the words there."""

from __future__ import annotations

from datetime import datetime

import msgspec

from tracker.stories.knowledge import Basis
from tracker.stories.story import Story
from tracker.stories.values import OutletRef


class Place(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A version of a report."""

    report_id: str
    version: int
    outlet: OutletRef
    #: As the outlet says it; ``None`` where it doesn't.
    published_at: datetime | None
    killed: bool
    redacted: bool


class Words(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Words that a judgement rests on, and where they stand; ``None``: in no report of this story."""

    text: str
    place: Place | None


def place(story: Story, report_id: str, version: int) -> Place | None:
    """That version of that report; ``None`` where the story has no such one."""
    report = story.reports.get(report_id)
    found = report.version_numbered(version) if report else None
    if report is None or found is None:
        return None
    return Place(
        report_id=report_id,
        version=version,
        outlet=report.outlet,
        published_at=found.published_at,
        killed=report.kill is not None,
        redacted=found.redacted,
    )


def words(story: Story, basis: Basis | None) -> Words | None:
    """What a relation or an occurrence rests on."""
    if basis is None:
        return None
    stands_in = place(story, basis.report_id, basis.version or 1) if basis.report_id else None
    return Words(text=basis.text, place=stands_in)
