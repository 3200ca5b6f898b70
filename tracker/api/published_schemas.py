"""The JSON Schemas that this program publishes for what it sends: for anybody, also without a token.

A webhook's ``dataschema`` (CloudEvents 1.0) leads here, so that a receiver who only has the webhook can read what it
may rely on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from flask import Response

from tracker.api.blueprints import Blueprint
from tracker.api.rooms import rooms
from tracker.errors import NotFound
from tracker.history import COMPARISON_SCHEMA
from tracker.webhooks.body import SCHEMA_PATH
from tracker.webhooks.endpoints import TYPES
from tracker.webhooks.schemas import schema_of

bp = Blueprint("published_schemas", __name__, url_prefix="/v1/schemas", description="JSON Schemas, for anybody")

MEDIA_TYPE = "application/schema+json"
_WEBHOOK = SCHEMA_PATH.removeprefix("/v1/schemas").format(type="<type>")
_COMPARE = "/v1/schemas/compare"
_TYPE = {
    "in": "path",
    "name": "type",
    "description": "The type of an event",
    "schema": {"type": "string", "enum": list(TYPES)},
}


@bp.route(_WEBHOOK, methods=["GET"], parameters=[_TYPE])
@bp.response(200, {"type": "object"}, content_type=MEDIA_TYPE)
def show_webhook_schema(type: str) -> Response:
    """Show the schema of a webhook's body, by the type of event that it tells of."""
    if type not in TYPES:
        raise NotFound(f"No webhook is of the type {type}; the types are {', '.join(TYPES)}.")
    return _schema(schema_of(type, rooms().settings.public_url))


@bp.route("/compare", methods=["GET"])
@bp.response(200, {"type": "object"}, content_type=MEDIA_TYPE)
def show_compare_schema() -> Response:
    """Show the schema of what a comparison of two revisions answers."""
    return _schema({**COMPARISON_SCHEMA, "$id": rooms().settings.public_url + _COMPARE})


def comparison_components() -> dict[str, dict[str, Any]]:
    """``COMPARISON_SCHEMA`` as components of the OpenAPI document, where each definition has a name of its own."""
    found = {"Comparison": {name: value for name, value in COMPARISON_SCHEMA.items() if name[0] != "$"}}
    found |= {_component(name): schema for name, schema in COMPARISON_SCHEMA["$defs"].items()}
    return {name: _referring(schema) for name, schema in found.items()}


def _component(name: str) -> str:
    return "Comparison" + "".join(word.title() for word in name.split("_"))


def _referring(schema: Any) -> Any:
    """``schema`` with its references leading to the components."""
    if isinstance(schema, list):
        return [_referring(inner) for inner in schema]
    if not isinstance(schema, Mapping):
        return schema
    if "$ref" in schema:
        return {**schema, "$ref": "#/components/schemas/" + _component(schema["$ref"].rsplit("/", 1)[1])}
    return {name: _referring(inner) for name, inner in schema.items()}


def _schema(schema: Mapping[str, Any]) -> Response:
    headers = {"Cache-Control": "public, max-age=300"}
    return Response(msgspec.json.encode(schema), content_type=MEDIA_TYPE, headers=headers)
