"""A report in the state of a story: one outlet's piece, its versions, corrections and redactions, and its kill.

What a long story has thousands of holds no cycles, and says so (``gc=False``): the collector, which would look through
all of it again and again, took four fifths of the time to load ten thousand reports.
"""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any, Protocol

import msgspec

from tracker.stories.values import Content, CorrectionKind, CorrectionNote, IssuedBy, OutletRef
from tracker.text.passages import Selector


class Act(enum.StrEnum):
    """How a version of a report came to be."""

    FILED = "filed"
    UPDATED = "updated"
    CORRECTED = "corrected"


class Version(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where one version of a report stands in the log; its content is read from there, unless it was redacted."""

    version: int
    revision: int
    recorded_at: datetime
    act: Act
    #: Both are empty where it was redacted.
    headline: str
    digest: str
    redacted: bool = False
    #: When the outlet published it, as it says.
    published_at: datetime | None = None


class Correction(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A correction that a report carries."""

    version: int
    revision: int
    kind: CorrectionKind
    issued_by: IssuedBy
    note: CorrectionNote
    #: What it is about, in the version that it corrects.
    passages: tuple[Selector, ...] = ()


class Unopened(Protocol):
    """A content that stays written down until somebody asks for it; equal to one that says the same."""

    def open(self) -> Content:
        """The content."""
        ...


class Redaction(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """That the content of versions of a report was destroyed."""

    versions: tuple[int, ...]
    revision: int
    recorded_at: datetime
    reason: str
    authority: str


class Kill(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """That a report was killed, for good; the public note is what is left of it."""

    revision: int
    recorded_at: datetime
    issued_by: IssuedBy
    public_note: str
    #: Not for the public.
    reason: str
    #: The report that takes its place.
    successor: str | None = None


class Report(msgspec.Struct, kw_only=True, gc=False):
    """One outlet's piece within the story, as of its latest version."""

    report_id: str
    outlet: OutletRef
    uri: str | None
    #: ``Content | Unopened`` (of which msgspec can make no type): read ``content``.
    held: Any
    versions: list[Version]
    corrections: list[Correction]
    #: The highest number that a block of this report has had.
    blocks_used: int
    redactions: list[Redaction] = []
    #: Ids of the reports that it says it draws on.
    cites: tuple[str, ...] = ()
    kill: Kill | None = None

    @property
    def content(self) -> Content:
        """What it says in its latest version."""
        held: Content | Unopened = self.held
        return held if isinstance(held, Content) else held.open()

    @property
    def version(self) -> int:
        """The number of the latest version."""
        return self.versions[-1].version

    @property
    def revision(self) -> int:
        """The revision of the story that last changed this report."""
        last = max(each[-1].revision for each in (self.versions, self.redactions) if each)
        return max(last, self.kill.revision) if self.kill else last

    @property
    def redacted(self) -> bool:
        """Whether the content of the latest version was redacted."""
        return self.versions[-1].redacted

    def version_numbered(self, number: int) -> Version | None:
        """The version of that number, if it has it: they count without gaps."""
        return self.versions[number - 1] if 0 < number <= len(self.versions) else None
