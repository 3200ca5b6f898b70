"""Passages: exact words are found wherever typography hides them, all their places are told, and none is guessed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import combinations

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from tracker.text.blocks import Block
from tracker.text.passages import (
    CONTEXT,
    MAX_BESIDE,
    MAX_EXACT,
    MOST_PLACES,
    FoundMoreThanOnce,
    NotFoundInText,
    Passage,
    Searchable,
    Selector,
    searchable,
)

_FAMILY = "👩\u200d👩\u200d👧"
#: A space that bears a mark is a letter.
_UNMARKED = "(?![\u0301\u0316\u200d])"
_BATTED = "“It’s an idea that’s been batted around for a while,” the official said. "
_NOT_HARD = "“It’s not a hard or particularly complicated idea to come up with.”"


def text_of(*texts: str) -> Searchable:
    return searchable(Block(f"b{number}", "paragraph", text) for number, text in enumerate(texts, 1))


def found(text: str, exact: str, prefix: str | None = None, suffix: str | None = None) -> list[str]:
    return [place.exact for place in text_of(text).find(Selector(exact=exact, prefix=prefix, suffix=suffix))]


def plain(text: str) -> str:
    """What two texts must have in common to be the same: slow, and by other means than the program's."""
    text = re.sub("[\xad\u200b\u2060]", "", text)
    text = re.sub("[‘’‚`´]", "'", re.sub("[“”„«»]", '"', re.sub(r"\s", " ", text)))
    return re.sub(f" +{_UNMARKED}", " ", unicodedata.normalize("NFC", text))


def bare(text: str) -> str:
    """``plain``, without the space at its ends."""
    return re.sub(f"^ {_UNMARKED}| $", "", plain(text))


def edges(text: str) -> list[int]:
    """Where one may cut ``text`` without cutting a cluster; the unseen characters after a cluster belong to the gap."""
    seen = [at for at, character in enumerate(text) if character not in "\xad\u200b\u2060"]
    shown = re.sub(r"\s", " ", "".join(text[at] for at in seen))
    begins = [0, *(cluster.end() for cluster in regex.finditer(r"\X", shown))]
    inside = {at for k in range(len(seen)) if k not in begins for at in range(seen[k - 1] + 1, seen[k] + 1)}
    return [at for at in range(len(text) + 1) if at not in inside]


def oracle(text: str, selector: Selector) -> list[tuple[int, int]]:
    """Every pair of edges, the words between them, and every other edge for what stands beside."""
    exact = bare(selector.exact)
    cuts = edges(text)
    return [
        (start, end)
        for start, end in combinations(cuts, 2)
        if exact and plain(text[start:end]) == exact and is_seen(text[start]) and is_seen(text[end - 1])
        if any(beside(text[cut:start], selector.prefix) for cut in cuts if cut <= start)
        if any(beside(text[end:cut], selector.suffix) for cut in cuts if cut >= end)
    ]


def is_seen(character: str) -> bool:
    return character not in "\xad\u200b\u2060"


def beside(text: str, wanted: str | None) -> bool:
    return bare(text) == bare(wanted or "")


_PIECES = st.sampled_from(
    [
        *["a", "a", "b", " ", "\n", "\xa0", "'", "’", '"', "“", "«", "\xad", "\u200b"],
        *["é", "e\u0301", "\u0301", "\u0316", "\u212b", "क्षि", "क", "क़", "ก็ำ", "مُ", "م"],
        *["🇦", "🇫🇷", "👍", "👍🏽", _FAMILY, "\u200d", "각", "\u1100\u1161\u11a8"],
    ]
)
_TEXTS = st.lists(_PIECES, max_size=12).map("".join)
_WORDS = st.lists(_PIECES, min_size=1, max_size=3).map("".join)


@st.composite
def _questions(draw: st.DrawFn) -> tuple[str, Selector]:
    """A text and, mostly, words out of it in another form."""
    text = draw(_TEXTS)
    start, length = draw(st.integers(0, 12)), draw(st.integers(1, 4))
    inside = text[start : start + length].replace("’", "'").replace("\xa0", " ")
    forms = [draw(_WORDS), unicodedata.normalize("NFC", inside), unicodedata.normalize("NFD", inside)]
    exact = draw(st.sampled_from(forms))
    prefix, suffix = draw(st.none() | _WORDS), draw(st.none() | _WORDS)
    return text, Selector(exact=exact, prefix=prefix, suffix=suffix)


@given(_questions())
@example(("aaa", Selector(exact="aa")))
@example(("🇦🇦🇦🇦", Selector(exact="🇦🇦")))
@example(("e\xad\u0301e", Selector(exact="é")))
@example(("a  \u0301b", Selector(exact="\u0301b")))
@example(("a\xad b", Selector(exact="a")))
def test_every_place_that_a_slow_search_finds_is_found_and_no_other(question: tuple[str, Selector]) -> None:
    text, selector = question
    places = text_of(text).find(selector)
    assert [(place.start, place.end) for place in places] == oracle(text, selector)
    assert all(text[place.start : place.end] == place.exact for place in places)


