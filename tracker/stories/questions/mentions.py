"""Which parties an appearance names: who is said to have said it, through whom it came, and of whom it speaks."""

from __future__ import annotations

import enum
from collections.abc import Iterator

from tracker.stories.claims import Appearance
from tracker.stories.events import ClaimAsserted
from tracker.stories.knowledge import Attribution, Quote
from tracker.stories.values import PartyRef


class Part(enum.StrEnum):
    """What a party has to do with what is said."""

    #: The claim is attributed to it.
    SOURCE = "source"
    #: It is quoted.
    SPEAKER = "speaker"
    #: It passed on what somebody else said.
    THROUGH = "through"
    #: It is spoken of.
    ABOUT = "about"


#: The parts in which a party says something itself.
SAYING = frozenset({Part.SOURCE, Part.SPEAKER, Part.THROUGH})


def mentions(made: Appearance | ClaimAsserted) -> Iterator[tuple[Part, PartyRef]]:
    """Each party that is named, with its part; a party may have several."""
    yield from _attributed(made.attribution, Part.SOURCE)
    for quote in made.quotes:
        yield from _quoted(quote)
    yield from ((Part.ABOUT, party) for party in made.about)


def parts_of(made: Appearance | ClaimAsserted, party_ids: frozenset[str]) -> tuple[Part, ...]:
    """The parts that one of these parties has, each once."""
    return tuple(dict.fromkeys(part for part, party in mentions(made) if party.id in party_ids))


def _quoted(quote: Quote) -> Iterator[tuple[Part, PartyRef]]:
    yield from _attributed(quote.speaker, Part.SPEAKER)
    for inner in quote.inner:
        yield from _quoted(inner)


def _attributed(attribution: Attribution | None, part: Part) -> Iterator[tuple[Part, PartyRef]]:
    if attribution is None:
        return
    if attribution.party is not None:
        yield part, attribution.party
    for each in attribution.via:
        yield from _attributed(each, Part.THROUGH)
