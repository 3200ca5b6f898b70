"""What may be asked of a story. Commands ask, in the imperative; ``decisions`` answers with events or a refusal."""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from tracker.stories.dates import When
from tracker.stories.desk import DeskAct
from tracker.stories.knowledge import (
    Approval,
    Attribution,
    Basis,
    ClaimRef,
    HoldKind,
    HoldReason,
    LinkKind,
    Quote,
    RelationKind,
    Stance,
)
from tracker.stories.values import Content, CorrectionKind, CorrectionNote, OutletRef, PartyRef, Person
from tracker.text.passages import Selector


class OpenStory(msgspec.Struct, frozen=True, kw_only=True):
    """Track a new story."""

    story_id: str
    #: Empty: made from the title, before it is decided.
    slug: str
    title: str
    language: str | None = None
    topics: tuple[str, ...] = ()
    urgency: int | None = None
    desk: str | None = None


class EditStory(msgspec.Struct, frozen=True, kw_only=True):
    """Change what the desk says of the story itself; an unset field stays as it is."""

    story_id: str
    slug: str | UnsetType = UNSET
    title: str | UnsetType = UNSET
    summary: str | UnsetType | None = UNSET
    topics: tuple[str, ...] | UnsetType = UNSET
    urgency: int | UnsetType | None = UNSET


class CloseStory(msgspec.Struct, frozen=True, kw_only=True):
    """Take no more reports."""

    story_id: str
    reason: str


class ReopenStory(msgspec.Struct, frozen=True, kw_only=True):
    """Take reports again."""

    story_id: str
    reason: str


class Assertion(msgspec.Struct, frozen=True, kw_only=True):
    """That a report makes a claim: the words, and who says so."""

    #: Of a claim that is here, or the id that a new one gets.
    claim_id: str
    selector: Selector
    #: Whether the claim has to be here: it was named, and not made for a new one.
    is_here: bool = False
    #: Of a new claim; ``None``: that of the claim that is here.
    statement: str | None = None
    stance: Stance = Stance.ASSERTS
    attribution: Attribution | None = None
    quotes: tuple[Quote, ...] = ()
    about: tuple[PartyRef, ...] = ()


class Relating(msgspec.Struct, frozen=True, kw_only=True):
    """That one claim does something to another."""

    relation_id: str
    source: ClaimRef
    target: ClaimRef
    relation: RelationKind
    basis: Basis | None = None
    by: OutletRef | None = None


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """That something happened in the world."""

    occurrence_id: str
    title: str
    #: Whether it has to be recorded already: it was named, and not made for a new one.
    is_here: bool = False
    when: When | None = None
    place: str | None = None
    parties: tuple[PartyRef, ...] = ()
    basis: Basis | None = None


class FileReport(msgspec.Struct, frozen=True, kw_only=True):
    """Add what an outlet published."""

    story_id: str
    #: The id that the report gets, if this is a new one.
    report_id: str
    #: Its id is filled in from the name before it is decided.
    outlet: OutletRef
    content: Content
    by: Person
    uri: str | None = None
    #: Where the outlet and uri name a report that is already here: take this as its next version.
    as_next_version: bool = False
    cites: tuple[str, ...] = ()
    embargoed_until: datetime | None = None
    #: The id that the hold of an embargo gets.
    hold_id: str = ""
    #: What is marked in it with the filing: all or nothing.
    claims: tuple[Assertion, ...] = ()
    relations: tuple[Relating, ...] = ()
    occurrences: tuple[Recording, ...] = ()
    #: What the versions say ("rpt_…/2") on whose words these rest, where they aren't the latest; filled in before it
    #: is decided.
    texts: dict[str, Content] = {}

    def text_of(self, basis: Basis | None) -> Content | None:
        """What the version says that ``basis`` names, where it isn't the latest."""
        return self.texts.get(f"{basis.report_id}/{basis.version}") if basis else None


class UpdateReport(msgspec.Struct, frozen=True, kw_only=True):
    """Add the next version of a report, whole."""

    story_id: str
    report_id: str
    content: Content
    by: Person
    note: str | None = None


