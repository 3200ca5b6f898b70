"""What all operations of the OpenAPI document have in common: who may ask, which headers, which problems.

A view says what it alone takes and answers. The rest follows from the permission table and from what can be seen of
the operation (it writes; its path names a story; it may answer 304), and is added here to the finished document, so
that no view can forget it. Every status that an operation may answer with is listed: there is no ``default``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, TypeAlias

from flask import Flask

from tracker.access.permissions import ROUTES, Permission, Role, allowed
from tracker.api.catalogue import CATALOGUE
from tracker.api.problems import MEDIA_TYPE

Json: TypeAlias = dict[str, Any]

_TEXT = {"type": "string"}
#: Where what is written has a revision, and an ETag.
_VERSIONED = ("/v1/stories", "/v1/outlets", "/v1/parties")
_TAG = r'(W/)?"r(0|[1-9][0-9]{0,14})(\.[A-Za-z0-9_-]*)?"'
_IF_MATCH = {"type": "string", "pattern": rf"^(\*|{_TAG})$"}
_KEY = {"type": "string", "pattern": r'^("[ !#-\[\]-~]{1,255}"|[!#-\[\]-~]{1,255})$'}
_HEADERS: Mapping[str, Json] = {
    "IfNoneMatch": {
        "name": "If-None-Match",
        "description": "ETags that the client has; 304 where one is still right",
    },
    "IfMatch": {
        "name": "If-Match",
        "description": "The ETag of the client's last read, or *; 412 where it has changed since",
        "schema": _IF_MATCH,
    },
    "IfMatchRequired": {
        "name": "If-Match",
        "description": "The ETag of the client's last read, or *; 412 where it has changed since, 428 without one",
        "required": True,
        "schema": _IF_MATCH,
    },
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "description": "1 to 255 visible ASCII characters, new for each new act: the same request sent again with the "
        "same key gets the first answer. Kept for a day, unless the operator says otherwise",
        "schema": _KEY,
    },
}
_ETAG = {"description": "For If-None-Match and If-Match", "required": True, "schema": _TEXT}
_LINK = {"description": "The next page (RFC 8288), where there is one; the feed always goes on", "schema": _TEXT}
_MEMENTO = {"description": "Of an answer of the past: the moment that it is of (RFC 7089)", "schema": _TEXT}
_LOCATION = {"description": "The address of what was made, or where it leads", "required": True, "schema": _TEXT}


def with_conventions(document: Json, app: Flask, *, page_limit_max: int) -> Json:
    """``document`` with all that its operations share; it is changed in place and returned."""
    endpoints = dict(_endpoints(app))
    for limit in _limits(document):
        limit["maximum"] = page_limit_max
    for path, item in document["paths"].items():
        for method in [name for name in item if name != "parameters"]:
            _complete(item[method], method, path, ROUTES[endpoints[method, path]])
    components = document["components"]
    components["parameters"] = {name: {"in": "header", "schema": _TEXT, **header} for name, header in _HEADERS.items()}
    components["responses"] = {str(status): _problem(status) for status in sorted(_statuses_used(document))}
    return document


def _endpoints(app: Flask) -> Iterator[tuple[tuple[str, str], str]]:
    """Method and path of each rule, as the document writes them, and its endpoint."""
    for rule in app.url_map.iter_rules():
        path = rule.rule.replace("<", "{").replace(">", "}")
        for method in rule.methods or ():
            yield (method.lower(), path), rule.endpoint


def _complete(operation: Json, method: str, path: str, permission: Permission) -> None:
    if permission is Permission.NONE:
        operation["security"] = []
    operation.setdefault("description", _who_may(permission))
    responses, own = operation["responses"], operation.get("parameters", [])
    paged = any(parameter["name"] in ("cursor", "after") for parameter in own)
    past = any(parameter["name"] == "as_of" for parameter in own)
    for status, response in responses.items():
        if status < "400" and (out := dict(_headers_out(status, paged, past, _has_etag(method, path, responses)))):
            response["headers"] = out
    headers = [{"$ref": f"#/components/parameters/{name}"} for name in _headers_in(method, path, responses)]
    if own or headers:
        operation["parameters"] = [*own, *headers]
    refusals = {*_refusals(operation, method, path, permission), *(status for status in responses if status >= "400")}
    responses |= {status: {"$ref": f"#/components/responses/{status}"} for status in sorted(refusals)}


def _who_may(permission: Permission) -> str:
    if permission is Permission.NONE:
        return "For anybody, also without a token."
    return f"For tokens of the roles {', '.join(role.value for role in Role if allowed(role, permission))}."


def _headers_in(method: str, path: str, responses: Json) -> Iterator[str]:
    if "304" in responses:
        yield "IfNoneMatch"
    if method == "get":
        return
    if path.startswith(_VERSIONED):
        yield "IfMatchRequired" if "428" in responses else "IfMatch"
    yield "IdempotencyKey"


def _has_etag(method: str, path: str, responses: Json) -> bool:
    return "304" in responses or (method != "get" and path.startswith(_VERSIONED))


def _headers_out(status: str, paged: bool, past: bool, tagged: bool) -> Iterator[tuple[str, Json]]:
    if tagged and status != "302":
        yield "ETag", _ETAG
    if paged and status == "200":
        yield "Link", _LINK
    if past and status == "200":
        yield "Memento-Datetime", _MEMENTO
    if status in ("201", "302"):
        yield "Location", _LOCATION


def _refusals(operation: Json, method: str, path: str, permission: Permission) -> Iterator[str]:
    """The statuses, of redirects and refusals and of our own failures, that the operation may answer with."""
    yield from ("400", "500", "503")
    if permission is not Permission.NONE:
        yield from ("401", "403")
    if "{" in path:
        yield "404"
    if "{story}" in path or (method == "get" and ("{outlet}" in path or "{party}" in path)):
        yield "308"
    if method != "get":
        # The key of a request may have been used for another one, also where there is no body to be wrong.
        yield from ("409", "413", "422")
        if path.startswith(_VERSIONED):
            yield "412"
    if "{story}" in path and (method != "get" or "{report}" in path):
        # A report that was killed.
        yield "410"
    if "requestBody" in operation:
        yield "415"


def _limits(document: Json) -> Iterator[Json]:
    for item in document["paths"].values():
        for parameter in item.get("get", {}).get("parameters", ()):
            if parameter["name"] == "limit":
                yield parameter["schema"]


def _statuses_used(document: Json) -> set[int]:
    operations = [item[name] for item in document["paths"].values() for name in item if name != "parameters"]
    refs = [answer.get("$ref", "") for operation in operations for answer in operation["responses"].values()]
    return {int(ref.rsplit("/", 1)[1]) for ref in refs if ref}


def _problem(status: int) -> Json:
    if status < 400:
        return {
            "description": "It has another slug, or was merged into another one; Location is the same address of that",
            "headers": {"Location": {**_LOCATION, "description": "Where to ask again, with the same method and body"}},
        }
    names = ", ".join(problem.name for problem in CATALOGUE.values() if problem.status == status)
    return {
        "description": f"{HTTPStatus(status).phrase}: {names}",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
