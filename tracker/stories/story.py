"""The state of a story: what its events add up to (``stories.folding``).

Deciding, saved states, revisions and compare all use this one state: there is no second truth.
"""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec

from tracker.stories.claims import Claim, Relation
from tracker.stories.desk import Hold, Request
from tracker.stories.errors import UnknownReport, UnknownTarget
from tracker.stories.marks import Link, Occurrence
from tracker.stories.reports import Report


class Status(enum.StrEnum):
    """Whether the story takes reports."""

    UNOPENED = "unopened"
    OPEN = "open"
    CLOSED = "closed"


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
    #: Whose story it is.
    desk: str | None = None
    opened_at: datetime | None = None
    changed_at: datetime | None = None
    #: The revision that last changed what the desk says of the story itself (its title, summary, state …).
    edited_revision: int = 0
    reports: dict[str, Report] = {}
    #: Report ids by outlet id and uri.
    report_ids: dict[str, str] = {}
    #: In the order in which they were first made.
    claims: dict[str, Claim] = {}
    #: Ids of the claims that appear in a report, by its id.
    claims_in: dict[str, tuple[str, ...]] = {}
    relations: dict[str, Relation] = {}
    #: Relations that name a claim which isn't here, by its id: whoever may not see where it was made first finds it
    #: where it was made next.
    loose: dict[str, tuple[Relation, ...]] = {}
    occurrences: dict[str, Occurrence] = {}
    links: dict[str, Link] = {}
    holds: dict[str, Hold] = {}
    requests: dict[str, Request] = {}
    #: Markings of ours that were withdrawn, and at which revision; of what they said nothing is left.
    withdrawn: dict[str, int] = {}

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
        found = self.report_ids.get(address(outlet_id, uri)) if uri else None
        return self.reports[found] if found else None


def address(outlet_id: str, uri: str | None) -> str:
    """What names a report within a story (``Story.report_ids``)."""
    return f"{outlet_id} {uri}"
