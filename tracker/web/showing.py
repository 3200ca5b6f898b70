"""How times, reports and refusals look, and the headers of every page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Flask, Response, g, render_template, request
from markupsafe import Markup, escape

from tracker.api.problems import ProblemDocument
from tracker.clock import rfc3339
from tracker.text import rendering
from tracker.text.comparison import Comparison

#: Nothing from elsewhere, no script, no frame.
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
#: Equal paragraphs shown on each side of a change.
_CONTEXT = 1


def init_app(app: Flask) -> None:
    """Give templates their filters, and every answer its headers."""
    app.jinja_env.filters.update(moment=moment, changes=changes)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(_common)

    @app.after_request
    def dress(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if request.endpoint == "pages.static":
            response.headers["Cache-Control"] = "public, max-age=86400"
        elif response.mimetype == "text/html":
            response.headers["Cache-Control"] = "private, no-store"
        return response


def moment(at: datetime) -> Markup:
    """A time as people read it, with the exact one in the markup."""
    shown = at.strftime("%-d %b %Y, %H:%M UTC")
    return Markup('<time datetime="{}">{}</time>').format(rfc3339(at), shown)


def changes(comparison: Comparison) -> Markup:
    """What changed in a text, as markup; the text in it is escaped by the renderer."""
    return Markup(rendering.to_html(comparison, context=_CONTEXT))


def problem_page(document: ProblemDocument) -> Response:
    """The page of a refusal or failure."""
    return Response(render_template("problem.html", document=document), content_type="text/html; charset=utf-8")


def _common() -> dict[str, Any]:
    from tracker.web.sessions import csrf_word

    return {"person": g.get("token"), "csrf": csrf_word, "escape": escape}
