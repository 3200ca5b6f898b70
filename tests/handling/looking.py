"""Short ways to look at what a command led to."""

from __future__ import annotations

from tests.rooms import Newsroom
from tracker.db.database import Database
from tracker.store import loading, log, sequencer
from tracker.store.log_events import LogEvent
from tracker.store.requests import RequestKey
from tracker.stories.story import Story


def story_of(database: Database, story_id: str) -> Story:
    with database.reading() as connection:
        return loading.load(connection, story_id)


def whole_log(database: Database) -> list[LogEvent]:
    sequencer.tick(database)
    with database.reading() as connection:
        return log.read_all(connection, after=0, limit=1000)


def key_of(newsroom: Newsroom, key: str = "k-1", fingerprint: bytes = b"1") -> RequestKey:
    return RequestKey(token_id=newsroom.token.id, key=key, route="POST /v1/stories", fingerprint=fingerprint)
