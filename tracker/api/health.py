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
    """The database answers; says how many events each follower is behind. 503 where the database is away."""
    return answers.public({"status": "ok", "lag": progress.lags(connection(), rooms().settings)})
