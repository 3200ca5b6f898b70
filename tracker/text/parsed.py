"""A block cut into sentences and tokens, with the numbers of its words: what comparing works on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate

from tracker.text.blocks import Block
from tracker.text.classes import within_quotation
from tracker.text.matching import Item
from tracker.text.sentences import split_sentences
from tracker.text.tokens import Vocabulary, split_words
from tracker.text.words import Side


class ParsedBlock:
    """One block. Sentences and tokens are counted from 0; ``starts[k]`` is the first token of sentence k."""

    def __init__(self, block: Block, vocabulary: Vocabulary) -> None:
        self.block = block
        self.tokens: list[str] = []
        #: The first token of each sentence, and at the end the number of tokens.
        self.starts = [0]
        for sentence in split_sentences(block.text):
            self.tokens += split_words(sentence)
            self.starts.append(len(self.tokens))
        self._vocabulary = vocabulary
        self.numbers = vocabulary.numbers(self.tokens)
        self.weights = [vocabulary.weights[number] for number in self.numbers]

    @property
    def sentence_count(self) -> int:
        """How many sentences the block has."""
        return len(self.starts) - 1

    def words(self, first: int, last: int) -> list[int]:
        """The numbers of the words in the sentences ``first`` up to ``last``, punctuation left out."""
        start, end = self.starts[first], self.starts[last]
        return [self.numbers[k] for k in range(start, end) if self.weights[k]]

    def folded(self, start: int, end: int) -> list[str]:
        """The tokens ``start`` up to ``end`` without their typography."""
        return [self._vocabulary.words[number] for number in self.numbers[start:end]]

    def side(self, first: int, last: int) -> Side:
        """The sentences ``first`` up to ``last``, to be cut into spans."""
        part = slice(self.starts[first], self.starts[last])
        return Side(self.tokens[part], self.numbers[part], self.weights[part])

    def is_quoted(self, start: int, end: int) -> bool:
        """Whether all words among the tokens ``start`` up to ``end`` stand within a quotation."""
        return self.block.kind == "quote" or all(self._quoted[k] for k in range(start, end) if self.weights[k])

    @cached_property
    def offsets(self) -> list[int]:
        """Where each token begins in the block's text, in code points, and at the end the text's length."""
        return list(accumulate(map(len, self.tokens), initial=0))

    @cached_property
    def _quoted(self) -> list[bool]:
        return within_quotation(self.tokens)


class Keys:
    """One number for all items with the same words and signs."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, ...], int] = {}

    def item(self, parsed: ParsedBlock, first: int, last: int) -> Item:
        """The sentences ``first`` up to ``last`` of a block, as an item to be paired."""
        numbers = tuple(parsed.numbers[parsed.starts[first] : parsed.starts[last]])
        return Item(self._known.setdefault(numbers, len(self._known)), parsed.words(first, last))

    def items(self, blocks: Sequence[ParsedBlock | None]) -> list[Item]:
        """Whole blocks as items; one without words stands for a block that was not looked into."""
        empty = Item(-1, ())
        return [self.item(block, 0, block.sentence_count) if block else empty for block in blocks]
