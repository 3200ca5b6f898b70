"""Words in quotation marks: each part to the letter, who speaks, through whom, and whether they still stand.

A quotation that several claims rest on is told once, with all of them.
"""

from __future__ import annotations

import msgspec

from tracker.stories.claims import Appearance
from tracker.stories.knowledge import Attribution, Quote
from tracker.stories.questions.chains import ChainLink, chain
from tracker.stories.questions.claims import stands
from tracker.stories.questions.places import Place, place
from tracker.stories.story import Story


class Quoted(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A quotation, or one within another."""

    #: Each to the letter, in the order in which they were printed; joined they may stand nowhere.
    parts: tuple[str, ...]
    speaker: Attribution | None
    #: From the speaker to the outlet; the outlet alone where no speaker is named: its own words.
    chain: tuple[ChainLink, ...]
    language: str | None
    inner: tuple[Quoted, ...]


class Quotation(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A quotation in a report."""

    quote: Quoted
    place: Place | None
    #: The claims that rest on it.
    claims: tuple[str, ...]
    #: Whether it stands in the report's latest version.
    stands: bool
    latest: int
    #: The revision that first marked it.
    revision: int


def quotes(story: Story) -> list[Quotation]:
    """All quotations, in the order in which they were marked."""
    found: dict[tuple[object, ...], tuple[Appearance, Quote, dict[str, None]]] = {}
    for claim in story.claims.values():
        for appearance in claim.appearances:
            for quote in appearance.quotes:
                first = found.setdefault(_same(appearance, quote), (appearance, quote, {}))
                first[2][claim.claim_id] = None
    listed = sorted(found.values(), key=lambda each: each[0].revision)
    return [_answer(story, appearance, quote, tuple(claims)) for appearance, quote, claims in listed]


def _same(appearance: Appearance, quote: Quote) -> tuple[object, ...]:
    return appearance.report_id, appearance.version, quote


def _answer(story: Story, appearance: Appearance, quote: Quote, claims: tuple[str, ...]) -> Quotation:
    return Quotation(
        quote=_quoted(story, appearance, quote),
        place=place(story, appearance.report_id, appearance.version),
        claims=claims,
        stands=stands(story, appearance),
        latest=story.reports[appearance.report_id].version,
        revision=appearance.revision,
    )


def _quoted(story: Story, appearance: Appearance, quote: Quote) -> Quoted:
    return Quoted(
        parts=tuple(part.exact for part in quote.parts),
        speaker=quote.speaker,
        chain=chain(quote.speaker, story.reports[appearance.report_id], story),
        language=quote.language,
        inner=tuple(_quoted(story, appearance, each) for each in quote.inner),
    )
