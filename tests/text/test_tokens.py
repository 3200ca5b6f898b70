"""Tokens: what stays whole, what counts as the same word, and that nothing is lost."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from tracker.text.tokens import bare_length, fold, split_words, weight

_PIECES = st.sampled_from(
    [
        "U.S. ",
        "1,200.50 ",
        "Iran's",
        "state-of-the-art ",
        "−5",
        "3.5%",
        " ",
        "\r\n",
        "\xa0",
        "\u202f",
        "“",
        "”",
        ".",
        ",",
        "👩\u200d👩\u200d👧\u200d👦",
        "🇫🇷",
        "👍🏽",
        "1️⃣",
        "é",
        " ́",
        "क्षि",
        "ก็ำ",
        "مُحَمَّد",
        "שָׁלוֹם",
        "\u0600١٧",
        "漢字",
        "ൎ ",
        "\u200d",
    ]
)
TEXTS = st.one_of(st.text(), st.lists(st.one_of(_PIECES, st.text(max_size=3)), max_size=20).map("".join))


def bare(text: str) -> list[str]:
    return [token.strip() for token in split_words(text)]


@pytest.mark.parametrize(
    "whole",
    [
        "1,200.50",
        "17",
        "3.5%",
        "−5",
        "-5",
        "17th",
        "10:30",
        "2020-01-03",
        "1\u202f200",
        "F-16",
        "COVID-19",
        "state-of-the-art",
        "Iran's",
        "Iran’s",
        "U.S.",
        "p.m.",
        "U.S.-led",
        "example.com",
        "AT&T",
        "नमस्ते",
        "مُحَمَّد",
        "שָׁלוֹם",
        "Zoë",
        "👩\u200d👩\u200d👧\u200d👦",
        "🇫🇷",
        "1️⃣",
        "Ελλάδα",
        "٣٫٥٪",
    ],
)
def test_a_word_a_number_and_a_grapheme_stay_whole(whole: str) -> None:
    assert bare(f"({whole} said {whole}, {whole})") == ["(", whole, "said", whole, ",", whole, ")"]


def test_thai_is_cut_at_graphemes_and_chinese_at_characters() -> None:
    assert split_words("ก็ำภา") == ["ก็ำ", "ภ", "า"]
    assert split_words("北京 2020") == ["北", "京 ", "2020"]
    assert weight("北") == 0.5
    assert weight("ภ") == 0.25


def test_a_long_row_of_flags_is_cut_in_one_pass() -> None:
    # Counted anew for each, these would take minutes.
    assert split_words("🇮🇷" * 100_000) == ["🇮🇷"] * 100_000


def test_a_word_keeps_the_space_after_it() -> None:
    assert split_words(" one  two\nthree.") == [" ", "one  ", "two\n", "three", "."]


@given(TEXTS)
def test_tokens_joined_are_the_text(text: str) -> None:
    assert "".join(split_words(text)) == text


@given(TEXTS)
def test_no_token_ends_within_a_grapheme(text: str) -> None:
    ends = {found.end() for found in regex.finditer(r"\X", text)} | {0}
    at = 0
    for token in split_words(text):
        assert at + bare_length(token) in ends
        at += len(token)
        assert at in ends


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Iran’s ", "iran's\n"),
        ("“", '"'),
        ("1,200", "1200"),
        ("1\xa0200", "1200"),
        ("١٧", "17"),
        ("१७", "17"),
        ("Zoë", "Zoë"),
        ("news\xadroom", "newsroom"),
        ("–", "-"),
        ("STRASSE", "straße"),
    ],
)
def test_typography_does_not_make_another_word(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("17", "50"), ("-5", "5"), ("1.5", "15"), ("5%", "5"), ("é", "e")])
def test_another_word_is_another_word(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_a_digit_newer_than_our_tables_is_a_number_still() -> None:
    # U+1E4F0 is a digit since Unicode 15; Python 3.11 knows Unicode 14.
    assert fold("\U0001e4f0") in ("0", "\U0001e4f0")
    assert weight(fold("\U0001e4f0")) == 1
