"""What is said: each claim with who says so and on whose word, what relates to it, how it stands and how it came to.

What it does badly: a claim that appears in many reports is one large answer; only the list of claims is paged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from tracker.stories.claims import Appearance, Claim, Fate, Standing, Support
from tracker.stories.knowledge import Attribution, Quote, Stance
from tracker.stories.questions.causes import Cause, causes
from tracker.stories.questions.chains import ChainLink, chain
from tracker.stories.questions.mentions import mentions
from tracker.stories.questions.places import Place, place
from tracker.stories.questions.relations import RelationAnswer, relation_answer
from tracker.stories.standing_in_words import in_words
from tracker.stories.story import Story
from tracker.stories.values import PartyRef
from tracker.text.passages import Selector

#: What a claim may be asked for by: its support, its fate, or that it is disputed.
STANDINGS = (*(each.value for each in Support), *(each.value for each in Fate), "disputed")


class AppearanceAnswer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """That a report makes the claim."""

    number: int
    place: Place | None
    selector: Selector
    stance: Stance
    attribution: Attribution | None
    #: From the source to the outlet.
    chain: tuple[ChainLink, ...]
    quotes: tuple[Quote, ...]
    about: tuple[PartyRef, ...]
    #: The later versions in which the words stand as well.
    found_in: tuple[int, ...]
    #: Whether they stand in the report's latest version.
    stands: bool
    revision: int
    recorded_at: datetime
    redacted: bool


class Stood(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How the claim stood from a revision on, and what brought that."""

    revision: int
    standing: Standing
    words: str
    #: Empty where it was a marking that was withdrawn since.
    because: tuple[Cause, ...]


class ClaimAnswer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A claim."""

    id: str
    statement: str
    #: The revision that last changed it, or what relates to it.
    revision: int
    standing: Standing
    #: The standing in a sentence.
    words: str
    appearances: tuple[AppearanceAnswer, ...]
    relations: tuple[RelationAnswer, ...]
    #: The first one first; the last one holds.
    history: tuple[Stood, ...]


class ClaimInBrief(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A claim in the answer that shows the story."""

    id: str
    statement: str
    revision: int
    standing: Standing
    words: str
    #: Names of the outlets in whose reports it appears, each once.
    outlets: tuple[str, ...]
    appearances: int
    quotes: int


def claims(story: Story, wanted: Sequence[Claim] | None = None) -> list[ClaimAnswer]:
    """Those claims, or all, in the order in which they were first made."""
    told = list(story.claims.values()) if wanted is None else wanted
    because = causes(story, {each.revision for claim in told for each in claim.standings})
    return [_answer(story, claim, because) for claim in told]


def in_brief(story: Story, claim: Claim) -> ClaimInBrief:
    """One claim, briefly."""
    outlets = dict.fromkeys(story.reports[each.report_id].outlet.name for each in claim.appearances)
    return ClaimInBrief(
        id=claim.claim_id,
        statement=claim.statement,
        revision=claim.revision,
        standing=claim.standing,
        words=in_words(claim.standing),
        outlets=tuple(outlets),
        appearances=len(claim.appearances),
        quotes=sum(len(each.quotes) for each in claim.appearances),
    )


def changed_at(story: Story, claim: Claim) -> int:
    """The revision that last changed what is shown of the claim: its reports' later versions tell where words stand."""
    return max(claim.revision, *(story.reports[each.report_id].revision for each in claim.appearances))


def matching(
    story: Story,
    *,
    standing: str | None = None,
    outlets: frozenset[str] | None = None,
    parties: frozenset[str] | None = None,
) -> list[Claim]:
    """The claims that stand so (``STANDINGS``), appear in a report of one of ``outlets``, name one of ``parties``."""
    return [
        claim
        for claim in story.claims.values()
        if (standing is None or standing in _words_of(claim.standing))
        and (outlets is None or any(story.reports[each.report_id].outlet.id in outlets for each in claim.appearances))
        and (parties is None or any(_names(each, parties) for each in claim.appearances))
    ]


def _names(appearance: Appearance, parties: frozenset[str]) -> bool:
    return any(party.id in parties for _, party in mentions(appearance))


def _words_of(standing: Standing) -> set[str]:
    return {standing.support.value, standing.fate.value, "disputed" if standing.disputed else ""}


def _answer(story: Story, claim: Claim, because: Mapping[int, tuple[Cause, ...]]) -> ClaimAnswer:
    return ClaimAnswer(
        id=claim.claim_id,
        statement=claim.statement,
        revision=claim.revision,
        standing=claim.standing,
        words=in_words(claim.standing),
        appearances=tuple(_appearance(story, each) for each in claim.appearances),
        relations=tuple(relation_answer(story, story.relations[each]) for each in claim.relations),
        history=tuple(
            Stood(
                revision=each.revision,
                standing=each.standing,
                words=in_words(each.standing),
                because=because.get(each.revision, ()),
            )
            for each in claim.standings
        ),
    )


def _appearance(story: Story, appearance: Appearance) -> AppearanceAnswer:
    report = story.reports[appearance.report_id]
    return AppearanceAnswer(
        number=appearance.number,
        place=place(story, appearance.report_id, appearance.version),
        selector=appearance.selector,
        stance=appearance.stance,
        attribution=appearance.attribution,
        chain=chain(appearance.attribution, report, story),
        quotes=appearance.quotes,
        about=appearance.about,
        found_in=appearance.found_in,
        stands=stands(story, appearance),
        revision=appearance.revision,
        recorded_at=appearance.recorded_at,
        redacted=appearance.redacted,
    )


def stands(story: Story, appearance: Appearance) -> bool:
    """Whether the words stand in the latest version of their report."""
    report = story.reports[appearance.report_id]
    if appearance.redacted or report.kill is not None:
        return False
    return report.version == appearance.version or report.version in appearance.found_in
