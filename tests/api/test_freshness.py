"""A client that has just written waits for the list to show it, and not for ever."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.asking import Client, House
from tests.chronicle import everything
from tracker.api import freshness
from tracker.store import order

LISTS = ["/v1/stories", "/v1/outlets"]


def as_revision(house: House, receipt: dict[str, Any]) -> str:
    return f"{receipt['story']}@{receipt['revision']}"


def as_position(house: House, receipt: dict[str, Any]) -> str:
    return str(position_of(house, receipt))


PLACES = [as_revision, as_position]


def position_of(house: House, receipt: dict[str, Any]) -> int:
    place = receipt["story"], receipt["revision"]
    return next(each.position for each in everything(house.database) if (each.stream_id, each.version) == place)


@pytest.mark.parametrize("address", LISTS)
@pytest.mark.parametrize("place", PLACES)
def test_a_list_that_is_behind_is_waited_for(
    house: House, admin: Client, address: str, place: Callable[[House, dict[str, Any]], str]
) -> None:
    receipt = admin.files(admin.opens())
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(admin.get, f"{address}?wait_for={place(house, receipt)}&limit=1")
        house.follow()
        assert asked.result().body["as_at_position"] >= position_of(house, receipt)


@pytest.mark.parametrize("address", LISTS)
@pytest.mark.parametrize("place", PLACES)
def test_waiting_ends_where_nobody_follows_and_the_answer_says_how_far_it_is(
    house: House,
    admin: Client,
    address: str,
    place: Callable[[House, dict[str, Any]], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(freshness, "LONGEST", 0.05)
    receipt = admin.files(admin.opens())
    found = admin.get(f"{address}?wait_for={place(house, receipt)}")
    assert (found.status, found.body["as_at_position"] < position_of(house, receipt)) == (200, True)


def test_a_revision_that_never_was_is_not_waited_for_for_ever(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freshness, "LONGEST", 0.05)
    story = admin.opens()
    assert admin.get(f"/v1/stories?wait_for={story['id']}@999").status == 200


def test_who_waits_lets_events_have_their_positions(
    house: House, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freshness, "LONGEST", 0.05)
    story = admin.opens()
    admin.get(f"/v1/stories?wait_for={story['id']}@1")
    with house.database.reading() as connection:
        assert order.position_of(connection, story["id"], 1) is not None


@pytest.mark.parametrize("address", [*LISTS, "/v1/log/root"])
@pytest.mark.parametrize(
    "place", ["", "x", "-1", "1.5", "@1", "sty_1@1", "{id}@", "{id}@x", "{slug}@1", "{id}", "9" * 16]
)
def test_what_is_no_place_is_named(admin: Client, address: str, place: str) -> None:
    story = admin.opens()
    refused = admin.get(f"{address}?wait_for={place.format(**story)}")
    assert (refused.status, refused.problem, refused.pointers) == (400, "invalid-parameter", ["wait_for"])
