"""What changed between two states of a story, as a list of typed changes.

    changes(before, after)     all of them: the story's fields, then
    reports   versions, corrections, kills, redactions       claims   claims, appearances, standings, relations
    marks     occurrences, links, what was withdrawn         desk     holds, requests

Lists are compared by what names their entries: a report by its id, a correction by its report and version, an
appearance by its claim and number. One change is one entry. Comparing backwards gives the same entries with the sides
exchanged, "insert" for "delete". How the words of a text changed is not said here; that it changed is
(``ReportChange.text``). Nothing is said of how a version differs whose content was redacted, or of a killed report.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, TypeAlias

import msgspec

from tracker.stories.changes.claims import (
    AppearanceChange,
    ClaimChange,
    OfClaims,
    OrphanChange,
    RelationChange,
    StandingChange,
    of_claims,
)
from tracker.stories.changes.desk import HoldChange, OfDesk, RequestChange, of_desk
from tracker.stories.changes.marks import LinkChange, OccurrenceChange, OfMarks, WithdrawalChange, of_marks
from tracker.stories.changes.reports import (
    CorrectionChange,
    KillChange,
    OfReports,
    RedactionChange,
    ReportChange,
    of_reports,
)
from tracker.stories.changes.values import FieldChange, Op, Sides, Value, field_changes
from tracker.stories.story import Status, Story

__all__ = [
    "STORY_FIELDS",
    "AppearanceChange",
    "Change",
    "ClaimChange",
    "CorrectionChange",
    "FieldChange",
    "HoldChange",
    "KillChange",
    "LinkChange",
    "OccurrenceChange",
    "Op",
    "OrphanChange",
    "RedactionChange",
    "RelationChange",
    "ReportChange",
    "RequestChange",
    "StandingChange",
    "WithdrawalChange",
    "changes",
    "rendered",
]

#: What the desk says of the story itself, in the order in which a reader wants to know it.
STORY_FIELDS = ("title", "slug", "summary", "topics", "urgency", "status", "language", "desk")

Change: TypeAlias = FieldChange | OfReports | OfClaims | OfMarks | OfDesk


def changes(before: Story, after: Story, reports: Collection[str] | None = None) -> tuple[Change, ...]:
    """What changed from ``before`` to ``after``, two states of one story in either order.

    ``reports``: the ids of the only reports whose content is looked at, in the order in which they were filed.
    """
    sides = Sides.of(before, after)
    fields = field_changes(_story_values(before), _story_values(after))
    return (*fields, *of_reports(sides, reports), *of_claims(sides), *of_marks(sides), *of_desk(sides))


def rendered(change: Change) -> dict[str, Any]:
    """``change`` as JSON has it: strings, numbers, lists and objects."""
    document: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(change))
    return document


def _story_values(story: Story) -> dict[str, Value]:
    if story.status is Status.UNOPENED:
        return dict.fromkeys(STORY_FIELDS)
    values = {name: getattr(story, name) for name in STORY_FIELDS}
    return {**values, "topics": story.topics or None, "status": story.status.value}
