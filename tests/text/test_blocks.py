"""Paragraphs made of pasted text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tracker.text.blocks import paragraphs


def texts(pasted: str) -> list[str]:
    return [block.text for block in paragraphs(pasted)]


def test_blank_lines_part_paragraphs() -> None:
    assert texts("One.\n\nTwo.\n \t\n\n Three. \n") == ["One.", "Two.", "Three."]


def test_line_ends_of_every_machine_are_one() -> None:
    assert texts("a\r\nb\r\n\r\nc\rd\r\re\u2029f") == ["a\nb", "c\nd", "e", "f"]


def test_hard_wrapped_lines_keep_their_newline() -> None:
    assert texts("Roses are red,\nviolets are blue.") == ["Roses are red,\nviolets are blue."]


def test_a_blank_text_has_no_paragraphs() -> None:
    assert paragraphs(" \n\n\t ") == ()


@given(st.text(alphabet=st.sampled_from("ab \n\r\t\u2029\u2028")))
def test_cutting_again_what_was_cut_changes_nothing(pasted: str) -> None:
    once = texts(pasted)
    assert texts("\n\n".join(once)) == once
    assert all(text == text.strip() and text for text in once)
