"""The feed: every event in the order of the log, followed by a cursor that belongs to one history."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.asking import Answer, Client, House
from tests.chronicle import everything
from tracker.api.paging import decode_cursor, encode_cursor
from tracker.webhooks.endpoints import TYPES

_OF_FILING = {name for name in TYPES if name.startswith(("story.", "report."))} - {"report.killed"}
NOTE = {"text": "It was two."}


@pytest.fixture(scope="module")
def begin(admin: Client) -> str:
    """The cursor before what ``told`` tells: where the log ends as yet."""
    *_, last = admin.pages("/v1/feed?limit=200")
    return str(last.body["next"])


@pytest.fixture(scope="module")
def told(admin: Client, begin: str) -> dict[str, Any]:
    """A story with each kind of event, with an outlet of its own."""
    story = admin.opens()
    secret = "What the outlet's readers pay for."
    url = admin.files(story, secret, outlet=f"Outlet of {story['slug']}")["url"]
    admin.post(f"{url}/versions", {"headline": "Two", "text": f"{secret} More of it.", "note": "Anew."})
    corrected = {"headline": "Three", "text": f"{secret} Mended.", "note": NOTE}
    admin.post(f"{url}/corrections", corrected, If_Match="*")
    admin.patch(story["url"], {"summary": "A summary of ours."}, If_Match="*")
    for act in ("close", "reopen"):
        admin.post(f"{story['url']}/{act}", {"reason": "So."})
    return {**story, "secret": secret}


def followed(client: Client, begin: str, limit: int) -> list[Answer]:
    """All pages after ``begin``."""
    return list(client.pages(f"/v1/feed?limit={limit}&after={begin}"))


def items_of(pages: list[Answer]) -> list[dict[str, Any]]:
    return [item for page in pages for item in page.body["items"]]


class TestReading:
    def test_all_that_happened_is_there_in_order(self, admin: Client, begin: str, told: dict[str, Any]) -> None:
        items = [item for item in items_of(followed(admin, begin, 200)) if item["story"] in (told["id"], None)]
        types = [item["type"] for item in items]
        assert types[:3] == ["story.opened", "outlet.added", "report.filed"]
        assert set(types) == {*_OF_FILING, "outlet.added"}
        assert [item["revision"] for item in items if item["story"]] == [1, 2, 3, 4, 5, 6, 7]
        positions = [item["position"] for item in items]
        assert positions == sorted(set(positions))
        assert {item["actor"] for item in items} == {admin.token.id}

    def test_from_the_beginning_it_is_the_whole_log(self, house: House, admin: Client, told: dict[str, Any]) -> None:
        items = items_of(list(admin.pages("/v1/feed?limit=200")))
        assert [item["position"] for item in items] == list(range(1, len(items) + 1))
        assert [item["id"] for item in items] == [event.event_id for event in everything(house.database)]

    @settings(max_examples=10)
    @given(limits=st.lists(st.integers(1, 9), min_size=1, max_size=4))
    def test_pages_of_any_length_follow_each_other_without_repeating_or_missing(
        self, admin: Client, begin: str, told: dict[str, Any], limits: list[int]
    ) -> None:
        cursor, seen = begin, []
        for number in range(100):
            page = admin.get(f"/v1/feed?limit={limits[number % len(limits)]}&after={cursor}").body
            seen += [item["id"] for item in page["items"]]
            cursor = page["next"]
            if not page["more"]:
                break
        assert seen == [item["id"] for item in items_of(followed(admin, begin, 200))]

    def test_who_has_read_all_goes_on_from_there_later(self, admin: Client, begin: str, told: dict[str, Any]) -> None:
        end = followed(admin, begin, 200)[-1].body["next"]
        for _ in range(2):
            page = admin.get(f"/v1/feed?after={end}")
            assert (page.body["items"], page.body["next"], page.body["more"]) == ([], end, False)
        story = admin.opens()
        (item,) = admin.get(f"/v1/feed?after={end}").body["items"]
        assert (item["story"], item["type"]) == (story["id"], "story.opened")

    def test_no_text_of_a_report_leaves_by_it(self, admin: Client, begin: str, told: dict[str, Any]) -> None:
        pages = followed(admin, begin, 200)
        assert all(told["secret"].encode() not in page.raw for page in pages)
        data = {item["type"]: item["data"] for item in items_of(pages) if item["story"] == told["id"]}
        assert data["report.filed"]["headline"] == "Strike"
        assert data["report.corrected"]["note"]["text"] == NOTE["text"]
        assert data["story.edited"] == {"summary": "A summary of ours."}

    def test_where_its_outlet_allows_it_the_text_leaves(self, admin: Client, begin: str, told: dict[str, Any]) -> None:
        outlet = f"/v1/outlets/Outlet of {told['slug']}"
        for setting, leaves in (("text", True), ("headline", False)):
            admin.patch(outlet, {"redistribute": setting}, If_Match="*")
            pages = followed(admin, begin, 200)
            assert any(told["secret"].encode() in page.raw for page in pages) is leaves


class TestCursors:
    def test_what_is_no_cursor_is_refused_by_the_name_of_its_parameter(self, admin: Client, begin: str) -> None:
        log_id, position, piece = decode_cursor("feed", begin)
        forged: list[list[str | int]] = [
            [],
            [log_id],
            [log_id, position],
            [log_id, position, piece, 1],
            [position, log_id, piece],
            [log_id, -1, piece],
            [log_id, -(2**63), piece],
        ]
        texts = ["", "x", begin[:-1], begin + "A", "%00", encode_cursor("stories", [5])]
        for text in texts + [encode_cursor("feed", payload) for payload in forged]:
            refused = admin.get(f"/v1/feed?after={text}")
            problem = "invalid-parameter" if text == "%00" else "bad-cursor"
            assert (refused.status, refused.problem, refused.pointers) == (400, problem, ["after"])

    def test_a_cursor_of_another_history_is_refused(self, admin: Client, begin: str, told: dict[str, Any]) -> None:
        end = followed(admin, begin, 200)[-1].body["next"]
        log_id, position, piece = decode_cursor("feed", end)
        assert isinstance(position, int)
        others: list[list[str | int]] = [
            ["log_of_somebody_else", position, piece],
            [log_id, position - 1, piece],
            [log_id, position, "0" * 12],
            [log_id, position + 10_000, piece],
            [log_id, 2**63 - 1, piece],
            [log_id, 0, piece],
        ]
        for payload in others:
            refused = admin.get(f"/v1/feed?after={encode_cursor('feed', payload)}")
            assert (refused.status, refused.problem) == (409, "cursor-of-another-history")

    @pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=all", "cursor=x", "types=report.filed"])
    def test_what_can_not_be_asked_is_named(self, admin: Client, query: str) -> None:
        refused = admin.get(f"/v1/feed?{query}")
        assert (refused.problem, refused.pointers) == ("invalid-parameter", [query.partition("=")[0]])
