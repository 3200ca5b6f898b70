"""The four forms of a comparison."""

from __future__ import annotations

from html.parser import HTMLParser

import jsonschema
import pytest
from hypothesis import given

from tests.text.test_compare import BLOCKS, between
from tracker.text.blocks import Block
from tracker.text.compare import compare
from tracker.text.rendering import to_document, to_html, to_terminal, to_unified
from tracker.text.schema import COMPARISON_SCHEMA

_VALIDATOR = jsonschema.Draft202012Validator(COMPARISON_SCHEMA)
_STORY = "A plan was approved in June, on condition that he had the final say."


class _Page(HTMLParser):
    """Reads a fragment: that elements close in order, what is inserted, deleted, linked."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.texts: dict[str, str] = {"ins": "", "del": "", "other": ""}
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        assert tag not in ("p", "h4", "blockquote") or all(each not in ("p", "ins", "del") for each, _ in self.open)
        self.open.append((tag, names))
        self.ids += [names["id"] or ""] if "id" in names else []
        self.links += [names["href"] or ""] if "href" in names else []

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        if not any(names.get("class") in ("vh", "mark") for _, names in self.open):
            side = next((tag for tag, _ in self.open if tag in ("ins", "del")), "other")
            self.texts[side] += data


def test_every_schema_error_would_be_seen() -> None:
    jsonschema.Draft202012Validator.check_schema(COMPARISON_SCHEMA)
    document = to_document(between("17 dead", "50 dead"))
    document["blocks"][0]["sentences"][0]["tokens"][0]["op"] = "changed"
    assert not _VALIDATOR.is_valid(document)


@given(BLOCKS, BLOCKS)
def test_every_document_fulfils_the_schema(old: list[Block], new: list[Block]) -> None:
    _VALIDATOR.validate(to_document(compare(old, new)))


def test_the_document_of_a_changed_number() -> None:
    document = to_document(between("17 dead", "50 dead"))
    assert document["blocks"] == [
        {
            "op": "replace",
            "class": "number",
            "old": {"index": 0, "id": None, "kind": "paragraph"},
            "new": {"index": 0, "id": None, "kind": "paragraph"},
            "sentences": [
                {
                    "op": "replace",
                    "class": "number",
                    "tokens": [
                        {
                            "op": "replace",
                            "class": "number",
                            "old": "17 ",
                            "new": "50 ",
                            "old_start": 0,
                            "new_start": 0,
                        },
                        {"op": "equal", "text": "dead", "old_start": 3, "new_start": 3},
                    ],
                }
            ],
        }
    ]
    assert (document["version"], document["offset_unit"], document["truncated"]) == (1, "unicode code points", False)


def test_the_page_says_in_words_and_signs_what_is_inserted_and_deleted() -> None:
    assert to_html(between("17 dead", "50 dead")) == (
        '<div class="comparison">\n<p class="block kind-paragraph block-replace change-number">'
        '<del class="change change-number"><span class="vh">deleted </span>'
        '<span class="mark" aria-hidden="true">−</span>17 </del>'
        '<ins class="change change-number"><span class="vh">inserted </span>'
        '<span class="mark" aria-hidden="true">+</span>50 </ins>dead</p>\n</div>'
    )


@given(BLOCKS, BLOCKS)
def test_the_page_is_well_formed_and_its_links_meet(old: list[Block], new: list[Block]) -> None:
    page = _Page(to_html(compare(old, new), id_prefix="c1-"))
    assert len(set(page.ids)) == len(page.ids)
    assert {f"#{name}" for name in page.ids} == set(page.links)


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", "\"><img src=x onerror='y'>", "&lt;b&gt;"])
def test_the_page_escapes_everything(hostile: str) -> None:
    page = _Page(to_html(between(f"{hostile} {_STORY}", f"{_STORY} {hostile}")))
    assert hostile in page.texts["del"] + page.texts["ins"] + page.texts["other"]
    assert "<script" not in to_html(between(hostile, "nothing"))


def test_the_ends_of_a_move_link_to_each_other() -> None:
    two, three = _STORY.replace("plan", "strike"), "The drone had been shot down over the strait that summer."
    page = _Page(to_html(between(f"{_STORY}\n\n{two}\n\n{three}", f"{three}\n\n{_STORY}\n\n{two}")))
    assert page.ids == ["move-1-to", "move-1-from"]
    assert page.links == ["#move-1-from", "#move-1-to"]


def test_blocks_far_from_a_change_are_left_out_and_counted() -> None:
    old = "\n\n".join([f"Paragraph {k}." for k in range(10)])
    shown = to_terminal(between(old, old.replace("4", "four hundred")), colour=False, context=1)
    assert shown.split("\n\n") == [
        "3 unchanged paragraphs",
        "Paragraph 3.",
        "Paragraph [-4-][+four hundred+].",
        "Paragraph 5.",
        "4 unchanged paragraphs\n",
    ]


def test_plain_text_has_a_line_for_each_sentence() -> None:
    assert to_unified(between("It fell. At least 17 died.", "It fell. At least 50 died.")) == (
        "--- old\n+++ new\nlog. -1 +1 log.\n It fell.\n-At least 17 died.\n+At least 50 died.\n"
    )


def test_in_the_terminal_text_cannot_steer() -> None:
    shown = to_terminal(between("fine", "\x1b]0;owned\x07 \x9b2J fine"), colour=False)
    assert not set(shown) & {"\x1b", "\x07", "\x9b"}
    assert "\x1b[32;4m" in to_terminal(between("a", "a b"), colour=True)


def test_texts_that_are_equal_have_no_marks() -> None:
    same = between(_STORY, _STORY)
    assert "<ins" not in to_html(same)
    assert to_terminal(same, context=None) == _STORY + "\n"
