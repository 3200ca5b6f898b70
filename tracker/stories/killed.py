"""Which events of a story say what a killed report said, so that they are told without their words.

    KilledReports.of(story).said(type, clear)

The kill itself is told, with its public note. What was marked in the report, asked for about it, redacted of it and
withdrawn goes with it. What it does badly: of a marking that was withdrawn nothing tells any more where it stood, so
that in a story with a kill none of the reasons for a withdrawal is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from tracker.stories.story import Story


class KilledReports(msgspec.Struct, frozen=True):
    """The killed reports of a story, and what went with them."""

    reports: frozenset[str]
    #: Claims that no other report makes.
    claims: frozenset[str]
    #: What the desk was asked to do about them.
    requests: frozenset[str]

    @classmethod
    def of(cls, story: Story) -> KilledReports:
        """Those of ``story``, which is read as of now."""
        reports = frozenset(each.report_id for each in story.reports.values() if each.kill)
        if not reports:
            return cls(reports, frozenset(), frozenset())
        touched = {claim_id for report_id in reports for claim_id in story.claims_in.get(report_id, ())}
        claims = (story.claims[each] for each in touched)
        fallen = (each.claim_id for each in claims if all(made.report_id in reports for made in each.appearances))
        requests = (each.act_id for each in story.requests.values() if each.target.partition("/")[0] in reports)
        return cls(reports, frozenset(fallen), frozenset(requests))

    def said(self, type: str, clear: Mapping[str, Any]) -> bool:
        """Whether the event of that type, with these fields in the clear, may say what one of the reports said."""
        if not self.reports or type == "report.killed":
            return False
        if type == "annotation.withdrawn":
            return True
        about = {str(clear.get("report_id")), str(clear.get("target")).partition("/")[0]}
        ends = {clear[end]["claim_id"] for end in ("source", "target") if isinstance(clear.get(end), dict)}
        return bool(about & self.reports or ends & self.claims or clear.get("act_id") in self.requests)
