"""Answers: JSON written by msgspec, with an ETag where there is one, and 304 where the client has it already.

marshmallow reads what comes in; what goes out is made by the ``present`` functions beside the schemas and written
here, which costs a tenth. A test holds both against each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from flask import Response, request

from tracker.api.gate import token
from tracker.api.paging import link_header
from tracker.api.preconditions import etag, if_none_match

#: Raised when what is shown of a resource changes, so that nobody keeps the older form.
FORM = 2

_encoder = msgspec.json.Encoder()
_CACHING = {"Cache-Control": "private, no-cache", "Vary": "Accept, Authorization, Cookie"}


def tag(revision: int, view: str, stamp: str = "") -> str:
    """The ETag of a resource that ``revision`` last changed, as this person sees it.

    ``stamp`` says by what a story differs from what was shown under the same numbers before (``naming.place_of``).
    """
    return etag(revision, view, FORM, token().role.value, stamp)


def not_modified(tag: str) -> Response | None:
    """304, if the client has what ``tag`` names."""
    if not if_none_match(request, tag):
        return None
    return Response(status=304, headers={"ETag": tag, **_CACHING})


def answer(
    body: Any, status: int = 200, *, tag: str | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """``body`` as JSON."""
    return written(encoded(body), status, tag=tag, headers=headers)


def encoded(body: Any) -> bytes:
    """``body`` as JSON, for ``written``."""
    return _encoder.encode(body)


def written(
    body: bytes, status: int = 200, *, tag: str | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """``body``, which is JSON already."""
    response = Response(body, status=status, content_type="application/json", headers=_CACHING)
    if tag is not None:
        response.headers["ETag"] = tag
    if headers:
        response.headers.update(headers)
    return response


def page(
    items: Sequence[Any],
    next_cursor: str | None,
    *,
    parameter: str = "cursor",
    tag: str | None = None,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Response:
    """One page of a list; ``next_cursor`` leads to the next, in the body and as a Link (RFC 8288)."""
    given = dict(headers or {})
    if next_cursor:
        # Relative to this address (RFC 8288 §3.2): the Host header is the client's word.
        here = request.script_root + request.full_path
        links = [link_header(here, next_cursor, parameter), given.get("Link")]
        given["Link"] = ", ".join(link for link in links if link)
    return answer({"items": items, "next": next_cursor, **more}, tag=tag, headers=given)


def public(body: Any) -> Response:
    """``body`` as JSON for anybody, and of this moment only."""
    headers = {"Cache-Control": "no-store"}
    return Response(_encoder.encode(body), content_type="application/json", headers=headers)
