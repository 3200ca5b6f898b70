"""Two in one group commit, and the database dies at each statement of it: nobody is told yes who is not stored."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from tests.db.crowd import Crowd, Work, unhurried
from tests.dying import How, Steps, interrupted, refused, unheard
from tests.rooms import settings_for
from tests.store.writing import NOW, read, saying, text_of
from tracker.db.database import Database
from tracker.db.groups import Outcome
from tracker.errors import Unavailable
from tracker.store import log, verifying
from tracker.store.log_events import NewEvent

__all__ = ["unhurried"]

STREAMS = ("sty_1", "sty_2")


@pytest.fixture
def database(migrated_sqlite_url: str) -> Iterator[Database]:
    opened = Database(settings_for(migrated_sqlite_url))
    yield opened
    opened.close()


@pytest.mark.usefixtures("unhurried")
@pytest.mark.parametrize("how", [refused, unheard, interrupted], ids=lambda how: how.__name__)
def test_nobody_in_a_group_commit_is_told_yes_who_is_not_stored(database: Database, how: How) -> None:
    steps = Steps(database)
    for number in range(1, 100):
        events = [saying(f"{number}") for _ in STREAMS]
        with steps.counting(number, how):
            told = Crowd(database, *map(appending, STREAMS, events)).run()
        for stream_id, event, answer in zip(STREAMS, events, told, strict=True):
            check(database, stream_id, event, answer, steps)
        if not steps.came:
            assert told == [None, None]
            assert "SAVEPOINT part" in steps.seen
            assert steps.seen.count("COMMIT") == 1
            assert verifying.verify(database, content=True).findings.told == []
            return
    raise AssertionError("it never passes clean")


def check(database: Database, stream_id: str, event: NewEvent, answer: BaseException | None, steps: Steps) -> None:
    """Who was told yes is stored, who was told no is not; who was not told yes asks again, and is there once."""
    stored = event.event_id in [each.event_id for each in read(database, stream_id)]
    place = f"after a death at {steps.seen[-1]}"
    if answer is None:
        assert stored, f"told yes, and not stored, {place}"
    elif isinstance(answer, Unavailable) and str(answer) == Outcome.LOST.value:
        assert not stored, f"told no, and stored, {place}"
    with database.writing() as connection:
        appending(stream_id, event)(connection)
    ids = [each.event_id for each in read(database, stream_id)]
    assert ids.count(event.event_id) == 1, place
    assert [text_of(each) for each in read(database, stream_id)] == [str(n + 1) for n in range(len(ids))]


def appending(stream_id: str, event: NewEvent) -> Work:
    def work(connection: Connection) -> None:
        log.append(connection, stream_id, "story", [event], expected="any", now=NOW)

    return work
