"""Outlets: enter, list, show, edit, merge."""

from __future__ import annotations

from typing import Any

from flask import Response

from tracker.api import answers, cursors, gate
from tracker.api.blueprints import Blueprint
from tracker.api.freshness import wait_for
from tracker.api.naming import outlet_id_of, present_id_of
from tracker.api.paging import limit_asked
from tracker.api.rooms import connection, enter, rooms
from tracker.api.schemas.names import MergeSchema, NamesQuery
from tracker.api.schemas.outlets import (
    AddOutletSchema,
    EditOutletSchema,
    OutletPageSchema,
    WholeOutletSchema,
    present_outlet_row,
    present_whole_outlet,
)
from tracker.api.sights import sight
from tracker.handling import Entered
from tracker.ids import new_id
from tracker.projections import outlets
from tracker.store import register
from tracker.stories.names import Unknown
from tracker.stories.outlets import AddOutlet, EditOutlet, MergeOutlet

bp = Blueprint("outlets", __name__, url_prefix="/v1", description="Outlets: who publishes")


@bp.route("/outlets", methods=["POST"])
@bp.arguments(AddOutletSchema())
@bp.response(201, WholeOutletSchema())
@bp.alt_response(200, schema=WholeOutletSchema(), description="It is there, and is just that")
def add_outlet(body: dict[str, Any]) -> Response:
    """Enter an outlet that nobody has mentioned yet. Whoever files a report for a new one enters it by that."""
    command = AddOutlet(outlet_id=new_id("out", rooms().clock), **as_given(body))
    entered = enter(command, gate.asked())
    location = f"/v1/outlets/{entered.id}"
    return _shown(entered, 201 if entered.written else 200, {"Location": location})


@bp.route("/outlets", methods=["GET"])
@bp.arguments(NamesQuery(), location="query")
@bp.response(200, OutletPageSchema())
@bp.alt_response(409)
def list_outlets(query: dict[str, Any]) -> Response:
    """List the outlets, in the order in which they were first mentioned."""
    limit = limit_asked(query)
    after = cursors.position_in("outlets", query.get("cursor"))
    wait_for(query.get("wait_for"), outlets.NAME)
    page = outlets.find(connection(), sight=sight(), q=query.get("q"), after_position=after, limit=limit)
    following = cursors.of_log("outlets", page.last_position) if page.more else None
    return answers.page([present_outlet_row(row) for row in page.items], following, as_at_position=page.as_at_position)


@bp.route("/outlets/<outlet>", methods=["GET"])
@bp.response(200, WholeOutletSchema())
@bp.alt_response(304, description="The client has it already")
def show_outlet(outlet: str) -> Response:
    """Show an outlet, by its id or one of its names."""
    body, tag = _presented(present_id_of("outlet", outlet))
    return answers.not_modified(tag) or answers.answer(body, tag=tag)


@bp.route("/outlets/<outlet>", methods=["PATCH"])
@bp.arguments(EditOutletSchema())
@bp.response(200, WholeOutletSchema())
@bp.alt_response(428)
def edit_outlet(body: dict[str, Any], outlet: str) -> Response:
    """Change an outlet's name, its aliases, its owner, or what of its text may leave. Needs If-Match with its ETag."""
    command = EditOutlet(outlet_id=outlet_id_of(outlet), **as_given(body))
    return _shown(enter(command, gate.asked(if_match=True)))


@bp.route("/outlets/<outlet>/merge", methods=["POST"])
@bp.arguments(MergeSchema())
@bp.response(200, WholeOutletSchema())
def merge_outlet(body: dict[str, Any], outlet: str) -> Response:
    """Have an outlet be the same as another one, which is left and is shown. Both ids stay valid."""
    return _shown(enter(MergeOutlet(outlet_id=outlet_id_of(outlet), into=body["into"]), gate.asked()))


def as_given(body: dict[str, Any]) -> dict[str, Any]:
    """``body`` with its lists as commands have them."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in body.items()}


def _shown(entered: Entered, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    body, tag = _presented(entered.id, entered.revision)
    return answers.answer(body, status, tag=tag, headers=headers)


def _presented(outlet_id: str, revision: int | None = None) -> tuple[dict[str, Any], str]:
    """The outlet as it is shown, at that revision or the latest, and its ETag. Raises ``NotFound``."""
    outlet = register.outlet(connection(), outlet_id, revision)
    if outlet is None:
        raise Unknown("outlet", outlet_id)
    reports = outlets.reports_of(connection(), outlet_id, sight=sight())
    merged = register.merged_into(connection(), "outlet", outlet_id)
    # What others bring about is shown too, and is no revision of the outlet.
    tag = answers.tag(outlet.revision, f"outlet {reports} {len(merged)}")
    return present_whole_outlet(outlet, reports, merged), tag
