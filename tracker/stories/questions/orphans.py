"""Work for an editor: words that were marked in a report, and do not stand in its latest version, or not only once."""

from __future__ import annotations

from datetime import datetime

import msgspec

from tracker.stories.claims import Appearance, Claim
from tracker.stories.questions.claims import stands
from tracker.stories.questions.places import Place, place
from tracker.stories.story import Story
from tracker.text.passages import Selector


class Orphan(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An appearance whose words are lost."""

    claim_id: str
    statement: str
    #: Which of the claim's appearances it is.
    appearance: int
    selector: Selector
    #: The version in which they were marked.
    place: Place | None
    #: The last version in which they still stood.
    last_found: int
    #: The latest version of the report, in which they don't.
    latest: int
    recorded_at: datetime


def orphans(story: Story) -> list[Orphan]:
    """In the order of the claims."""
    return [
        _orphan(story, claim, each)
        for claim in story.claims.values()
        for each in claim.appearances
        if _is_orphan(story, each)
    ]


def _is_orphan(story: Story, appearance: Appearance) -> bool:
    report = story.reports[appearance.report_id]
    gone = appearance.redacted or report.redacted or report.kill is not None
    return not gone and not stands(story, appearance)


def _orphan(story: Story, claim: Claim, appearance: Appearance) -> Orphan:
    return Orphan(
        claim_id=claim.claim_id,
        statement=claim.statement,
        appearance=appearance.number,
        selector=appearance.selector,
        place=place(story, appearance.report_id, appearance.version),
        last_found=max((appearance.version, *appearance.found_in)),
        latest=story.reports[appearance.report_id].version,
        recorded_at=appearance.recorded_at,
    )
