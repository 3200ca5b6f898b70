"""flask-smorest's Blueprint and Api with this program's conventions set, so that a blueprint file says only
its own.

    bp = Blueprint("stories", __name__, url_prefix="/v1", description="Stories and their revisions")

    @bp.route("/stories", methods=["POST"])
    @bp.arguments(OPEN_STORY)                       # a schema instance: bodies come through the door
    @bp.response(201, STORY)
    def open_story(body): ...

Bodies and query strings pass ``tracker.api.door`` first; unknown fields and parameters are refused by name;
errors are raised as ``tracker.errors`` and written by ``tracker.api.problems``, and documented so. The types
below restate flask-smorest's own decorators, which have none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from http import HTTPStatus
from typing import Any, NoReturn, TypeAlias, TypeVar, cast

import flask_smorest
import marshmallow as ma
from flask import Request, request
from flask_smorest.utils import prepare_response
from webargs.flaskparser import FlaskParser
from webargs.multidictproxy import MultiDictProxy

from tracker.api import door
from tracker.api.problems import MEDIA_TYPE, faults_of
from tracker.errors import Fault, Invalid

View = TypeVar("View", bound=Callable[..., Any])
Documented: TypeAlias = ma.Schema | str | dict[str, Any] | None


class Parser(FlaskParser):
    """webargs' parser behind the door. All refusals are ``Invalid``; a parameter's pointer is its name."""

    DEFAULT_UNKNOWN_BY_LOCATION = {  # noqa: RUF012
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "json": ma.RAISE,
        "query": ma.RAISE,
        "querystring": ma.RAISE,
    }

    def load_json(self, req: Request, schema: ma.Schema) -> Any:
        limits = door.limits()
        return door.read_json(req, max_bytes=limits.max_bytes, max_depth=limits.max_depth)

    def load_querystring(self, req: Request, schema: ma.Schema) -> Any:
        door.check_query(req.query_string)
        proxy = MultiDictProxy(req.args, schema, known_multi_fields=tuple(self.KNOWN_MULTI_FIELDS))
        twice = [name for name, values in req.args.lists() if len(values) > 1 and name not in proxy.multiple_keys]
        if twice:
            faults = [Fault(name, "Give this parameter once.") for name in twice]
            raise Invalid("A parameter is given more than once.", name="invalid-parameter", faults=faults)
        return proxy

    def handle_error(
        self,
        error: ma.ValidationError,
        req: Request,
        schema: ma.Schema,
        *,
        error_status_code: int | None,
        error_headers: Mapping[str, str] | None,
    ) -> NoReturn:
        faults: list[Fault] = []
        in_body = False
        for location, messages in error.messages_dict.items():
            in_body = in_body or location == "json"
            faults += faults_of(messages) if location == "json" else _by_parameter(messages)
        name = "invalid-request" if in_body else "invalid-parameter"
        raise Invalid(_summary(faults), name=name, faults=faults) from None


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]
    """A blueprint whose arguments come through the door."""

    ARGUMENTS_PARSER = Parser()

    def route(self, rule: str, **options: Any) -> Callable[[View], View]:
        """Answer ``rule`` with the function below; ``methods`` as in Flask.

        Where the function has no arguments of location "query", a query string is refused.
        """
        register = super().route(rule, **options)
        return lambda view: register(view if _takes_query(view) else _without_query(view))

    def arguments(self, schema: ma.Schema, *, location: str = "json", **options: Any) -> Callable[[View], View]:
        """Hand the parsed body or query to the view, after the path's own arguments are bound by name."""
        options.setdefault("error_status_code", 422 if location == "json" else 400)
        return super().arguments(schema, location=location, **options)  # type: ignore[no-any-return]

    def response(self, status_code: int, schema: Documented = None, **options: Any) -> Callable[[View], View]:
        """Document the view's answer: by a schema, by the name of a component, or by a JSON Schema."""
        return super().response(status_code, schema, **options)  # type: ignore[no-any-return]

    def alt_response(self, status_code: int, **options: Any) -> Callable[[View], View]:
        """Document another answer of the view."""
        return super().alt_response(status_code, **options)  # type: ignore[no-any-return]

    @staticmethod
    def doc(**members: Any) -> Callable[[View], View]:
        """Add ``members`` to the view's Operation Object."""
        return flask_smorest.Blueprint.doc(**members)  # type: ignore[no-any-return]


class ErrorItem(ma.Schema):
    """One place where the request is wrong."""

    pointer = ma.fields.String(
        required=True,
        metadata={"description": "A JSON Pointer (RFC 6901) into the body, or a parameter's name"},
    )
    detail = ma.fields.String(required=True, metadata={"description": "What is wrong there"})


class ProblemSchema(ma.Schema):
    """The problem document (RFC 9457) of every 4xx and 5xx; only for the OpenAPI document."""

    type = ma.fields.String(
        required=True, metadata={"description": "Which problem: /problems/<name>", "format": "uri-reference"}
    )
    title = ma.fields.String(required=True, metadata={"description": "What it is; the same at every occurrence"})
    status = ma.fields.Integer(required=True, metadata={"description": "The HTTP status"})
    detail = ma.fields.String(required=True, metadata={"description": "What is wrong this time"})
    instance = ma.fields.String(metadata={"description": "This very occurrence", "format": "uri-reference"})
    errors = ma.fields.List(ma.fields.Nested(ErrorItem), required=True)

    class Meta:
        unknown = ma.INCLUDE


class Api(flask_smorest.Api):  # type: ignore[misc]
    """The API whose errors are ``tracker.api.problems``' own, in whichever order both are set up."""

    ERROR_SCHEMA = ProblemSchema
    #: Each status is listed (``tracker.api.conventions``); one for all would hide those that nobody thought of.
    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """None: problems.init_app answers all errors, and keeps the headers that flask-smorest drops."""

    def _register_responses(self) -> None:
        """Document each refusal with the problem document and its media type."""
        for status in HTTPStatus:
            schema = {"schema": self.ERROR_SCHEMA} if status >= 400 else {}
            response = {"description": status.phrase, **schema}
            prepare_response(response, self.spec, MEDIA_TYPE)
            self.spec.components.response(status.name, response, lazy=True)

    def _register_pagination_header(self) -> None:
        """None: pages of lists are led to by cursors, in the body and in Link."""


def _takes_query(view: View) -> bool:
    arguments = getattr(view, "_apidoc", {}).get("arguments", {})
    return any(parameter["in"] == "query" for parameter in arguments.get("parameters", ()))


def _without_query(view: View) -> View:
    @wraps(view)
    def strict(*arguments: Any, **named: Any) -> Any:
        if request.args:
            faults = [Fault(name, "There is no such parameter.") for name in request.args]
            raise Invalid(_summary(faults), name="invalid-parameter", faults=faults)
        return view(*arguments, **named)

    return cast(View, strict)


def _by_parameter(messages: Any) -> Iterator[Fault]:
    for fault in faults_of(messages):
        name = fault.pointer.removeprefix("/").split("/")[0]
        yield Fault(name.replace("~1", "/").replace("~0", "~"), fault.detail)


def _summary(faults: list[Fault]) -> str:
    first = faults[0]
    place = first.pointer or "The whole"
    rest = f" ({len(faults) - 1} more)" if len(faults) > 1 else ""
    return f"{place}: {first.detail}{rest}"
