"""A 304 is given only for what the client has, and a write never goes over a change that its author hasn't seen."""

from __future__ import annotations

import pytest
from flask import Flask, Request
from hypothesis import given
from hypothesis import strategies as st

from tracker.api.preconditions import etag, expected_revision, if_none_match
from tracker.errors import Invalid


def request(**headers: str) -> Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Flask(__name__).test_request_context(headers=named).request


class TestETag:
    def test_it_says_the_revision_and_hides_the_view(self) -> None:
        assert etag(17, "story", 1, "editor", 0) == '"r17.ArnO54lI"'

    def test_the_same_view_gives_the_same_tag(self) -> None:
        assert etag(3, "story", 1, None) == etag(3, "story", 1, None)

    @pytest.mark.parametrize(
        "other", [("story", "1"), ("story", 1, ""), ("story", True), ("story", 2), ("stor", "y1"), ("story1",), ()]
    )
    def test_another_view_gives_another(self, other: tuple[str | int | bool, ...]) -> None:
        assert etag(3, *other) != etag(3, "story", 1)

    @given(st.integers(0, 2**53 - 1), st.lists(st.text(max_size=5) | st.integers() | st.booleans() | st.none()))
    def test_every_tag_is_understood_again(self, revision: int, view: list[str | int | bool | None]) -> None:
        tag = etag(revision, *view)
        if revision < 10**15:
            assert expected_revision(request(If_Match=tag), required=True) == revision
        assert if_none_match(request(If_None_Match=tag), tag)


class TestReading:
    TAG = '"r17.abcdefgh"'

    @pytest.mark.parametrize(
        "header",
        [
            '"r17.abcdefgh"',
            'W/"r17.abcdefgh"',
            "*",
            ' "r17.abcdefgh" ',
            '"r16.abcdefgh", "r17.abcdefgh"',
            ',, "x" ,W/"r17.abcdefgh",',
            '"a,b" , "r17.abcdefgh"',
        ],
    )
    def test_the_client_has_it(self, header: str) -> None:
        assert if_none_match(request(If_None_Match=header), self.TAG)

    @pytest.mark.parametrize(
        "header",
        [
            "",
            '"r17.other"',
            '"r16.abcdefgh"',
            "r17.abcdefgh",
            '"r17.abcdefgh',
            'w/"r17.abcdefgh"',
            '"a" "r17.abcdefgh"',
            '"x\\"r17.abcdefgh"',
            '"a, "r17.abcdefgh"',
            '*, "x"',
        ],
    )
    def test_the_client_has_not_or_can_not_say_so(self, header: str) -> None:
        assert not if_none_match(request(If_None_Match=header), self.TAG)

    def test_without_the_header_everything_is_sent(self) -> None:
        assert not if_none_match(request(), self.TAG)

    @given(st.text(st.characters(max_codepoint=255), max_size=60))
    def test_no_header_breaks_it(self, header: str) -> None:
        sent = Flask(__name__).test_request_context(
            environ_overrides={"HTTP_IF_NONE_MATCH": header, "HTTP_IF_MATCH": header}
        )
        assert if_none_match(sent.request, self.TAG) in (True, False)

    def test_a_long_header_of_nonsense_is_judged_at_once(self) -> None:
        for header in (" ," * 30_000 + "x", '"a",' * 20_000 + "x", " " * 60_000 + "x", '"' * 60_001):
            assert not if_none_match(request(If_None_Match=header), self.TAG)


class TestWriting:
    @pytest.mark.parametrize(
        ("header", "revision"),
        [
            ('"r17.abc"', 17),
            ('W/"r17.abc"', 17),
            ('"r0.abc"', 0),
            ('"r17"', 17),
            ('"r17.abc", "r17.other-view_1"', 17),
            (' , "r17.abc" ,', 17),
            ("*", None),
            (" * ", None),
        ],
    )
    def test_only_the_revision_counts(self, header: str, revision: int | None) -> None:
        assert expected_revision(request(If_Match=header), required=True) == revision

    @pytest.mark.parametrize(
        "header",
        [
            "",
            "r17.abc",
            '"r17.abc',
            '"17"',
            '"rx.abc"',
            '"r-1.abc"',
            '"r017.abc"',
            '"r1٧.abc"'.encode().decode("latin-1"),
            '"r99999999999999999999.abc"',
            '"r17.abc" "r17.abc"',
            '"r17.abc", "r18.abc"',
            '"r17.abc", "other"',
            '*, "r17.abc"',
        ],
    )
    def test_a_tag_that_is_none_of_ours_is_refused_by_name(self, header: str) -> None:
        with pytest.raises(Invalid) as caught:
            expected_revision(request(If_Match=header), required=False)
        assert caught.value.name == "bad-precondition"
        assert [fault.pointer for fault in caught.value.faults] == ["If-Match"]

    def test_without_the_header_nothing_is_expected_unless_it_is_required(self) -> None:
        assert expected_revision(request(), required=False) is None
        with pytest.raises(Invalid) as caught:
            expected_revision(request(), required=True)
        assert caught.value.name == "precondition-required"

    @given(st.text(st.characters(max_codepoint=255), max_size=60))
    def test_any_header_gives_a_revision_or_a_named_refusal(self, header: str) -> None:
        sent = Flask(__name__).test_request_context(environ_overrides={"HTTP_IF_MATCH": header})
        try:
            revision = expected_revision(sent.request, required=True)
        except Invalid as error:
            name = error.name
        else:
            assert revision is None or revision >= 0
            return
        assert name == "bad-precondition"
