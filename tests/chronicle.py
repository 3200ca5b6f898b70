"""Puts histories into the log as they are, without deciding anything, and moves followers to its end."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from tracker.clock import Clock, to_microseconds
from tracker.db.database import Database
from tracker.db.schema import event
from tracker.ids import new_id
from tracker.store import followers, log, redaction
from tracker.store.followers import Follower
from tracker.store.log_events import LogEvent, NewEvent
from tracker.store.ticking import settle
from tracker.stories.events import ContentRedacted, Recorded, ReportCorrected, ReportFiled, ReportUpdated
from tracker.stories.outlets import OutletAdded

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
        if isinstance(recorded.event, ContentRedacted):
            keys = _keys_of(connection, story_id, recorded.event.target)
            redaction.redact(connection, story_id, keys, version=done.last, at=to_microseconds(done.recorded_at))
    return story_id


def _keys_of(connection: Connection, story_id: str, target: str) -> list[str]:
    """The keys of a version of a report, or of all that it has."""
    keys = select(event.c.key_id).where(event.c.stream_id == story_id, event.c.key_id.is_not(None)).distinct()
    return [key for key in connection.scalars(keys) if target in (key, key.partition("/")[0])]


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
