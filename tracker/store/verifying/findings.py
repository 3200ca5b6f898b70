"""What a verification found, in bounded memory: all that is wrong is counted, the first of each kind is told."""

from __future__ import annotations

from collections import Counter
from typing import Literal, NamedTuple, TypeAlias

#: What is wrong: with an event's data, its link to the one before, its number, its time; with its stream or that one's
#: head; with the positions; with the tree; with a key or what it seals; with a follower, a saved state, a projection.
Kind: TypeAlias = Literal[
    "data",
    "chain",
    "version",
    "time",
    "stream",
    "head",
    "order",
    "tree",
    "key",
    "content",
    "follower",
    "saved state",
    "projection",
]

#: So many of each kind are told.
MOST_TOLD = 20


class Finding(NamedTuple):
    """One thing that is wrong, and where, as far as it has a place."""

    kind: Kind
    #: A sentence.
    what: str
    position: int | None = None
    stream_id: str | None = None
    version: int | None = None
    event_id: str | None = None

    def sentence(self) -> str:
        """Where, and what: for a person."""
        names = [
            f"position {self.position}" if self.position else "",
            f"stream {self.stream_id}" if self.stream_id else "",
            f"version {self.version}" if self.version else "",
            f"event {self.event_id}" if self.event_id else "",
        ]
        where = ", ".join(filter(None, names))
        return f"{where}: {self.what}" if where else self.what


class Findings:
    """Everything that was found so far."""

    def __init__(self) -> None:
        #: How many there are, by kind.
        self.counts: Counter[Kind] = Counter()
        self._told: list[Finding] = []
        self._first: Finding | None = None

    def __len__(self) -> int:
        return self.counts.total()

    def add(self, finding: Finding) -> None:
        """One more."""
        self.counts[finding.kind] += 1
        if self.counts[finding.kind] <= MOST_TOLD:
            self._told.append(finding)
        if finding.event_id and (self._first is None or _order(finding) < _order(self._first)):
            self._first = finding

    @property
    def first(self) -> Finding | None:
        """The first bad event in the order of the log; ``None`` where no event is bad."""
        return self._first

    @property
    def told(self) -> list[Finding]:
        """At most ``MOST_TOLD`` of each kind, in the order of the log; what has no position comes last."""
        return sorted(self._told, key=_order)


def _order(finding: Finding) -> float:
    return finding.position or float("inf")
