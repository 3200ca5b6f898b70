"""Outlets: list and show."""

from __future__ import annotations

from typing import Any

from flask import Response

from tracker.api import answers, cursors
from tracker.api.blueprints import Blueprint
from tracker.api.freshness import wait_for
from tracker.api.naming import outlet_id_of
from tracker.api.paging import limit_asked
from tracker.api.rooms import connection
from tracker.api.schemas.outlets import OutletPageSchema, OutletRowSchema, OutletsQuery, present_outlet_row
from tracker.projections import outlets

bp = Blueprint("outlets", __name__, url_prefix="/v1", description="Outlets: who publishes")


@bp.route("/outlets", methods=["GET"])
@bp.arguments(OutletsQuery(), location="query")
@bp.response(200, OutletPageSchema())
@bp.alt_response(409)
def list_outlets(query: dict[str, Any]) -> Response:
    """List the outlets, in the order in which they were first mentioned."""
    limit = limit_asked(query)
    after = cursors.position_in("outlets", query.get("cursor"))
    wait_for(query.get("wait_for"), outlets.NAME)
    page = outlets.find(connection(), after_position=after, limit=limit)
    following = cursors.of_log("outlets", page.items[-1].position) if page.more else None
    return answers.page([present_outlet_row(row) for row in page.items], following, as_at_position=page.as_at_position)


@bp.route("/outlets/<outlet>", methods=["GET"])
@bp.response(200, OutletRowSchema())
def show_outlet(outlet: str) -> Response:
    """Show an outlet, by its id or its name."""
    return answers.answer(present_outlet_row(outlets.get(connection(), outlet_id_of(outlet))))