@given(st.lists(_TEXTS, max_size=4), _WORDS)
def test_words_are_carried_only_if_they_stand_there_exactly_once(texts: list[str], words: str) -> None:
    every = [
        (f"b{number}", *span) for number, text in enumerate(texts, 1) for span in oracle(text, Selector(exact=words))
    ]
    content = text_of(*texts)
    assert at(content.carried(Selector(exact=words))) == (every[0] if len(every) == 1 else None)
    here = [place for place in every if place[0] == "b2"]
    expected = here if here else every
    assert at(content.carried(Selector(exact=words, block="b2"))) == (expected[0] if len(expected) == 1 else None)
    stays = content.carried(Selector(exact=words, block="b2"), elsewhere=False)
    assert at(stays) == (here[0] if len(here) == 1 else None)


def at(place: Passage | None) -> tuple[str, int, int] | None:
    return (place.block, place.start, place.end) if place else None


@given(_TEXTS.filter(bool), st.data())
def test_words_that_are_located_are_found_again_by_what_the_text_says(text: str, data: st.DataObject) -> None:
    content = text_of(text)
    for place in content.find(Selector(exact=data.draw(_WORDS))):
        assert place in content.find(Selector(exact=place.exact))
        assert place in content.find(Selector(exact=place.exact, prefix=text[: place.start], suffix=text[place.end :]))


@pytest.mark.parametrize(
    ("text", "exact", "stands"),
    [
        ("He said it’s “done”.", 'it\'s "done"', "it’s “done”"),
        ('He said it\'s "done".', "it’s „done“", 'it\'s "done"'),
        ("« C’est fini »", '" C\'est fini "', "« C’est fini »"),
        ("17\xa0people\nwere  hurt", "17 people were hurt", "17\xa0people\nwere  hurt"),
        ("17 people were hurt", " 17\u202fpeople\twere hurt\n", "17 people were hurt"),
        ("the Bundes\xadtag voted", "Bundestag", "Bundes\xadtag"),
        ("the Bundestag voted", "Bun\xaddestag", "Bundestag"),
        ("\u200fקול\u200f אחד", "קול אחד", "קול\u200f אחד"),
        ("Zoe\u0308 left", "Zo\xeb", "Zoe\u0308"),
        ("Zo\xeb left", "Zoe\u0308", "Zo\xeb"),
        ("\u1112\u1161\u11ab국", "한국", "\u1112\u1161\u11ab국"),
        ("क्षत्रिय नमस्ते", "नमस्ते", "नमस्ते"),
        ("น้ำตาล", "น้ำ", "น้ำ"),
        ("مُحَمَّد", "مُحَمَّد", "مُحَمَّد"),
        (f"a {_FAMILY} b", _FAMILY, _FAMILY),
    ],
)
def test_words_are_found_whatever_their_typography(text: str, exact: str, stands: str) -> None:
    assert found(text, exact) == [stands]


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("The strike", "the strike"),
        ("3–5 people", "3-5 people"),
        ("e\u0301tat", "e"),
        ("état", "e"),
        ("नमस्ते", "नमस"),
        ("น้ำ", "น"),
        ("مُ", "م"),
        (_FAMILY, "👩"),
        ("👍🏽", "👍"),
        ("🇫🇷🇩🇪", "🇷🇩"),
        ("some words", ""),
        ("some words", " \xad "),
        ("", "words"),
    ],
)
def test_other_words_parts_of_letters_and_blank_words_are_found_nowhere(text: str, exact: str) -> None:
    assert found(text, exact) == []


@pytest.mark.parametrize("begins", range(0x80, 0x3200, 0x400))
def test_a_letter_is_found_beside_every_character_that_does_not_join_it(begins: int) -> None:
    for other in map(chr, range(begins, begins + 0x400)):
        if not regex.match(r"\p{C}", other):
            assert found(f"a{other}", "a") == ([] if regex.fullmatch(r"\X", f"a{other}") else ["a"])
            assert found(f"{other}\u0301", other) == []


def test_what_stands_beside_tells_places_apart() -> None:
    text = "He said “no”. She said no. They said: no!"
    assert len(found(text, "no")) == 3
    content = text_of(text)
    assert content.locate(Selector(exact="no", prefix='said "')).start == text.index("no")
    assert content.locate(Selector(exact="no", prefix="said:")).start == text.rindex("no")
    assert content.locate(Selector(exact="no", suffix=" ! ")).start == text.rindex("no")
    assert content.locate(Selector(exact="no", prefix="She\nsaid ", suffix=".")).start == text.index("no. They")
    assert found(text, "no", prefix="nobody said") == []


def test_words_are_found_within_one_block_only() -> None:
    content = text_of("The strike killed", "him.", "The strike")
    assert content.find(Selector(exact="killed him")) == ()
    assert content.find(Selector(exact="him", prefix="killed")) == ()
    assert [place.block for place in content.find(Selector(exact="strike"))] == ["b1", "b3"]
    assert content.locate(Selector(exact="strike", block="b3")) == Passage("b3", 4, 10, "strike")
    assert content.find(Selector(exact="strike", block="b9")) == ()


