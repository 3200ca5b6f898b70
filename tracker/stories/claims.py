"""Claims in the state of a story: what is said, where it appears, how claims relate, and how each of them stands.

A standing is derived (``stories.standing``) and never set. It is derived anew for the claims that an event touches,
and each claim keeps every standing that it had.
"""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec

from tracker.stories.knowledge import Attribution, Basis, ClaimRef, Quote, RelationKind, Stance
from tracker.stories.values import OutletRef, PartyRef
from tracker.text.passages import Selector


class Appearance(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """That a claim is made in a report: the place, the stance, and on whose word."""

    #: 1, 2, 3 … among the claim's appearances, also those that were withdrawn.
    number: int
    revision: int
    recorded_at: datetime
    report_id: str
    #: The version in which the words were marked.
    version: int
    #: Blank where the version was redacted.
    selector: Selector
    stance: Stance
    attribution: Attribution | None = None
    quotes: tuple[Quote, ...] = ()
    about: tuple[PartyRef, ...] = ()
    #: The token that marked it.
    actor: str = ""
    #: The later versions of the report in which the words stand exactly once.
    found_in: tuple[int, ...] = ()
    redacted: bool = False


class Support(enum.StrEnum):
    """On what footing a claim stands."""

    #: Said without a source.
    UNATTRIBUTED = "unattributed"
    SINGLE_SOURCE = "single-source"
    #: By two or more independent outlets.
    CORROBORATED = "corroborated"
    #: Nobody says it any more.
    NONE = "none"


class Fate(enum.StrEnum):
    """What became of a claim."""

    CURRENT = "current"
    SUPERSEDED = "superseded"
    RETRACTED = "retracted"
    #: All reports that said so were killed.
    FALLEN = "fallen"


class Interval(msgspec.Struct, frozen=True, gc=False):
    """At least ``min``, and at most ``max`` where that is known."""

    min: int
    max: int | None


class Disputant(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Who disputes a claim, and by what: an outlet, a party that denies it, or (neither) our own desk."""

    outlet: OutletRef | None = None
    party: PartyRef | None = None
    #: A party without a name, as printed.
    label: str | None = None
    relation_id: str | None = None
    #: The claim that disputes this one.
    claim: ClaimRef | None = None
    #: The appearance by which it is denied.
    appearance: int | None = None


class Standing(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How a claim stands."""

    support: Support
    #: Independent outlets.
    outlets: Interval
    #: Sources that are independent of each other; ``max`` is ``None`` where their number isn't known.
    sources: Interval
    disputed: tuple[Disputant, ...] = ()
    fate: Fate = Fate.CURRENT


class StoodSince(msgspec.Struct, frozen=True, gc=False):
    """A standing, and the revision from which on it held."""

    revision: int
    standing: Standing


class Relation(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one claim does to another, whose judgement that is, and the words that it rests on."""

    relation_id: str
    revision: int
    recorded_at: datetime
    source: ClaimRef
    target: ClaimRef
    relation: RelationKind
    basis: Basis | None = None
    #: The outlet that says so; ``None``: our desk.
    by: OutletRef | None = None
    actor: str = ""
    redacted: bool = False


class Claim(msgspec.Struct, kw_only=True, gc=False):
    """A statement, and every appearance of it in the story's reports."""

    claim_id: str
    #: Ours; blank where all of its appearances were redacted.
    statement: str
    #: The revision that last changed the claim, or what relates to it.
    revision: int
    appearances: list[Appearance]
    #: How many appearances it ever had.
    numbered: int
    #: Ids of the relations that it is part of, as source or target.
    relations: list[str]
    #: Every standing that it had, the first one first; the last one holds.
    standings: list[StoodSince]

    @property
    def standing(self) -> Standing:
        """How it stands."""
        return self.standings[-1].standing
