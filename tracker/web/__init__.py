"""The editor's pages: Jinja, no JavaScript, nothing loaded from elsewhere.

``pages`` reads; ``acts`` (the desk's), ``filing`` (an outlet's) and ``endpoints`` (a subscriber's) write, by way of
``handling``, like the API; ``documentation`` explains. ``sessions`` knows who is signed in, ``incoming`` reads what a
form sends, ``forms`` is what every form has in common, ``showing`` how times and refusals look. Every view is an
address that can be shared; every form works from the keyboard.
"""

from __future__ import annotations

from flask import Flask

from tracker.config import Settings
from tracker.web.showing import problem_page

__all__ = ["init_app", "problem_page"]


def init_app(app: Flask, settings: Settings) -> None:
    """Join the pages to ``app``."""
    from tracker.web import acts, documentation, endpoints, filing, pages, sessions, showing  # noqa: F401
    from tracker.web.blueprint import bp  # To which those have added their routes.

    sessions.init_app(app, settings)
    showing.init_app(app)
    app.register_blueprint(bp)
