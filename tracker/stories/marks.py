"""What the desk marks besides claims: things that happened in the world, and stories that belong together.

An occurrence that is recorded again is refined, and keeps what was recorded of it before: each account has its own
words, date and basis, and two that do not meet stand side by side.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from tracker.stories.dates import When
from tracker.stories.knowledge import Basis, LinkKind
from tracker.stories.values import PartyRef


class Account(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What was recorded of an occurrence at one revision."""

    revision: int
    recorded_at: datetime
    title: str
    when: When | None = None
    place: str | None = None
    parties: tuple[PartyRef, ...] = ()
    basis: Basis | None = None
    actor: str = ""
    redacted: bool = False


class Occurrence(msgspec.Struct, kw_only=True, gc=False):
    """A thing that happened in the world."""

    occurrence_id: str
    #: The first one first; the last one holds.
    accounts: list[Account]

    @property
    def now(self) -> Account:
        """What holds of it: the last account."""
        return self.accounts[-1]


class Link(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """That this story belongs to another, or (``inverse``) the other to this one."""

    link_id: str
    revision: int
    recorded_at: datetime
    story_id: str
    relation: LinkKind
    inverse: bool = False
    actor: str = ""
