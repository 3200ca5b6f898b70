"""A projection is written anew while it is read and followed, compared, switched to, and gone back from."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from tests.chronicle import follow, tell
from tests.programs import ROOT
from tests.rooms import Newsroom, everything
from tests.store.writing import read_all
from tests.stories.sequences import histories
from tests.waiting import wait_until
from tests.webhooks.subscribers import ShiftedClock
from tracker.access.sight import ALL
from tracker.db.database import Database
from tracker.errors import NotFound
from tracker.projections import outlets, story_list
from tracker.projections.following import projections
from tracker.projections.outlets import OutletList
from tracker.projections.story_list import StoryList
from tracker.store import (
    followers,
    generations,
    likeness,
    log,
    parking,
    rebuilding,
    redaction,
    replaying,
    sequencer,
)
from tracker.store.generations import LEASE, Projection, UnderWay
from tracker.store.likeness import Likeness
from tracker.store.log_events import LogEvent
from tracker.store.rebuilding import Differs
from tracker.stories.events import Recorded
from tracker.stories.folding import fold
from tracker.stories.story import Story

#: Later than any lease that was taken now.
LATER = 2 * LEASE


def positions(database: Database, *names: str) -> list[int]:
    with database.reading() as connection:
        return [followers.position_of(connection, name) for name in names]


def states(database: Database, projection: str = "story_list") -> dict[int, str]:
    with database.reading() as connection:
        return {each.number: each.state for each in generations.every(connection, projection)}


def live_digest(database: Database, projection: Projection) -> str:
    with database.reading() as connection:
        number = generations.live(connection, projection.name)
        one = connection, number
        return likeness.compare(one, one, projection.tables, 0).live_digest


def titles(database: Database) -> list[str]:
    with database.reading() as connection:
        return [row.title for row in story_list.find(connection, limit=1000, sight=ALL).items]


def spoil(database: Database, title: str = "Something else") -> None:
    """As a fault of the program would have it: the list that is read is wrong."""
    with database.writing() as connection:
        connection.exec_driver_sql(f"UPDATE story_list SET title = '{title}' WHERE title = 'First'")


@pytest.fixture
def told(database: Database, newsroom: Newsroom) -> Database:
    """Three stories, of which one has a report; followed to the end."""
    newsroom.files(newsroom.opens("First", slug="first"))
    newsroom.opens("Second")
    newsroom.opens("Third")
    sequencer.tick(database)
    follow(database, *projections())
    return database


def test_what_is_rebuilt_is_what_was_read_and_is_read_from_then_on(told: Database) -> None:
    before = titles(told)
    done = rebuilding.rebuild(told, StoryList())
    assert (done.number, done.events) == (2, positions(told, "story_list")[0])
    assert done.likeness is not None
    assert (done.likeness.rows, done.likeness.differing, done.likeness.first) == (4, 0, None)
    assert done.likeness.live_digest == done.likeness.built_digest == live_digest(told, StoryList())
    assert states(told) == {1: "kept", 2: "live"}
    assert titles(told) == before
    with told.writing() as connection:
        connection.exec_driver_sql("DELETE FROM story_list WHERE generation = 2")
    assert titles(told) == []


def test_what_is_appended_after_the_switch_goes_into_the_new_one_alone(told: Database, newsroom: Newsroom) -> None:
    rebuilding.rebuild(told, StoryList())
    kept = positions(told, "story_list/1")
    newsroom.opens("Fourth")
    sequencer.tick(told)
    follow(told, StoryList())
    assert titles(told)[0] == "Fourth"
    assert positions(told, "story_list/1") == kept
    rows = Counter(row[0] for row in everything(told)["story_list"])
    assert rows == {1: 3, 2: 4}


def test_nobody_needs_to_have_followed_the_log(database: Database, newsroom: Newsroom) -> None:
    newsroom.opens("First")
    sequencer.tick(database)
    done = rebuilding.rebuild(database, StoryList())
    assert (done.events, done.likeness) == (1, None)
    assert (titles(database), positions(database, "story_list")) == (["First"], [1])
    assert followers.advance(database, StoryList()) == 0


def test_a_list_that_differs_is_not_switched_to_unless_somebody_says_so(told: Database) -> None:
    spoil(told)
    with pytest.raises(Differs, match=r"1 rows differ, the first is story_list sty_.*Nothing was switched") as refused:
        rebuilding.rebuild(told, StoryList())
    assert refused.value.found.live_digest != refused.value.found.built_digest
    assert (states(told), titles(told)[-1]) == ({1: "live", 2: "building"}, "Something else")
    done = rebuilding.rebuild(told, StoryList(), accept=True)
    assert (done.number, done.events) == (2, 0)
    assert titles(told)[-1] == "First"


@pytest.mark.parametrize(
    ("statement", "differing"),
    [
        ("DELETE FROM story_outlet WHERE generation = 1", 1),
        ("DELETE FROM story_list WHERE generation = 1", 3),
        ("INSERT INTO story_topic (generation, topic, story_id, label, place) VALUES (1, 'a', 'b', 'A', 0)", 1),
        ("UPDATE story_list SET urgency = 1 WHERE generation = 1", 3),
    ],
)
@pytest.mark.parametrize("page", [1, 2, 500])
def test_every_row_that_is_missing_or_extra_or_other_is_counted(
    told: Database, monkeypatch: pytest.MonkeyPatch, statement: str, differing: int, page: int
) -> None:
    monkeypatch.setattr(likeness, "_PAGE", page)
    with told.writing() as connection:
        connection.exec_driver_sql(statement)
    with pytest.raises(Differs) as refused:
        rebuilding.rebuild(told, StoryList())
    assert refused.value.found.differing == differing


def test_one_goes_back_to_the_list_before_with_what_came_since_and_forward_again(
    told: Database, newsroom: Newsroom
) -> None:
    spoil(told)
    rebuilding.rebuild(told, StoryList(), accept=True)
    newsroom.opens("Fourth")
    sequencer.tick(told)
    follow(told, StoryList())
    assert titles(told) == ["Fourth", "Third", "Second", "First"]
    assert rebuilding.roll_back(told, StoryList()) == 1
    assert titles(told) == ["Fourth", "Third", "Second", "Something else"]
    assert states(told) == {1: "live", 2: "kept"}
    assert rebuilding.roll_back(told, StoryList()) == 2
    assert titles(told) == ["Fourth", "Third", "Second", "First"]


def test_without_one_that_was_kept_nobody_goes_back(told: Database) -> None:
    rebuilding.rebuild(told, StoryList(), keep=0)
    rebuilding.clear(told, StoryList())
    assert states(told) == {2: "live"}
    with pytest.raises(NotFound):
        rebuilding.roll_back(told, StoryList())


def test_only_as_many_as_asked_for_are_kept_and_the_others_leave_nothing_behind(told: Database) -> None:
    for _ in range(4):
        rebuilding.rebuild(told, StoryList(), keep=2)
        rebuilding.clear(told, StoryList())
    assert states(told) == {3: "kept", 4: "kept", 5: "live"}
    rows = everything(told)
    assert {row[0] for name in ("story_list", "story_outlet") for row in rows[name]} == {3, 4, 5}
    names = {name for name, _ in rows["checkpoint"] if name.startswith("story_list")}
    assert names == {"story_list", "story_list/3", "story_list/4"}


def test_nothing_but_the_projections_own_rows_is_written(told: Database) -> None:
    before = everything(told)
    rebuilding.rebuild(told, StoryList())
    after = everything(told)
    own = {"story_list", "story_topic", "story_outlet", "generation", "checkpoint"}
    assert {name for name in after if after[name] != before[name]} <= own


# Beside others.


def test_a_second_rebuild_is_refused_while_the_first_is_at_it(told: Database) -> None:
    with rebuilding.building(told, StoryList()) as first:
        with pytest.raises(UnderWay, match=r"at generation 2 of story_list already.*try again in \d+ s"):
            rebuilding.rebuild(told, StoryList())
        rebuilding.rebuild(told, OutletList())
        first.catch_up()
        first.switch()
    assert (states(told), states(told, "outlets")) == ({1: "kept", 2: "live"}, {1: "kept", 2: "live"})


def test_nobody_goes_back_while_somebody_rebuilds(told: Database) -> None:
    rebuilding.rebuild(told, StoryList())
    with rebuilding.building(told, StoryList()), pytest.raises(UnderWay):
        rebuilding.roll_back(told, StoryList())


def test_one_that_stood_still_past_its_lease_and_goes_on_writes_nothing(told: Database) -> None:
    with rebuilding.building(told, StoryList()) as stopped:
        second = rebuilding.rebuild(told, StoryList(), clock=ShiftedClock(LATER))
        assert second.number == stopped.number == 2
        before = everything(told)
        for act in (lambda: stopped._advance(100), stopped.switch):
            with pytest.raises(UnderWay, match="taken over"):
                act()
        assert everything(told) == before


def test_a_rebuild_that_takes_long_is_not_taken_over(told: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ShiftedClock()
    monkeypatch.setattr(rebuilding, "_MOST", 1)

    def go_on(_: int) -> None:
        clock.shift += LEASE * 0.9
        with pytest.raises(UnderWay):
            rebuilding.rebuild(told, StoryList(), clock=clock)

    assert rebuilding.rebuild(told, StoryList(), clock=clock, advance=go_on).number == 2


def test_a_list_is_rebuilt_while_it_is_followed_and_written_to(
    database: Database, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuilding, "_MOST", 3)
    story_id = newsroom.opens("First")
    ended = threading.Event()

    def write() -> None:
        for n in range(25):
            newsroom.files(story_id, uri=f"https://nbc.example/{n}")
            newsroom.opens(f"Story {n}")
        ended.set()

    def work() -> None:
        while not ended.is_set() or any(followers.advance(database, each, 2) for each in projections()):
            for each in projections():
                followers.advance(database, each, 2)

    def rebuild() -> None:
        while not ended.is_set():
            for each in projections():
                rebuilding.rebuild(database, each)

    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(each) for each in (write, work, rebuild)]:
            done.result(timeout=120)
    sequencer.tick(database)
    follow(database, *projections())
    for each in projections():
        before = live_digest(database, each)
        last = rebuilding.rebuild(database, each, anew=True)
        assert last.likeness is not None
        assert last.number > 2
        assert live_digest(database, each) == before
    with database.reading() as connection:
        (outlet,) = outlets.find(connection, limit=10, sight=ALL).items
    assert (len(titles(database)), outlet.reports) == (26, 25)


def test_both_are_compared_at_one_position_also_while_the_list_is_followed(
    told: Database, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    compare = likeness.compare

    def follow_and_compare(*given: Any) -> Likeness:
        _open_and_follow(told, newsroom, "Fourth")
        return compare(*given)

    monkeypatch.setattr(likeness, "compare", follow_and_compare)
    (before,) = positions(told, "story_list")
    with rebuilding.building(told, StoryList()) as new:
        new.catch_up()
        found = new.compare()
    assert found
    assert (found.position, found.rows) == (before, 4)
    assert positions(told, "story_list", "story_list/2") == [before + 1, before]


@pytest.mark.parametrize("many", [1, 40])
def test_what_the_list_took_just_before_the_switch_is_in_the_new_one(
    told: Database, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    with rebuilding.building(told, StoryList()) as new:
        catch_up = new.catch_up

        def catch_up_and_follow() -> int:
            count = catch_up()
            if new.left() == 0 and titles(told)[0] == "Third":
                for n in range(many):
                    _open_and_follow(told, newsroom, f"Later {n}")
            return count

        monkeypatch.setattr(new, "catch_up", catch_up_and_follow)
        (before,) = positions(told, "story_list")
        new.switch()
    assert positions(told, "story_list", "story_list/1") == [before + many, before + many]
    assert titles(told)[:many] == [f"Later {n}" for n in reversed(range(many))]


def _open_and_follow(database: Database, newsroom: Newsroom, title: str) -> None:
    newsroom.opens(title)
    sequencer.tick(database)
    follow(database, StoryList())


_REBUILD = """
import sys
from tests.rooms import settings_for
from tracker.db.database import Database
from tracker.projections.story_list import StoryList
from tracker.store import rebuilding
rebuilding._MOST = 1
rebuilding.rebuild(Database(settings_for(sys.argv[1])), StoryList())
"""


def test_a_rebuild_that_was_killed_is_gone_on_with(database: Database, newsroom: Newsroom) -> None:
    for n in range(40):
        newsroom.files(newsroom.opens(f"Story {n}"))
    sequencer.tick(database)
    follow(database, StoryList())
    url = database.engine.url.render_as_string(hide_password=False)
    for more in (5, 10):
        (begun,) = positions(database, "story_list/2")
        process = subprocess.Popen([sys.executable, "-c", _REBUILD, url], cwd=ROOT)
        try:
            wait_until(lambda begun=begun, more=more: positions(database, "story_list/2")[0] > begun + more, 30, "it")  # type: ignore[misc]
        finally:
            process.kill()
            process.wait(30)
        assert begun < positions(database, "story_list/2")[0] < 80, "it was killed too late"
        with database.writing() as connection:
            connection.exec_driver_sql("UPDATE generation SET lease_until = 0")
    before = live_digest(database, StoryList())
    done = rebuilding.rebuild(database, StoryList())
    assert done.likeness is not None
    assert 0 < done.events < 81
    assert done.likeness.built_digest == live_digest(database, StoryList()) == before


# Parked streams.


def test_a_stream_that_the_new_one_cannot_take_is_parked_for_it_and_replayed_after_the_switch(
    told: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = live_digest(told, StoryList())
    with monkeypatch.context() as failing:
        failing.setattr(story_list, "_title", lambda event: 1 / 0 if event.clear().get("slug") == "first" else "x")
        with pytest.raises(Differs):
            rebuilding.rebuild(told, StoryList())
    assert rebuilding.rebuild(told, StoryList(), accept=True).number == 2
    with told.reading() as connection:
        assert [row.follower for row in parking.every(connection)] == ["story_list"]
    monkeypatch.undo()
    with told.reading() as connection:
        (row,) = parking.every(connection)
    assert replaying.replay(told, StoryList(), row.stream_id) is None
    assert rebuilding.rebuild(told, StoryList(), accept=True).number == 3
    assert live_digest(told, StoryList()) == before


def test_what_is_parked_stays_with_its_generation(
    told: Database, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom.opens("Fourth", slug="fourth")
    sequencer.tick(told)
    with monkeypatch.context() as failing:
        failing.setattr(story_list, "_title", lambda *_: 1 / 0)
        follow(told, StoryList())
    rebuilding.rebuild(told, StoryList(), accept=True)
    with told.reading() as connection:
        assert [row.follower for row in parking.every(connection)] == ["story_list/1"]
    rebuilding.roll_back(told, StoryList())
    with told.reading() as connection:
        assert [row.follower for row in parking.every(connection)] == ["story_list"]


def test_the_reports_of_an_outlet_that_is_parked_are_counted(
    database: Database, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom.files(newsroom.opens("First"))
    sequencer.tick(database)
    with monkeypatch.context() as failing:
        failing.setattr(outlets, "_added", lambda _: 1 / 0)
        follow(database, OutletList())
    with database.reading() as connection:
        assert outlets.find(connection, limit=10, sight=ALL).items == []
        (row,) = parking.every(connection)
        assert outlets.reports_of(connection, row.stream_id, sight=ALL) == 1
    assert replaying.replay(database, OutletList(), row.stream_id) is None
    with database.reading() as connection:
        (outlet,) = outlets.find(connection, limit=10, sight=ALL).items
    assert (outlet.name, outlet.reports) == ("NBC News", 1)


# What is redacted meanwhile.


@pytest.mark.parametrize("rebuilt", [False, True])
def test_a_title_that_is_redacted_after_it_was_read_is_written_nowhere(
    database: Database, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, rebuilt: bool
) -> None:
    newsroom.opens("First", slug="first")
    sequencer.tick(database)
    (event,) = read_all(database)
    assert event.key_id is not None
    if rebuilt:
        follow(database, StoryList())
    read = log.read_all

    def read_and_redact(connection: Connection, **given: int) -> list[LogEvent]:
        page = read(connection, **given)
        monkeypatch.undo()
        with database.writing() as another:
            redaction.redact(another, event.stream_id, [event.key_id or ""], version=1, at=event.recorded_at)
        return page

    monkeypatch.setattr(log, "read_all", read_and_redact)
    if rebuilt:
        rebuilding.rebuild(database, StoryList())
    else:
        follow(database, StoryList())
    assert {(row[2], row[3]) for row in everything(database)["story_list"]} == {("first", "")}


# The law.


@given(
    several=st.lists(histories, min_size=1, max_size=3),
    later=st.lists(histories, max_size=2),
    limit=st.integers(1, 9),
)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_read_is_what_is_rebuilt_is_what_a_slow_reading_of_the_log_gives(
    database: Database, several: list[list[Recorded]], later: list[list[Recorded]], limit: int
) -> None:
    _tell(database, several)
    follow(database, *projections(), page=limit)
    with rebuilding.building(database, StoryList()) as stories, rebuilding.building(database, OutletList()) as listed:
        stories._advance(limit)
        _tell(database, later)
        follow(database, *projections(), page=limit)
        for new in (stories, listed):
            new.catch_up()
            found = new.compare()
            assert found
            assert found.live_digest == found.built_digest
            with database.reading() as connection:
                assert _slowly(database) == _listed(connection)
            new.switch()
    with database.reading() as connection:
        assert _slowly(database) == _listed(connection)
    for each in projections():
        rebuilding.clear(database, each)


def _tell(database: Database, several: list[list[Recorded]]) -> None:
    with database.writing() as connection:
        for history in several:
            if history:
                tell(connection, history)
    sequencer.tick(database)


def _listed(connection: Connection) -> dict[str, tuple[str, str, int, int]]:
    rows = story_list.find(connection, limit=10_000, sight=ALL).items
    return {row.story_id: (row.title, row.slug, row.reports, row.position) for row in rows}


def _slowly(database: Database) -> dict[str, tuple[str, str, int, int]]:
    """Fold every story of the log anew."""
    found: dict[str, tuple[str, str, int, int]] = {}
    events = read_all(database)
    for story_id in {event.stream_id for event in events if event.stream_id.startswith("sty_")}:
        own = [event for event in events if event.stream_id == story_id]
        story = fold(Story(), [event.recorded() for event in own])
        found[story_id] = (story.title, story.slug, len(story.reports), own[-1].position)
    return found
