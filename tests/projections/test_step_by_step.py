"""Whatever statement the database dies at: a tick, a follower's page, and a rebuild are done once, as if it had not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.dying import How, Steps, interrupted, refused, unheard
from tests.rooms import Newsroom, everything, settings_for
from tests.store.writing import NOW, saying
from tests.webhooks.subscribers import ShiftedClock
from tracker.clock import Clock
from tracker.db.database import Database
from tracker.db.prepared import Prepared
from tracker.projections.story_list import StoryList
from tracker.store import followers, generations, log, order, rebuilding, sequencer, verifying
from tracker.store.generations import LEASE
from tracker.store.rebuilding import Rebuilt

_ROWS = Prepared(
    "SELECT story_id, slug, title, status, reports, revision, changed_at, position FROM story_list "
    f"WHERE generation = {generations.live_number('story_list')} ORDER BY story_id"
)


@pytest.fixture
def steps(database: Database) -> Steps:
    return Steps(database)


@pytest.fixture(params=[refused, unheard, interrupted], ids=lambda how: how.__name__)
def how(request: pytest.FixtureRequest) -> How:
    found: How = request.param
    return found


def rows(database: Database) -> list[tuple[Any, ...]]:
    """What readers of the list are shown."""
    with database.reading() as connection:
        return _ROWS.all(connection)


def test_a_tick(postgresql_of: Database, how: How) -> None:
    steps, appended = Steps(postgresql_of), 0
    for number in range(1, 20):
        with postgresql_of.writing() as connection:
            for stream_id in ("sty_1", "sty_2"):
                log.append(connection, stream_id, "story", [saying("…"), saying("…")], expected="any", now=NOW)
        appended += 4
        before = everything(postgresql_of)
        heard = steps.dying(number, how, lambda: sequencer.tick(postgresql_of))
        left = everything(postgresql_of)
        again = sequencer.tick(postgresql_of)
        assert again == (4 if left == before else 0)
        assert heard in (None, 4)
        with postgresql_of.reading() as connection:
            assert order.last_position(connection) == appended
        assert verifying.verify(postgresql_of).findings.told == []
        if not steps.came:
            assert number > 4
            return
    raise AssertionError("it never passes clean")


@pytest.fixture
def postgresql_of(migrated_postgresql_url: str) -> Iterator[Database]:
    opened = Database(settings_for(migrated_postgresql_url))
    yield opened
    opened.close()


def test_a_page_of_a_projection(database: Database, newsroom: Newsroom, steps: Steps, how: How) -> None:
    follower, stories = StoryList(), [newsroom.opens(f"Story {number}") for number in range(3)]
    for number in range(1, 30):
        for story_id in stories:
            newsroom.files(story_id, f"{number}.")
        sequencer.tick(database)
        before, shown = everything(database), rows(database)
        steps.dying(number, how, lambda: followers.advance(database, follower))
        left = everything(database)
        passed = followers.advance(database, follower)
        settled = everything(database)
        assert left in (before, settled), f"half a page is taken, after a death at {steps.seen[-1]}"
        assert (passed > 0) == (left == before)
        assert [row[4] for row in rows(database)] == [number] * 3, shown
        if not steps.came:
            assert number > 4
            return
    raise AssertionError("it never passes clean")


def test_a_rebuild(database: Database, newsroom: Newsroom, steps: Steps, how: How) -> None:
    for number in range(3):
        newsroom.files(newsroom.opens(f"Story {number}"))
    sequencer.tick(database)
    while followers.advance(database, StoryList()):
        pass
    shown, clock = rows(database), ShiftedClock()
    for number in range(1, 120):
        steps.dying(number, how, lambda: rebuild_and_clear(database, clock))
        # Whoever reads meanwhile sees the one or the other, whole.
        assert rows(database) == shown, f"after a death at {steps.seen[-1]}"
        died = steps.came
        # Who died holds the lease until it is over.
        clock.shift += 2 * LEASE
        done = rebuild_and_clear(database, clock)
        assert done.likeness is not None
        assert done.likeness
        assert rows(database) == shown
        check_generations(database)
        if not died:
            assert number > 20
            return
    raise AssertionError("it never passes clean")


def rebuild_and_clear(database: Database, clock: Clock) -> Rebuilt:
    """As ``tracker rebuild`` does it."""
    done = rebuilding.rebuild(database, StoryList(), clock=clock)
    rebuilding.clear(database, StoryList(), clock=clock)
    return done


def check_generations(database: Database) -> None:
    """One is live, one is kept to go back to, and of no other is a row or a checkpoint left."""
    with database.reading() as connection:
        found = generations.every(connection, StoryList().name)
    assert sorted(each.state for each in found) == ["kept", "live"]
    left = everything(database)
    columns = [column.name for column in StoryList().tables[0].columns]
    place = columns.index("generation")
    assert {row[place] for row in left["story_list"]} == {each.number for each in found}
    kept = next(each.number for each in found if each.state == "kept")
    assert {row[0] for row in left["checkpoint"]} == {"story_list", f"story_list/{kept}"}
