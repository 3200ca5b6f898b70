"""Every refusal and every failure as one problem document (RFC 9457), whoever raised it.

``init_app`` hooks into Flask's error handling, so that the errors of ``tracker.errors``, the refusals of
Flask and Werkzeug (404, 405, 413 …), marshmallow's validation errors and unforeseen exceptions all become a
``ProblemDocument``, and that is written as ``application/problem+json``: type, title, status, detail,
``errors`` with a pointer each, and the error's facts as further members. Addresses that are not the API's are
answered by the pages' own function, if one is handed in; the address decides, never ``Accept``.

Guarantees: ``Allow``, ``Retry-After`` and ``WWW-Authenticate`` are kept; a failure of ours is logged with its
traceback under the request id that the answer carries, and the answer tells nothing else of it.
Does badly: at most 50 wrong places are named in one answer, and in a pointer a key of more than 100
characters is cut.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from flask import Flask, Response, g, request
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException, default_exceptions

from tracker.api.catalogue import BY_STATUS, CATALOGUE, Problem
from tracker.clock import rfc3339
from tracker.errors import (
    Busy,
    Conflict,
    Damaged,
    Fault,
    Forbidden,
    Invalid,
    NotFound,
    Refusal,
    Stale,
    TrackerError,
    Trouble,
    Unavailable,
)

__all__ = [
    "CATALOGUE",
    "Problem",
    "ProblemDocument",
    "faults_of",
    "init_app",
    "pointer_to",
    "problem_of",
    "request_id",
]

MEDIA_TYPE = "application/problem+json"

#: What is the API's; every other address is a page's.
API_PREFIXES = ("/v1", "/openapi.json", "/livez", "/readyz")

_MOST_ERRORS = 50
_LONGEST_KEY = 100
_CHALLENGE = 'Bearer realm="tracker"'
_log = logging.getLogger(__name__)

#: The problem of an error whose own name is not in the catalogue; the nearest class first.
_BY_CLASS: tuple[tuple[type[TrackerError], str], ...] = (
    (Stale, "stale"),
    (Conflict, "conflict"),
    (NotFound, "not-found"),
    (Forbidden, "forbidden"),
    (Invalid, "invalid-request"),
    (Busy, "busy"),
    (Unavailable, "unavailable"),
    (Damaged, "damaged"),
    (Refusal, "bad-request"),
)


@dataclass(frozen=True, slots=True)
class ProblemDocument:
    """One occurrence of a problem: all that a document or a page says of it."""

    problem: Problem
    detail: str
    errors: Sequence[Fault] = ()
    facts: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    #: A URI of this very occurrence (RFC 9457 §3.1.5); only where the log has more about it.
    instance: str | None = None

    def body(self) -> dict[str, object]:
        """The document's members, in the order in which they are written; no fact hides a standard one."""
        problem = self.problem
        standard: dict[str, object] = {
            "type": problem.type,
            "title": problem.title,
            "status": problem.status,
            "detail": self.detail,
        }
        if self.instance is not None:
            standard["instance"] = self.instance
        standard["errors"] = [
            {"pointer": fault.pointer, "detail": fault.detail} for fault in self.errors[:_MOST_ERRORS]
        ]
        if len(self.errors) > _MOST_ERRORS:
            standard["errors_omitted"] = len(self.errors) - _MOST_ERRORS
        return standard | {name: fact for name, fact in self.facts.items() if name not in standard}

    def response(self) -> Response:
        """The answer as ``application/problem+json``."""
        text = json.dumps(self.body(), ensure_ascii=False, default=_plain)
        return self.dress(Response(text.encode("utf-8", "replace"), content_type=MEDIA_TYPE))

    def dress(self, response: Response) -> Response:
        """``response`` with this problem's status and headers; it is kept by no cache."""
        response.status_code = self.problem.status
        response.headers.update(self.headers)
        response.headers.setdefault("Cache-Control", "no-store")
        return response


def init_app(
    app: Flask,
    *,
    html: Callable[[ProblemDocument], Response] | None = None,
    translate: Callable[[Exception], Exception] = lambda error: error,
) -> None:
    """Answer every error of ``app`` with a problem document.

    ``html`` makes the page for an address outside ``API_PREFIXES``; status and headers are set here. Without
    it such an address gets the document too. ``translate`` puts what others raise into the words of
    ``tracker.errors``, where they have any for it.
    """

    def answer(error: Exception) -> Response | HTTPException:
        if isinstance(error, HTTPException) and not _is_problem(error):
            return error
        return _render(problem_of(translate(error)), html)

    app.register_error_handler(HTTPException, answer)
    app.register_error_handler(Exception, answer)


