"""Comparing two texts: what an editor reads, and laws that hold for any two texts."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.text.test_tokens import TEXTS
from tracker.text.apply import new_blocks, new_text, old_blocks, old_text
from tracker.text.blocks import BLOCK_KINDS, Block, paragraphs
from tracker.text.compare import compare
from tracker.text.comparison import Comparison, Run
from tracker.text.rendering import to_terminal
from tracker.text.tokens import fold, split_words, weight

_VOCABULARY = [
    "the",
    "a",
    "of",
    "17",
    "50",
    "1,200",
    "U.S.",
    "drone",
    "strike",
    "Gen.",
    "Soleimani",
    "killed",
    "said",
    "“",
    "”",
    ".",
    ",",
    "\n",
    "it’s",
    "it's",
    "Baghdad",
    "She",
]
_SENTENCES = st.lists(st.sampled_from(_VOCABULARY), min_size=1, max_size=9).map(lambda words: " ".join(words) + ". ")
_NEWS = st.lists(_SENTENCES, max_size=4).map("".join)
BLOCKS = st.lists(
    st.builds(Block, id=st.none() | st.text("ab", max_size=2), kind=st.sampled_from(BLOCK_KINDS), text=_NEWS | TEXTS),
    max_size=6,
)


def between(old: str, new: str) -> Comparison:
    return compare(paragraphs(old), paragraphs(new))


def runs(comparison: Comparison) -> Iterator[Run]:
    for block in comparison.blocks:
        for sentence in block.sentences:
            yield from sentence.runs


def seen(old: str, new: str) -> str:
    return to_terminal(between(old, new), colour=False, context=None).rstrip("\n")


@pytest.mark.parametrize(
    ("old", "new", "change", "shown"),
    [
        ("At least 17 dead in Kabul.", "At least 50 dead in Kabul.", "number", "At least [-17 -][+50 +]dead in Kabul."),
        ("Seventeen dead.", "Fifty dead.", "number", "[-Seventeen -][+Fifty +]dead."),
        ("One dead in Kabul.", "Two dead in Kabul.", "number", "[-One -][+Two +]dead in Kabul."),
        ("मरने वाले १७ लोग", "मरने वाले ५० लोग", "number", "मरने वाले [-१७ -][+५० +]लोग"),
        ("It cost $3.5 million.", "It cost $3.5 billion.", "number", "It cost $3.5 [-million-][+billion+]."),
        ("It fell by 3.5% there.", "It fell by 35% there.", "number", "It fell by [-3.5% -][+35% +]there."),
        (
            "Officials have said so.",
            "officials have said so.",
            "typographic",
            "[-Officials -][+officials +]have said so.",
        ),
        ('He said "yes" twice.', "He said “yes” twice.", "typographic", 'He said [-"yes" -][+“yes” +]twice.'),
        ("Iran's drone fell.", "Iran’s drone fell.", "typographic", "[-Iran's -][+Iran’s +]drone fell."),
        ("On Jan. 3 it fell.", "On Jan.\xa03 it fell.", "typographic", "On Jan. 3 it fell.".replace(". 3", ".\xa03")),
        ("Long lines of\nnews.", "Long lines\nof news.", "typographic", "Long lines\nof news."),
        ("The killing, he said.", "The killing he said.", "typographic", "The killing[-, -][+␣+]he said."),
        ("17 people died there.", "١٧ people died there.", "typographic", "[-17 -][+١٧ +]people died there."),
        ("He was shot on Monday.", "He was hanged on Monday.", "substance", "He was [-shot -][+hanged +]on Monday."),
        ("One of them left.", "Some of them left.", "substance", "[-One -][+Some +]of them left."),
        ("She said: “They hit us.”", "She said: “They struck us.”", "quote", "She said: “They [-hit -][+struck +]us.”"),
        ("A report said so.", "A report denied “it all”.", "substance", "A report [-said so-][+denied “it all”+]."),
    ],
)
def test_a_change_has_its_class(old: str, new: str, change: str, shown: str) -> None:
    comparison = between(old, new)
    assert comparison.stats.by_class == {each: int(each == change) for each in comparison.stats.by_class}
    assert comparison.blocks[0].change == comparison.blocks[0].sentences[0].change == change
    assert seen(old, new) == shown


def test_an_abbreviated_rank_does_not_end_the_sentence() -> None:
    comparison = between("A drone killed Gen. Soleimani there.", "A drone killed Lt. Gen. Soleimani there.")
    assert len(comparison.blocks[0].sentences) == 1
    assert [run.new for run in runs(comparison) if run.op == "insert"] == ["Lt. "]


def test_a_change_in_a_block_of_kind_quote_is_a_change_of_a_quote() -> None:
    comparison = compare([Block("b1", "quote", "They hit us first.")], [Block("b1", "quote", "They struck us first.")])
    assert comparison.blocks[0].change == "quote"


def test_a_new_sentence_with_a_number_is_new_and_no_changed_number() -> None:
    comparison = between("The drone fell.", "The drone fell. It had cost 3 million.")
    assert comparison.stats.by_class["number"] == 0
    assert comparison.stats.regions == comparison.stats.by_class["substance"] == 1


def test_a_rewritten_sentence_is_shown_whole_before_and_after() -> None:
    old = "Officials have said that the general was planning imminent attacks on Americans."
    new = "Nobody in the administration has shown that any attack on the embassies was near."
    assert seen(f"{old} It ended.", f"{new} It ended.") == f"[-{old} -][+{new} +]It ended."


def test_islands_of_one_word_are_swallowed() -> None:
    assert seen("We saw red and green birds fly past us.", "We saw blue and white birds fly past us.") == (
        "We saw [-red and green -][+blue and white +]birds fly past us."
    )


def test_no_island_is_left_where_one_sentence_ends_and_the_next_begins() -> None:
    shown = seen(
        "It was all over by noon. However they stayed on there.",
        "It was all over by dusk. However, we stayed on there.",
    )
    assert shown == "It was all over by [-noon. -][+dusk. +][-However they -][+However, we +]stayed on there."


def test_an_insertion_begins_where_the_phrase_begins() -> None:
    assert seen("He met the envoy, the aide left.", "He met the envoy, the driver, the aide left.") == (
        "He met the envoy, [+the driver, +]the aide left."
    )


def test_a_sentence_cut_in_two_stands_with_both_halves() -> None:
    shown = seen("The gunman, who was shot, died on Monday.", "The gunman was shot. He died on Monday.")
    assert shown == "The gunman[-, who -][+␣+]was shot[-, -][+. He +]died on Monday."


_A = "The strike was ordered to stop an imminent attack, officials said on Friday."
_B = "A plan was approved in June, on condition that he had the final say."
_C = "The drone had been shot down over the strait that summer, two people said."


def test_a_moved_paragraph_has_linked_ends_and_shows_what_was_edited() -> None:
    comparison = between(f"{_A}\n\n{_B}\n\n{_C}", f"{_C.replace('two', 'three')}\n\n{_A}\n\n{_B}")
    ends = [(block.op, block.move, block.end, block.change) for block in comparison.blocks if block.move]
    assert ends == [("move", 1, "to", "number"), ("move", 1, "from", None)]
    assert comparison.stats.moves == 1
    assert (comparison.stats.words_inserted, comparison.stats.words_deleted) == (1, 1)


def test_a_sentence_that_moved_to_another_paragraph_is_no_loss() -> None:
    comparison = between(f"{_A} {_B}\n\n{_C}", f"{_A}\n\n{_C} {_B}")
    moved = [
        (sentence.end, sentence.move) for block in comparison.blocks for sentence in block.sentences if sentence.move
    ]
    assert sorted(moved) == [("from", 1), ("to", 1)]
    assert comparison.stats.words_deleted == comparison.stats.words_inserted == 0


def test_a_block_of_another_kind_is_a_change_of_typography() -> None:
    comparison = compare([Block(None, "paragraph", "Related News")], [Block(None, "heading", "Related News")])
    assert (comparison.blocks[0].op, comparison.blocks[0].change) == ("replace", "typographic")
    assert not comparison.is_equal
    assert comparison.stats.regions == 1


def test_offsets_count_code_points_of_the_block() -> None:
    old, new = "👩‍👩‍👧 One. Then 17 died.", "👩‍👩‍👧 One. And then 50 died."
    for run in runs(between(old, new)):
        for side, text, start in ((old, run.old, run.old_start), (new, run.new, run.new_start)):
            assert (text is None) == (start is None)
            if text is not None and start is not None:
                assert side[start : start + len(text)] == text


@settings(max_examples=300)
@given(BLOCKS, BLOCKS)
def test_both_sides_can_be_rebuilt_to_the_letter(old: list[Block], new: list[Block]) -> None:
    comparison = compare(old, new)
    assert old_blocks(comparison) == tuple(old)
    assert new_blocks(comparison) == tuple(new)
    assert old_text(comparison) == "\n\n".join(block.text for block in old)
    assert new_text(comparison) == "\n\n".join(block.text for block in new)


@settings(max_examples=300)
@given(BLOCKS, st.randoms(use_true_random=False), st.integers(0, 200))
def test_edited_texts_can_be_rebuilt_even_with_few_cells(old: list[Block], dice: random.Random, cells: int) -> None:
    new = list(old)
    dice.shuffle(new)
    new = [
        Block(b.id, b.kind, b.text.replace("drone", "missile").replace(". ", ", ")) for b in new[dice.randrange(2) :]
    ]
    comparison = compare(old, new, cells=cells)
    assert old_blocks(comparison) == tuple(old)
    assert new_blocks(comparison) == tuple(new)


def edited(blocks: list[Block], dice: random.Random) -> list[Block]:
    """A copy whose sentences are shuffled and changed: closer to news than two texts that share nothing."""
    changed = []
    for block in dice.sample(blocks, len(blocks)):
        sentences = block.text.split(". ")
        dice.shuffle(sentences)
        changed.append(Block(block.id, block.kind, ". ".join(sentences).replace("drone", dice.choice(["drone", "17"]))))
    return changed


@settings(max_examples=300)
@given(BLOCKS, st.randoms(use_true_random=False))
def test_backwards_the_same_edits_are_found(old: list[Block], dice: random.Random) -> None:
    new = edited(old, dice)
    there, back = compare(old, new).stats, compare(new, old).stats
    assert (there.words_inserted, there.words_deleted) == (back.words_deleted, back.words_inserted)
    assert (there.by_class, there.moves) == (back.by_class, back.moves)


def test_which_half_a_sentence_takes_in_does_not_depend_on_the_direction() -> None:
    old = paragraphs("U.S. She . ” of killed it’s. a Gen. . drone. \n\nthe She ”. ")
    new = paragraphs("U.S. a Gen. She . drone. ” of killed it’s. ")
    there, back = compare(old, new).stats, compare(new, old).stats
    assert (there.words_inserted, there.words_deleted) == (back.words_deleted, back.words_inserted)


@given(BLOCKS)
def test_a_text_compared_with_itself_has_no_change(blocks: list[Block]) -> None:
    comparison = compare(blocks, blocks)
    assert comparison.is_equal
    assert all(run.op == "equal" for run in runs(comparison))


_MOVED_AMONG_CHANGES = "17 the a the the a the 17 a. "


@settings(max_examples=300)
@example(list(paragraphs(f"{_MOVED_AMONG_CHANGES}\n\n0\n\n0")), list(paragraphs(f"0\n\nthe. {_MOVED_AMONG_CHANGES}")))
@given(BLOCKS, BLOCKS)
def test_backwards_the_same_changes_are_found_the_other_way_round(old: list[Block], new: list[Block]) -> None:
    there, back = compare(old, new), compare(new, old)
    assert there.stats.words_inserted == back.stats.words_deleted
    assert there.stats.words_deleted == back.stats.words_inserted
    assert there.stats.by_class == back.stats.by_class
    assert there.stats.moves == back.stats.moves


@given(BLOCKS, BLOCKS)
def test_no_cut_falls_within_a_word_or_a_grapheme(old: list[Block], new: list[Block]) -> None:
    comparison = compare(old, new)
    for change in comparison.blocks:
        for place, side, attribute in ((change.old, old, "old_start"), (change.new, new, "new_start")):
            if place is None:
                continue
            text = side[place.index].text
            graphemes = {found.start() for found in regex.finditer(r"\X", text)} | {len(text)}
            for sentence in change.sentences:
                starts = [getattr(run, attribute) for run in sentence.runs] if sentence.end is None else []
                for start in filter(None, starts):
                    assert start in graphemes
                    assert not regex.fullmatch(r"[A-Za-z0-9]{2}", text[start - 1 : start + 1])


@given(_NEWS, _NEWS)
def test_between_two_changes_of_a_sentence_more_than_one_word_is_equal(old: str, new: str) -> None:
    for block in between(old, new).blocks:
        for sentence in block.sentences:
            for run in sentence.runs[1:-1]:
                if run.op == "equal":
                    assert sum(weight(fold(token)) for token in split_words(run.new or "")) > 1


@given(_NEWS)
def test_typography_alone_is_never_substance(text: str) -> None:
    changed = text.upper().replace(" ", "\n").replace("“", "„").replace("'", "’")
    by_class = compare([Block(None, "paragraph", text)], [Block(None, "paragraph", changed)]).stats.by_class
    assert by_class["substance"] == by_class["number"] == by_class["quote"] == 0


def test_over_the_bound_the_result_is_coarser_and_says_so() -> None:
    dice = random.Random(7)
    old, new = (" ".join(dice.choice("ab") for _ in range(3000)) for _ in range(2))
    comparison = compare(paragraphs(old), paragraphs(new), cells=10_000)
    assert comparison.truncated
    assert (old_text(comparison), new_text(comparison)) == (old, new)
    assert not between("a b c", "a c").truncated
