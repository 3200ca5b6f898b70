"""The OpenAPI document that the server gives of itself. The page to read it is among the pages."""

from __future__ import annotations

from typing import Any, cast

import msgspec
from flask import Blueprint, Flask, Response, current_app

from tracker.api.blueprints import Api

bp = Blueprint("documentation", __name__)

_EXTENSION = "tracker.openapi"
_SECURITY = {"type": "http", "scheme": "bearer", "description": "A token, made by: tracker token create"}


def init_app(app: Flask) -> Api:
    """The API's registry, which the blueprints are registered with and the document is made of."""
    app.config.update(API_TITLE="Story tracker", API_VERSION="v1", OPENAPI_VERSION="3.1.0")
    api = Api(app)
    api.spec.components.security_scheme("token", _SECURITY)
    api.spec.options["security"] = [{"token": []}]
    api.spec.options["info"] = {
        "description": "Tracks developing news stories: every report an event, every revision readable.",
        "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
    }
    app.extensions[_EXTENSION] = api
    app.register_blueprint(bp)
    return api


def document() -> dict[str, Any]:
    """The OpenAPI 3.1 document of the application at hand."""
    return cast(dict[str, Any], current_app.extensions[_EXTENSION].spec.to_dict())


@bp.get("/openapi.json")
def openapi() -> Response:
    """The OpenAPI 3.1 document."""
    headers = {"Cache-Control": "public, max-age=300"}
    return Response(msgspec.json.encode(document()), content_type="application/json", headers=headers)
