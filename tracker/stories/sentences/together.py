"""Several events that one request led to, in one row: the one that says what was done, and what came with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from tracker.stories.sentences.words import counted, joined

#: What one event of each type is called, where it came with another.
_CALLED = {
    "claim.asserted": "claim",
    "claims.related": "relation",
    "occurrence.recorded": "occurrence",
    "stories.linked": "link",
    "annotation.withdrawn": "withdrawal",
    "hold.placed": "hold",
    "hold.lifted": "lifted hold",
    "act.requested": "request",
    "act.approved": "approval",
}


def told_together(leading: str, others: Iterable[str]) -> str:
    """The ``leading`` event's sentence and how many of each came with it; ``others`` are their stored types.

    For instance ``NBC News filed “Strike”. With it: 3 claims and 1 relation.``
    """
    numbers = Counter(_CALLED.get(kind, "other change") for kind in others)
    with_it = joined([counted(number, noun) for noun, number in numbers.items()])
    return f"{leading} With it: {with_it}." if with_it else leading
