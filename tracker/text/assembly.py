"""Puts the result of a comparison together: runs with classes and offsets, sentences, blocks, counts, moves.

``compare`` decides what belongs together and hands it over block by block, in the order in which it will be read;
here it becomes the finished ``Comparison``. At the end, whole sentences that went in one place and came in
another are joined into moves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from tracker.text.classes import classify, heaviest
from tracker.text.comparison import (
    CLASSES,
    BlockChange,
    ChangeClass,
    Comparison,
    MoveEnd,
    Op,
    Place,
    Run,
    SentenceChange,
    Stats,
)
from tracker.text.matching import MOVED_WORDS, Gap, Match
from tracker.text.parsed import ParsedBlock
from tracker.text.tokens import bare_length
from tracker.text.words import Span, spans

#: Sentences of an old and a new block that belong together, and how their words changed.
Group = tuple[Gap, list[Span]]


class _Draft(NamedTuple):
    """A block of the result, before the moves of its sentences are known."""

    old: Place | None
    new: Place | None
    sentences: list[SentenceChange]
    move: int | None = None
    end: MoveEnd | None = None


class _Loose(NamedTuple):
    """A whole sentence that only one side has, and where it stands: in the result, and in its block."""

    draft: int
    at: int
    parsed: ParsedBlock
    sentence: int


class Assembly:
    """The result as far as it is known."""

    def __init__(self) -> None:
        self._drafts: list[_Draft] = []
        self._moves = 0
        self._words_deleted = self._words_inserted = 0.0
        self._gone: dict[tuple[int, ...], list[_Loose]] = {}
        self._came: dict[tuple[int, ...], list[_Loose]] = {}

    def same(self, old: Place, new: Place, text: str) -> None:
        """A block that both sides have to the letter, but perhaps not of the same kind."""
        runs = (Run("equal", None, text, text, 0, 0),)
        self._drafts.append(_Draft(old, new, [SentenceChange("equal", None, runs)] if text else []))

    def changed(
        self,
        places: tuple[Place | None, Place | None],
        old: ParsedBlock,
        new: ParsedBlock,
        groups: Sequence[Group],
        move: int | None = None,
    ) -> None:
        """A pair of blocks (or, with an empty one opposite, only one) and its sentences; ``move``: it moved here."""
        sentences: list[SentenceChange] = []
        for group, cut in groups:
            if move is None:
                self._note_loose(old, new, group, len(sentences))
            before = sentences[-1].runs if sentences else ()
            sentences.append(self._sentence(old, new, group, cut, before))
        end: MoveEnd | None = None if move is None else "to"
        self._drafts.append(_Draft(places[0], places[1], sentences, move, end))
        self._moves = max(self._moves, move or 0)

    def moved_away(self, old: Place, text: str, move: int) -> None:
        """The old place of a block that moved."""
        run = Run("move", None, text, None, 0, None)
        self._drafts.append(_Draft(old, None, [SentenceChange("move", None, (run,))], move, "from"))

    def finished(self, truncated: bool) -> Comparison:
        """The whole comparison."""
        self._join_moves()
        blocks = tuple(_block(draft) for draft in self._drafts)
        found = Counter(_regions(blocks))
        stats = Stats(
            words_inserted=round(self._words_inserted),
            words_deleted=round(self._words_deleted),
            regions=found.total(),
            by_class={each: found[each] for each in CLASSES},
            moves=self._moves,
        )
        return Comparison(blocks=blocks, stats=stats, truncated=truncated)

    def _sentence(
        self, old: ParsedBlock, new: ParsedBlock, group: Gap, cut: Iterable[Span], before: Sequence[Run] = ()
    ) -> SentenceChange:
        """``cut`` as runs; ``before``: the runs of the sentence before it.

        Where both sides of a change begin with the same word and other space, only the space has changed; but that
        word must not become an island behind another change.
        """
        a, b = old.starts[group.a0], new.starts[group.b0]
        paired = group.a0 < group.a1 and group.b0 < group.b1
        runs: list[Run] = []
        for span in cut:
            here = Span(span.equal, a + span.a0, a + span.a1, b + span.b0, b + span.b1)
            run = self._run(old, new, here, paired=paired)
            same = 0 if _ends_in_change(runs or before) else _first_word(old, new, here)
            for part in _cut_after(run, same):
                _put(runs, part)
        return _sentence_of(group, runs)

    def _run(self, old: ParsedBlock, new: ParsedBlock, span: Span, *, paired: bool) -> Run:
        """A span of the blocks' tokens as a run, its words counted."""
        before, after = "".join(old.tokens[span.a0 : span.a1]), "".join(new.tokens[span.b0 : span.b1])
        a, b = old.offsets[span.a0], new.offsets[span.b0]
        if span.equal:
            return Run("equal", None, before, after, a, b)
        change = classify(old.folded(span.a0, span.a1), new.folded(span.b0, span.b1), paired=paired)
        if change == "substance" and old.is_quoted(span.a0, span.a1) and new.is_quoted(span.b0, span.b1):
            change = "quote"
        if change != "typographic":
            self._words_deleted += sum(old.weights[span.a0 : span.a1])
            self._words_inserted += sum(new.weights[span.b0 : span.b1])
        return _changed(change, before, after, a, b)

    def _note_loose(self, old: ParsedBlock, new: ParsedBlock, group: Gap, at: int) -> None:
        """Remember a sentence that only one side has: it may have moved."""
        if group.a0 == group.a1:
            side, parsed, sentence = self._came, new, group.b0
        elif group.b0 == group.b1:
            side, parsed, sentence = self._gone, old, group.a0
        else:
            return
        numbers = tuple(parsed.side(sentence, sentence + 1).numbers)
        side.setdefault(numbers, []).append(_Loose(len(self._drafts), at, parsed, sentence))

    def _join_moves(self) -> None:
        """Sentences that went once and came once, long enough not to recur by chance, have moved."""
        for numbers, came in self._came.items():
            gone = self._gone.get(numbers, [])
            if len(gone) == len(came) == 1 and _word_count(came[0]) >= MOVED_WORDS:
                self._join(gone[0], came[0])

    def _join(self, gone: _Loose, came: _Loose) -> None:
        self._moves += 1
        self._words_deleted -= _word_count(gone)
        self._words_inserted -= _word_count(came)
        departed = self._drafts[gone.draft].sentences
        run = departed[gone.at].runs[0]
        departed[gone.at] = SentenceChange(
            "move", None, (Run("move", None, run.old, None, run.old_start, None),), self._moves, "from"
        )
        group = Gap(gone.sentence, gone.sentence + 1, came.sentence, came.sentence + 1)
        a, b = (loose.parsed.side(loose.sentence, loose.sentence + 1) for loose in (gone, came))
        arrived = self._sentence(gone.parsed, came.parsed, group, spans(a, b, [Match(0, 0, len(a.tokens))]))
        self._drafts[came.draft].sentences[came.at] = SentenceChange(
            "move", arrived.change, arrived.runs, self._moves, "to"
        )


