"""What may be asked of a story. Commands ask, in the imperative; ``decisions`` answers with events or a refusal."""

from __future__ import annotations

from typing import TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from tracker.stories.values import Content, CorrectionKind, CorrectionNote, OutletRef, Person


class OpenStory(msgspec.Struct, frozen=True, kw_only=True):
    """Track a new story."""

    story_id: str
    #: Empty: made from the title, before it is decided.
    slug: str
    title: str
    language: str | None = None
    topics: tuple[str, ...] = ()
    urgency: int | None = None


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


class RedactContent(msgspec.Struct, frozen=True, kw_only=True):
    """Destroy what a version of a report says ("rpt_…/2"), or all versions that the report has ("rpt_…")."""

    story_id: str
    target: str
    reason: str
    #: By whose decision or demand.
    authority: str


Command: TypeAlias = (
    OpenStory | EditStory | CloseStory | ReopenStory | FileReport | UpdateReport | CorrectReport | RedactContent
)
