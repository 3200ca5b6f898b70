"""Cuts two versions of a sentence into stretches that are equal and stretches that changed, so that they read well.

Words that fold alike are aligned (a longest common subsequence). Then

1. an insertion or deletion that could as well stand a little earlier or later is put where a phrase begins;
2. equal stretches whose letters differ (case, marks, space) are cut there: that change is typographic;
3. *islands* are swallowed: an equal stretch of one word or less between two changes, or of three words or less
   between changes that are longer together by far; and
4. a sentence of which little is left is one change, whole: it was rewritten.

What it does badly: where a phrase begins is told by space and punctuation, not by grammar.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from tracker.text.matching import Match

#: An equal stretch of so many words or less between two changes is always swallowed.
_ISLAND = 1.0
#: A longer one is, up to so many words, if the changes around it have so many times its words.
_LARGE_ISLAND = 3.0
_OUTWEIGHED = 4.0
#: A sentence is rewritten if less than this part of its words is left (Dice), or this in many pieces.
_LITTLE = 0.3
_LITTLE_IN_PIECES = 0.5
_MANY_PIECES = 4
#: How many tokens an insertion or deletion may be shifted.
_FURTHEST = 16


class Span(NamedTuple):
    """A stretch of both token lists: equal to the letter, or changed."""

    equal: bool
    a0: int
    a1: int
    b0: int
    b1: int


class Side(NamedTuple):
    """One version of a sentence: its tokens, the number of each, and how much of a word each is."""

    tokens: Sequence[str]
    numbers: Sequence[int]
    weights: Sequence[float]


def spans(a: Side, b: Side, matches: Iterable[Match]) -> list[Span]:
    """All of both sides, cut into equal and changed stretches by turns."""
    cut = list(_cut(matches, len(a.tokens), len(b.tokens)))
    _slide(a, b, cut)
    if _is_rewritten(a, b, _swallowed(a, b, cut)):
        return [Span(False, 0, len(a.tokens), 0, len(b.tokens))]
    return _swallowed(a, b, _by_letters(a, b, cut))


def swallow_between(first: list[Span], second: list[Span], weights_a: tuple[Sequence[float], Sequence[float]]) -> None:
    """Make the end of one sentence and the beginning of the next part of the changes beside them, if together they
    are an island. ``weights_a``: of the old tokens of both."""
    tail = first[-1] if len(first) > 1 and first[-1].equal else None
    head = second[0] if len(second) > 1 and second[0].equal else None
    if not (tail or head) or first[-1].equal > bool(tail) or second[0].equal > bool(head):
        return
    ends = ((tail, weights_a[0]), (head, weights_a[1]))
    if sum(sum(weights[span.a0 : span.a1]) for span, weights in ends if span) > _ISLAND:
        return
    if tail:
        first[-2:] = [first[-2]._replace(a1=tail.a1, b1=tail.b1)]
    if head:
        second[:2] = [second[1]._replace(a0=head.a0, b0=head.b0)]


def _cut(matches: Iterable[Match], size_a: int, size_b: int) -> Iterator[Span]:
    a = b = 0
    for match in [*matches, Match(size_a, size_b, 0)]:
        if match.a > a or match.b > b:
            yield Span(False, a, match.a, b, match.b)
        a, b = match.a + match.size, match.b + match.size
        if match.size:
            yield Span(True, match.a, a, match.b, b)


def _slide(a: Side, b: Side, cut: list[Span]) -> None:
    """Put each insertion and deletion between two equal stretches where it begins and ends like a phrase."""
    for k in range(1, len(cut) - 1):
        before, span, after = cut[k - 1 : k + 2]
        if not (before.equal and after.equal and _is_one_sided(span)):
            continue
        step = _best_step(a.tokens, before, span.a0, span.a1, after.a1 - after.a0)
        if span.a0 == span.a1:
            step = _best_step(b.tokens, before, span.b0, span.b1, after.b1 - after.b0)
        if step:
            cut[k - 1] = before._replace(a1=before.a1 + step, b1=before.b1 + step)
            cut[k] = Span(False, span.a0 + step, span.a1 + step, span.b0 + step, span.b1 + step)
            cut[k + 1] = after._replace(a0=after.a0 + step, b0=after.b0 + step)


def _best_step(tokens: Sequence[str], before: Span, start: int, end: int, room: int) -> int:
    """By how many tokens the stretch ``start`` up to ``end`` had best be shifted; the text stays the same."""
    if start == end:
        return 0
    steps = [0]
    for step in range(-1, -1 - min(_FURTHEST, before.a1 - before.a0 - 1), -1):
        if tokens[start + step] != tokens[end + step]:
            break
        steps.append(step)
    for step in range(1, 1 + min(_FURTHEST, room - 1)):
        if tokens[start + step - 1] != tokens[end + step - 1]:
            break
        steps.append(step)
    return max(steps, key=lambda step: (_begins_phrase(tokens, start + step, end + step), -abs(step), step))


def _begins_phrase(tokens: Sequence[str], start: int, end: int) -> int:
    """How well a stretch is bounded: by space on both sides, and better by a comma, a full stop, a new line."""
    previous, last = tokens[start - 1] if start else "\n", tokens[end - 1]
    bounds = sum(2 for token in (previous, last) if token[-1:].isspace())
    return bounds + sum(1 for token in (previous, last) if token.rstrip()[-1:] in ",.;:" or token.endswith("\n"))


def _by_letters(a: Side, b: Side, cut: Iterable[Span]) -> Iterator[Span]:
    """The same, but every stretch called equal is equal to the letter."""
    for span in cut:
        if not span.equal or a.tokens[span.a0 : span.a1] == b.tokens[span.b0 : span.b1]:
            yield span
        else:
            for k in range(span.a1 - span.a0):
                i, j = span.a0 + k, span.b0 + k
                yield Span(a.tokens[i] == b.tokens[j], i, i + 1, j, j + 1)


def _swallowed(a: Side, b: Side, cut: Iterable[Span]) -> list[Span]:
    """Neighbours of one kind joined, and islands made part of the changes around them."""
    joined: list[Span] = []
    for span in cut:
        _put(joined, span)
    out: list[Span] = []
    for span in joined:
        if not span.equal and len(out) >= 2 and _is_island(a, b, out[-2], out[-1], span):
            _put(out, out.pop()._replace(equal=False))
        _put(out, span)
    return out


def _put(out: list[Span], span: Span) -> None:
    """Append ``span``, or let the last one grow by it if both are of one kind."""
    if out and out[-1].equal == span.equal:
        out[-1] = out[-1]._replace(a1=span.a1, b1=span.b1)
    else:
        out.append(span)


def _is_island(a: Side, b: Side, before: Span, island: Span, after: Span) -> bool:
    words = sum(a.weights[island.a0 : island.a1])
    if words <= _ISLAND:
        return True
    if words > _LARGE_ISLAND:
        return False
    return min(_size(a, b, before), _size(a, b, after)) >= words * _OUTWEIGHED / 2


def _size(a: Side, b: Side, span: Span) -> float:
    """The words of a change, on the side that has more."""
    return max(sum(a.weights[span.a0 : span.a1]), sum(b.weights[span.b0 : span.b1]))


def _is_rewritten(a: Side, b: Side, cut: Sequence[Span]) -> bool:
    """Whether so little is left that the two are better read one after the other."""
    changes = [span for span in cut if not span.equal]
    if not changes or (len(changes) == 1 and (_is_one_sided(changes[0]) or len(cut) == 1)):
        return False
    kept = sum(sum(a.weights[span.a0 : span.a1]) for span in cut if span.equal)
    left = 2 * kept / ((sum(a.weights) + sum(b.weights)) or 1.0)
    return left < (_LITTLE_IN_PIECES if len(changes) >= _MANY_PIECES else _LITTLE) and left < 1


def _is_one_sided(span: Span) -> bool:
    return span.a0 == span.a1 or span.b0 == span.b1