class CorrectReport(msgspec.Struct, frozen=True, kw_only=True):
    """Add a version in which the outlet sets something right, with its note."""

    story_id: str
    report_id: str
    content: Content
    note: CorrectionNote
    by: Person
    kind: CorrectionKind = CorrectionKind.CORRECTION
    passages: tuple[Selector, ...] = ()


class RedactContent(msgspec.Struct, frozen=True, kw_only=True):
    """Destroy what a version of a report says ("rpt_…/2"), or all versions that the report has ("rpt_…")."""

    story_id: str
    target: str
    reason: str
    #: By whose decision or demand.
    authority: str


class KillReport(msgspec.Struct, frozen=True, kw_only=True):
    """Take a report back for good, as its outlet did."""

    story_id: str
    report_id: str
    reason: str
    public_note: str
    by: Person
    successor: str | None = None


class AssertClaim(msgspec.Struct, frozen=True, kw_only=True):
    """Mark that a report makes a claim."""

    story_id: str
    report_id: str
    assertion: Assertion
    by: Person
    #: ``None``: the latest.
    version: int | None = None
    #: What the version says, where it isn't the latest; filled in before it is decided.
    text: Content | None = None


class RelateClaims(msgspec.Struct, frozen=True, kw_only=True):
    """Mark what one claim does to another."""

    story_id: str
    relating: Relating
    person: Person
    #: What the version that the basis names says, where it isn't the latest; filled in before it is decided.
    text: Content | None = None
    #: Whether the other story's claim is there and the stories are linked, where one of another story is named; filled
    #: in before it is decided.
    other: OtherClaim | None = None


class OtherClaim(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the claim of another story that a relation names."""

    story_id: str
    there: bool
    linked: bool


class RecordOccurrence(msgspec.Struct, frozen=True, kw_only=True):
    """Mark that something happened in the world, or refine what was recorded of it."""

    story_id: str
    recording: Recording
    person: Person
    text: Content | None = None


class WithdrawAnnotation(msgspec.Struct, frozen=True, kw_only=True):
    """Take a marking of ours back: a claim, one appearance of it, a relation, an occurrence or a link."""

    story_id: str
    target: str
    reason: str


class LinkStories(msgspec.Struct, frozen=True, kw_only=True):
    """Say that this story belongs to another, or (``inverse``) the other to this one."""

    story_id: str
    link_id: str
    other_id: str
    relation: LinkKind
    inverse: bool = False


class PlaceHold(msgspec.Struct, frozen=True, kw_only=True):
    """Hold a report or the whole story back, or keep it from being destroyed."""

    story_id: str
    hold_id: str
    #: A report's id, or the story's.
    target: str
    kind: HoldKind
    reason: HoldReason
    until: datetime | None = None
    authority: str | None = None


class LiftHold(msgspec.Struct, frozen=True, kw_only=True):
    """End a hold."""

    story_id: str
    hold_id: str
    authority: str | None = None


class RequestAct(msgspec.Struct, frozen=True, kw_only=True):
    """Ask for an act of the desk: a correction, a kill or a redaction that isn't the outlet's own."""

    story_id: str
    act_id: str
    act: DeskAct
    by: Person
    #: What the newsroom's setting asks for; filled in before it is decided.
    approval: Approval = Approval.SECOND_PERSON
    #: Why nobody else is asked, where the setting allows that.
    alone_because: str | None = None


class ApproveAct(msgspec.Struct, frozen=True, kw_only=True):
    """Let an act that another asked for be done."""

    story_id: str
    act_id: str
    by: Person


class DeclineAct(msgspec.Struct, frozen=True, kw_only=True):
    """Let it not be done. Whoever asked for it may take it back so."""

    story_id: str
    act_id: str
    reason: str
    by: Person


ReportCommand: TypeAlias = FileReport | UpdateReport | CorrectReport | KillReport
MarkCommand: TypeAlias = AssertClaim | RelateClaims | RecordOccurrence | WithdrawAnnotation | LinkStories
DeskCommand: TypeAlias = PlaceHold | LiftHold | RequestAct | ApproveAct | DeclineAct | RedactContent
Command: TypeAlias = OpenStory | EditStory | CloseStory | ReopenStory | ReportCommand | MarkCommand | DeskCommand
