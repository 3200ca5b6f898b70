"""A cursor leads back to its place, and nothing else is a cursor."""

from __future__ import annotations

import base64
import hashlib
import re
from urllib.parse import parse_qs, parse_qsl, urlsplit

import msgspec
import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.api.paging import decode_cursor, encode_cursor, limit_of, link_header
from tracker.errors import Invalid

KINDS = st.text(st.characters(codec="ascii", min_codepoint=33), min_size=1, max_size=12)
ITEMS = st.integers(-(2**63), 2**63 - 1) | st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40)


def refused(kind: str, text: str) -> Invalid:
    with pytest.raises(Invalid) as caught:
        decode_cursor(kind, text)
    assert caught.value.name == "bad-cursor"
    assert [fault.pointer for fault in caught.value.faults] == ["cursor"]
    return caught.value


class TestCursors:
    @given(KINDS, st.lists(ITEMS, max_size=5))
    def test_what_went_in_comes_out(self, kind: str, payload: list[str | int]) -> None:
        text = encode_cursor(kind, payload)
        assert decode_cursor(kind, text) == payload
        assert len(text) <= 1024
        assert text.replace("-", "").replace("_", "").isalnum()
        assert text.isascii()

    @given(KINDS, KINDS, st.lists(ITEMS, max_size=5))
    def test_the_cursor_of_one_list_is_none_of_another(self, one: str, other: str, payload: list[str | int]) -> None:
        if one != other:
            assert "another list" in str(refused(other, encode_cursor(one, payload)))

    @given(st.lists(ITEMS, max_size=5), st.data())
    @settings(max_examples=300)
    def test_a_cursor_with_one_character_changed_is_no_cursor(
        self, payload: list[str | int], data: st.DataObject
    ) -> None:
        text = encode_cursor("feed", payload)
        at = data.draw(st.integers(0, len(text) - 1))
        other = data.draw(st.sampled_from("ABCxyz019-_=+/ \n").filter(lambda c: c != text[at]))
        refused("feed", text[:at] + other + text[at + 1 :])

    @given(st.lists(ITEMS, max_size=5), st.integers(1, 20))
    def test_a_cursor_cut_short_or_lengthened_is_no_cursor(self, payload: list[str | int], count: int) -> None:
        text = encode_cursor("feed", payload)
        refused("feed", text[:-count])
        refused("feed", text + "A" * count)
        refused("feed", text + "=")

    @given(st.text(max_size=80))
    def test_no_text_whatever_breaks_it(self, text: str) -> None:
        refused("feed", text)

    @pytest.mark.parametrize(
        "packed",
        [
            b"",
            b"\x90",
            b"\xa4feed",
            b"\x91" * 400,
            msgspec.msgpack.encode(["feed", None]),
            msgspec.msgpack.encode(["feed", 1.5]),
            msgspec.msgpack.encode(["feed", True]),
            msgspec.msgpack.encode(["feed", ["x"]]),
            msgspec.msgpack.encode(["feed", b"x"]),
            msgspec.msgpack.encode(["feed", 2**63]),
            msgspec.msgpack.encode(["feed", "a\x00"]),
            msgspec.msgpack.encode([7, "feed"]),
            b"\x92\xa4feed\xa3\xed\xa0\x80",
            msgspec.msgpack.encode(["feed"]) + b"\x00",
            msgspec.msgpack.encode(["feed", "x" * 1000]),
        ],
    )
    def test_who_makes_the_checksum_right_still_brings_in_nothing_else(self, packed: bytes) -> None:
        checksum = hashlib.blake2s(packed, digest_size=4).digest()
        refused("feed", base64.urlsafe_b64encode(b"\x01" + checksum + packed).rstrip(b"=").decode())

    def test_another_version_is_refused(self) -> None:
        raw = bytearray(base64.urlsafe_b64decode(encode_cursor("feed", [1]) + "=="))
        raw[0] = 2
        refused("feed", base64.urlsafe_b64encode(raw).rstrip(b"=").decode())

    def test_a_cursor_that_a_client_may_hold_is_read_for_ever(self) -> None:
        assert decode_cursor("feed", "AbEigD-TpGZlZWTNA-ikYWJjZA") == [1000, "abcd"]

    @pytest.mark.parametrize("payload", [["x" * 1000], ["\x00"], [2**63], [-(2**63) - 1], [2**64]])
    def test_what_can_not_be_read_back_is_not_written(self, payload: list[str | int]) -> None:
        with pytest.raises(ValueError, match="'feed'"):
            encode_cursor("feed", payload)

    def test_a_megabyte_is_refused_unread(self) -> None:
        refused("feed", "A" * 1_000_000)


class TestLimits:
    @pytest.mark.parametrize(("value", "limit"), [(None, 50), (1, 1), (200, 200), ("1", 1), ("007", 7), ("200", 200)])
    def test_a_limit_within_bounds(self, value: int | str | None, limit: int) -> None:
        assert limit_of(value, 50, 200) == limit

    @pytest.mark.parametrize("value", [0, -1, 201, "0", "-1", "201", "", " 1", "1.0", "1e2", "٣", "²", "9" * 5000])
    def test_a_limit_that_is_none_is_refused(self, value: int | str) -> None:
        with pytest.raises(Invalid) as caught:
            limit_of(value, 50, 200)
        assert caught.value.name == "invalid-parameter"
        assert [fault.pointer for fault in caught.value.faults] == ["limit"]


class TestLinks:
    def test_the_next_page_asks_the_same_with_another_cursor(self) -> None:
        link = link_header("http://localhost/v1/stories?q=a%20b&topic=x&topic=y&cursor=old&empty=", "new")
        assert link == '<http://localhost/v1/stories?q=a+b&topic=x&topic=y&empty=&cursor=new>; rel="next"'

    def test_the_parameter_may_have_another_name(self) -> None:
        assert link_header("/v1/feed?after=a&limit=5#x", "b", "after") == '</v1/feed?limit=5&after=b>; rel="next"'

    @given(st.dictionaries(st.sampled_from(["q", "topic", "cursor"]), st.text(max_size=20)), st.text(max_size=12))
    def test_nothing_in_an_address_can_break_out_of_the_link(self, query: dict[str, str], path: str) -> None:
        clean = {name: value.encode("utf-8", "replace").decode() for name, value in query.items()}
        environ = {"PATH_INFO": "/v1/" + path.encode("utf-8", "replace").decode("latin-1")}
        with Flask(__name__).test_request_context("/", query_string=clean, environ_overrides=environ) as context:
            link = link_header(context.request.url, "AQ-_")
        found = re.fullmatch('<([^<>]*)>; rel="next"', link)
        assert found is not None
        target = found[1]
        assert not set(target) & set('" \r\n\\^`{|}')
        assert target.isascii()
        kept = {name: value for name, value in clean.items() if name != "cursor"} | {"cursor": "AQ-_"}
        assert dict(parse_qsl(urlsplit(target).query, keep_blank_values=True)) == kept
        assert parse_qs(urlsplit(target).query)["cursor"] == ["AQ-_"]
