"""How times, texts, reports and refusals look, and the headers of every answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask, Response, g, render_template, request, url_for
from markupsafe import Markup

from tracker.access.permissions import Permission
from tracker.api.problems import ProblemDocument
from tracker.clock import rfc3339
from tracker.text import rendering
from tracker.text.comparison import Comparison
from tracker.web import wording
from tracker.web.labels import label
from tracker.web.sessions import csrf_word

#: Nothing from elsewhere, no script but ours, which is in files; no frame.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_STATIC = Path(__file__).parent / "static"
#: Equal paragraphs shown on each side of a change.
_CONTEXT = 1
#: What a page says of a problem instead of what the API says to a program: what happened, and what to do. ``None``
#: where the API's own words serve.
_IN_WORDS: Mapping[str, tuple[str | None, str | None]] = {
    "not-found": ("No page has this address.", None),
    "unknown-story": ("No story has this name, and none had it before.", "The list of stories may have it."),
    "unknown-report": ("The story has no such report.", "Its page lists the reports that it has."),
    "report-killed": (None, "The story’s page shows what is left of it."),
    "unknown-version": (None, "The report’s page lists its versions."),
    "unknown-revision": (None, "The story’s page lists its revisions."),
    "unknown-outlet": ("No outlet has this name.", "The list of outlets may have it under another one."),
    "unknown-party": ("No party has this name.", "The list of parties may have it under another one."),
    "unknown-endpoint": ("None of your endpoints has this name.", "It may have been deleted."),
    "method-not-allowed": ("This page can’t be asked for like that.", "Open it by a link."),
    "unsupported-media-type": (None, "Send the form from its own page."),
    "body-too-large": (None, "Send less at once."),
    "bad-cursor": (
        "This address leads into the middle of a list, and is not whole.",
        "Begin at the list’s first page.",
    ),
    "invalid-parameter": (None, None),
    "ambiguous-moment": (None, None),
    "future-moment": (None, None),
    "forbidden": (None, None),
    "bad-csrf-token": (None, None),
}


def init_app(app: Flask) -> None:
    """Give templates their filters, and every answer its headers."""
    app.jinja_env.filters.update(moment=moment, changes=changes, label=label, **wording.FILTERS)
    app.jinja_env.tests["web_address"] = _is_web_address
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(_common)

    @app.after_request
    def dress(response: Response) -> Response:
        # Nobody else sets these, so that none needs to be looked for.
        response.headers.extend(_HEADERS)
        if request.endpoint == "pages.static" and response.status_code in (200, 304):
            response.headers["Cache-Control"] = _static_caching()
        elif response.mimetype == "text/html":
            response.headers["Cache-Control"] = "private, no-store"
        return response


def moment(at: datetime) -> Markup:
    """A time as people read it, with the exact one in the markup."""
    shown = at.strftime("%-d %b %Y, %H:%M UTC")
    return Markup('<time datetime="{}">{}</time>').format(rfc3339(at), shown)


def changes(comparison: Comparison, id_prefix: str = "") -> Markup:
    """What changed in a text, as markup; the text in it is escaped by the renderer.

    ``id_prefix`` tells the comparisons of one page apart.
    """
    return Markup(rendering.to_html(comparison, context=_CONTEXT, id_prefix=id_prefix))


def problem_page(document: ProblemDocument) -> Response:
    """The page of a refusal or failure."""
    problem = document.problem
    what, advice = _IN_WORDS.get(problem.name, (None, problem.what_to_do))
    page = render_template("problem.html", document=document, what=what or document.detail, advice=advice)
    return Response(page, content_type="text/html; charset=utf-8")


def _common() -> dict[str, Any]:
    return {"person": g.get("token"), "csrf": csrf_word, "may": _may, "static": _static}


def _may(permission: str) -> bool:
    person = g.get("token")
    return person is not None and person.may(Permission(permission))


def _static(filename: str) -> str:
    """The address of a static file as it is now: a changed one has another."""
    return url_for("pages.static", filename=filename, v=_digest(filename))


@cache
def _digest(filename: str) -> str:
    return sha256((_STATIC / filename).read_bytes()).hexdigest()[:12]


def _static_caching() -> str:
    filename = (request.view_args or {})["filename"]
    same = request.args.get("v") == _digest(filename)
    return "public, max-age=31536000, immutable" if same else "public, no-cache"


def _is_web_address(uri: str) -> bool:
    """Whether a link may lead there."""
    return uri.lower().startswith(("http://", "https://"))
