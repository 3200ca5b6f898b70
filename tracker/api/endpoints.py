"""Endpoints: where a subscriber wants to be told. Everybody sees only their own."""

from __future__ import annotations

from typing import Any

from flask import Response
from sqlalchemy import Connection

from tracker.api import answers, gate
from tracker.api.blueprints import Blueprint
from tracker.api.naming import story_id_named
from tracker.api.paging import decode_cursor, encode_cursor, limit_asked, number_in
from tracker.api.rooms import connection, let_go, once, rooms
from tracker.api.schemas.endpoints import (
    CreateEndpointSchema,
    DeliveriesQuery,
    DeliveryPageSchema,
    EndpointPageSchema,
    EndpointSchema,
    EndpointsQuery,
    NewEndpointSchema,
    present_delivery,
    present_endpoint,
)
from tracker.errors import Fault, Invalid
from tracker.handling import Asked
from tracker.store.ticking import settle
from tracker.webhooks import deliveries, endpoints
from tracker.webhooks.addresses import AddressRules
from tracker.webhooks.endpoints import Endpoint

bp = Blueprint("endpoints", __name__, url_prefix="/v1/endpoints", description="Webhook endpoints and deliveries")


@bp.route("", methods=["POST"])
@bp.arguments(CreateEndpointSchema())
@bp.response(201, NewEndpointSchema())
@bp.alt_response(404)
def create_endpoint(body: dict[str, Any]) -> Response:
    """Make an endpoint. The answer holds its secret, this once."""
    # 404: the same request was answered before, and what it made is deleted by now.
    made, secret = made_by(body, gate.asked())
    headers = {"Location": f"/v1/endpoints/{made.id}"}
    return answers.answer({**present_endpoint(made), "secret": secret}, 201, headers=headers)


def made_by(body: dict[str, Any], asked: Asked) -> tuple[Endpoint, str]:
    """The endpoint that ``body`` asks for and its secret; for a request that is repeated, the one that it made.

    Raises ``Invalid`` naming the field, and ``NotFound`` where what the request made is deleted by now.
    """
    owner = asked.token.id
    rules = AddressRules([str(network) for network in rooms().settings.webhook_allowed_networks])
    stories = [story_id_named(story) for story in body["stories"]] if "stories" in body else None

    def create(connection: Connection) -> dict[str, Any]:
        made, _ = endpoints.create(
            connection,
            rooms().clock,
            rules,
            owner=owner,
            url=body["url"],
            types=body.get("types"),
            stories=stories,
        )
        return {"id": made.id}

    # What was committed before has its place before, so that the endpoint isn't told of it.
    let_go()
    settle(rooms().database)
    endpoint_id = once(create, asked)["id"]
    found = endpoints.find(connection(), owner, endpoint_id)
    return found, endpoints.secret_of(connection(), owner, endpoint_id)


@bp.route("", methods=["GET"])
@bp.arguments(EndpointsQuery(), location="query")
@bp.response(200, EndpointPageSchema())
def list_endpoints(query: dict[str, Any]) -> Response:
    """List one's own endpoints, the oldest first."""
    limit = limit_asked(query)
    after = _id_in(query["cursor"]) if "cursor" in query else ""
    found = endpoints.list_of(connection(), gate.token().id, after=after, limit=limit + 1)
    following = encode_cursor("endpoints", [found[limit - 1].id]) if len(found) > limit else None
    return answers.page([present_endpoint(each) for each in found[:limit]], following)


@bp.route("/<endpoint>", methods=["GET"])
@bp.response(200, EndpointSchema())
def show_endpoint(endpoint: str) -> Response:
    """Show one of one's own endpoints."""
    return answers.answer(present_endpoint(endpoints.find(connection(), gate.token().id, endpoint)))


@bp.route("/<endpoint>", methods=["DELETE"])
@bp.response(204)
def delete_endpoint(endpoint: str) -> Response:
    """Delete an endpoint: nothing more is sent to it."""
    forget(endpoint, gate.asked())
    return Response(status=204)


def forget(endpoint_id: str, asked: Asked) -> None:
    """Delete the endpoint. Raises ``NotFound``, also for another's."""

    def delete(connection: Connection) -> dict[str, Any]:
        endpoints.delete(connection, rooms().clock, asked.token.id, endpoint_id)
        return {}

    once(delete, asked)


@bp.route("/<endpoint>/deliveries", methods=["GET"])
@bp.arguments(DeliveriesQuery(), location="query")
@bp.response(200, DeliveryPageSchema())
def list_deliveries(query: dict[str, Any], endpoint: str) -> Response:
    """List an endpoint's deliveries, the newest first."""
    limit = limit_asked(query)
    found = endpoints.find(connection(), gate.token().id, endpoint)
    before = number_in("deliveries", query["cursor"]) if "cursor" in query else None
    rows = deliveries.list_of(connection(), found.id, before=before, state=query.get("state"), limit=limit + 1)
    following = encode_cursor("deliveries", [rows[limit - 1].position]) if len(rows) > limit else None
    return answers.page([present_delivery(row) for row in rows[:limit]], following)


def _id_in(cursor: str) -> str:
    match decode_cursor("endpoints", cursor):
        case [str(endpoint_id)]:
            return endpoint_id
    raise Invalid("This is no cursor of this list.", name="bad-cursor", faults=[Fault("cursor", "is no cursor")])
