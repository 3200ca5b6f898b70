"""What changed between two texts: blocks, in them sentences, in them runs of tokens. Values only.

A ``Comparison`` is complete: both texts can be rebuilt from it to the letter (``tracker.text.apply``), and every
rendering is made from it alone. It has no opinion about display.

Moves. What moved stands twice, with the same number ``move``: at its old place (``end`` is "from"; one run of the
old text) and at its new place (``end`` is "to"; its runs show what was edited on the way, so they hold both
sides). Whoever rebuilds the old text passes over the "to" ends, and whoever rebuilds the new one over the "from" ends.

Offsets count Unicode code points from the beginning of the block's text on their side.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from tracker.text.blocks import BlockKind

Op = Literal["equal", "insert", "delete", "replace", "move"]
ChangeClass = Literal["substance", "number", "quote", "typographic"]
MoveEnd = Literal["from", "to"]

#: The heaviest first: a sentence or a block bears the heaviest class of what changed in it.
CLASSES: tuple[ChangeClass, ...] = ("number", "substance", "quote", "typographic")

#: What the offsets of a comparison count.
OFFSET_UNIT = "unicode code points"


class Run(msgspec.Struct, frozen=True):
    """Neighbouring tokens that share one fate. ``old`` is missing in an insertion, ``new`` in a deletion."""

    op: Op
    #: What kind of change; None where nothing changed.
    change: ChangeClass | None
    old: str | None
    new: str | None
    #: Where the run begins in its block, in code points; None where the side has no text.
    old_start: int | None
    new_start: int | None


class SentenceChange(msgspec.Struct, frozen=True):
    """A sentence (or several that were joined or split between the texts); an equal block is one entry whole."""

    op: Op
    change: ChangeClass | None
    runs: tuple[Run, ...]
    move: int | None = None
    end: MoveEnd | None = None


class Place(msgspec.Struct, frozen=True):
    """Which block of its side: place from 0, the block's id and kind."""

    index: int
    id: str | None
    kind: BlockKind


class BlockChange(msgspec.Struct, frozen=True):
    """A block and its fate. ``old`` or ``new`` is missing where that side has no such block."""

    op: Op
    change: ChangeClass | None
    old: Place | None
    new: Place | None
    sentences: tuple[SentenceChange, ...]
    move: int | None = None
    end: MoveEnd | None = None


class Stats(msgspec.Struct, frozen=True):
    """Counted over the whole comparison. Words are tokens that are not mere punctuation or space."""

    words_inserted: int
    words_deleted: int
    #: Changed regions: runs that are not equal, and blocks of which only the kind changed.
    regions: int
    #: Changed regions by class, all four classes always present.
    by_class: dict[ChangeClass, int]
    moves: int


class Comparison(msgspec.Struct, frozen=True):
    """The whole result. ``truncated``: a bound was met, so that the result is right, but coarser than it could be."""

    blocks: tuple[BlockChange, ...]
    stats: Stats
    truncated: bool
    offset_unit: str = OFFSET_UNIT

    @property
    def is_equal(self) -> bool:
        """Whether nothing changed, not even the order or a block's kind."""
        return self.stats.regions == 0 and self.stats.moves == 0