def _word_count(loose: _Loose) -> float:
    return sum(loose.parsed.side(loose.sentence, loose.sentence + 1).weights)


def _ends_in_change(runs: Sequence[Run]) -> bool:
    return bool(runs) and runs[-1].change is not None


def _first_word(old: ParsedBlock, new: ParsedBlock, span: Span) -> int:
    """The length of the first word of a change, space left out, if both sides begin with it; otherwise 0."""
    if span.equal or span.a0 == span.a1 or span.b0 == span.b1:
        return 0
    before, after = old.tokens[span.a0], new.tokens[span.b0]
    length = bare_length(before)
    return length if length == bare_length(after) and before[:length] == after[:length] else 0


def _changed(change: ChangeClass, before: str, after: str, a: int, b: int) -> Run:
    op: Op = "replace" if before and after else "delete" if before else "insert"
    return Run(op, change, before or None, after or None, a if before else None, b if after else None)


def _cut_after(run: Run, same: int) -> list[Run]:
    """A change of which both sides begin with ``same`` equal characters, in two."""
    if not same or run.change is None or run.old_start is None or run.new_start is None:
        return [run]
    before, after = run.old or "", run.new or ""
    rest = _changed(run.change, before[same:], after[same:], run.old_start + same, run.new_start + same)
    return [Run("equal", None, before[:same], after[:same], run.old_start, run.new_start), rest]


def _put(runs: list[Run], run: Run) -> None:
    """Append ``run``; an equal one makes an equal one before it longer."""
    last = runs[-1] if runs else None
    if last and last.op == run.op == "equal":
        text = (last.old or "") + (run.old or "")
        runs[-1] = Run("equal", None, text, text, last.old_start, last.new_start)
    else:
        runs.append(run)


def _sentence_of(group: Gap, runs: Sequence[Run]) -> SentenceChange:
    op: Op = "replace"
    if group.a0 == group.a1:
        op = "insert"
    elif group.b0 == group.b1:
        op = "delete"
    elif all(run.op == "equal" for run in runs):
        op = "equal"
    return SentenceChange(op, heaviest([run.change for run in runs]), tuple(runs))


def _block(draft: _Draft) -> BlockChange:
    change = heaviest([sentence.change for sentence in draft.sentences])
    if change is None and _only_kind_changed(draft):
        change = "typographic"
    return BlockChange(
        _block_op(draft, change), change, draft.old, draft.new, tuple(draft.sentences), draft.move, draft.end
    )


def _only_kind_changed(draft: _Draft) -> bool:
    return draft.old is not None and draft.new is not None and draft.old.kind != draft.new.kind


def _block_op(draft: _Draft, change: ChangeClass | None) -> Op:
    if draft.move is not None:
        return "move"
    if draft.old is None:
        return "insert"
    if draft.new is None:
        return "delete"
    moved = any(sentence.op == "move" for sentence in draft.sentences)
    return "replace" if change or moved else "equal"


def _regions(blocks: Iterable[BlockChange]) -> list[ChangeClass]:
    """The class of each changed region: the heaviest of a row of changed runs that no equal run parts."""
    found: list[ChangeClass] = []
    for block in blocks:
        here = [run for sentence in block.sentences if sentence.move is None for run in sentence.runs]
        # What moved parts nothing, for its two ends do not stand alike among the changes around them; edits
        # within it are counted by themselves.
        moved = [sentence.runs for sentence in block.sentences if sentence.move is not None]
        regions = [change for runs in (here, *moved) for change in _rows(runs)]
        found += regions or ([block.change] if block.change else [])
    return found


def _rows(runs: Iterable[Run]) -> list[ChangeClass]:
    rows = [heaviest([run.change for run in row]) for _, row in groupby(runs, key=lambda run: run.change is None)]
    return [change for change in rows if change]
