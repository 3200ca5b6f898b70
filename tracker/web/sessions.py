"""Who is signed in: a signed cookie that names a token, looked up at every request.

Signing in takes a token, or a one-time code that this process gave out (the demonstration prints one). The cookie
holds the token's id and a random word, never the token; it is HttpOnly and SameSite=Lax, ends after twelve hours, and
is worth nothing once the token is revoked. Forms carry a word derived from the random one (``csrf_word``), which
another site can't know; the form for signing in, which has none yet, must come from this site (Fetch Metadata,
Origin).

What it does badly: signing out takes the cookie from the browser, but a copy of it stays good for the rest of its
twelve hours; only revoking the token ends that.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from typing import Any, cast

from flask import Flask, Response, current_app, g, make_response, redirect, render_template, request, url_for
from itsdangerous import BadData, URLSafeTimedSerializer

from tracker.access import tokens
from tracker.access.permissions import ROUTES, Permission
from tracker.access.tokens import Token, Unauthenticated
from tracker.api import gate
from tracker.api.problems import is_api
from tracker.api.rooms import connection, let_go, rooms
from tracker.config import Settings
from tracker.errors import Forbidden
from tracker.web.blueprint import bp
from tracker.web.incoming import sent_form

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
        #: With this prefix a browser takes the cookie from this very host only, and over HTTPS (RFC 6265bis §4.1.3.2).
        self.cookie = "__Host-tracker" if settings.cookie_secure else "tracker"
        self._codes: dict[str, str] = {}
        self._lock = threading.Lock()

    def start(self, response: Response, token_id: str) -> Response:
        """``response`` with the cookie of a new session."""
        signed = self._serializer.dumps([token_id, secrets.token_urlsafe(16)])
        response.set_cookie(
            self.cookie, str(signed), max_age=_LASTS_SECONDS, httponly=True, secure=self._secure, samesite="Lax"
        )
        return response

    def end(self, response: Response) -> Response:
        """``response`` that takes the cookie away."""
        response.delete_cookie(self.cookie, httponly=True, secure=self._secure, samesite="Lax")
        return response

    def read(self, signed: str) -> tuple[str, str] | None:
        """The token's id and the random word in a cookie; ``None`` for one that is not ours, or too old."""
        try:
            token_id, word = self._serializer.loads(signed, max_age=_LASTS_SECONDS)
        except (BadData, ValueError, TypeError):
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
        if request.endpoint is None and not is_api(request.path):
            _signed_in()  # The page that says that there is no such page is that of whoever asks.
        if not (request.endpoint or "").startswith("pages."):
            return None
        permission = ROUTES.get(request.endpoint or "")
        found = None if request.endpoint == "pages.static" else _signed_in()
        if permission is Permission.NONE:
            return None
        if found is None:
            let_go()
            return _signed_out()
        gate.require(found, permission)
        return None


def sessions() -> Sessions:
    """Those of the application at hand."""
    return cast(Sessions, current_app.extensions[_EXTENSION])


def check_csrf() -> None:
    """Raises ``BadForm`` unless the form carries its session's word."""
    if not holds_csrf_word():
        raise BadForm


def holds_csrf_word() -> bool:
    """Whether the form carries its session's word; never, where nobody is signed in."""
    word = csrf_word()
    return bool(word) and hmac.compare_digest(sent_form().get("csrf", "").encode(), word.encode())


def csrf_word() -> str:
    """What the forms on this page carry; nothing where nobody is signed in."""
    return sessions().csrf_word(g.session_word) if "session_word" in g else ""


def from_our_page() -> bool:
    """Whether the browser says that a page of this site sent the request (Fetch Metadata)."""
    return request.headers.get("Sec-Fetch-Site") == "same-origin"


@bp.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> Any:
    """Sign in with a token, or with a one-time code."""
    if request.method == "POST":
        return _sign_in_by_token()
    code = request.args.get("code") if request.method == "GET" else None
    token_id = sessions().take_code(code) if code else None
    if token_id:
        return sessions().start(_onward(), token_id)
    return _refused("That code was used before, or is not of this server. Sign in with a token.") if code else _form()


@bp.post("/sign-out")
def sign_out() -> Any:
    """Sign out."""
    onward = cast(Response, redirect(url_for("pages.sign_in"), 303))
    if "session_word" not in g:
        # Perhaps another site sent this, without the cookie: it may not take the cookie away either.
        return onward
    check_csrf()
    return sessions().end(onward)


def _sign_in_by_token() -> Response:
    _check_origin()
    written = sent_form().get("token", "").strip()
    try:
        token, _ = tokens.authenticate(connection(), written, rooms().clock.now())
    except Unauthenticated:
        return _refused("That is no token in force. Ask an administrator for one.")
    return sessions().start(_onward(), token.id)


def _form() -> Response:
    return make_response(render_template("sign_in.html", said=None))


def _refused(said: str) -> Response:
    return make_response(render_template("sign_in.html", said=said), 401)


def _signed_in() -> Token | None:
    session = sessions().read(request.cookies.get(sessions().cookie, ""))
    if session is None:
        return None
    token_id, word = session
    try:
        g.token = tokens.by_id(connection(), token_id, rooms().clock.now())
    except Unauthenticated:
        return None
    g.session_word = word
    return cast(Token, g.token)


def _signed_out() -> Response:
    """Off to signing in; who was writing meanwhile is shown what they wrote, so that it isn't lost."""
    if request.method in ("GET", "HEAD"):
        return cast(Response, redirect(url_for("pages.sign_in", next=_here())))
    fields = sent_form().items() if from_our_page() else ()
    written = [(name, text) for name, text in fields if name not in ("csrf", "key", "seen") and text.strip()]
    return make_response(render_template("signed_out.html", written=written), 401)


def _check_origin() -> None:
    """Raises ``BadForm`` if a page of another site sent the form, as far as the browser says."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None:
        ours = site in ("same-origin", "none")
    else:
        # Browsers say neither over plain HTTP, older ones say only this.
        ours = origin is None or origin.partition("://")[2] == request.host
    if not ours:
        raise BadForm


def _here() -> str | None:
    here = request.full_path.rstrip("?")
    return here if here != "/" else None


def _onward() -> Response:
    """Where the visitor wanted to go, if that is a page of this site."""
    wanted = request.args.get("next", "")
    inside = wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted and wanted.isprintable()
    return cast(Response, redirect(wanted if inside else url_for("pages.list_stories"), 303))


def code_for(token_id: str) -> str:
    """A code for ``/sign-in?code=…`` that signs in as ``token_id``, once, at this process."""
    return sessions().give_code(token_id)
