"""The gate: who asks, whether this route is theirs to ask, and what came with the request.

Every request passes it before any view. A route that ``access.permissions`` doesn't name is refused, whoever asks.
The API takes a bearer token (RFC 6750 §2.1); the pages hand in the token of the signed-in person instead.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import cast

from flask import Flask, Request, g, request

from tracker.access import tokens
from tracker.access.permissions import ROUTES, Permission
from tracker.access.tokens import Token, Unauthenticated
from tracker.api.naming import story_id_of
from tracker.api.preconditions import expected_revision
from tracker.api.problems import is_api, request_id
from tracker.api.rooms import connection, rooms
from tracker.errors import Fault, Forbidden, Invalid
from tracker.handling import Asked
from tracker.store.requests import RequestKey

#: IETF draft "The Idempotency-Key HTTP Header Field" §2.1: a string; its quotes may be left out.
_KEY = re.compile(r'"[\x20\x21\x23-\x5b\x5d-\x7e]{1,255}"|[\x21\x23-\x5b\x5d-\x7e]{1,255}')
#: W3C Trace Context §3.2.
_TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


def init_app(app: Flask) -> None:
    """Let no request pass that isn't allowed to."""

    @app.before_request
    def admit() -> None:
        if request.endpoint is None:
            return
        permission = ROUTES.get(request.endpoint)
        # The pages ask their visitors themselves; what neither they nor the table know is refused here.
        if permission is Permission.NONE or (permission and not is_api(request.path)):
            return
        story = (request.view_args or {}).get("story", "")
        g.token, g.seen = tokens.authenticate(connection(), bearer(request), rooms().clock.now(), story)
        # Which methods an address has may be asked by whoever may ask anything.
        require(g.token, Permission.NONE if permission and request.method == "OPTIONS" else permission)


def require(token: Token, permission: Permission | None) -> None:
    """Raises ``Forbidden`` unless ``token`` has ``permission``; nobody has ``None``."""
    if permission is None or not token.may(permission):
        raise Forbidden(f"A {token.role} may not do that; ask an administrator for a token whose role may.")


def bearer(request: Request) -> str:
    """The token in the Authorization header. Raises ``Unauthenticated`` where there is none."""
    scheme, _, written = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not written.strip():
        raise Unauthenticated("Send a token as 'Authorization: Bearer trk_…'; an administrator makes them.")
    return written.strip()


def token() -> Token:
    """Who asks."""
    return cast(Token, g.token)


def asked(*, if_match: bool = False) -> Asked:
    """What came with a request that writes; ``if_match``: it must say what its sender has read."""
    return asked_with(key=_request_key(request), seen=expected_revision(request, required=if_match))


def asked_with(*, key: RequestKey | None, seen: int | None) -> Asked:
    """What came with a request whose key and revision stand elsewhere than in its headers: in a form."""
    return Asked(
        token=token(),
        correlation_id=request_id(),
        traceparent=_traceparent(request),
        key=key,
        seen=seen,
    )


def _request_key(request: Request) -> RequestKey | None:
    written = request.headers.get("Idempotency-Key")
    if written is None:
        return None
    if not _KEY.fullmatch(written):
        detail = "Send 1 to 255 printable characters, for instance a UUID."
        raise Invalid(
            f"Idempotency-Key: {detail}", name="bad-idempotency-key", faults=[Fault("Idempotency-Key", detail)]
        )
    return RequestKey(
        token_id=token().id,
        key=written.strip('"'),
        route=f"{request.method} {_path(request)}",
        fingerprint=sha256(b"\0".join(_asked(request))).digest(),
    )


def _path(request: Request) -> str:
    """The path, with the story's id in it, whichever of its names was sent: a story may be renamed meanwhile."""
    story = (request.view_args or {}).get("story")
    if story is None:
        return request.path
    return request.path.replace(f"/stories/{story}", f"/stories/{story_id_of(story)}", 1)


def _asked(request: Request) -> tuple[bytes, ...]:
    """All that decides what is asked beside method and path; only the body, at the end, may hold U+0000.

    The body is never longer than the door lets in.
    """
    headers = (request.headers.get(name, "").encode() for name in ("If-Match", "Prefer"))
    return (request.query_string, *headers, request.get_data())


def _traceparent(request: Request) -> str | None:
    written = request.headers.get("traceparent", "")
    return written if _TRACEPARENT.fullmatch(written) else None
