"""Who is signed in: a signed cookie that names a token, looked up at every request.

Signing in takes a token, or a one-time code that this process gave out (the demonstration prints one). The cookie
holds the token's id and a random word, never the token; it is HttpOnly and SameSite=Lax, ends after twelve hours, and
is worth nothing once the token is revoked. Forms carry a word derived from the random one (``csrf_word``), which
another site can't know; the form for signing in, which has none yet, must come from this site (Fetch Metadata,
Origin).
"""

from __future__ import annotations

import hmac
import secrets
import threading
from typing import Any, cast
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, redirect, render_template, request, url_for
from itsdangerous import BadSignature, URLSafeTimedSerializer

from tracker.access import tokens
from tracker.access.permissions import ROUTES, Permission
from tracker.access.tokens import Token, Unauthenticated
from tracker.api import gate
from tracker.api.rooms import connection, let_go, rooms
from tracker.config import Settings
from tracker.errors import Forbidden
from tracker.web.blueprint import bp

COOKIE = "tracker_session"
_LASTS_SECONDS = 12 * 3600
_EXTENSION = "tracker.sessions"


class BadForm(Forbidden):
    """The form did not come from a page of ours, or its page is too old."""

    name = "bad-csrf-token"

    def __init__(self) -> None:
        super().__init__("This form is out of date; open the page again and repeat what you did there.")


class Sessions:
    """Signs cookies, and keeps the one-time codes that this process gave out."""

    def __init__(self, settings: Settings) -> None:
        self._serializer = URLSafeTimedSerializer(settings.secret_key, salt="session")
        self._key = settings.secret_key.encode()
        self._secure = settings.cookie_secure
        self._codes: dict[str, str] = {}
        self._lock = threading.Lock()

    def start(self, response: Response, token_id: str) -> Response:
        """``response`` with the cookie of a new session."""
        cookie = self._serializer.dumps([token_id, secrets.token_urlsafe(16)])
        response.set_cookie(
            COOKIE, str(cookie), max_age=_LASTS_SECONDS, httponly=True, secure=self._secure, samesite="Lax"
        )
        return response

    def read(self, cookie: str) -> tuple[str, str] | None:
        """The token's id and the random word in a cookie; ``None`` for one that is not ours, or too old."""
        try:
            token_id, word = self._serializer.loads(cookie, max_age=_LASTS_SECONDS)
        except (BadSignature, ValueError, TypeError):
            return None
        return str(token_id), str(word)

    def csrf_word(self, word: str) -> str:
        """What the forms of the session with this random word carry."""
        return hmac.digest(self._key, b"csrf " + word.encode(), "sha256").hex()

    def give_code(self, token_id: str) -> str:
        """A code that signs in as ``token_id``, once, at this process."""
        code = secrets.token_hex(16)
        with self._lock:
            self._codes[code] = token_id
        return code

    def take_code(self, code: str) -> str | None:
        """The token's id that ``code`` stands for; the code is spent."""
        with self._lock:
            return self._codes.pop(code, None)


def init_app(app: Flask, settings: Settings) -> None:
    """Ask every page's visitor who they are."""
    app.extensions[_EXTENSION] = Sessions(settings)

    @app.before_request
    def admit() -> Any:
        if not (request.endpoint or "").startswith("pages."):
            return None
        permission = ROUTES.get(request.endpoint or "")
        found = _signed_in()
        if permission is Permission.NONE:
            return None
        if found is None:
            let_go()
            return redirect(url_for("pages.sign_in", next=_here()))
        gate.require(found, permission)
        return None


def sessions() -> Sessions:
    """Those of the application at hand."""
    return cast(Sessions, current_app.extensions[_EXTENSION])


def check_csrf() -> None:
    """Raises ``BadForm`` unless the form carries its session's word."""
    if not hmac.compare_digest(request.form.get("csrf", "").encode(), csrf_word().encode()):
        raise BadForm


def csrf_word() -> str:
    """What the forms on this page carry; nothing where nobody is signed in."""
    return sessions().csrf_word(g.session_word) if "session_word" in g else ""


@bp.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> Any:
    """Sign in with a token, or with a one-time code."""
    if request.method == "GET":
        code = request.args.get("code")
        token_id = sessions().take_code(code) if code else None
        if token_id:
            return sessions().start(_onward(), token_id)
        said = "That code was used before; sign in with a token." if code else None
        return render_template("sign_in.html", said=said), 401 if said else 200
    _check_origin()
    try:
        token, _ = tokens.authenticate(connection(), request.form.get("token", "").strip(), rooms().clock.now())
    except Unauthenticated:
        return render_template("sign_in.html", said="That is no token in force. Ask an administrator for one."), 401
    return sessions().start(_onward(), token.id)


@bp.post("/sign-out")
def sign_out() -> Any:
    """Sign out."""
    check_csrf()
    response = redirect(url_for("pages.sign_in"), 303)
    response.delete_cookie(COOKIE)
    return response


def _signed_in() -> Token | None:
    session = sessions().read(request.cookies.get(COOKIE, ""))
    if session is None:
        return None
    token_id, g.session_word = session
    try:
        g.token = tokens.by_id(connection(), token_id, rooms().clock.now())
    except Unauthenticated:
        return None
    return cast(Token, g.token)


def _check_origin() -> None:
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin")
    if site not in ("same-origin", "none") or (origin and urlsplit(origin).netloc != request.host):
        raise BadForm


def _here() -> str | None:
    return request.full_path.rstrip("?") if request.method == "GET" and request.path != "/" else None


def _onward() -> Response:
    """Where the visitor wanted to go, if that is a page of this site."""
    wanted = request.args.get("next", "")
    inside = wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted and wanted.isprintable()
    return cast(Response, redirect(wanted if inside else url_for("pages.list_stories"), 303))


def code_for(token_id: str) -> str:
    """A code for ``/sign-in?code=…`` that signs in as ``token_id``, once, at this process."""
    return sessions().give_code(token_id)
