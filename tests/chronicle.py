"""Puts histories into the log as they are, without deciding anything, and moves followers to its end."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from tracker.clock import Clock
from tracker.db.database import Database
from tracker.ids import new_id
from tracker.store import followers, log, sequencer
from tracker.store.followers import Follower
from tracker.store.log import LogEvent, NewEvent
from tracker.stories.events import Recorded, ReportCorrected, ReportFiled, ReportUpdated
from tracker.stories.outlets import OutletAdded

_clock = Clock()


def tell(connection: Connection, history: Sequence[Recorded], story_id: str | None = None) -> str:
    """Append ``history``, from its first revision on, to a story, a new one unless given; returns the story's id."""
    story_id = story_id or new_id("sty", _clock)
    outlets: dict[str, str] = {}
    for recorded in history:
        log.append(
            connection,
            story_id,
            "story",
            [_new(recorded, outlets)],
            expected=recorded.revision - 1 or "none",
            now=recorded.recorded_at,
        )
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


def follow(database: Database, *following: Follower, page: int = 200) -> None:
    """Move followers to the end of the log, ``page`` events at a time."""
    for follower in following:
        while followers.advance(database, follower, page):
            pass


def everything(database: Database) -> list[LogEvent]:
    """The whole log, all of it with its position."""
    sequencer.tick(database)
    with database.reading() as connection:
        return log.read_all(connection, after=0, limit=1_000_000)


def _new(recorded: Recorded, outlets: dict[str, str]) -> NewEvent:
    event, key_id = recorded.event, None
    if isinstance(event, ReportFiled):
        outlets[event.report_id] = event.outlet.id
        key_id = f"{event.report_id}/1"
    if isinstance(event, ReportUpdated | ReportCorrected):
        key_id = f"{event.report_id}/{event.version}"
    return NewEvent(
        event_id=new_id("evt", _clock),
        event=event,
        actor=f"tok_{recorded.revision % 2}",
        correlation_id="req_1",
        on_behalf_of=outlets.get(getattr(event, "report_id", "")),
        key_id=key_id,
    )
