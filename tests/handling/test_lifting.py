"""An embargo ends by itself, on time, by an event; and one that can't be ended keeps no other from ending."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from tests.rooms import Newsroom
from tests.store.writing import NOW
from tracker.access.sight import PUBLIC
from tracker.clock import StoryClock
from tracker.db.database import Database
from tracker.errors import Damaged
from tracker.handling import Asked, Handler, Outcome
from tracker.handling.lifting import APART, ITSELF, Lifting
from tracker.store import seeing, withholding
from tracker.stories.commands import Command

_LATER = NOW + timedelta(hours=1)


@pytest.fixture
def lifting(database: Database, clock: StoryClock, handler: Handler) -> Lifting:
    return Lifting(database, clock, handler)


def test_an_embargo_is_lifted_when_its_time_has_come_and_not_before(
    database: Database, clock: StoryClock, newsroom: Newsroom, lifting: Lifting
) -> None:
    story_id = _embargoed(newsroom)
    clock.set(_LATER - timedelta(seconds=1))
    assert (lifting.move(), _reports_seen(database, story_id)) == (0, 0)
    clock.set(_LATER)
    assert (lifting.move(), _reports_seen(database, story_id)) == (1, 1)
    assert lifting.move() == 0


def test_what_came_due_while_nobody_looked_is_lifted_at_the_next_look(
    database: Database, clock: StoryClock, newsroom: Newsroom, lifting: Lifting
) -> None:
    story_id = _embargoed(newsroom)
    clock.set(_LATER + timedelta(days=3))
    with database.reading() as connection:
        assert withholding.overdue(connection, clock.recorded_now()) == 1
    assert (lifting.move(), _reports_seen(database, story_id)) == (1, 1)


def test_it_is_lifted_by_the_tracker_itself(
    database: Database, clock: StoryClock, newsroom: Newsroom, lifting: Lifting
) -> None:
    story_id = _embargoed(newsroom)
    clock.set(_LATER)
    lifting.move()
    with database.reading() as connection:
        *_, last = seeing.history(connection, story_id, PUBLIC, after=0, up_to=None)
    assert last.actor == ITSELF.id


def test_where_two_clocks_disagree_it_waits(
    database: Database, clock: StoryClock, newsroom: Newsroom, lifting: Lifting, monkeypatch: pytest.MonkeyPatch
) -> None:
    story_id = _embargoed(newsroom)
    clock.set(_LATER)
    wrong = clock.now() + 2 * APART
    monkeypatch.setattr(withholding, "database_time", lambda _: wrong)
    assert (lifting.move(), _reports_seen(database, story_id)) == (0, 0)


def test_one_that_can_not_be_lifted_keeps_no_other_from_it(
    database: Database, clock: StoryClock, newsroom: Newsroom, handler: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged, sound = _embargoed(newsroom), _embargoed(newsroom)

    class Half:
        """A handler that can't read one of the stories."""

        def handle(self, command: Command, asked: Asked) -> Outcome:
            if command.story_id == damaged:
                raise Damaged("This story can't be read.")
            return handler.handle(command, asked)

    monkeypatch.setattr("tracker.handling.lifting._MOST", 1)
    clock.set(_LATER)
    lifting = Lifting(database, clock, Half())  # type: ignore[arg-type]
    assert [lifting.move(), lifting.move(), lifting.move()] == [0, 1, 0]
    assert (_reports_seen(database, damaged), _reports_seen(database, sound)) == (0, 1)


def _embargoed(newsroom: Newsroom) -> str:
    """A story in which a report is under embargo until ``_LATER``."""
    story_id = newsroom.opens()
    given = {"embargoed_until": _LATER, "hold_id": newsroom.new_id("hld")}
    newsroom.asks(msgspec.structs.replace(newsroom.filing(story_id), **given))
    return story_id


def _reports_seen(database: Database, story_id: str) -> int:
    with database.reading() as connection:
        return len(seeing.seen(connection, story_id, PUBLIC).reports)