def problem_of(error: Exception) -> ProblemDocument:
    """What to tell of ``error``; logs what is our own fault."""
    if isinstance(error, TrackerError):
        return _of_ours(error)
    if isinstance(error, ValidationError):
        return _of_ours(Invalid("The request is not as it should be.", faults=faults_of(error.messages)))
    if isinstance(error, HTTPException) and error.code != 500:
        return _of_framework(error)
    return _of_failure(CATALOGUE["internal"], getattr(error, "original_exception", None) or error)


def faults_of(messages: object) -> list[Fault]:
    """marshmallow's nested messages, one fault per message with the JSON Pointer of its place."""
    return [Fault(pointer_to(way), detail) for way, detail in _messages(messages, ())]


def pointer_to(way: Iterable[object]) -> str:
    """The JSON Pointer (RFC 6901) along ``way``: keys and indices, the outermost first."""
    return "".join("/" + str(key)[:_LONGEST_KEY].replace("~", "~0").replace("/", "~1") for key in way)


def request_id() -> str:
    """A UUID of the request at hand, the same as long as it lasts."""
    if "_request_id" not in g:
        g._request_id = str(uuid.uuid4())
    return str(g._request_id)


def _messages(messages: object, way: tuple[object, ...]) -> Iterator[tuple[tuple[object, ...], str]]:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from _messages(inner, way if key == "_schema" else (*way, key))
    elif isinstance(messages, list | tuple):
        for inner in messages:
            yield from _messages(inner, way)
    else:
        yield way, str(messages)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    return str(value)


def _is_problem(error: HTTPException) -> bool:
    """Redirects, 304 and answers that their maker has already written are let through as they are."""
    return error.response is None and error.code is not None and error.code >= 400


def _of_ours(error: TrackerError) -> ProblemDocument:
    problem = _entry(error)
    if problem.status == 500:
        return _of_failure(problem, error)
    if isinstance(error, Trouble):
        _log.warning("%s: %s", problem.name, error, exc_info=error.__cause__)
    return ProblemDocument(problem, str(error), error.faults, error.facts, _headers_of(error, problem))


def _entry(error: TrackerError) -> Problem:
    """The catalogue's entry; a name without one is ours to mend; the caller still gets a true status."""
    if error.name in CATALOGUE:
        return CATALOGUE[error.name]
    _log.error("The problem %r has no entry in the catalogue", error.name)
    return CATALOGUE[next((name for kind, name in _BY_CLASS if isinstance(error, kind)), "internal")]


def _headers_of(error: TrackerError, problem: Problem) -> dict[str, str]:
    if problem.status == 401:
        return {"WWW-Authenticate": _challenge()}
    wait = error.facts.get("retry_after", getattr(error, "retry_after", None))
    if problem.name == "request-in-flight" and wait is None:
        wait = 1
    return {} if wait is None else {"Retry-After": str(wait)}


def _challenge() -> str:
    """RFC 6750 §3.1: who sent no token is only asked for one; who sent one is told that it is no good."""
    return f'{_CHALLENGE}, error="invalid_token"' if "Authorization" in request.headers else _CHALLENGE


def _of_framework(error: HTTPException) -> ProblemDocument:
    code = error.code or 500
    problem = BY_STATUS.get(code) or Problem("about:blank", code, error.name, "")
    default = default_exceptions[code].description if code in default_exceptions else None
    said = error.description if error.description and error.description != default else problem.what_to_do
    headers = {name: value for name, value in error.get_headers() if name.lower() != "content-type"}
    data = getattr(error, "data", None) or {}
    headers |= dict(data.get("headers") or {})
    if code == 401:
        headers.setdefault("WWW-Authenticate", _challenge())
    return ProblemDocument(problem, str(said or error.name), faults_of(data.get("messages") or ()), {}, headers)


def _of_failure(problem: Problem, error: BaseException) -> ProblemDocument:
    """The answer to a fault of ours: an id to find the traceback by, and not a word of what it says."""
    name = request_id()
    _log.error("Request %s: %s %r failed", name, request.method, request.path, exc_info=error)
    facts = {"request_id": name}
    return ProblemDocument(problem, problem.what_to_do, facts=facts, instance=f"urn:uuid:{name}")


def _render(document: ProblemDocument, html: Callable[[ProblemDocument], Response] | None) -> Response:
    if html is None or is_api(request.path):
        return document.response()
    try:
        return document.dress(html(document))
    except Exception as error:  # The page about an error must not itself end in a bare one.
        return _of_failure(CATALOGUE["internal"], error).response()


def is_api(path: str) -> bool:
    """Whether ``path`` is the API's, and not a page's."""
    return any(path == prefix or path.startswith(prefix + "/") for prefix in API_PREFIXES)
