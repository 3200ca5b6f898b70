"""Puts histories into the log as they are, without deciding anything, and moves followers to its end."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from tracker.clock import Clock, to_microseconds
from tracker.db.database import Database
from tracker.handling.envelopes import destroyed_keys, key_of
from tracker.ids import new_id
from tracker.store import followers, loading, log, redaction, register, withholding
from tracker.store.followers import Follower
from tracker.store.log_events import LogEvent, NewEvent
from tracker.store.ticking import settle
from tracker.stories.events import (
    ContentRedacted,
    Recorded,
    ReportFiled,
    ReportKilled,
)
from tracker.stories.folding import fold
from tracker.stories.outlets import OutletAdded
from tracker.stories.story import Story

_clock = Clock()


def tell(connection: Connection, history: Sequence[Recorded], story_id: str | None = None) -> str:
    """Append ``history``, from its first revision on, to a story, a new one unless given; returns the story's id."""
    story_id = story_id or new_id("sty", _clock)
    outlets: dict[str, str] = {}
    for recorded in history:
        done = log.append(
            connection,
            story_id,
            "story",
            [_new(recorded, outlets)],
            expected=recorded.revision - 1 or "none",
            now=recorded.recorded_at,
        )
        if isinstance(recorded.event, ReportKilled):
            withholding.changed(connection, story_id)
        if isinstance(recorded.event, ContentRedacted):
            before = fold(Story(), loading.history(connection, story_id, up_to=done.first - 1))
            keys = destroyed_keys([recorded.event], before)
            redaction.redact(connection, story_id, keys, version=done.last, at=to_microseconds(done.recorded_at))
    return story_id


def mention(connection: Connection, outlet_id: str, name: str, recorded: Recorded) -> None:
    """Add an outlet, at the time of ``recorded``."""
    added = NewEvent(
        event_id=new_id("evt", _clock),
        event=OutletAdded(outlet_id=outlet_id, name=name),
        actor="tok_1",
        correlation_id="req_1",
    )
    log.append(connection, outlet_id, "outlet", [added], expected="none", now=recorded.recorded_at)
    mentioned = register.outlet(connection, outlet_id)
    assert mentioned is not None
    register.write(connection, mentioned)


def follow(database: Database, *following: Follower, page: int = 200) -> None:
    """Move followers to the end of the log, ``page`` events at a time."""
    settle(database)
    for follower in following:
        while followers.advance(database, follower, page):
            pass


def everything(database: Database) -> list[LogEvent]:
    """The whole log, all of it with its position."""
    settle(database)
    with database.reading() as connection:
        return log.read_all(connection, after=0, limit=1_000_000)


def _new(recorded: Recorded, outlets: dict[str, str]) -> NewEvent:
    event = recorded.event
    if isinstance(event, ReportFiled):
        outlets[event.report_id] = event.outlet.id
    key_id, shares_key = key_of(event)
    return NewEvent(
        event_id=new_id("evt", _clock),
        event=event,
        actor=recorded.actor or f"tok_{recorded.revision % 2}",
        correlation_id="req_1",
        on_behalf_of=outlets.get(getattr(event, "report_id", "")),
        key_id=key_id,
        shares_key=shares_key,
    )
