"""Outlets: who publishes, in the order in which they were first mentioned."""

from __future__ import annotations

import pytest

from tests.asking import Client, House, new_slug
from tracker.api.paging import encode_cursor
from tracker.ids import new_id


@pytest.fixture
def names(house: House, admin: Client) -> list[str]:
    """Five outlets that were just mentioned, the last one twice."""
    story = admin.opens()
    names = [f"The {new_slug()} Post" for _ in range(5)]
    for name in [*names, f"  {names[-1].upper()} "]:
        admin.files(story, outlet=name)
    house.follow()
    return names


@pytest.mark.parametrize("limit", [1, 3, 200])
def test_following_the_links_shows_each_once_in_the_order_of_first_mention(
    admin: Client, names: list[str], limit: int
) -> None:
    items = [item for page in admin.pages(f"/v1/outlets?limit={limit}") for item in page.body["items"]]
    assert [item["name"] for item in items][-5:] == names
    assert len({item["id"] for item in items}) == len(items)
    assert [item["reports"] for item in items][-5:] == [1, 1, 1, 1, 2]


def test_an_outlet_is_found_by_its_id_and_by_its_name_however_it_is_written(admin: Client, names: list[str]) -> None:
    by_name = admin.get(f"/v1/outlets/{names[0]}").body
    assert (by_name["name"], by_name["reports"]) == (names[0], 1)
    assert admin.get(f"/v1/outlets/%20{names[0].upper()}%20").body == by_name
    assert admin.get(by_name["url"]).body == by_name


def test_an_outlet_is_there_before_the_list_has_come_to_it(admin: Client) -> None:
    name = f"The {new_slug()} Post"
    admin.files(admin.opens(), outlet=name)
    shown = admin.get(f"/v1/outlets/{name}").body
    assert (shown["name"], shown["reports"]) == (name, 0)


def test_an_outlet_that_is_not_there_is_said_not_to_be(house: House, admin: Client) -> None:
    story = admin.opens()["id"]
    for name in ("Nobody", new_id("out", house.clock), story, "%20"):
        refused = admin.get(f"/v1/outlets/{name}")
        assert (refused.status, refused.problem) == (404, "unknown-outlet")


@pytest.mark.parametrize(
    ("query", "problem", "pointer"),
    [
        ("limit=0", "invalid-parameter", "limit"),
        ("cursor=x", "bad-cursor", "cursor"),
        ("cursor=", "bad-cursor", "cursor"),
        (f"cursor={encode_cursor('stories', [1])}", "bad-cursor", "cursor"),
        ("name=post", "invalid-parameter", "name"),
        (f"q={'x' * 201}", "invalid-parameter", "q"),
    ],
)
def test_what_can_not_be_asked_is_named(admin: Client, query: str, problem: str, pointer: str) -> None:
    refused = admin.get(f"/v1/outlets?{query}")
    assert (refused.status, refused.problem, refused.pointers) == (400, problem, [pointer])


def test_one_outlet_takes_no_parameters(admin: Client, names: list[str]) -> None:
    refused = admin.get(f"/v1/outlets/{names[0]}?full=1")
    assert (refused.problem, refused.pointers) == ("invalid-parameter", ["full"])
