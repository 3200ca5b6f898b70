"""The parts of a text: paragraphs, headings, list items, quotes and captions, each plain text.

``paragraphs`` makes them of what somebody pasted. A blank line (empty, or only blank characters) ends a
paragraph. CRLF, CR and the Unicode line separators become one newline. The newlines of hard-wrapped lines stay:
a poem or a list would be lost without them, and compare takes a reflow for what it is, a change of typography.
Blank space at both ends of a paragraph goes. Nothing else is touched: normalising (NFC) is the edge's business.

What it does badly: plain text says nothing of headings or lists, so all that it makes are paragraphs.
"""

from __future__ import annotations

import re
from typing import Literal, get_args

import msgspec

BlockKind = Literal["paragraph", "heading", "list_item", "quote", "caption"]

#: Every kind that a block may have, in the order of the documentation.
BLOCK_KINDS: tuple[str, ...] = get_args(BlockKind)

_LINE_END = re.compile(r"\r\n|[\r\x85\u2028]")
#: One newline, then any run of blank characters that holds another: linear, for the run is taken whole.
_BLANK_LINES = re.compile(r"\n\s*\n|\u2029")


class Block(msgspec.Struct, frozen=True, gc=False):
    """One part of a report's text. ``id`` is ours and may be missing; ``text`` is plain, no HTML."""

    id: str | None
    kind: BlockKind
    text: str


def paragraphs(text: str) -> tuple[Block, ...]:
    """Plain text, cut at its blank lines into blocks of kind paragraph, without ids; none for a blank text."""
    lines = _LINE_END.sub("\n", text)
    pieces = (piece.strip() for piece in _BLANK_LINES.split(lines))
    return tuple(Block(id=None, kind="paragraph", text=piece) for piece in pieces if piece)
