"""Pages are as long as fits into the time that a transaction may take."""

from __future__ import annotations

import pytest

from tests.store.scribe import Scribe, make_table
from tests.store.writing import append
from tracker.clock import Clock
from tracker.db.database import Database
from tracker.store import followers
from tracker.store.pace import SECONDS, Pace


class Slow(Clock):
    """A clock on which each event that is taken costs so many seconds, and nothing else does."""

    def __init__(self, cost: float) -> None:
        self.cost, self._at = cost, 0.0

    def monotonic(self) -> float:
        return self._at

    def take(self, count: int) -> None:
        self._at += count * self.cost


def paced(clock: Slow, pages: int, most: int = 1000) -> list[int]:
    """How long each page becomes where there is no end of events."""
    pace, lengths = Pace("sqlite", most=most, clock=clock), []
    for _ in range(pages):
        lengths.append(pace.limit)
        with pace.taking(pace.limit):
            clock.take(pace.limit)
    return lengths


def test_pages_grow_while_there_is_time_and_no_longer_than_they_may() -> None:
    assert paced(Slow(0.0), 8) == [16, 32, 64, 128, 256, 512, 1000, 1000]


@pytest.mark.parametrize("cost", [0.00002, 0.0001, 0.0004])
def test_pages_come_to_take_the_time_that_they_may(cost: float) -> None:
    lengths = paced(Slow(cost), 12)
    assert all(length * cost <= SECONDS["sqlite"] * 1.001 for length in lengths[1:])
    assert lengths[-1] * cost > 0.9 * SECONDS["sqlite"]


def test_an_event_that_takes_too_long_is_taken_alone() -> None:
    assert paced(Slow(1.0), 4) == [16, 1, 1, 1]


def test_a_short_page_says_nothing_of_longer_ones() -> None:
    pace = Pace("sqlite", most=1000, clock=Slow(0.0))
    for _ in range(5):
        with pace.taking(3):
            pass
    assert pace.limit == 16


def test_a_slow_follower_takes_shorter_pages(database: Database) -> None:
    make_table(database)
    append(database, "sty_1", *(str(n) for n in range(60)))
    clock = Slow(SECONDS[database.kind] / 4.5)
    scribe = Scribe(meanwhile=lambda events: clock.take(len(events)))
    pace = Pace(database.kind, most=1000, clock=clock)
    while followers.advance(database, scribe, pace=pace):
        pass
    assert scribe.pages == [16, *[4] * 11]
