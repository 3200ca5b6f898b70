"""Health: whether the process lives, and whether it can serve."""

from __future__ import annotations

from flask import Blueprint, Response

from tracker.api import answers
from tracker.api.rooms import connection, rooms
from tracker.webhooks import progress

bp = Blueprint("health", __name__)


@bp.get("/livez")
def live() -> Response:
    """The process answers."""
    return answers.public({"status": "ok"})


@bp.get("/readyz")
def ready() -> Response:
    """The database answers; says how far each follower is behind. 503 where the database is away.

    "degraded" where a follower could not go on with a stream: what was asked for is answered, and not all that follows
    from the log is done.
    """
    found = progress.following(connection(), rooms().settings)
    return answers.public(
        {
            "status": "degraded" if any(each.parked for each in found) else "ok",
            "lag": {each.name: each.events_behind for each in found},
            "lag_seconds": {each.name: each.seconds_behind for each in found},
            "parked": {each.name: each.parked for each in found},
        }
    )
