"""Rebuilds both texts from a comparison, to the letter: the proof that a comparison leaves nothing out."""

from __future__ import annotations

from typing import Literal

from tracker.text.blocks import Block
from tracker.text.comparison import BlockChange, Comparison, SentenceChange

_Side = Literal["old", "new"]

#: The end of a move that a side passes over: what moved is read where that side has it.
_ELSEWHERE = {"old": "to", "new": "from"}


def old_blocks(comparison: Comparison) -> tuple[Block, ...]:
    """The blocks of the old text, with their ids and kinds."""
    return _blocks(comparison, "old")


def new_blocks(comparison: Comparison) -> tuple[Block, ...]:
    """The blocks of the new text, with their ids and kinds."""
    return _blocks(comparison, "new")


def old_text(comparison: Comparison) -> str:
    """The old text: its blocks, parted by blank lines."""
    return "\n\n".join(block.text for block in old_blocks(comparison))


def new_text(comparison: Comparison) -> str:
    """The new text: its blocks, parted by blank lines."""
    return "\n\n".join(block.text for block in new_blocks(comparison))


def _blocks(comparison: Comparison, side: _Side) -> tuple[Block, ...]:
    found = [
        (place.index, Block(place.id, place.kind, _text(change, side)))
        for change in comparison.blocks
        if (place := change.old if side == "old" else change.new) and change.end != _ELSEWHERE[side]
    ]
    return tuple(block for _, block in sorted(found, key=lambda numbered: numbered[0]))


def _text(change: BlockChange, side: _Side) -> str:
    return "".join(_piece(sentence, side) for sentence in change.sentences)


def _piece(sentence: SentenceChange, side: _Side) -> str:
    if sentence.end == _ELSEWHERE[side]:
        return ""
    return "".join((run.old if side == "old" else run.new) or "" for run in sentence.runs)
