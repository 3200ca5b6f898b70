"""What reports say, in the words of a newsroom: who says it, how they know, in which words, and how claims relate.

These are values, carried by events and kept in the state alike. No field of any of them ever holds the identity of a
source that isn't named: a label is what the outlet printed.
"""

from __future__ import annotations

import enum

import msgspec

from tracker.stories.values import OutletRef, PartyRef
from tracker.text.passages import Selector


class Stance(enum.StrEnum):
    """What a report does with a claim."""

    ASSERTS = "asserts"
    DENIES = "denies"
    #: It passes on that somebody else says so.
    REPORTS = "reports"


class Knowledge(enum.StrEnum):
    """How a source knows."""

    DIRECT = "direct"
    BRIEFED = "briefed"
    DOCUMENT = "document"
    UNKNOWN = "unknown"


class GroundRule(enum.StrEnum):
    """What a source allowed; what was said off the record is not here."""

    ON_RECORD = "on_record"
    BACKGROUND = "background"
    DEEP_BACKGROUND = "deep_background"


class Count(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """How many, as far as it is known; ``None``: not known."""

    min: int | None = None
    max: int | None = None


class Attribution(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Who says it: a party, an outlet, another report, or whatever the outlet calls its source."""

    party: PartyRef | None = None
    outlet: OutletRef | None = None
    report_id: str | None = None
    #: As printed: "a second senior administration official".
    label: str | None = None
    #: Whether a name was printed; ``None``: as far as the other fields tell (``is_named``).
    named: bool | None = None
    count: Count | None = None
    #: Which of several such sources it is: 2 of "a second official".
    ordinal: int | None = None
    knowledge: Knowledge = Knowledge.UNKNOWN
    ground_rule: GroundRule | None = None
    #: Why no name was printed, as the outlet says it.
    anonymity_reason: str | None = None
    #: Through whom it came, the nearest to the source first.
    via: tuple[Attribution, ...] = ()

    @property
    def is_named(self) -> bool:
        """Whether the source has a name."""
        if self.named is not None:
            return self.named
        return self.party is not None or self.outlet is not None or self.report_id is not None


class Quote(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Words in quotation marks: one or more parts, each exact in the text; the joined words may stand nowhere."""

    parts: tuple[Selector, ...]
    speaker: Attribution | None = None
    language: str | None = None
    #: Quotes within it, with speakers of their own.
    inner: tuple[Quote, ...] = ()


class RelationKind(enum.StrEnum):
    """What one claim does to another."""

    DISPUTES = "disputes"
    CORROBORATES = "corroborates"
    REFINES = "refines"
    SUPERSEDES = "supersedes"
    RETRACTS = "retracts"


#: Those that may join claims of two linked stories.
ACROSS_STORIES = frozenset({RelationKind.DISPUTES, RelationKind.CORROBORATES})
#: Those that may not go round in a circle.
ACYCLIC = frozenset({RelationKind.SUPERSEDES, RelationKind.RETRACTS})


class ClaimRef(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A claim, of this story where no other is named."""

    claim_id: str
    story_id: str | None = None


class Basis(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The words that a relation or an occurrence rests on, with their hedge, and where they stand."""

    text: str
    report_id: str | None = None
    version: int | None = None


class LinkKind(enum.StrEnum):
    """How one story belongs to another."""

    RELATED = "related"
    PART_OF = "partOf"


class HoldKind(enum.StrEnum):
    """What a hold prevents: that something is shown, or that it is destroyed."""

    PUBLICATION = "publication"
    PRESERVATION = "preservation"


class HoldReason(enum.StrEnum):
    """Why something is held."""

    EMBARGO = "embargo"
    LEGAL = "legal"
    EDITORIAL = "editorial"


class Approval(enum.StrEnum):
    """Who may carry out the acts of the desk: two persons, or one who says why he is alone."""

    SECOND_PERSON = "second_person"
    ALONE_WITH_REASON = "alone_with_reason"
