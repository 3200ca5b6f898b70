"""The feed: every event in the order of the log, for whoever follows it.

A cursor belongs to one history of the log (``cursors``). Whoever reads to the end lets the sequencer look for what was
committed since, so that an event that was answered with 201 is in the next page that comes to the end, also where no
worker runs. Positions are dense, so that what came meanwhile follows what was read before.

What is hidden from the reader is a gap in the positions, and what was withheld from the beginning never comes at its
own: it comes with the event that lifts the hold (``store.releases``). A page may hold fewer events than were asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response

from tracker.access import redistribution
from tracker.api import answers, cursors
from tracker.api.blueprints import Blueprint
from tracker.api.paging import limit_asked
from tracker.api.rooms import connection, let_go, rooms
from tracker.api.schemas.feed import FeedQuery, FeedSchema, Telling, present_item
from tracker.api.sights import sight
from tracker.store import log, withholding
from tracker.store.log_events import LogEvent
from tracker.store.releases import released
from tracker.store.ticking import settle
from tracker.store.veils import NO_VEIL, veils

bp = Blueprint("feed", __name__, url_prefix="/v1", description="Every event in the order of the log")


@bp.route("/feed", methods=["GET"])
@bp.arguments(FeedQuery(), location="query")
@bp.response(200, FeedSchema())
@bp.alt_response(409)
def read_feed(query: dict[str, Any]) -> Response:
    """Read every event in the order of the log. Begin without ``after``, go on with ``next``."""
    limit, after = limit_asked(query), query.get("after")
    position = cursors.position_in("feed", after, parameter="after")
    events = _events_after(position, limit + 1)
    shown = events[:limit]
    following = cursors.of_log("feed", shown[-1].position if shown else position)
    more = len(events) > limit or log.fills_page(events)
    return answers.page(_items(shown), following, parameter="after", more=more)


def _items(events: Sequence[LogEvent]) -> list[dict[str, Any]]:
    """``events`` as the reader is told of them."""
    streams = {event.stream_id for event in events}
    hidden = withholding.never_shown(connection(), streams, sight())
    found = veils(connection(), streams, sight())
    told = [event for event in events if (event.stream_id, event.version) not in hidden]
    brought = {
        event.position: released(connection(), event, found.get(event.stream_id, NO_VEIL).hidden, sight())
        for event in told
    }
    carried = [event for each in brought.values() if each for event in each.events]
    telling = Telling(redistribution.settings_of(connection(), [*told, *carried]), found)
    return [present_item(event, brought[event.position], telling) for event in told]


def _events_after(position: int, most: int) -> list[LogEvent]:
    events = log.read_all(connection(), after=position, limit=most)
    if len(events) == most or log.fills_page(events):
        return events
    # Who lets it tick takes connections for that, and nobody holds two.
    let_go()
    settle(rooms().database)
    return events + log.read_all(connection(), after=position + len(events), limit=most - len(events))
