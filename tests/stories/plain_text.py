"""Where words stand in a text, told slowly: for texts of plain words, which need no folding of their typography."""

from __future__ import annotations

from collections.abc import Sequence

from tracker.stories.knowledge import Quote
from tracker.stories.values import Content
from tracker.text.passages import Selector

Place = tuple[int, int]


def places(content: Content, selector: Selector, after: Place = (0, 0)) -> list[Place]:
    """Number of the block and place in it, of each time that the words stand there behind ``after``."""
    return [
        (number, at)
        for number, block in enumerate(content.blocks)
        if selector.block in (None, block.id)
        for at in range(len(block.text))
        if block.text.startswith(selector.exact, at) and (number, at) >= after
    ]


def parts_fault(content: Content, parts: Sequence[Selector]) -> str | None:
    """Why the parts of a quote can't be found, one behind the other, if they can't."""
    after: Place = (0, 0)
    for part in parts:
        found = places(content, part, after)
        if len(found) != 1:
            return "passage-ambiguous" if found else "passage-not-found"
        after = (found[0][0], found[0][1] + len(part.exact))
    return None


def quotes_fault(content: Content, quotes: Sequence[Quote]) -> str | None:
    """The first fault of ``quotes``, and of those within them."""
    for quote in quotes:
        if fault := parts_fault(content, quote.parts) or quotes_fault(content, quote.inner):
            return fault
    return None


def stands_in(content: Content, selector: Selector, quotes: Sequence[Quote]) -> bool:
    """Whether what was marked is found there, just once."""
    return len(places(content, selector)) == 1 and quotes_fault(content, quotes) is None
