"""A request with an Idempotency-Key has one effect, and its repetition the same answer."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from tests.rooms import everything, settings_for
from tests.store.writing import somebody_waits
from tests.waiting import wait_until
from tracker.config import Settings
from tracker.db.database import Database
from tracker.errors import Busy
from tracker.store import requests
from tracker.store.requests import InFlight, KeyReused, RequestKey

NOON = datetime(2020, 1, 3, 12, tzinfo=UTC)
DAY = timedelta(hours=24)
KEY = RequestKey(token_id="tok_1", key="k-1", route="POST /v1/stories", fingerprint=b"\x00\xff")
ANSWER: Mapping[str, Any] = {"story_id": "sty_1", "revision": 1, "new_outlet": False, "position": None}


def ask(
    database: Database, request: RequestKey = KEY, now: datetime = NOON, answer: Mapping[str, Any] = ANSWER
) -> Mapping[str, Any] | None:
    """One whole request: what it was told of an earlier one; it settles with ``answer`` where there was none."""
    with database.writing() as connection:
        earlier = requests.claim(connection, request, now, DAY)
        if earlier is None:
            requests.settle(connection, request, answer)
        return earlier


def test_the_first_request_finds_nothing_and_its_repetitions_find_what_it_left(database: Database) -> None:
    assert [ask(database) for _ in range(3)] == [None, ANSWER, ANSWER]


def test_another_key_and_another_token_are_other_requests(database: Database) -> None:
    for other in (KEY, msgspec.structs.replace(KEY, key="k-2"), msgspec.structs.replace(KEY, token_id="tok_2")):
        assert ask(database, other) is None


@pytest.mark.parametrize("changed", [{"fingerprint": b"other"}, {"route": "POST /v1/stories/sty_1/close"}])
def test_a_key_that_is_used_for_something_else_is_refused(database: Database, changed: dict[str, Any]) -> None:
    ask(database)
    before = everything(database)
    with pytest.raises(KeyReused, match="new key"):
        ask(database, msgspec.structs.replace(KEY, **changed))
    assert everything(database) == before


def test_a_key_is_good_for_its_lifetime_and_then_for_something_else(database: Database) -> None:
    ask(database)
    other = msgspec.structs.replace(KEY, fingerprint=b"other")
    assert ask(database, now=NOON + DAY) == ANSWER
    late = NOON + DAY + timedelta(microseconds=1)
    assert ask(database, other, now=late, answer={"story_id": "sty_2"}) is None
    assert ask(database, other, now=late) == {"story_id": "sty_2"}
    with pytest.raises(KeyReused):
        ask(database, now=late)


def test_expired_keys_are_forgotten_and_no_others(database: Database) -> None:
    ask(database)
    ask(database, msgspec.structs.replace(KEY, key="k-2"), now=NOON + timedelta(hours=1))
    with database.writing() as connection:
        assert requests.expire(connection, NOON + DAY, DAY) == 0
        assert requests.expire(connection, NOON + DAY + timedelta(minutes=1), DAY) == 1
    assert ask(database, msgspec.structs.replace(KEY, key="k-2")) == ANSWER
    assert ask(database) is None


def test_a_request_that_fails_frees_its_key(database: Database) -> None:
    before = everything(database)
    with contextlib.suppress(ZeroDivisionError), database.writing() as connection:
        assert requests.claim(connection, KEY, NOON, DAY) is None
        raise ZeroDivisionError
    assert everything(database) == before
    assert ask(database) is None


@pytest.mark.parametrize("migrated_url", ["postgresql"], indirect=True)
def test_an_expired_key_that_another_request_takes_meanwhile_is_not_taken_twice(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between seeing that the old row has expired and deleting it, somebody else may have put a new one there.

    On SQLite nobody else writes meanwhile.
    """
    ask(database)
    late = NOON + DAY + timedelta(hours=1)
    find = requests._find.first

    def find_and_be_overtaken(*args: Any, **named: Any) -> Any:
        row = find(*args, **named)
        monkeypatch.undo()
        assert ask(database, now=late, answer={"story_id": "sty_2"}) is None
        return row

    monkeypatch.setattr(requests._find, "first", find_and_be_overtaken)
    assert ask(database, now=late, answer={"story_id": "sty_3"}) == {"story_id": "sty_2"}


# ---- At the same time ----------------------------------------------------------------------------------------------


@pytest.fixture
def impatient(settings: Settings) -> Iterator[Database]:
    """The same database, by connections that wait a moment only."""
    database = Database(settings_for(settings.database_url, lock_timeout_ms=100, sqlite_busy_timeout_ms=100))
    yield database
    database.close()


def test_a_repetition_that_meets_the_first_in_flight_is_told_so_and_later_answered(
    database: Database, impatient: Database
) -> None:
    with database.writing() as connection:
        requests.claim(connection, KEY, NOON, DAY)
        # SQLite has one writer at a time: whoever comes second isn't let in at all.
        with pytest.raises(InFlight if database.kind == "postgresql" else Busy):
            ask(impatient)
        requests.settle(connection, KEY, ANSWER)
    assert ask(impatient) == ANSWER


def test_a_repetition_waits_for_the_first_and_gets_its_answer(database: Database) -> None:
    with ThreadPoolExecutor(1) as pool:
        with database.writing() as connection:
            requests.claim(connection, KEY, NOON, DAY)
            second = pool.submit(ask, database)
            wait_until(lambda: somebody_waits(database), what="the second request to wait")
            requests.settle(connection, KEY, ANSWER)
        assert second.result(timeout=30) == ANSWER


def test_a_repetition_that_waits_for_one_that_fails_becomes_the_first(database: Database) -> None:
    with ThreadPoolExecutor(1) as pool:
        with contextlib.suppress(ZeroDivisionError), database.writing() as connection:
            requests.claim(connection, KEY, NOON, DAY)
            second = pool.submit(ask, database)
            wait_until(lambda: somebody_waits(database), what="the second request to wait")
            raise ZeroDivisionError
        assert second.result(timeout=30) is None
    assert ask(database) == ANSWER


def test_of_eight_at_once_one_is_the_first(database: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: ask(database), range(8)))
    assert (answers.count(None), answers.count(ANSWER)) == (1, 7)
