"""Two spellings of one name."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.stories.names import aliases_after, aliases_of, name_key


@pytest.mark.parametrize(
    "spelling", ["NBC News", "nbc news", "  NBC\t News\n", "NBC\u00a0News", "\uff2e\uff22\uff23 News", "nBC  nEWS"]
)
def test_case_width_and_spacing_make_no_other_outlet(spelling: str) -> None:
    assert name_key(spelling) == name_key("NBC News")


@pytest.mark.parametrize("other", ["NBCNews", "NBC-News", "NBC New", "ABC News"])
def test_any_other_letter_makes_another_outlet(other: str) -> None:
    assert name_key(other) != name_key("NBC News")


def test_names_beyond_ascii_are_compared_alike() -> None:
    assert name_key("Süddeutsche Zeitung GROẞ") == name_key("SÜDDEUTSCHE  zeitung gross")
    assert name_key("ΑΥΓΉ") == name_key("αυγή")
    assert name_key("ΜΑΪ́ΟΥ") == name_key("μαΐου")
    assert name_key(name_key("α\u0308\u0345")) == name_key("α\u0308\u0345")


@given(st.text())
def test_the_key_of_a_key_is_itself(name: str) -> None:
    assert name_key(name_key(name)) == name_key(name)


@given(st.text())
def test_composed_and_decomposed_spellings_have_one_key(name: str) -> None:
    assert name_key(unicodedata.normalize("NFD", name)) == name_key(name)


@given(st.text(), st.lists(st.text(), max_size=4))
def test_aliases_are_kept_once_each_and_none_is_the_name(name: str, aliases: list[str]) -> None:
    kept = aliases_of(name, aliases)
    assert aliases_of(name, kept) == kept
    assert {name_key(each) for each in kept} == {name_key(each) for each in aliases} - {name_key(name)}
    assert len({name_key(each) for each in kept}) == len(kept)


def test_a_former_name_becomes_an_alias_unless_it_is_another_spelling() -> None:
    assert aliases_after("The New York Times", "NY Times", ["NYT"]) == ("NYT", "NY Times")
    assert aliases_after("NBC News", "nbc  news", ["NBC"]) == ("NBC",)
