"""The pages of a webhook's owner: her endpoints, a new one with its secret, what was delivered, an end to it."""

from __future__ import annotations

from typing import Any

from flask import make_response, render_template, request, url_for

from tracker.api import gate
from tracker.api.endpoints import forget, made_by
from tracker.api.fields import RequestSchema
from tracker.api.paging import decode_cursor, encode_cursor, number_in
from tracker.api.rooms import connection
from tracker.api.schemas.endpoints import CreateEndpointSchema
from tracker.api.sights import sight
from tracker.errors import Fault, Invalid
from tracker.handling import Asked
from tracker.store import seeing
from tracker.web.blueprint import bp
from tracker.web.forms import act
from tracker.web.states import PAGE
from tracker.webhooks import deliveries, endpoints
from tracker.webhooks.attempts import Outcome
from tracker.webhooks.deliveries import Delivery
from tracker.webhooks.endpoints import TYPES, Endpoint

#: So many of the stories that an endpoint is limited to are named.
_NAMED = 20
#: What came of an attempt, in words.
_OUTCOMES = {
    Outcome.DELIVERED: "taken",
    Outcome.REFUSED_STATUS: "answered with a status other than 2xx",
    Outcome.TIMEOUT: "no complete answer in time",
    Outcome.FORBIDDEN_ADDRESS: "an address that may not be called",
    Outcome.UNKNOWN_NAME: "the name leads nowhere",
    Outcome.CONNECTION_FAILED: "no connection",
    Outcome.TLS_FAILED: "no encrypted connection to the one named",
    Outcome.TOO_LARGE: "the answer was too long",
    Outcome.BAD_ANSWER: "the answer was no HTTP",
}


class _NothingSchema(RequestSchema):
    """A form whose button says it all."""


@bp.get("/endpoints")
def list_endpoints() -> str:
    """One's own endpoints, the oldest first."""
    cursor = request.args.get("cursor")
    found = endpoints.list_of(connection(), gate.token().id, after=_id_in(cursor) if cursor else "", limit=PAGE + 1)
    following = encode_cursor("endpoints", [found[PAGE - 1].id]) if len(found) > PAGE else None
    return render_template("endpoints.html", endpoints=found[:PAGE], following=following)


@bp.route("/endpoints/new", methods=["GET", "POST"])
def create_endpoint() -> Any:
    """Make an endpoint; the page that follows shows its secret, this once."""

    def work(body: dict[str, Any], asked: Asked) -> Any:
        made, secret = made_by(body, asked)
        return make_response(render_template("endpoint_made.html", endpoint=made, secret=secret), 201)

    return act("create_endpoint.html", CreateEndpointSchema(), work, types=TYPES)


@bp.get("/endpoints/<endpoint_id>")
def show_endpoint(endpoint_id: str) -> str:
    """One of one's own endpoints, and its deliveries, the newest first."""
    found = endpoints.find(connection(), gate.token().id, endpoint_id)
    cursor = request.args.get("cursor")
    before = number_in("deliveries", cursor) if cursor else None
    rows = deliveries.list_of(connection(), found.id, before=before, limit=PAGE + 1)
    return render_template(
        "endpoint.html",
        endpoint=found,
        deliveries=rows[:PAGE],
        titles=_titles(found, rows[:PAGE]),
        named=(found.stories or ())[:_NAMED],
        outcomes=_OUTCOMES,
        older=encode_cursor("deliveries", [rows[PAGE - 1].position]) if len(rows) > PAGE else None,
    )


@bp.route("/endpoints/<endpoint_id>/delete", methods=["GET", "POST"])
def delete_endpoint(endpoint_id: str) -> Any:
    """Delete an endpoint: nothing more is sent to it."""
    found = endpoints.find(connection(), gate.token().id, endpoint_id) if request.method != "POST" else None

    def work(body: dict[str, Any], asked: Asked) -> str:
        forget(endpoint_id, asked)
        return url_for("pages.list_endpoints")

    return act("delete_endpoint.html", _NothingSchema(), work, endpoint=found)


def _titles(endpoint: Endpoint, rows: list[Delivery]) -> dict[str, str]:
    """The titles of the stories that the page names, by their ids."""
    named = {row.story_id for row in rows} | set((endpoint.stories or ())[:_NAMED])
    return {story_id: seeing.seen(connection(), story_id, sight()).title for story_id in sorted(named)}


def _id_in(cursor: str) -> str:
    match decode_cursor("endpoints", cursor):
        case [str(endpoint_id)]:
            return endpoint_id
    raise Invalid("This is no cursor of this list.", name="bad-cursor", faults=[Fault("cursor", "is no cursor")])
