"""Many writers, tickers and followers at once, some of them killed at any moment: the short form of tests/torture.

Eight writers in four processes, two followers of which one has two processes that race for it, on PostgreSQL two
tickers. What the checker makes of it must be nothing; and what is planted in the same database, it must see.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from tests.rooms import settings_for
from tests.store.designs import Ours
from tests.store.writing import NOW, append
from tests.torture.checker import History, Kind, Outcome, faults, kinds
from tests.torture.play import Play
from tracker.clock import StoryClock
from tracker.db.database import Database

SECONDS = 3.0


@pytest.fixture(scope="module")
def seed() -> int:
    return random.SystemRandom().getrandbits(32)


@pytest.fixture(scope="module")
def played(shared_url: str, seed: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    """A history that is over."""
    with Play(shared_url, tmp_path_factory.mktemp("notes"), seed) as play:
        play.prepare()
        for _ in range(2):
            play.start()
            play.go_on(SECONDS)
            play.kill_all()
        play.start()
        play.stop()
        yield play


@pytest.fixture
def after(shared_url: str) -> Iterator[Database]:
    """The database of that history."""
    database = Database(settings_for(shared_url))
    yield database
    database.close()


@pytest.mark.slow
def test_nothing_is_lost_nothing_comes_twice_and_nothing_out_of_order(played: Play, seed: int) -> None:
    checked = played.check()
    assert checked.faults == [], f"seed {seed}"
    assert checked.events > 100
    assert played.killed > 16


# ---- What is planted in that database is seen ----------------------------------------------------------------------


class Undone(Exception):
    """Takes back what was planted."""


def _lose_an_acknowledged(connection: Connection, history: History) -> None:
    stream, version = _last_of_a_stream(history)
    connection.exec_driver_sql(f"DELETE FROM event WHERE stream_id = '{stream}' AND version = {version}")


def _skip(connection: Connection, history: History) -> None:
    connection.exec_driver_sql("DELETE FROM taken WHERE follower = 'first' AND position = 7")


def _repeat(connection: Connection, history: History) -> None:
    connection.exec_driver_sql(
        "INSERT INTO taken (follower, position, stream_id, version) "
        "SELECT follower, position, stream_id, version FROM taken WHERE follower = 'second' AND position = 7"
    )


def _swap_two(connection: Connection, history: History) -> None:
    """Two events of a stream, in the order itself: by way of a position that nobody has."""
    table, column = ("event_order", "position") if connection.dialect.name == "postgresql" else ("event", "seq")
    first, second = _two_of_a_stream(history)
    for before, now in ((first, -1), (second, first), (-1, second)):
        connection.exec_driver_sql(f"UPDATE {table} SET {column} = {now} WHERE {column} = {before}")


def _tick_twice(connection: Connection, history: History) -> None:
    connection.exec_driver_sql("ALTER TABLE event_order DROP CONSTRAINT uq_event_order_stream_id_version")
    connection.exec_driver_sql(
        "INSERT INTO event_order SELECT position + 1, stream_id, version FROM event_order "
        "ORDER BY position DESC LIMIT 1"
    )


@pytest.mark.slow
def test_what_is_planted_in_that_database_is_seen(played: Play, after: Database) -> None:
    planted = [
        (_lose_an_acknowledged, Kind.LOST),
        (_skip, Kind.MISSED),
        (_repeat, Kind.TWICE),
        (_swap_two, Kind.REORDERED),
    ]
    if after.kind == "postgresql":
        planted.append((_tick_twice, Kind.NUMBERED_TWICE))
    with after.reading() as connection:
        history = played.history(connection)
    for plant, seen in planted:
        with suppress(Undone), after.writing(alone=True) as connection:
            _without_guards(connection)
            plant(connection, history)
            assert seen in kinds(faults(played.history(connection))), plant.__name__
            raise Undone
    assert played.check().faults == []


def _without_guards(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        return
    for act in ("update", "delete", "replace"):
        connection.exec_driver_sql(f"DROP TRIGGER event_no_{act}")


def _last_of_a_stream(history: History) -> tuple[str, int]:
    """The last event of a stream, where it was acknowledged."""
    acknowledged = [attempt for attempt in history.attempts if attempt.outcome is Outcome.ACKNOWLEDGED]
    ends = {(part.stream_id, (part.first or 0) + len(part.event_ids) - 1) for a in acknowledged for part in a.parts}
    heads = {each.stream_id: each.version for each in sorted(history.stored)}
    return min(ends & set(heads.items()))


def _two_of_a_stream(history: History) -> tuple[int, int]:
    """The positions of the first two events of a stream."""
    places = sorted(place for place in history.order if place.stream_id == "shared-0")
    return places[0].position, places[1].position


# ---- A clock that jumps --------------------------------------------------------------------------------------------


HOUR, YEAR = timedelta(hours=1), timedelta(days=365)


def test_a_clock_that_jumps_changes_neither_order_nor_checkpoint(database: Database) -> None:
    clock, ours, attempts = StoryClock(NOW), Ours(), []
    for number, jump in enumerate([HOUR, -HOUR, YEAR, -YEAR, -YEAR, HOUR, YEAR, YEAR, -HOUR]):
        for stream in ("s1", "s2", f"own-{number}"):
            done = append(database, stream, "More.", now=clock.recorded_now())
            attempts.append((stream, done.first))
        clock.set(clock.recorded_now() + jump)
        ours.poll(database)
    assert [(place.stream_id, place.version) for place in ours.taken] == attempts
    assert [place.position for place in ours.taken] == list(range(1, len(attempts) + 1))
    assert sorted(ours.order(database)) == ours.taken
    for stream in ("s1", "s2"):
        times = [each.recorded_at for each in sorted(ours.stored(database)) if each.stream_id == stream]
        assert times == sorted(times)
