"""Nothing passes into a form that could not be stored and read again, however it is sent."""

from __future__ import annotations

import io
from urllib.parse import urlencode

import pytest

from tests.asking import House
from tests.web.visiting import Page, Visitor, visitor
from tracker.access.permissions import Role


@pytest.fixture
def small(house: House) -> Visitor:
    """An editor of an application that takes 4 KiB."""
    return visitor(house, Role.EDITOR, app=house.app_with(request_max_bytes=4096))


def send_in_chunks(visitor: Visitor, path: str, body: bytes) -> Page:
    """Send the body without saying how long it is."""
    given = {"wsgi.input": io.BytesIO(body), "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    return visitor.open("POST", path, {"Content_Type": _TYPE}, environ_overrides=given)


_TYPE = "application/x-www-form-urlencoded"


def test_a_form_in_chunks_is_read_whole(small: Visitor) -> None:
    story = small.opens()
    fields = small.filled(f"{story}/file", outlet="NBC News", headline="Strike", text="word " * 300)
    sent = send_in_chunks(small, f"{story}/file", urlencode(fields).encode())
    assert small.get(small.done(sent)).marked("paragraph")[0] == ("word " * 300).strip()


@pytest.mark.parametrize("chunked", [True, False])
@pytest.mark.parametrize("size", [4097, 8192, 5 * 2**20])
def test_one_that_is_too_long_is_refused_and_not_cut(small: Visitor, chunked: bool, size: int) -> None:
    story = small.opens()
    fields = small.filled(f"{story}/file", outlet="NBC News", headline="Strike")
    start = urlencode({**fields, "text": ""}).encode()
    # The field that would be cut is the last one: without it or with less of it the form would be right.
    start = start.replace(b"&text=", b"") + b"&text="
    body = start + b"a" * (size - len(start))
    path = f"{story}/file"
    refused = send_in_chunks(small, path, body) if chunked else small.send(path, body)
    assert refused.status == 413
    assert "too large" in refused.heading


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"title=a%00b", 400),
        (b"title=%ff", 400),
        (b"title=%ed%a0%80", 400),
        (b"title=%c0%80", 400),
        (b"title=\xff", 400),
        (b"ti%00tle=a", 400),
        (b"%ed%a0%80=a", 400),
        (b"&".join(b"field%d=" % number for number in range(101)), 422),
    ],
)
def test_what_could_not_be_stored_is_refused(editor: Visitor, body: bytes, status: int) -> None:
    word = editor.filled("/open")["csrf"].encode()
    assert editor.send("/open", body + b"&csrf=" + word).status == status


@pytest.mark.parametrize(
    ("field", "text", "place"),
    [
        ("title", "a\x01b", "Title"),
        ("title", "a\nb", "Title"),
        ("title", "a\u2028b", "Title"),
        ("title", "\u200b\u2800", "Title"),
        ("title", "e" + "\u0301" * 31, "Title"),
        ("topics", "Iran, \x7f", "Topics"),
        ("language", "english\x00"[:7] + "\x1b", "Language"),
    ],
)
def test_a_control_character_or_nothing_to_be_seen_is_refused_at_its_field(
    editor: Visitor, field: str, text: str, place: str
) -> None:
    refused = editor.fill("/open", **{"title": "Strike", field: text})
    assert refused.status == 422
    assert f"{place}:" in refused.alert


@pytest.mark.parametrize("query", ["q=%00", "q=%ff", "q=%ed%a0%80", "%00=1", "cursor=%00", "as_of=%ff", "a=%00&b=1"])
@pytest.mark.parametrize("path", ["/", "/outlets", "/stories/x", "/stories/x/compare", "/sign-in", "/docs", "/nowhere"])
def test_neither_is_it_taken_in_an_address(editor: Visitor, path: str, query: str) -> None:
    refused = editor.get(f"{path}?{query}")
    assert refused.status == 400
    assert refused.heading == "A parameter is wrong"


@pytest.mark.parametrize("path", ["/stories/%00", "/stories/a%00b/edit", "/problems/%00", "/endpoints/%00", "/%00"])
def test_nor_in_the_path(house: House, path: str) -> None:
    admin = visitor(house, Role.ADMIN)
    assert admin.get(path).status == 404
    assert admin.send(path, {}).status in (404, 405)


@pytest.mark.parametrize(
    "headers",
    [
        {"Content_Type": "application/json"},
        {"Content_Type": "text/plain"},
        {"Content_Type": "multipart/form-data; boundary=x"},
        {"Content_Type": ""},
        {"Content_Type": _TYPE, "Content_Encoding": "gzip"},
    ],
)
def test_only_forms_are_read(editor: Visitor, headers: dict[str, str]) -> None:
    fields = editor.filled("/open", title="Strike")
    assert editor.send("/open", urlencode(fields).encode(), **headers).status == 415


def test_emoji_and_right_to_left_text_are_text(editor: Visitor) -> None:
    title = "🕊️ مقتل سليماني: كيف تقرر"
    assert editor.get(editor.opens(title)).heading == title
