"""What has happened to a story. Events are a storage format: see ``stored`` before changing one.

An event tells in the past tense and is named for what it did; its stored and webhook type is the same word dotted
(``ReportFiled`` is ``report.filed``). Fields are only ever added, with a default.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from tracker.stories.values import Content, CorrectionKind, CorrectionNote, IssuedBy, OutletRef


class StoryOpened(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A developing story is tracked from here on."""

    slug: str
    title: str
    language: str | None = None
    topics: tuple[str, ...] = ()
    #: 1 (highest) to 9.
    urgency: int | None = None


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


class ContentRedacted(msgspec.Struct, frozen=True, kw_only=True):
    """What versions of a report said was destroyed, for good; that they were there stays."""

    #: A version ("rpt_…/2"), or a report ("rpt_…"): all versions that it had by then.
    target: str
    reason: str
    #: By whose decision or demand.
    authority: str
    #: The highest number that a block of the report had had by then, so that none is given twice.
    blocks_used: int


ReportEvent: TypeAlias = ReportFiled | ReportUpdated | ReportCorrected
Event: TypeAlias = StoryOpened | StoryEdited | StoryClosed | StoryReopened | ReportEvent | ContentRedacted


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
