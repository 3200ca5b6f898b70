"""The values that commands and events carry.

All are immutable and compare by what they hold. Text is plain: no HTML, NFC, already checked at the edge.
"""

from __future__ import annotations

import enum
import hashlib
import operator
import re
import unicodedata
from datetime import UTC, datetime

import msgspec

from tracker.text.blocks import Block


class OutletRef(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The outlet of a report, as it was known when the report was filed."""

    id: str
    name: str
    #: Who owned the outlet then; outlets of one owner are not independent of each other.
    owner: str | None = None


class PartyRef(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A party, as it was called when it was spoken of."""

    id: str
    name: str


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks: the holder of a token."""

    #: The token's id, the ``actor`` of the events that follow.
    id: str
    #: Ids of the only outlets this person may file for; ``None`` where there is no such limit.
    outlets: frozenset[str] | None = None

    def may_file_for(self, outlet_id: str) -> bool:
        """Whether this person may file for that outlet, as far as limits to outlets go."""
        return self.outlets is None or outlet_id in self.outlets


class Extent(enum.StrEnum):
    """How much of what the outlet published is held."""

    FULL = "full"
    EXCERPT = "excerpt"
    HEADLINE = "headline"


class CorrectionKind(enum.StrEnum):
    """What a correction amounts to."""

    CORRECTION = "correction"
    CLARIFICATION = "clarification"
    EDITORS_NOTE = "editors_note"
    RETRACTION = "retraction"


class IssuedBy(enum.StrEnum):
    """Whose correction it is: the outlet's own, or a judgement of our desk."""

    OUTLET = "outlet"
    DESK = "desk"


class CorrectionNote(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What was wrong, what is right, and the note as published."""

    text: str
    wrong: str | None = None
    right: str | None = None


class Content(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One whole version of a report, as its outlet published it."""

    headline: str
    blocks: tuple[Block, ...] = ()
    byline: str | None = None
    dateline: str | None = None
    #: BCP 47 (RFC 5646).
    language: str | None = None
    #: With an offset when it is made; kept in UTC.
    published_at: datetime | None = None
    extent: Extent = Extent.FULL
    copyright_notice: str | None = None
    usage_terms: str | None = None

    def __post_init__(self) -> None:
        """One moment has one form, whatever offset it was written with: equal contents have equal digests."""
        if self.published_at is None:
            return
        if self.published_at.tzinfo is None:
            raise ValueError("published_at has no offset")
        msgspec.structs.force_setattr(self, "published_at", in_utc(self.published_at))

    def digest(self) -> str:
        """The same for two contents that a reader could not tell apart: block ids are ours and don't count."""
        seen = (_besides_text(self), [(block.kind, block.text) for block in self.blocks])
        return hashlib.sha256(msgspec.msgpack.encode(seen)).hexdigest()[:32]


#: What a version of a report holds besides its text.
CONTENT_FIELDS = tuple(name for name in Content.__struct_fields__ if name != "blocks")
_besides_text = operator.attrgetter(*CONTENT_FIELDS)


def in_utc(moment: datetime | None) -> datetime | None:
    """``moment`` in the one form that it is written in."""
    return moment.astimezone(UTC) if moment else None


def slug_from(title: str) -> str:
    """A working name made from a title: its letters without marks, lower case, joined by hyphens; at most 60."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain.replace("'", ""))
    slug = ""
    for word in words:
        if len(slug) + len(word) > 59:
            break
        slug = f"{slug}-{word}" if slug else word
    return slug if len(slug) > 1 else "story"


def with_block_ids(blocks: tuple[Block, ...], before: tuple[Block, ...], used: int) -> tuple[Block, ...]:
    """``blocks`` with ids: an unchanged block keeps the id it had in ``before``, any other gets the next number.

    ``used`` is the highest number given so far in this report; ids are ``b1``, ``b2`` … and are never given twice.
    """
    kept: dict[tuple[str, str], list[str]] = {}
    for block in reversed(before):
        kept.setdefault((block.kind, block.text), []).append(block.id or "")
    named = []
    for block in blocks:
        ids = kept.get((block.kind, block.text))
        if not ids:
            used += 1
        named.append(Block(ids.pop() if ids else f"b{used}", block.kind, block.text))
    return tuple(named)
