"""Who is named as a source, in which words, how many, through whom, and for which claims.

A named party, an outlet and a report are one source wherever they are named. Somebody without a name is one only within
one outlet, and only by the same label and number: whether the senior official of one outlet is that of another nobody
knows, and it isn't guessed.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator

import msgspec

from tracker.stories.claims import Appearance, Claim
from tracker.stories.knowledge import Attribution, Count, GroundRule, Knowledge, Quote, Stance
from tracker.stories.names import name_key
from tracker.stories.questions.chains import ChainLink, ChainLinkOf, chain, link
from tracker.stories.questions.mentions import Part
from tracker.stories.questions.places import Place, place
from tracker.stories.story import Story


class Said(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One time that the source is named."""

    claim_id: str
    appearance: int
    #: "source" of the claim, or "speaker" of a quotation.
    part: Part
    stance: Stance
    place: Place | None
    #: Up to the outlet that printed it.
    chain: tuple[ChainLink, ...]
    #: As the outlet counts them; ``None`` where it doesn't.
    count: Count | None
    knowledge: Knowledge
    ground_rule: GroundRule | None
    #: Why no name was printed.
    anonymity_reason: str | None


class SourceAnswer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A source."""

    source: ChainLink
    named: bool
    #: Which of several such sources it is.
    ordinal: int | None
    #: The claims that rest on it, each once.
    claims: tuple[str, ...]
    said: tuple[Said, ...]


def sources(story: Story) -> list[SourceAnswer]:
    """All sources, in the order in which they were first named."""
    found: dict[Hashable, tuple[Attribution, list[Said]]] = {}
    for claim in story.claims.values():
        for appearance in claim.appearances:
            for part, attribution in _attributions(appearance):
                _, said = found.setdefault(_same(story, appearance, attribution), (attribution, []))
                said.append(_said(story, claim, appearance, part, attribution))
    return [
        SourceAnswer(
            source=link(attribution, story),
            named=attribution.is_named,
            ordinal=attribution.ordinal,
            claims=tuple(dict.fromkeys(each.claim_id for each in said)),
            said=tuple(said),
        )
        for attribution, said in found.values()
    ]


def _attributions(appearance: Appearance) -> Iterator[tuple[Part, Attribution]]:
    if appearance.attribution is not None:
        yield Part.SOURCE, appearance.attribution
    for quote in appearance.quotes:
        yield from ((Part.SPEAKER, speaker) for speaker in _speakers(quote) if speaker != appearance.attribution)


def _speakers(quote: Quote) -> Iterator[Attribution]:
    if quote.speaker is not None:
        yield quote.speaker
    for inner in quote.inner:
        yield from _speakers(inner)


def _same(story: Story, appearance: Appearance, attribution: Attribution) -> Hashable:
    """Equal for attributions that name the same source."""
    named = link(attribution, story)
    if named.kind is ChainLinkOf.LABEL or named.kind is ChainLinkOf.UNKNOWN:
        outlet = story.reports[appearance.report_id].outlet.id
        return named.kind, outlet, name_key(named.name), attribution.ordinal
    return named.kind, named.id, attribution.is_named


def _said(story: Story, claim: Claim, appearance: Appearance, part: Part, attribution: Attribution) -> Said:
    return Said(
        claim_id=claim.claim_id,
        appearance=appearance.number,
        part=part,
        stance=appearance.stance,
        place=place(story, appearance.report_id, appearance.version),
        chain=chain(attribution, story.reports[appearance.report_id], story),
        count=attribution.count,
        knowledge=attribution.knowledge,
        ground_rule=attribution.ground_rule,
        anonymity_reason=attribution.anonymity_reason,
    )
