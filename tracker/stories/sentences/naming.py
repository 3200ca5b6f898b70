"""What the sentences call things by, which events name only by their ids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import msgspec

from tracker.stories import events
from tracker.stories.desk import DeskAct
from tracker.stories.events import ClaimAsserted, ClaimsRelated, Event, OccurrenceRecorded, StoriesLinked
from tracker.stories.sentences.words import quoted
from tracker.stories.story import Story

#: What made a marking that was withdrawn.
Marking: TypeAlias = ClaimAsserted | ClaimsRelated | OccurrenceRecorded | StoriesLinked


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """What the caller knows of what an event names by ids. What isn't known is told in general words."""

    #: Any state of the story, as far as the reader may see it; things are called what they are called there.
    story: Story = msgspec.field(default_factory=Story)
    #: The titles of other stories.
    titles: Mapping[str, str] = {}
    #: What made the marking that the event withdraws.
    withdrawn: Marking | None = None
    #: Whether the event says more of an occurrence that was recorded before.
    refines: bool = False

    def outlet_of(self, report_id: str) -> str:
        """The name of the outlet of a report; empty where that isn't known."""
        found = self.story.reports.get(report_id)
        return found.outlet.name if found else ""

    def report(self, report_id: str) -> str:
        """For instance ``NBC News’s “Strike in Baghdad”``, or ``a report of NBC News`` where its words are gone."""
        found = self.story.reports.get(report_id)
        if found is None:
            return "a report"
        headline = found.versions[-1].headline
        return f"{found.outlet.name}’s {quoted(headline)}" if headline else f"a report of {found.outlet.name}"

    def target(self, target: str) -> str:
        """A report, one version of it, or the story: what a hold, a request or a redaction is about."""
        report_id, _, version = target.partition("/")
        if not report_id.startswith("rpt_"):
            return "the story"
        return f"version {version} of {self.report(report_id)}" if version else self.report(report_id)

    def claim(self, claim_id: str) -> str:
        """A claim's statement in quotation marks."""
        found = self.story.claims.get(claim_id)
        return quoted(found.statement.removesuffix(".")) if found and found.statement else "a claim"

    def other(self, story_id: str) -> str:
        """Another story's title in quotation marks."""
        title = self.titles.get(story_id)
        return quoted(title) if title else "another story"

    def act(self, act_id: str) -> DeskAct | None:
        """What was asked for."""
        found = self.story.requests.get(act_id)
        return found.act if found else None


#: What a caller says who knows no names.
NO_NAMES = Names()


def calls_by_state(event: Event) -> bool:
    """Whether the sentence of ``event`` looks at ``Names.story``; of most that a long story is made of it doesn't."""
    match event:
        case events.ReportFiled():
            return bool(event.cites)
        case (
            events.StoryOpened()
            | events.StoryEdited()
            | events.StoryClosed()
            | events.StoryReopened()
            | events.ReportUpdated()
            | events.ReportCorrected()
            | events.StoriesLinked()
        ):
            return False
        case _:
            return True