def test_several_places_are_told_with_words_that_tell_them_apart() -> None:
    text = f"One {_FAMILY} said no, and later somebody {'very ' * 20}quiet one said no too."
    content = text_of(text, "no")
    with pytest.raises(FoundMoreThanOnce) as several:
        content.locate(Selector(exact="no"))
    first, second, third = several.value.candidates
    assert (first.prefix, first.block) == (f"One {_FAMILY} said ", "b1")
    assert len(first.suffix) == len(second.prefix) == CONTEXT
    assert (third.block, third.prefix, third.suffix) == ("b2", "", "")
    assert not several.value.more
    for each in several.value.candidates[:2]:
        chosen = content.locate(Selector(exact=each.exact, prefix=each.prefix, suffix=each.suffix))
        assert (chosen.block, chosen.start, chosen.end) == (each.block, each.start, each.end)


def test_of_very_many_places_some_are_told_and_that_there_are_more() -> None:
    content = text_of("no " * 15, "no " * 15)
    assert len(content.find(Selector(exact="no"))) == MOST_PLACES + 1
    with pytest.raises(FoundMoreThanOnce) as several:
        content.locate(Selector(exact="no"))
    assert len(several.value.candidates) == MOST_PLACES
    assert several.value.more


def test_overlapping_places_are_several() -> None:
    with pytest.raises(FoundMoreThanOnce):
        text_of("no no no").locate(Selector(exact="no no"))


def test_words_that_stand_nowhere_are_named() -> None:
    selector = Selector(exact="never said")
    with pytest.raises(NotFoundInText) as nowhere:
        text_of("He said it.").locate(selector)
    assert nowhere.value.selector is selector


def parts(*texts: str) -> list[Selector]:
    return [Selector(exact=text) for text in texts]


@pytest.mark.parametrize("texts", [[_BATTED + _NOT_HARD], [_BATTED, _NOT_HARD]], ids=["one block", "two blocks"])
def test_a_quote_in_two_parts_is_found_part_by_part(texts: Sequence[str]) -> None:
    quote = parts(
        "It's an idea that's been batted around for a while,",
        "It's not a hard or particularly complicated idea to come up with.",
    )
    places = text_of(*texts).find_in_parts(quote)
    assert [plain(place.exact) for place in places] == [part.exact for part in quote]
    assert text_of(*texts).carried_in_parts(quote) == places


def test_a_later_part_is_looked_for_behind_the_one_before_it() -> None:
    content = text_of("No, he said.", "“It was time,” she said. “No,” he said, “no.”")
    first, second = content.find_in_parts(parts("It was time,", "No,"))
    assert (first.block, second.block) == ("b2", "b2")
    with pytest.raises(FoundMoreThanOnce) as several:
        content.find_in_parts(parts("It was time,", "said"))
    assert several.value.part == 1
    assert [each.block for each in several.value.candidates] == ["b2", "b2"]


def test_a_later_part_does_not_choose_an_earlier_one() -> None:
    content = text_of("“No,” he said.", "“No,” she said, “it was late.”")
    quote = parts("No,", "it was late.")
    with pytest.raises(FoundMoreThanOnce) as several:
        content.find_in_parts(quote)
    assert several.value.part == 0
    assert content.carried_in_parts(quote) is None


def test_parts_in_another_order_than_printed_are_not_found() -> None:
    content = text_of(_BATTED + _NOT_HARD)
    quote = parts("It's not a hard", "batted around")
    with pytest.raises(NotFoundInText) as nowhere:
        content.find_in_parts(quote)
    assert nowhere.value.part == 1
    assert content.carried_in_parts(quote) is None


@pytest.mark.parametrize(
    ("piece", "exact", "prefix", "places"),
    [
        ("a", "a" * MAX_EXACT, None, MOST_PLACES + 1),
        ("a", "a" * MAX_EXACT, "b" * MAX_BESIDE, 0),
        ("a", "a" * (MAX_EXACT - 1) + "b", "a" * MAX_BESIDE, 0),
        ("a" * 999 + "b", "a" * 1_000, None, 0),
        (" ", "a", None, 0),
        ("\u0301\u0316", "a", None, 0),
        ("x\u0331", "x\u0331" * 999 + "x", None, 0),
        ("x\u0331", "x\u0331" * 1_000, "x\u0331", MOST_PLACES + 1),
        ("🇦", "🇦", None, 0),
        ("👩\u200d", "👩", None, 0),
        ("\xad", "\xad", None, 0),
    ],
    ids=range(11),
)
def test_the_work_is_bounded_whatever_is_asked(piece: str, exact: str, prefix: str | None, places: int) -> None:
    assert len(found(piece * (1_000_000 // len(piece)), exact, prefix)) == places


def test_a_text_may_have_very_many_different_letters() -> None:
    letters = [chr(0x4E00 + n % 20_000) + chr(0x300 + n // 20_000) for n in range(500_000)]
    assert found("".join(letters), letters[-1]) == [letters[-1]]


def test_a_block_without_an_id_is_refused() -> None:
    with pytest.raises(ValueError, match="id"):
        searchable([Block(None, "paragraph", "words")])
