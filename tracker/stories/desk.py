"""What the desk does besides marking: it holds things back, and it asks a second person for what can't be undone."""

from __future__ import annotations

import enum
from collections.abc import Collection
from datetime import datetime
from typing import TypeAlias

import msgspec

from tracker.stories.knowledge import HoldKind, HoldReason
from tracker.stories.values import Content, CorrectionKind, CorrectionNote
from tracker.text.passages import Selector


class Hold(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """That a report, or the whole story, is held back (publication) or may not be destroyed (preservation)."""

    hold_id: str
    #: A report's id, or the story's.
    target: str
    kind: HoldKind
    reason: HoldReason
    revision: int
    recorded_at: datetime
    #: When it lifts itself; ``None``: not before somebody lifts it.
    until: datetime | None = None
    authority: str | None = None
    #: The revision that lifted it.
    lifted: int | None = None

    def withholds(self, target: str) -> bool:
        """Whether it keeps ``target`` from being shown."""
        return self.lifted is None and self.kind is HoldKind.PUBLICATION and self.target == target


class CorrectionAct(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="act", tag="correction"):
    """A correction issued by the desk: the whole next version, with its note."""

    report_id: str
    content: Content
    note: CorrectionNote
    kind: CorrectionKind = CorrectionKind.CORRECTION
    passages: tuple[Selector, ...] = ()


class KillAct(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="act", tag="kill"):
    """A kill issued by the desk."""

    report_id: str
    reason: str
    public_note: str
    successor: str | None = None


class RedactionAct(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="act", tag="redaction"):
    """The destruction of what versions of a report say."""

    target: str
    reason: str
    authority: str


DeskAct: TypeAlias = CorrectionAct | KillAct | RedactionAct


class RequestState(enum.StrEnum):
    """What became of a request."""

    WAITING = "waiting"
    APPROVED = "approved"
    DECLINED = "declined"


class Request(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An act of the desk that one person asked for, and another decides."""

    act_id: str
    #: What is asked for; ``None`` where it was redacted.
    act: DeskAct | None
    #: The report, or the version of one, that it is about.
    target: str
    #: The report's version when it was asked for.
    version: int
    revision: int
    recorded_at: datetime
    requested_by: str
    state: RequestState = RequestState.WAITING
    #: Of the decision.
    decided_revision: int | None = None
    decided_at: datetime | None = None
    decided_by: str | None = None
    reason: str | None = None
    #: Whether the one who asked approved it himself, which a setting allows.
    alone: bool = False

    def repeats(self, report_id: str, versions: Collection[int]) -> bool:
        """Whether what is asked for may repeat words of these versions of a report: of the one that it is about, or
        of the next one, which a correction would bring.
        """
        about = self.target.partition("/")[0] == report_id and not isinstance(self.act, RedactionAct)
        return about and (self.version in versions or self.version + 1 in versions)
