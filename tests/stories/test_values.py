"""Content that a reader could not tell apart, working names, and the ids of blocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from tests.stories.samples import content, numbered
from tracker.ids import looks_like_id
from tracker.stories.values import Content, Extent, slug_from, with_block_ids
from tracker.text.blocks import Block

_texts = st.sampled_from(["One.", "Two.", "Three.", "Four."])
_kinds = st.sampled_from(["paragraph", "quote"])
_blocks = st.lists(st.builds(Block, st.none(), _kinds, _texts), max_size=8).map(tuple)


# ---- Content -------------------------------------------------------------------------------------------------------


def test_block_ids_do_not_make_a_content_another() -> None:
    assert content("One.\n\nTwo.").digest() == numbered(b1="One.", b2="Two.").digest()
    assert numbered(b1="One.").digest() == numbered(b7="One.").digest()


@pytest.mark.parametrize(
    "changed",
    [
        {"headline": "Other"},
        {"blocks": ()},
        {"blocks": (Block(None, "quote", "One."), Block(None, "paragraph", "Two."))},
        {"blocks": (Block(None, "paragraph", "Two."), Block(None, "paragraph", "One."))},
        {"byline": "Ayesha Rascoe"},
        {"dateline": "BAGHDAD"},
        {"language": "en"},
        {"published_at": datetime(2020, 1, 3, tzinfo=UTC)},
        {"extent": Extent.EXCERPT},
        {"copyright_notice": "© NBC"},
        {"usage_terms": "none"},
    ],
    ids=str,
)
def test_whatever_a_reader_sees_makes_a_content_another(changed: dict[str, object]) -> None:
    before = content("One.\n\nTwo.")
    assert set(changed) < set(Content.__struct_fields__)
    assert structs.replace(before, **changed).digest() != before.digest()


def test_a_moment_is_the_same_in_whatever_offset_it_is_written() -> None:
    noon = datetime(2020, 1, 3, 12, tzinfo=UTC)
    elsewhere = noon.astimezone(timezone(timedelta(hours=3)))
    here, there = content("One.", published_at=noon), content("One.", published_at=elsewhere)
    assert here.digest() == there.digest()
    assert msgspec.json.encode(here) == msgspec.json.encode(there)


# ---- Slugs ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Strike in Baghdad", "strike-in-baghdad"),
        ("  Trump's  “imminent” threat: 4 embassies? ", "trumps-imminent-threat-4-embassies"),
        ("Élysée réagit", "elysee-reagit"),
        ("Удар в Багдаде", "story"),
        ("?", "story"),
        ("", "story"),
        ("U", "story"),
        ("a" * 60, "story"),
        ("a" * 59 + " b", "a" * 59),
        ("word " * 40, "word-" * 11 + "word"),
    ],
)
def test_a_slug_is_made_of_the_titles_words(title: str, slug: str) -> None:
    assert slug_from(title) == slug


@given(st.text())
def test_a_slug_from_any_title_is_a_short_working_name_and_looks_like_no_id(title: str) -> None:
    slug = slug_from(title)
    assert 2 <= len(slug) <= 60
    assert all(part.isalnum() and part.isascii() and part == part.lower() for part in slug.split("-"))
    assert not looks_like_id(slug)


@given(st.text())
def test_a_slug_made_of_a_slug_is_itself(title: str) -> None:
    assert slug_from(slug_from(title)) == slug_from(title)


# ---- Block ids -----------------------------------------------------------------------------------------------------


@given(_blocks, _blocks)
def test_numbering_changes_no_words_and_gives_each_block_its_own_id(
    first: tuple[Block, ...], then: tuple[Block, ...]
) -> None:
    before = with_block_ids(first, (), 0)
    after = with_block_ids(then, before, len(before))
    assert [(b.kind, b.text) for b in after] == [(b.kind, b.text) for b in then]
    assert len({b.id for b in after}) == len(after)


@given(_blocks, _blocks, st.integers(0, 5))
def test_a_block_keeps_its_id_as_often_as_it_was_there_and_otherwise_gets_a_new_number(
    first: tuple[Block, ...], then: tuple[Block, ...], forgotten: int
) -> None:
    before = with_block_ids(first, (), 0)
    used = len(before) + forgotten
    after = with_block_ids(then, before, used)
    old = {b.id for b in before}
    for words in {(b.kind, b.text) for b in then}:
        had = sum((b.kind, b.text) == words for b in before)
        has = [b.id for b in after if (b.kind, b.text) == words]
        assert len(old.intersection(has)) == min(had, len(has))
    new = [int((b.id or "")[1:]) for b in after if b.id not in old]
    assert new == list(range(used + 1, used + 1 + len(new)))


def test_equal_blocks_keep_their_ids_in_their_order() -> None:
    before = numbered(b1="One.", b2="Two.", b3="One.").blocks
    assert with_block_ids(before, before, 3) == before


def test_ids_that_were_sent_along_do_not_count() -> None:
    assert with_block_ids((Block("b9", "paragraph", "One."),), (), 0) == numbered(b1="One.").blocks
