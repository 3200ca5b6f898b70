"""Ids: what they look like, that new ones differ and sort by time, and that named ones never change."""

from __future__ import annotations

import string
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.clock import Clock
from tracker.ids import looks_like_id, named_id, new_id

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_moments = st.datetimes(datetime(1970, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC))
_prefixes = st.text(string.ascii_lowercase, min_size=3, max_size=3)


class Stopped(Clock):
    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at


def uuid_in(id: str) -> uuid.UUID:
    """The 128 bits that the last 26 characters spell."""
    number = 0
    for letter in id[4:]:
        number = number * 32 + _ALPHABET.index(letter)
    return uuid.UUID(int=number)


@given(_prefixes, _moments)
def test_a_new_id_is_a_uuid_of_version_7_with_its_millisecond(prefix: str, at: datetime) -> None:
    id = new_id(prefix, Stopped(at))
    assert looks_like_id(id)
    assert looks_like_id(id, prefix)
    inside = uuid_in(id)
    assert (inside.version, inside.variant) == (7, uuid.RFC_4122)
    assert inside.int >> 80 == (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


@given(_moments, _moments)
def test_ids_of_different_milliseconds_sort_as_their_times(first: datetime, second: datetime) -> None:
    early, late = sorted([first, second])
    if late - early >= timedelta(milliseconds=1):
        assert new_id("sty", Stopped(early)) < new_id("sty", Stopped(late))


def test_ids_of_one_moment_differ() -> None:
    clock = Stopped(datetime(2020, 1, 3, tzinfo=UTC))
    ids = {new_id("sty", clock) for _ in range(1000)}
    assert len(ids) == 1000
    # No bit of the random part stands still.
    spread = [uuid_in(id).int for id in ids]
    assert {bit for bit in range(80) if len({number >> bit & 1 for number in spread}) == 1} == {62, 63, 76, 77, 78, 79}


@given(st.lists(st.text(), min_size=1), _prefixes)
def test_a_named_id_is_a_uuid_of_version_5_and_always_the_same(words: list[str], prefix: str) -> None:
    id = named_id(prefix, *words)
    assert id == named_id(prefix, *words)
    assert looks_like_id(id, prefix)
    assert (uuid_in(id).version, uuid_in(id).variant) == (5, uuid.RFC_4122)


def test_a_named_id_stands_in_the_log_and_never_changes() -> None:
    assert named_id("evt", "sty_1", "out_1", "https://nbc.example/strike") == "evt_0xja8hgz3zagars51nsc6yarem"
    assert named_id("evt", "sty_1", "out_1", "https://nbc.example/strike?") != "evt_2c6h4fa614agc9jk7xg1n5vddd"


@given(st.lists(st.text(), min_size=1, max_size=4), st.lists(st.text(), min_size=1, max_size=4))
def test_other_words_name_another_thing(first: list[str], second: list[str]) -> None:
    assert (named_id("evt", *first) == named_id("evt", *second)) == (first == second)


@given(st.lists(st.sampled_from(["", "a", "b", "\x1f"]), min_size=2, max_size=3))
def test_where_one_word_ends_and_the_next_begins_is_part_of_the_name(words: list[str]) -> None:
    joined = [words[0] + words[1], *words[2:]]
    assert named_id("evt", *joined) != named_id("evt", *words)
    assert named_id("evt", "\x1f".join(words)) != named_id("evt", *words)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sty_",
        "strike-in-baghdad",
        "sty_01jh2r8m5efk0b3s0w1x5w6q7",
        "sty_01jh2r8m5efk0b3s0w1x5w6q7tt",
        "sty_81jh2r8m5efk0b3s0w1x5w6q7t",
        "sty_01jh2r8m5efk0b3s0w1x5w6q7u",
        "STY_01JH2R8M5EFK0B3S0W1X5W6Q7T",
        "sty-01jh2r8m5efk0b3s0w1x5w6q7t",
        "stry_01jh2r8m5efk0b3s0w1x5w6q7t",
        "sty_01jh2r8m5efk0b3s0w1x5w6q7t\n",
        "sty_\u066101jh2r8m5efk0b3s0w1x5w6q7",
    ],
)
def test_what_is_no_id_does_not_look_like_one(text: str) -> None:
    assert not looks_like_id(text)


def test_an_id_of_something_else_is_told_apart() -> None:
    id = new_id("rpt", Clock())
    assert looks_like_id(id, "rpt")
    assert not looks_like_id(id, "sty")
