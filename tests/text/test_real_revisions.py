"""Neighbouring revisions of a real article, where the test data is at hand."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest

from tracker.text.apply import new_blocks, old_blocks
from tracker.text.blocks import Block, paragraphs
from tracker.text.compare import compare
from tracker.text.comparison import Comparison
from tracker.text.tokens import fold, split_words, weight

_EVERY = 7


@pytest.fixture(scope="module")
def revisions() -> list[tuple[Block, ...]]:
    folder = os.environ.get("TRACKER_TEST_DATA")
    if not folder:
        pytest.skip("TRACKER_TEST_DATA names no folder with the revisions of a real article")
    with gzip.open(Path(folder) / "chain_anarchism_1000.json.gz", "rt", encoding="utf-8") as file:
        return [paragraphs(revision["text"]) for revision in json.load(file)]


@pytest.fixture(scope="module")
def comparisons(revisions: list[tuple[Block, ...]]) -> list[Comparison]:
    return [compare(revisions[k], revisions[k + 1]) for k in range(0, len(revisions) - 1, _EVERY)]


def test_real_pairs_can_be_rebuilt_both_ways(revisions: list[tuple[Block, ...]], comparisons: list[Comparison]) -> None:
    for k, comparison in enumerate(comparisons):
        assert old_blocks(comparison) == revisions[k * _EVERY]
        assert new_blocks(comparison) == revisions[k * _EVERY + 1]


def test_real_pairs_never_meet_the_bound(comparisons: list[Comparison]) -> None:
    assert not any(comparison.truncated for comparison in comparisons)


def islands(comparison: Comparison) -> int:
    """Equal stretches of one word or less between two changes of a block, across its sentences."""
    found = 0
    for block in comparison.blocks:
        between: str | None = None
        for run in (run for sentence in block.sentences for run in sentence.runs):
            if run.op == "equal":
                between = None if between is None else between + (run.new or "")
            else:
                words = sum(weight(fold(token)) for token in split_words(between or ""))
                found += between not in (None, "") and words <= 1
                between = ""
    return found


def test_hardly_a_change_is_parted_from_the_next_by_one_word_only(comparisons: list[Comparison]) -> None:
    regions = sum(comparison.stats.regions for comparison in comparisons)
    assert regions > 100
    assert sum(map(islands, comparisons)) <= regions / 100
