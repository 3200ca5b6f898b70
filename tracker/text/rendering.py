"""A comparison as a document, as a page, as plain text, and for the terminal: four forms of one result.

``to_document`` is the published form (``tracker.text.schema``), and complete. The others are for reading: changed
runs that follow each other are shown as one, a change that is only space is shown by a sign (␣ ↵ ⍽), and with
``context`` equal blocks further than that from any change are left out and counted.

The page is for everybody. ``<ins>`` and ``<del>`` never cross a block; each begins with a visually hidden word
(class ``vh``) and a visible mark (+ or −), so that nothing hangs on colour; each bears its class
(``change-typographic`` …), so that a style sheet can fold what is only typography. The ends of a move are links to
each other. All text is escaped. Newlines within a block need ``white-space: pre-line`` to be seen.

In the terminal, text cannot steer: control characters are shown as pictures.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from typing import Any, NamedTuple

from tracker.text.classes import heaviest
from tracker.text.comparison import BlockChange, ChangeClass, Comparison, MoveEnd, Op, Run, SentenceChange

#: The version of the document's form. It grows when a reader would have to be changed.
DOCUMENT_VERSION = 1

_TAGS = {"heading": "h4", "quote": "blockquote"}
_SPACE_SIGNS = str.maketrans({" ": "␣", "\n": "↵\n", "\r": "↵", "\t": "⇥", "\xa0": "⍽", "\u202f": "⍽"})
_CONTROL_PICTURES: dict[int, int | str] = {
    **{code: 0x2400 + code for code in range(32) if chr(code) not in "\n\t"},
    **dict.fromkeys(range(0x7F, 0xA0), "\ufffd"),
}
_RED, _GREEN, _BLUE, _DIM, _PLAIN = "\x1b[31;9m", "\x1b[32;4m", "\x1b[34m", "\x1b[2m", "\x1b[0m"


class _Piece(NamedTuple):
    """What is shown as one: a run, or several changed runs of one op that follow each other."""

    op: Op
    change: ChangeClass | None
    old: str
    new: str
    move: int | None = None
    end: MoveEnd | None = None


def to_document(comparison: Comparison) -> dict[str, Any]:
    """The published form, ready for JSON. Keys that do not apply are left out."""
    stats = comparison.stats
    return {
        "version": DOCUMENT_VERSION,
        "offset_unit": comparison.offset_unit,
        "truncated": comparison.truncated,
        "stats": {
            "words_inserted": stats.words_inserted,
            "words_deleted": stats.words_deleted,
            "regions": stats.regions,
            "by_class": dict(stats.by_class),
            "moves": stats.moves,
        },
        "blocks": [_block_document(block) for block in comparison.blocks],
    }


def to_html(comparison: Comparison, *, context: int | None = None, id_prefix: str = "") -> str:
    """A fragment of a page, one element for each block. ``id_prefix`` tells comparisons on one page apart."""
    rows = [
        f'<p class="omitted">{_omitted(row)}</p>' if isinstance(row, int) else _block_html(row, id_prefix)
        for row in _rows(comparison, context)
    ]
    note = '<p class="truncated">Too much changed to show every word; larger parts are shown whole.</p>\n'
    body = "\n".join(rows)
    return f'<div class="comparison">\n{note if comparison.truncated else ""}{body}\n</div>'


def to_unified(comparison: Comparison, *, context: int | None = 1) -> str:
    """Plain text, a line for each sentence: ``-`` only old, ``+`` only new, ``<1`` and ``>1`` the ends of move 1.

    A head ``log. -3 +4 log.`` gives the numbers of the block on both sides, from 1; 0 where that side has none.
    """
    lines = ["--- old", "+++ new"]
    for row in _rows(comparison, context):
        lines += [f"… {_omitted(row)}"] if isinstance(row, int) else _block_lines(row)
    return "\n".join(lines) + "\n"


def to_terminal(comparison: Comparison, *, colour: bool = True, context: int | None = 1) -> str:
    """For the eye: struck out and underlined in colour, or ``[-old-]`` and ``[+new+]`` without.

    One kind of blank space in place of another (a reflow) is not marked.
    """
    rows = [
        _in_colour(_omitted(row), _DIM, colour) if isinstance(row, int) else _block_terminal(row, colour)
        for row in _rows(comparison, context)
    ]
    return "\n\n".join(rows) + "\n"


def _rows(comparison: Comparison, context: int | None) -> Iterator[BlockChange | int]:
    """The blocks within ``context`` of a change, and for each row of others their number."""
    blocks = comparison.blocks
    far = len(blocks)
    distance = [far] * len(blocks)
    for places in (range(len(blocks)), reversed(range(len(blocks)))):
        nearest = far
        for k in places:
            nearest = 0 if blocks[k].op != "equal" else nearest + 1
            distance[k] = min(distance[k], nearest)
    left_out = 0
    for block, steps in zip(blocks, distance, strict=True):
        if context is not None and steps > context:
            left_out += 1
            continue
        if left_out:
            yield left_out
        left_out = 0
        yield block
    if left_out:
        yield left_out


def _omitted(count: int) -> str:
    return f"{count} unchanged {'paragraph' if count == 1 else 'paragraphs'}"


def _pieces(block: BlockChange) -> list[_Piece]:
    """The runs of a block, those that follow each other with one op joined."""
    pieces: list[_Piece] = []
    for sentence in block.sentences:
        for run in sentence.runs:
            piece = _Piece(run.op, run.change, run.old or "", run.new or "", sentence.move, sentence.end)
            last = pieces[-1] if pieces else None
            if last and last.op == piece.op and last.op != "replace" and last.move == piece.move:
                change = heaviest([last.change, piece.change])
                pieces[-1] = piece._replace(change=change, old=last.old + piece.old, new=last.new + piece.new)
            else:
                pieces.append(piece)
    return pieces


def _visible(text: str) -> str:
    """``text``, or a sign for it if it is only space and would not be seen."""
    return text.translate(_SPACE_SIGNS) if text.isspace() else text


# The document.


def _block_document(block: BlockChange) -> dict[str, Any]:
    places = {
        side: {"index": place.index, "id": place.id, "kind": place.kind}
        for side, place in (("old", block.old), ("new", block.new))
        if place
    }
    sentences = [_sentence_document(sentence) for sentence in block.sentences]
    return _head(block) | places | {"sentences": sentences}


def _sentence_document(sentence: SentenceChange) -> dict[str, Any]:
    return _head(sentence) | {"tokens": [_run_document(run) for run in sentence.runs]}


def _head(change: BlockChange | SentenceChange) -> dict[str, Any]:
    known = {"op": change.op, "class": change.change, "move": change.move, "end": change.end}
    return {name: value for name, value in known.items() if value is not None}


def _run_document(run: Run) -> dict[str, Any]:
    texts: dict[str, Any] = {"text": run.old} if run.op == "equal" else {"old": run.old, "new": run.new}
    known: dict[str, Any] = {"op": run.op, "class": run.change} | texts
    known |= {"old_start": run.old_start, "new_start": run.new_start}
    return {name: value for name, value in known.items() if value is not None}


# The page.


def _block_html(block: BlockChange, prefix: str) -> str:
    place = block.new or block.old
    kind = place.kind if place else "paragraph"
    tag = _TAGS.get(kind, "p")
    classes = f"block kind-{kind} block-{block.op}" + (f" change-{block.change}" if block.change else "")
    inner = "".join(_with_move(_pieces(block), prefix))
    if block.move is None:
        return f'<{tag} class="{classes}">{inner}</{tag}>'
    anchor = f' id="{_move_id(block.move, block.end, prefix)}"'
    return (
        f'<{tag} class="{classes} moved-{block.end}"{anchor}>{_move_link(block.move, block.end, prefix)}{inner}</{tag}>'
    )


def _with_move(pieces: Iterable[_Piece], prefix: str) -> Iterator[str]:
    """The pieces of a block; those of a sentence that moved stand in one element, behind the link."""
    current: int | None = None
    for piece in pieces:
        if piece.move != current:
            yield "</span>" if current is not None else ""
            if piece.move is not None:
                anchor = _move_id(piece.move, piece.end, prefix)
                yield f'<span class="moved moved-{piece.end}" id="{anchor}">'
                yield _move_link(piece.move, piece.end, prefix)
            current = piece.move
        yield _piece_html(piece)
    if current is not None:
        yield "</span>"


def _piece_html(piece: _Piece) -> str:
    if piece.op == "equal":
        return escape(piece.new)
    if piece.op == "move":
        return f'<span class="moved-text">{escape(piece.old)}</span>'
    return _mark("del", "deleted", "−", piece.old, piece.change) + _mark(
        "ins", "inserted", "+", piece.new, piece.change
    )


def _mark(tag: str, word: str, sign: str, text: str, change: ChangeClass | None) -> str:
    if not text:
        return ""
    signs = f'<span class="vh">{word} </span><span class="mark" aria-hidden="true">{sign}</span>'
    return f'<{tag} class="change change-{change}">{signs}{escape(_visible(text))}</{tag}>'


def _move_id(move: int, end: MoveEnd | None, prefix: str) -> str:
    return f"{escape(prefix)}move-{move}-{end}"


def _move_link(move: int, end: MoveEnd | None, prefix: str) -> str:
    other: MoveEnd = "to" if end == "from" else "from"
    words = "moved from here, go to its new place" if end == "from" else "moved to here, go to its old place"
    target = _move_id(move, other, prefix)
    return f'<a class="move-link" href="#{target}"><span class="vh">{words} </span>⇅{move}</a> '


# Plain text.


def _block_lines(block: BlockChange) -> list[str]:
    numbers = [place.index + 1 if place else 0 for place in (block.old, block.new)]
    head = f"log. -{numbers[0]} +{numbers[1]} log."
    if block.end:
        head += f" moved, {block.end} (move {block.move})"
    return [head, *(line for sentence in block.sentences for line in _sentence_lines(sentence))]


def _sentence_lines(sentence: SentenceChange) -> list[str]:
    old = "".join(run.old or "" for run in sentence.runs)
    new = "".join(run.new or "" for run in sentence.runs)
    if sentence.end == "from":
        return _lines(f"<{sentence.move} ", old)
    if sentence.end == "to":
        return _lines(f">{sentence.move} ", new)
    if sentence.op == "equal":
        return _lines(" ", new)
    return _lines("-", old) + _lines("+", new)


def _lines(sign: str, text: str) -> list[str]:
    return [sign + line for line in text.rstrip().split("\n")] if text else []


# The terminal.


def _block_terminal(block: BlockChange, colour: bool) -> str:
    shown = [_label(block.move, block.end, colour)]
    current: int | None = None
    for piece in _pieces(block):
        if piece.move != current:
            shown.append(_label(piece.move, piece.end, colour) if piece.move else "⇅ ")
            current = piece.move
        shown.append(_piece_terminal(piece, colour))
    return "".join(shown)


def _label(move: int | None, end: MoveEnd | None, colour: bool) -> str:
    return _in_colour(f"⇅{move} moved {end} here: ", _BLUE, colour) if move else ""


def _piece_terminal(piece: _Piece, colour: bool) -> str:
    old, new = _safe(piece.old), _safe(piece.new)
    if piece.op == "equal" or (piece.op == "replace" and old.split() == new.split()):
        return new
    if piece.op == "move":
        return _in_colour(old, _BLUE, colour)
    return _marked("-", old, _RED, colour) + _marked("+", new, _GREEN, colour)


def _marked(sign: str, text: str, code: str, colour: bool) -> str:
    if not text:
        return ""
    return _in_colour(_visible(text), code, colour) if colour else f"[{sign}{_visible(text)}{sign}]"


def _safe(text: str) -> str:
    return text.translate(_CONTROL_PICTURES)


def _in_colour(text: str, code: str, colour: bool) -> str:
    return f"{code}{text}{_PLAIN}" if colour else text
