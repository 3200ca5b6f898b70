"""The OpenAPI document that the server gives of itself. The page to read it is among the pages."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import msgspec
from flask import Blueprint, Flask, Response, current_app

from tracker.api.alternatives import either2properties
from tracker.api.blueprints import Api
from tracker.api.conventions import with_conventions
from tracker.api.published_schemas import comparison_components
from tracker.api.rooms import rooms
from tracker.api.schemas import answers

bp = Blueprint("documentation", __name__)

_EXTENSION = "tracker.openapi"
#: Where the document is kept once it was asked for; it doesn't change while the program runs.
_WRITTEN = "tracker.openapi.written"
_SECURITY = {"type": "http", "scheme": "bearer", "description": "A token, made by: tracker token create"}


def init_app(app: Flask) -> Api:
    """The API's registry, which the blueprints are registered with and the document is made of."""
    app.config.update(API_TITLE="Story tracker", API_VERSION="v1", OPENAPI_VERSION="3.1.0")
    api = Api(app)
    api.ma_plugin.converter.add_attribute_function(either2properties)
    api.spec.components.security_scheme("token", _SECURITY)
    for name, schema in {**comparison_components(), **answers.components()}.items():
        api.spec.components.schema(name, schema)
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
    api: Api = current_app.extensions[_EXTENSION]
    found = deepcopy(api.spec.to_dict())
    for key, name in api.ma_plugin.converter.refs.items():
        found["components"]["schemas"][name] |= getattr(key[0], "rules", {})
    return with_conventions(found, current_app, page_limit_max=rooms().settings.page_limit_max)


@bp.get("/openapi.json")
def openapi() -> Response:
    """The OpenAPI 3.1 document."""
    if _WRITTEN not in current_app.extensions:
        current_app.extensions[_WRITTEN] = msgspec.json.encode(document())
    headers = {"Cache-Control": "public, max-age=300"}
    return Response(current_app.extensions[_WRITTEN], content_type="application/json", headers=headers)
