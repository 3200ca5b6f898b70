"""A write that gives way again and again ends: the client is told to come back, and nothing is written."""

from __future__ import annotations

from typing import Any

import pytest

from tests.asking import House
from tracker.errors import Contended
from tracker.store import log


@pytest.mark.parametrize("key", [{}, {"Idempotency_Key": "k-1"}])
def test_a_write_that_always_gives_way_is_told_to_come_back(
    house: House, monkeypatch: pytest.MonkeyPatch, key: dict[str, str]
) -> None:
    admin = house.client()
    url = admin.post("/v1/stories", {"title": "Strike in Baghdad"}).body["url"]
    report = {"outlet": "NBC News", "headline": "Strike", "text": "One."}
    tries = []

    def give_way(*given: Any, **named: Any) -> log.Appended:
        tries.append(given)
        raise Contended("Two requests met.")

    with monkeypatch.context() as patched:
        patched.setattr(log, "append", give_way)
        answer = admin.post(f"{url}/reports", report, **key)
    assert (answer.status, answer.problem, answer.headers["Retry-After"]) == (503, "busy", "1")
    assert 1 < len(tries) < 10
    assert admin.post(f"{url}/reports", report, **key).status == 201
