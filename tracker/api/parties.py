"""Parties: enter, list, show, edit, merge."""

from __future__ import annotations

from typing import Any

from flask import Response

from tracker.api import answers, cursors, gate
from tracker.api.blueprints import Blueprint
from tracker.api.freshness import wait_for
from tracker.api.naming import party_id_of, present_id_of
from tracker.api.outlets import as_given
from tracker.api.paging import limit_asked
from tracker.api.rooms import connection, enter, rooms
from tracker.api.schemas.names import MergeSchema, NamesQuery
from tracker.api.schemas.parties import (
    AddPartySchema,
    EditPartySchema,
    PartyPageSchema,
    WholePartySchema,
    present_party_row,
    present_whole_party,
)
from tracker.api.sights import sight
from tracker.handling import Entered
from tracker.ids import new_id
from tracker.projections import parties
from tracker.store import register
from tracker.stories.names import Unknown
from tracker.stories.parties import AddParty, EditParty, MergeParty

bp = Blueprint("parties", __name__, url_prefix="/v1", description="Parties: persons and organisations spoken of")


@bp.route("/parties", methods=["POST"])
@bp.arguments(AddPartySchema())
@bp.response(201, WholePartySchema())
@bp.alt_response(200, schema=WholePartySchema(), description="It is there, and is just that")
def add_party(body: dict[str, Any]) -> Response:
    """Enter a party that nobody has mentioned yet. Whoever names a new one in a claim enters it by that."""
    command = AddParty(party_id=new_id("pty", rooms().clock), **as_given(body))
    entered = enter(command, gate.asked())
    location = f"/v1/parties/{entered.id}"
    return _shown(entered, 201 if entered.written else 200, {"Location": location})


@bp.route("/parties", methods=["GET"])
@bp.arguments(NamesQuery(), location="query")
@bp.response(200, PartyPageSchema())
@bp.alt_response(409)
def list_parties(query: dict[str, Any]) -> Response:
    """List the parties, in the order in which they were first mentioned."""
    limit = limit_asked(query)
    after = cursors.position_in("parties", query.get("cursor"))
    wait_for(query.get("wait_for"), parties.NAME)
    page = parties.find(connection(), sight=sight(), q=query.get("q"), after_position=after, limit=limit)
    following = cursors.of_log("parties", page.last_position) if page.more else None
    return answers.page([present_party_row(row) for row in page.items], following, as_at_position=page.as_at_position)


@bp.route("/parties/<party>", methods=["GET"])
@bp.response(200, WholePartySchema())
@bp.alt_response(304, description="The client has it already")
def show_party(party: str) -> Response:
    """Show a party, by its id or one of its names."""
    body, tag = _presented(present_id_of("party", party))
    return answers.not_modified(tag) or answers.answer(body, tag=tag)


@bp.route("/parties/<party>", methods=["PATCH"])
@bp.arguments(EditPartySchema())
@bp.response(200, WholePartySchema())
@bp.alt_response(428)
def edit_party(body: dict[str, Any], party: str) -> Response:
    """Change a party's name, its aliases, what it is, or its roles. Needs If-Match with its ETag."""
    command = EditParty(party_id=party_id_of(party), **as_given(body))
    return _shown(enter(command, gate.asked(if_match=True)))


@bp.route("/parties/<party>/merge", methods=["POST"])
@bp.arguments(MergeSchema())
@bp.response(200, WholePartySchema())
def merge_party(body: dict[str, Any], party: str) -> Response:
    """Have a party be the same as another one, which is left and is shown. Both ids stay valid."""
    return _shown(enter(MergeParty(party_id=party_id_of(party), into=body["into"]), gate.asked()))


def _shown(entered: Entered, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    body, tag = _presented(entered.id, entered.revision)
    return answers.answer(body, status, tag=tag, headers=headers)


def _presented(party_id: str, revision: int | None = None) -> tuple[dict[str, Any], str]:
    """The party as it is shown, at that revision or the latest, and its ETag. Raises ``NotFound``."""
    party = register.party(connection(), party_id, revision)
    if party is None:
        raise Unknown("party", party_id)
    merged = register.merged_into(connection(), "party", party_id)
    # What others bring about is shown too, and is no revision of the party.
    tag = answers.tag(party.revision, f"party {len(merged)}")
    return present_whole_party(party, merged), tag
