"""A client that has just written waits for the list to show it, and not for ever."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.asking import Client, House
from tracker.api import freshness

LISTS = ["/v1/stories", "/v1/outlets"]


@pytest.mark.parametrize("address", LISTS)
def test_a_list_that_is_behind_is_waited_for(house: House, admin: Client, address: str) -> None:
    position = admin.files(admin.opens())["position"]
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(admin.get, f"{address}?wait_for={position}&limit=1")
        house.follow()
        assert asked.result().body["as_at_position"] >= position


@pytest.mark.parametrize("address", LISTS)
def test_waiting_ends_where_nobody_follows_and_the_answer_says_how_far_it_is(
    admin: Client, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freshness, "LONGEST", 0.05)
    position = admin.files(admin.opens())["position"]
    found = admin.get(f"{address}?wait_for={position}")
    assert (found.status, found.body["as_at_position"] < position) == (200, True)
