"""Sentences: where one ends, where none ends, and that no gap is left."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.text.test_tokens import TEXTS
from tracker.text.sentences import split_sentences

_ENDS = st.lists(st.sampled_from([".", "!", "?", "。", '"', "”", " ", "\n", "\u0301", "a", "A", "U.S", "Gen", "*"]))


@pytest.mark.parametrize(
    "one",
    [
        "The strike killed Gen. Qassem Soleimani.",
        "It came on Jan. 3 in Baghdad.",
        "Lt. Gen. H. R. McMaster left.",
        "The U.S. Army said so.",
        "Then-Sen. J. Smith of N.Y. spoke at 5 p.m. on Monday.",
        "“Why?” he asked.",
        "“They hit us!” — and nothing else.",
        "See No. 10 for 3.5 million reasons.",
        "He waited... and waited.",
        "Acme Inc. said it.",
    ],
)
def test_one_sentence_stays_one(one: str) -> None:
    assert split_sentences(one) == [one]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("He lives in the U.S. ", "The president agreed."),
        ("It began at 5 p.m. ", "Officials said so."),
        ("“It was imminent.” ", "Nobody else said so."),
        ("He said no. ", "She said yes."),
        ("It ended in 1999. ", "17 were hurt."),
        ("Who did it? ", "“We did,” they said."),
        ("(He was there.) ", "She was not."),
        ("他说。", "我说。"),
        ("क्या हुआ। ", "कुछ नहीं।"),
        ("Those killed:\n", "* one man"),
        ("It was I. ", "Nobody else."),
    ],
)
def test_two_sentences_are_two(first: str, second: str) -> None:
    assert split_sentences(first + second) == [first, second]


@given(st.one_of(TEXTS, _ENDS.map("".join)))
def test_sentences_joined_are_the_paragraph(text: str) -> None:
    assert "".join(split_sentences(text)) == text
    assert all(split_sentences(text))
