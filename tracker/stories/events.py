"""What has happened to a story. Events are a storage format: see ``stored`` before changing one.

An event tells in the past tense and is named for what it did; its stored and webhook type is the same word dotted
(``ReportFiled`` is ``report.filed``). Fields are only ever added, with a default.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from tracker.stories.dates import When
from tracker.stories.desk import DeskAct
from tracker.stories.knowledge import (
    Attribution,
    ClaimRef,
    HoldKind,
    HoldReason,
    LinkKind,
    Quote,
    RelationKind,
    Stance,
)
from tracker.stories.values import Content, CorrectionKind, CorrectionNote, IssuedBy, OutletRef, PartyRef
from tracker.text.passages import Selector


class StoryOpened(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A developing story is tracked from here on."""

    slug: str
    title: str
    language: str | None = None
    topics: tuple[str, ...] = ()
    #: 1 (highest) to 9.
    urgency: int | None = None
    #: Whose story it is.
    desk: str | None = None


class StoryEdited(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The desk changed what it says of the story itself; an unset field stayed as it was."""

    slug: str | UnsetType = UNSET
    title: str | UnsetType = UNSET
    summary: str | UnsetType | None = UNSET
    topics: tuple[str, ...] | UnsetType = UNSET
    urgency: int | UnsetType | None = UNSET


class StoryClosed(msgspec.Struct, frozen=True, kw_only=True):
    """The story takes no reports until it is reopened."""

    reason: str


class StoryReopened(msgspec.Struct, frozen=True, kw_only=True):
    """A closed story takes reports again."""

    reason: str


class ReportFiled(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The first version of what one outlet published."""

    report_id: str
    outlet: OutletRef
    content: Content
    #: Where the outlet published it; names the report within the story, together with the outlet.
    uri: str | None = None
    #: Ids of the reports of this story that it says it draws on.
    cites: tuple[str, ...] = ()
    #: Until when it is held back; the hold is an event of its own.
    embargoed_until: datetime | None = None


class ReportUpdated(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The outlet published it anew: the whole of version ``version``."""

    report_id: str
    version: int
    content: Content
    note: str | None = None


class ReportCorrected(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The outlet set something right: the whole of version ``version``, and a note that says what."""

    report_id: str
    version: int
    content: Content
    note: CorrectionNote
    kind: CorrectionKind = CorrectionKind.CORRECTION
    issued_by: IssuedBy = IssuedBy.OUTLET
    #: What it is about, in the version before this one.
    passages: tuple[Selector, ...] = ()


class ContentRedacted(msgspec.Struct, frozen=True, kw_only=True):
    """What versions of a report said was destroyed, for good; that they were there stays."""

    #: A version ("rpt_…/2"), or a report ("rpt_…"): all versions that it had by then.
    target: str
    reason: str
    #: By whose decision or demand.
    authority: str
    #: The highest number that a block of the report had had by then, so that none is given twice.
    blocks_used: int


class ReportKilled(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The report may not be used any more, by anybody, for good; a tombstone with the public note is left."""

    report_id: str
    reason: str
    public_note: str
    issued_by: IssuedBy = IssuedBy.OUTLET
    #: The report that takes its place.
    successor: str | None = None


class HoldPlaced(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A report, or the whole story, is not shown (publication), or may not be destroyed (preservation), until it is
    lifted.
    """

    hold_id: str
    #: A report's id, or the story's.
    target: str
    kind: HoldKind
    reason: HoldReason
    #: When it lifts itself; ``None``: not before somebody lifts it.
    until: datetime | None = None
    #: By whose decision or demand.
    authority: str | None = None


class HoldLifted(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was held is not held by this hold any more."""

    hold_id: str
    target: str
    kind: HoldKind
    reason: HoldReason
    #: The revisions that this brings to those who could not see them, in order.
    released: tuple[int, ...] = ()
    authority: str | None = None


class ClaimAsserted(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A statement is made in a report: one appearance of a claim. Each repeats the claim's statement, so that it
    stays when another appearance is held back or redacted.
    """

    claim_id: str
    #: 1, 2, 3 … among the claim's appearances.
    appearance: int
    statement: str
    report_id: str
    version: int
    selector: Selector
    stance: Stance = Stance.ASSERTS
    attribution: Attribution | None = None
    quotes: tuple[Quote, ...] = ()
    about: tuple[PartyRef, ...] = ()


class ClaimsRelated(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One claim disputes, corroborates, refines, supersedes or retracts another."""

    relation_id: str
    source: ClaimRef
    target: ClaimRef
    relation: RelationKind
    #: The words that it rests on, with their hedge; and the version of the report in which they stand.
    basis: str | None = None
    report_id: str | None = None
    version: int | None = None
    #: The outlet that says so; ``None``: our desk.
    by: OutletRef | None = None


class OccurrenceRecorded(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something happened in the world; what was recorded of it before is kept beside it."""

    occurrence_id: str
    title: str
    when: When | None = None
    place: str | None = None
    parties: tuple[PartyRef, ...] = ()
    #: As of a relation.
    basis: str | None = None
    report_id: str | None = None
    version: int | None = None


class AnnotationWithdrawn(msgspec.Struct, frozen=True, kw_only=True):
    """Our own marking was wrong: it leaves the state, and stays in the history."""

    #: A claim ("clm_…"), one appearance of it ("clm_…/2"), a relation, an occurrence or a link.
    target: str
    reason: str


class StoriesLinked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """This story belongs to another; in the other's stream, the other to this one (``inverse``)."""

    link_id: str
    story_id: str
    relation: LinkKind
    inverse: bool = False


class ActRequested(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody asks for an act of the desk that another has to approve."""

    act_id: str
    #: What it is about: a report, or a version of one ("rpt_…/2").
    target: str
    #: The report's version then.
    version: int
    #: Always there, unless it was redacted.
    act: DeskAct | None = None


class ActApproved(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Another approved it; the events of the act follow."""

    act_id: str
    #: Why it was approved by the one who asked for it, where a setting allows that.
    alone_because: str | None = None


class ActDeclined(msgspec.Struct, frozen=True, kw_only=True):
    """It will not be done."""

    act_id: str
    reason: str


ReportEvent: TypeAlias = ReportFiled | ReportUpdated | ReportCorrected
#: What the desk says of the story itself.
StoryEvent: TypeAlias = StoryOpened | StoryEdited | StoryClosed | StoryReopened
#: What reports say, marked.
MarkEvent: TypeAlias = ClaimAsserted | ClaimsRelated | OccurrenceRecorded | AnnotationWithdrawn | StoriesLinked
#: What is held back, taken back and destroyed, and who asked for it.
DeskEvent: TypeAlias = (
    ReportKilled | HoldPlaced | HoldLifted | ActRequested | ActApproved | ActDeclined | ContentRedacted
)
Event: TypeAlias = StoryEvent | ReportEvent | MarkEvent | DeskEvent


class Recorded(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An event with its place in the story's stream."""

    #: The number of the event in its story: 1, 2, 3 …
    revision: int
    recorded_at: datetime
    event: Event
    #: Whether its content is gone: the event holds what was in the clear, and is blank otherwise.
    redacted: bool = False
    event_id: str = ""
    #: The token that asked for it.
    actor: str = ""
    #: The id of the outlet on whose behalf it was done.
    on_behalf_of: str | None = None
    #: One command's events share it.
    correlation_id: str = ""
