"""An event that a follower can't take parks its stream for that follower, and nothing else stops or is lost."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from tests.rooms import everything
from tests.store.future import FUTURE, PRESENT, downgrade, upgrade
from tests.store.scribe import Scribe, make_table, place_and_lag, taken, versions_taken
from tests.store.writing import append
from tests.webhooks.subscribers import ShiftedClock
from tracker.clock import Clock, to_microseconds
from tracker.db.database import Database
from tracker.db.prepared import Prepared
from tracker.errors import Busy, Damaged, Invalid, NotFound, Unavailable
from tracker.store import followers, parking, replaying
from tracker.store.keys import MasterKeyMissing
from tracker.store.log_events import LogEvent
from tracker.store.parking import Parked
from tracker.store.replaying import Retrying
from tracker.stories import stored


@pytest.fixture(autouse=True)
def _taken(database: Database) -> None:
    make_table(database)


def parked(database: Database) -> list[Parked]:
    with database.reading() as connection:
        return parking.every(connection)


def follow(database: Database, scribe: Scribe, limit: int = 200) -> None:
    while followers.advance(database, scribe, limit):
        pass


@pytest.mark.parametrize("limit", [1, 2, 3, 200])
def test_an_event_that_fails_parks_its_stream_and_the_rest_goes_on(database: Database, limit: int) -> None:
    for n in range(4):
        append(database, "sty_1", f"{n}")
        append(database, "sty_2", f"{n}")
    before = Clock().now()
    follow(database, Scribe(stumbles_at={("sty_1", 2)}), limit)
    assert versions_taken(database, "sty_1") == [1]
    assert versions_taken(database, "sty_2") == [1, 2, 3, 4]
    assert place_and_lag(database) == (8, 0)
    (row,) = parked(database)
    assert (row.follower, row.stream_id, row.version, row.position) == ("scribe", "sty_1", 2, 3)
    assert (row.type, row.attempts) == (PRESENT[0], 1)
    assert to_microseconds(before) <= row.parked_at == row.tried_at <= to_microseconds(Clock().now())


def test_what_went_wrong_is_said_without_content(database: Database) -> None:
    append(database, "sty_1", "A name that nobody may read.")
    follow(database, Scribe(stumbles_at={("sty_1", 1)}))
    (row,) = parked(database)
    assert row.error.startswith("Stumbled in apply, line ")
    assert "name" not in row.error


def test_a_stream_is_parked_for_one_follower_and_not_for_another(database: Database) -> None:
    append(database, "sty_1", *"abc")
    follow(database, Scribe("first", stumbles_at={("sty_1", 2)}))
    follow(database, Scribe("second"))
    assert (taken(database, "first"), taken(database, "second")) == ([1], [1, 2, 3])
    assert [row.follower for row in parked(database)] == ["first"]


def test_a_page_that_fails_only_as_a_whole_parks_nothing(database: Database) -> None:
    append(database, "sty_1", *"abcd")
    scribe = Scribe()

    def stumble_over_more_than_one(events: Any) -> None:
        if len(events) > 1:
            raise ZeroDivisionError

    scribe.meanwhile = stumble_over_more_than_one
    follow(database, scribe)
    assert (taken(database), parked(database)) == ([1, 2, 3, 4], [])


@pytest.mark.parametrize("through_core", [False, True])
def test_an_event_whose_row_a_key_refuses_parks_its_stream_on_every_database(
    database: Database, through_core: bool
) -> None:
    append(database, "sty_1", *"ab")
    append(database, "sty_2", "c")
    with database.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE once (version bigint PRIMARY KEY)")
        connection.exec_driver_sql("INSERT INTO once VALUES (2)")
    insert = Prepared("INSERT INTO once VALUES (:version)")

    class Once(Scribe):
        def apply(self, connection: Connection, events: Sequence[LogEvent]) -> None:
            super().apply(connection, events)
            for event in (each for each in events if each.stream_id == "sty_1"):
                if through_core:
                    connection.execute(text("INSERT INTO once VALUES (:version)"), {"version": event.version})
                else:
                    insert.run(connection, version=event.version)

    follow(database, Once())
    assert [(row.stream_id, row.version) for row in parked(database)] == [("sty_1", 2)]
    assert taken(database) == [1, 3]


@pytest.mark.parametrize("trouble", [Busy("busy"), Unavailable("away"), MasterKeyMissing("0"), MemoryError()])
def test_trouble_that_is_not_the_events_parks_nothing(database: Database, trouble: Exception) -> None:
    append(database, "sty_1", *"abc")
    scribe = Scribe()

    def fail(_: Any) -> None:
        raise trouble

    scribe.meanwhile = fail
    before = everything(database)
    with pytest.raises(type(trouble)):
        followers.advance(database, scribe)
    assert everything(database) == before


def test_one_that_fails_with_everything_stops_instead_of_parking_the_whole_log(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parking, "MOST", 2)
    for n in range(4):
        append(database, f"sty_{n}", "a")
    scribe = Scribe(stumbles_at={(f"sty_{n}", 1) for n in range(4)})
    with pytest.raises(Damaged, match="it is the follower that is broken"):
        follow(database, scribe)
    assert (len(parked(database)), place_and_lag(database)) == (2, (2, 2))


# Replaying.


def test_a_replayed_stream_is_taken_from_where_it_was_parked_and_then_goes_on(database: Database) -> None:
    append(database, "sty_1", *"abcde")
    append(database, "sty_2", "x")
    scribe = Scribe(stumbles_at={("sty_1", 2)})
    follow(database, scribe, 2)
    scribe.stumbles_at.clear()
    assert replaying.replay(database, scribe, "sty_1") is None
    assert (versions_taken(database, "sty_1"), parked(database)) == ([1, 2, 3, 4, 5], [])
    append(database, "sty_1", "f")
    follow(database, scribe)
    assert versions_taken(database, "sty_1") == [1, 2, 3, 4, 5, 6]
    assert len(taken(database)) == len(set(taken(database))) == 7


def test_a_replay_takes_nothing_that_the_follower_has_yet_to_come_to(database: Database) -> None:
    append(database, "sty_1", *"abcdef")
    scribe = Scribe(stumbles_at={("sty_1", 2)})
    followers.advance(database, scribe, 3)
    scribe.stumbles_at.clear()
    assert replaying.replay(database, scribe, "sty_1") is None
    assert versions_taken(database, "sty_1") == [1, 2, 3]
    follow(database, scribe)
    assert versions_taken(database, "sty_1") == [1, 2, 3, 4, 5, 6]


def test_a_replay_that_fails_again_counts_an_attempt_and_takes_nothing(database: Database) -> None:
    append(database, "sty_1", *"abcd")
    scribe = Scribe(stumbles_at={("sty_1", 3)})
    follow(database, scribe)
    left = replaying.replay(database, scribe, "sty_1")
    assert left is not None
    assert (left.version, left.attempts) == (3, 2)
    assert left.tried_at > left.parked_at
    assert versions_taken(database, "sty_1") == [1, 2]


def test_a_replay_stops_at_the_next_event_that_fails(database: Database) -> None:
    append(database, "sty_1", *"abcdefghijklmnop")
    scribe = Scribe(stumbles_at={("sty_1", 2)})
    follow(database, scribe)
    scribe.stumbles_at = {("sty_1", 13)}
    left = replaying.replay(database, scribe, "sty_1")
    assert left is not None
    assert (left.version, left.position, left.attempts) == (13, 13, 2)
    assert versions_taken(database, "sty_1") == list(range(1, 13))


def test_to_replay_what_is_not_parked_does_nothing(database: Database) -> None:
    append(database, "sty_1", *"ab")
    follow(database, Scribe())
    before = everything(database)
    assert replaying.replay(database, Scribe(), "sty_1") is None
    assert everything(database) == before


def test_two_operators_and_a_running_worker_take_each_event_once_and_in_order(database: Database) -> None:
    append(database, "sty_1", *(str(n) for n in range(30)))
    stumbling = Scribe(stumbles_at={("sty_1", 3)})
    follow(database, stumbling)
    start = threading.Barrier(4)

    def operate() -> None:
        start.wait(30)
        assert replaying.replay(database, Scribe(), "sty_1") is None

    def write() -> None:
        start.wait(30)
        for n in range(20):
            append(database, "sty_1", f"later {n}")
            append(database, "sty_2", f"beside {n}")

    def work() -> None:
        start.wait(30)
        while place_and_lag(database)[0] < 70:
            followers.advance(database, Scribe(), 3)

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(each) for each in (operate, operate, write, work)]:
            done.result(timeout=60)
    assert parked(database) == []
    assert versions_taken(database, "sty_1") == list(range(1, 51))
    assert versions_taken(database, "sty_2") == list(range(1, 21))


@given(
    streams=st.lists(st.sampled_from(["sty_1", "sty_2", "sty_3"]), min_size=1, max_size=12),
    poison=st.sets(st.tuples(st.sampled_from(["sty_1", "sty_2", "sty_3"]), st.integers(1, 5)), max_size=3),
    steps=st.lists(st.sampled_from(["advance", "replay", "mend", "append"]), max_size=12),
    limit=st.integers(1, 4),
)
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_each_event_is_taken_once_and_in_its_streams_order(
    database: Database, streams: list[str], poison: set[tuple[str, int]], steps: list[str], limit: int
) -> None:
    name = f"scribe {len(everything(database)['checkpoint'])}"
    # Each example has streams of its own, in the one log.
    own = {each: f"{each}_{name}" for each in ("sty_1", "sty_2", "sty_3")}
    scribe = Scribe(name, stumbles_at={(own[each], version) for each, version in poison})
    mine = [own[each] for each in streams]
    for stream_id in mine:
        append(database, stream_id, "a")
    for step in steps:
        if step == "append":
            mine.append(mine[0])
            append(database, mine[0], "more")
        elif step == "mend":
            scribe.stumbles_at = set(sorted(scribe.stumbles_at)[1:])
        elif step == "advance":
            followers.advance(database, scribe, limit)
        else:
            for each in own.values():
                replaying.replay(database, scribe, each)
    scribe.stumbles_at.clear()
    follow(database, scribe)
    for each in own.values():
        replaying.replay(database, scribe, each)
        assert versions_taken(database, each, name) == list(range(1, mine.count(each) + 1))


# Events of a later program.


@pytest.mark.parametrize("unknown", [FUTURE, (PRESENT[0], PRESENT[1] + 1)], ids=["type", "version"])
def test_an_event_from_the_future_parks_says_so_and_is_taken_after_the_upgrade(
    database: Database, monkeypatch: pytest.MonkeyPatch, unknown: tuple[str, int]
) -> None:
    append(database, "sty_1", "a")
    with monkeypatch.context() as later:
        upgrade(later, unknown)
        append(database, "sty_1", "b")
    append(database, "sty_1", "c")
    append(database, "sty_2", "d")
    scribe = Scribe()
    follow(database, scribe)
    (row,) = parked(database)
    assert (row.stream_id, row.version, row.type) == ("sty_1", 2, unknown[0])
    assert f"{unknown[0]} of schema version {unknown[1]}, which this program is too old to read" in row.error
    assert (versions_taken(database, "sty_1"), versions_taken(database, "sty_2")) == ([1], [1])
    assert replaying.replay(database, scribe, "sty_1") is not None
    # Of what was appended before the upgrade and after it, each is read by the program that knows both.
    upgrade(monkeypatch, unknown)
    monkeypatch.setitem(stored._CLASSES, PRESENT[0], stored._CLASSES.get(PRESENT[0]) or stored._CLASSES[unknown[0]])
    assert replaying.replay(database, scribe, "sty_1") is None
    assert versions_taken(database, "sty_1") == [1, 2, 3]


def test_one_that_does_not_park_takes_events_of_any_type(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    append(database, "sty_1", *"abc")
    downgrade(monkeypatch, PRESENT)
    follow(database, Scribe(parks=False))
    assert (taken(database), parked(database)) == ([1, 2, 3], [])


# Trying by itself.


class _Waiting(ShiftedClock):
    """A clock on which all time goes by, ``shift``, without waiting."""

    def monotonic(self) -> float:
        return super().monotonic() + self.shift.total_seconds()


def test_what_is_parked_is_tried_once_after_the_start_and_then_after_growing_pauses(database: Database) -> None:
    append(database, "sty_1", *"abc")
    scribe, clock = Scribe(stumbles_at={("sty_1", 2)}), _Waiting()
    follow(database, scribe)
    retrying, pauses = Retrying(database, clock, [scribe]), []
    assert [retrying.look(), retrying.look()] == [1, 0]
    for _ in range(4):
        waited = clock.shift
        while not retrying.look():
            clock.shift += timedelta(seconds=10)
        pauses.append((clock.shift - waited).total_seconds())
    assert pauses == [60, 120, 240, 480]
    assert parked(database)[0].attempts == 6
    assert replaying.pause_after(10_000) == timedelta(hours=1)
    scribe.stumbles_at.clear()
    clock.shift += timedelta(hours=1)
    assert retrying.look() == 1
    assert (parked(database), versions_taken(database, "sty_1")) == ([], [1, 2, 3])


def test_a_clock_that_was_set_back_keeps_nothing_parked_for_longer(database: Database) -> None:
    append(database, "sty_1", "a")
    ahead = ShiftedClock(timedelta(days=36_500))
    scribe = Scribe(stumbles_at={("sty_1", 1)})
    followers.advance(database, scribe, clock=ahead)
    scribe.stumbles_at.clear()
    assert Retrying(database, Clock(), [scribe]).look() == 1
    assert parked(database) == []


# Dropping.


def test_what_is_dropped_is_recorded_and_the_next_events_are_taken(database: Database) -> None:
    append(database, "sty_1", *"abcd")
    scribe = Scribe(stumbles_at={("sty_1", 2)})
    follow(database, scribe)
    error = parked(database)[0].error
    replaying.drop(database, scribe, "sty_1", reason=" Of no use. ", by="Ayesha")
    assert [(row.version, row.type) for row in parked(database)] == [(3, PRESENT[0])]
    assert replaying.replay(database, scribe, "sty_1") is None
    assert versions_taken(database, "sty_1") == [1, 3, 4]
    [(follower, stream, version, up_to, said, reason, by, _)] = everything(database)["dropped"]
    assert (follower, stream, version, up_to) == ("scribe", "sty_1", 2, 2)
    assert (said, reason, by) == (error, "Of no use.", "Ayesha")


def test_several_may_be_dropped_and_what_comes_after_them_is_not(database: Database) -> None:
    append(database, "sty_1", *"abcd")
    scribe = Scribe(stumbles_at={("sty_1", 2)})
    follow(database, scribe)
    replaying.drop(database, scribe, "sty_1", reason="Of no use.", by="Ayesha", up_to=4)
    assert parked(database) == []
    append(database, "sty_1", "e")
    follow(database, scribe)
    assert versions_taken(database, "sty_1") == [1, 5]


@pytest.mark.parametrize(
    ("given", "field"), [({"reason": " "}, "reason"), ({"up_to": 1}, "up_to"), ({"up_to": 5}, "up_to")]
)
def test_a_drop_without_a_reason_or_beyond_what_was_passed_is_refused(
    database: Database, given: dict[str, Any], field: str
) -> None:
    append(database, "sty_1", *"abcd")
    scribe = Scribe(stumbles_at={("sty_1", 2)})
    follow(database, scribe)
    append(database, "sty_1", "e")
    before = everything(database)
    with pytest.raises(Invalid) as refused:
        replaying.drop(database, scribe, "sty_1", **{"reason": "Why not.", "by": "Ayesha", **given})
    assert [fault.pointer for fault in refused.value.faults] == [field]
    assert everything(database) == before


def test_what_is_not_parked_is_not_dropped(database: Database) -> None:
    append(database, "sty_1", "a")
    follow(database, Scribe())
    with pytest.raises(NotFound):
        replaying.drop(database, Scribe(), "sty_1", reason="Why not.", by="Ayesha")
