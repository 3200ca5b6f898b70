"""Short ways to write to the log in tests of the log itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from tracker.clock import Clock
from tracker.db.database import Database
from tracker.ids import new_id
from tracker.store import log, order, recent, redaction, sequencer
from tracker.store.log import Appended, Expected
from tracker.store.log_events import LogEvent, NewEvent
from tracker.store.ticking import settle
from tracker.stories.events import StoryReopened
from tracker.stories.story import Story

NOW = datetime(2020, 1, 3, tzinfo=UTC)


def saying(text: str, **fields: Any) -> NewEvent:
    """A new event with ``text`` in it; the log doesn't care which event it is."""
    usual = {"event_id": new_id("evt", Clock()), "actor": "tok_1", "correlation_id": "req_1"}
    return NewEvent(**{**usual, **fields}, event=StoryReopened(reason=text))


def append(
    database: Database, stream_id: str, *events: NewEvent | str, expected: Expected = "any", now: datetime = NOW
) -> Appended:
    """Append ``events``, or texts, in a transaction of their own; their position is known when it ends."""
    new = [saying(event) if isinstance(event, str) else event for event in events]
    with database.writing() as connection:
        done = log.append(connection, stream_id, "story", new, expected=expected, now=now)
    sequencer.tick(database)
    with database.reading() as connection:
        return done._replace(position=order.position_of(connection, stream_id, done.last))


def read(database: Database, stream_id: str, **limits: Any) -> list[LogEvent]:
    with database.reading() as connection:
        return log.read(connection, stream_id, **limits)


def read_all(database: Database, after: int = 0, limit: int = 10_000) -> list[LogEvent]:
    """The log as a follower finds it: whatever was committed has its position, also where somebody else is ticking."""
    settle(database)
    with database.reading() as connection:
        return log.read_all(connection, after=after, limit=limit)


def text_of(event: LogEvent) -> str:
    """What ``saying`` put into it."""
    opened = event.open()
    assert isinstance(opened, StoryReopened)
    return opened.reason


def somebody_waits(database: Database, how_many: int = 1) -> bool:
    """Whether connections wait for others' locks; on SQLite nothing tells, and nobody is asked to wait for it."""
    if database.kind == "sqlite":
        return True
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with database.reading() as connection:
        return int(connection.exec_driver_sql(waiting).scalar_one()) >= how_many


def written(story: Story) -> bytes:
    """All that the story says, whether or not its reports' contents have been opened yet."""
    opened = {name: msgspec.structs.replace(report, held=report.content) for name, report in story.reports.items()}
    return msgspec.json.encode(msgspec.structs.replace(story, reports=opened))


def destroy(database: Database, stream_id: str, *key_ids: str) -> None:
    """Destroy keys of a stream, as a redaction does."""
    with database.writing() as connection:
        head = log.lock(connection, stream_id)
        assert head is not None
        redaction.redact(connection, stream_id, key_ids, version=head.version, at=head.recorded_at)


def forget(database: Database) -> None:
    """Leave nothing of ``database`` in this process's memory, as after a start."""
    recent._by_pool.pop(database.engine.pool, None)
