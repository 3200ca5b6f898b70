"""A state in the making: what may be changed in place, and what has to be copied first."""

from __future__ import annotations

import msgspec

from tracker.stories.claims import Claim
from tracker.stories.marks import Occurrence
from tracker.stories.reports import Report
from tracker.stories.story import Story

_DICTS = tuple(name for name in Story.__struct_fields__ if isinstance(getattr(Story(), name), dict))


class Draft:
    """A story that is being folded further."""

    def __init__(self, story: Story, owned: set[str] | None) -> None:
        """``owned``: ids of what no other state holds, and may be changed in place; ``None``: all of it."""
        self.story = story
        self._owned = owned

    @classmethod
    def of(cls, story: Story) -> Draft:
        """A draft that leaves ``story`` alone; the two share what doesn't change."""
        copies = {name: dict(getattr(story, name)) for name in _DICTS}
        return cls(msgspec.structs.replace(story, **copies), owned=set())

    def report(self, report_id: str) -> Report:
        """The report, to be changed."""
        report = self.story.reports[report_id]
        if self._is_shared(report_id):
            report = msgspec.structs.replace(
                report,
                versions=list(report.versions),
                corrections=list(report.corrections),
                redactions=list(report.redactions),
            )
            self.story.reports[report_id] = report
        return report

    def claim(self, claim_id: str) -> Claim:
        """The claim, to be changed."""
        claim = self.story.claims[claim_id]
        if self._is_shared(claim_id):
            claim = msgspec.structs.replace(
                claim,
                appearances=list(claim.appearances),
                relations=list(claim.relations),
                standings=list(claim.standings),
            )
            self.story.claims[claim_id] = claim
        return claim

    def occurrence(self, occurrence_id: str) -> Occurrence:
        """The occurrence, to be changed."""
        occurrence = self.story.occurrences[occurrence_id]
        if self._is_shared(occurrence_id):
            occurrence = msgspec.structs.replace(occurrence, accounts=list(occurrence.accounts))
            self.story.occurrences[occurrence_id] = occurrence
        return occurrence

    def _is_shared(self, name: str) -> bool:
        if self._owned is None or name in self._owned:
            return False
        self._owned.add(name)
        return True
