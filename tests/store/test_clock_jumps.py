"""The machine's clock is set forward and back, by an hour and by a year: order, answers and leases are as before."""

from __future__ import annotations

import itertools
import random
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from tests.handling.looking import key_of, story_of, whole_log
from tests.rooms import Newsroom, make_token
from tests.store.writing import read
from tests.webhooks.subscribers import ShiftedClock
from tracker.clock import Clock
from tracker.config import Settings
from tracker.db.database import Database
from tracker.handling import Handler
from tracker.projections.story_list import StoryList
from tracker.store import followers, rebuilding, verifying
from tracker.store.generations import UnderWay

HOUR, YEAR = timedelta(hours=1), timedelta(days=365)
JUMPS = [HOUR, -HOUR, YEAR, -YEAR]
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


class Jumping(Clock):
    """A clock that is set anew before each look at it."""

    def __init__(self, seed: int) -> None:
        self._jumps = random.Random(seed)

    def now(self) -> datetime:
        return NOON + self._jumps.choice([timedelta(0), *JUMPS])


def newsroom_at(database: Database, settings: Settings, clock: Clock) -> Newsroom:
    return Newsroom(Handler(database, clock, settings), make_token(database, clock), clock)


def check(database: Database) -> None:
    """Positions are dense, each story's revisions and times go forward, and the chains hold."""
    events = whole_log(database)
    assert [event.position for event in events] == list(range(1, len(events) + 1))
    streams = defaultdict(list)
    for event in events:
        streams[event.stream_id].append(event)
    for found in streams.values():
        assert [event.version for event in found] == list(range(1, len(found) + 1))
        assert all(one.recorded_at <= other.recorded_at for one, other in itertools.pairwise(found))
    assert verifying.verify(database, content=True).findings.told == []


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_a_jump_between_appends_changes_no_order(database: Database, settings: Settings, jump: timedelta) -> None:
    clock = ShiftedClock()
    newsroom = newsroom_at(database, settings, clock)
    story_id = newsroom.opens()
    for number in range(3):
        newsroom.files(story_id, f"{number}, before.")
        clock.shift = jump
        newsroom.files(story_id, f"{number}, in between.")
        clock.shift = timedelta(0)
        newsroom.files(story_id, f"{number}, after.")
    assert [event.version for event in read(database, story_id)] == list(range(1, 11))
    check(database)


def test_jumps_during_appends_change_no_order(database: Database, settings: Settings) -> None:
    newsroom = newsroom_at(database, settings, Clock())
    stories = [newsroom.opens(f"Story {number}") for number in range(2)]
    jumping = [newsroom_at(database, settings, Jumping(seed)) for seed in range(8)]

    def file(number: int) -> None:
        jumping[number].files(stories[number % 2], f"{number}.")
        jumping[number].files(stories[number % 2], f"{number}, again.")

    with ThreadPoolExecutor(8) as pool:
        for _ in range(5):
            list(pool.map(file, range(8)))
    assert sum(len(read(database, story_id)) for story_id in stories) == 2 + 80
    while followers.advance(database, StoryList(), 7, clock=Jumping(9)):
        pass
    with database.reading() as connection:
        assert followers.position_of(connection, "story_list") == len(whole_log(database))
    check(database)


@pytest.mark.parametrize("jump", [HOUR, -HOUR, -YEAR], ids=str)
def test_a_request_that_is_repeated_after_a_jump_gets_its_first_answer(
    database: Database, settings: Settings, jump: timedelta
) -> None:
    clock = ShiftedClock()
    newsroom = newsroom_at(database, settings, clock)
    story_id = newsroom.opens()
    first = newsroom.files(story_id, key=key_of(newsroom))
    clock.shift = jump
    again = newsroom.files(story_id, key=key_of(newsroom))
    assert (again.report_id, again.revision, again.replayed) == (first.report_id, first.revision, True)
    assert len(story_of(database, story_id).reports) == 1


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_whoever_rebuilds_when_the_clock_is_set_goes_on_or_is_overtaken_and_writes_nothing_more(
    database: Database, settings: Settings, jump: timedelta
) -> None:
    clock = ShiftedClock()
    newsroom = newsroom_at(database, settings, clock)
    for number in range(4):
        newsroom.opens(f"Story {number}")
    while followers.advance(database, StoryList()):
        pass
    with rebuilding.building(database, StoryList(), clock=clock) as first:
        first.catch_up()
        with pytest.raises(UnderWay):
            rebuilding.rebuild(database, StoryList(), clock=clock)
        clock.shift = jump
        # Its lease lies behind, or further ahead than any can: nobody has to wait for it a year.
        done = rebuilding.rebuild(database, StoryList(), clock=clock)
        assert done.likeness
        with pytest.raises(UnderWay):
            first.switch()
    assert done.number == first.number


def test_whoever_was_overtaken_in_the_middle_writes_nothing_more(database: Database, settings: Settings) -> None:
    clock = ShiftedClock()
    newsroom = newsroom_at(database, settings, clock)
    newsroom.opens()
    while followers.advance(database, StoryList()):
        pass
    with rebuilding.building(database, StoryList(), clock=clock) as first:
        clock.shift = -YEAR
        with rebuilding.building(database, StoryList(), clock=clock) as second:
            assert second.number == first.number
            with pytest.raises(UnderWay):
                first.catch_up()
            assert second.left() == 1
            assert second.catch_up() == 1
            second.switch()


def test_a_lease_is_kept_through_jumps_by_who_renews_it(database: Database, settings: Settings) -> None:
    clock = ShiftedClock()
    newsroom = newsroom_at(database, settings, clock)
    for number in range(6):
        newsroom.opens(f"Story {number}")
    while followers.advance(database, StoryList()):
        pass
    with rebuilding.building(database, StoryList(), clock=clock) as only:
        for jump in JUMPS:
            clock.shift = jump
            only._advance(1)
            with pytest.raises(UnderWay):
                rebuilding.rebuild(database, StoryList(), clock=clock)
        assert only.compare()
        only.switch()
