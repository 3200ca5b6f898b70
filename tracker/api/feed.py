"""The feed: every event in the order of the log, for whoever follows it.

A cursor holds the log's id and a piece of the hash at its position, so that the cursor of another history (another
installation, or one that was restored to an earlier state) is refused instead of being read as something else.
"""

from __future__ import annotations

from typing import Any

from flask import Response
from sqlalchemy import Connection

from tracker.api import answers
from tracker.api.blueprints import Blueprint
from tracker.api.paging import decode_cursor, encode_cursor, limit_asked
from tracker.api.rooms import connection
from tracker.api.schemas.feed import FeedQuery, FeedSchema, present_event
from tracker.errors import Conflict, Fault, Invalid
from tracker.store import log

bp = Blueprint("feed", __name__, url_prefix="/v1", description="Every event in the order of the log")

#: How much of an event's hash a cursor holds: enough that a wrong history is not taken for the right one.
_HASH_BYTES = 6


@bp.route("/feed", methods=["GET"])
@bp.arguments(FeedQuery(), location="query")
@bp.response(200, FeedSchema())
@bp.alt_response(409)
def read_feed(query: dict[str, Any]) -> Response:
    """Read every event in the order of the log. Begin without ``after``, go on with ``next``."""
    limit = limit_asked(query)
    after = query.get("after")
    position = 0 if after is None else position_of(connection(), after)
    events = log.read_all(connection(), after=position, limit=limit + 1)
    shown = events[:limit]
    following = cursor_at(connection(), shown[-1]) if shown else after or cursor_at(connection(), None)
    items = [present_event(event) for event in shown]
    return answers.page(items, following, parameter="after", more=len(events) > limit)


def cursor_at(connection: Connection, event: log.LogEvent | None) -> str:
    """The cursor that goes on after ``event``; at the beginning without one."""
    place = (event.position, event.hash[:_HASH_BYTES].hex()) if event else (0, "")
    return encode_cursor("feed", [log.log_id(connection), *place])


def position_of(connection: Connection, cursor: str) -> int:
    """The position after which ``cursor`` goes on.

    Raises ``Invalid`` for what is no cursor, ``Conflict`` for a cursor of another history.
    """
    match decode_cursor("feed", cursor, parameter="after"):
        case [str(log_id), int(position), str(piece)] if position >= 0:
            pass
        case _:
            raise Invalid("This is no cursor of the feed.", name="bad-cursor", faults=[Fault("after", "is no cursor")])
    if log_id != log.log_id(connection) or piece != _piece_at(connection, position):
        raise Conflict(
            "This cursor belongs to another history of this log. Begin again without 'after', and pass over the "
            "events whose ids you have.",
            name="cursor-of-another-history",
        )
    return position


def _piece_at(connection: Connection, position: int) -> str | None:
    if position == 0:
        return ""
    events = log.read_all(connection, after=position - 1, limit=1)
    return events[0].hash[:_HASH_BYTES].hex() if events and events[0].position == position else None
