"""Health: whether the process lives, and whether it can serve."""

from __future__ import annotations

from flask import Blueprint, Response

from tracker.api import answers
from tracker.api.rooms import connection, rooms
from tracker.handling.lifting import APART
from tracker.store import withholding
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
    from the log is done; and where holds are due for long and were not lifted, since no worker runs or clocks disagree.
    """
    found = progress.following(connection(), rooms().settings)
    overdue = withholding.overdue(connection(), rooms().clock.recorded_now() - APART)
    return answers.public(
        {
            "status": "degraded" if overdue or any(each.parked for each in found) else "ok",
            "lag": {each.name: each.events_behind for each in found},
            "lag_seconds": {each.name: each.seconds_behind for each in found},
            "parked": {each.name: each.parked for each in found},
            "holds_overdue": overdue,
        }
    )
