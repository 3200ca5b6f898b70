"""A story of which something is known, told through a newsroom: what NBC News reported, and what disputes it."""

from __future__ import annotations

from typing import Any

import msgspec

from tests.rooms import Newsroom
from tracker.handling import Outcome
from tracker.stories.commands import AssertClaim, Assertion, FileReport, KillReport, RelateClaims, Relating
from tracker.stories.knowledge import Attribution, Basis, ClaimRef, RelationKind
from tracker.stories.values import OutletRef
from tracker.text.passages import Selector

IMMINENT = "The attack was imminent."
WEIGHED = "The killing was weighed long before."


def with_claims(newsroom: Newsroom, story_id: str, text: str, *words: str, **given: Any) -> FileReport:
    """The command that files a report with a claim in each of ``words``."""
    claims = tuple(Assertion(claim_id=newsroom.new_id("clm"), selector=Selector(exact=each)) for each in words)
    return msgspec.structs.replace(newsroom.filing(story_id, text, **given), claims=claims)


def marks(
    newsroom: Newsroom, report: Outcome, words: str, statement: str, claim_id: str = "", label: str | None = None
) -> str:
    """Mark that the report makes a claim; returns the claim's id."""
    assert report.report_id is not None
    claim_id = claim_id or newsroom.new_id("clm")
    attribution = Attribution(label=label) if label else None
    assertion = Assertion(
        claim_id=claim_id, selector=Selector(exact=words), statement=statement, attribution=attribution
    )
    newsroom.asks(
        AssertClaim(story_id=report.story_id, report_id=report.report_id, assertion=assertion, by=newsroom.token.person)
    )
    return claim_id


def disputes(newsroom: Newsroom, report: Outcome, source: str, target: str, basis: str) -> str:
    """Mark that NBC News disputes one claim with another; returns the relation's id."""
    relating = Relating(
        relation_id=newsroom.new_id("rel"),
        source=ClaimRef(claim_id=source),
        target=ClaimRef(claim_id=target),
        relation=RelationKind.DISPUTES,
        basis=Basis(text=basis, report_id=report.report_id),
        by=OutletRef(id="", name="NBC News"),
    )
    newsroom.asks(RelateClaims(story_id=report.story_id, relating=relating, person=newsroom.token.person))
    return relating.relation_id


def kills(newsroom: Newsroom, report: Outcome, public_note: str = "It should not have been published.") -> Outcome:
    """Kill the report, as its outlet did."""
    assert report.report_id is not None
    command = KillReport(
        story_id=report.story_id,
        report_id=report.report_id,
        reason="The source is made up.",
        public_note=public_note,
        by=newsroom.token.person,
    )
    return newsroom.asks(command)
