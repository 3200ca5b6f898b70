"""The editor's pages: Jinja, nothing loaded from elsewhere, and nothing that needs JavaScript.

``pages``, ``story``, ``report``, ``claim``, ``questions`` and ``remedies`` read, ``states`` says which state of a
story. ``acts`` and ``holding`` (the desk's), ``filing`` (an outlet's), ``marking`` (of what reports say), ``killing``
and ``requests`` (of what takes two persons: ``asking``), ``outlets`` and ``parties`` (an editor's) and ``endpoints`` (a
subscriber's) write, by way of ``handling``, like the API; ``documentation`` explains. ``sessions`` knows who is signed
in, ``incoming`` reads what a form sends, ``forms`` is what every form has in common, ``labels`` what its fields are
called, ``claim_form`` how a claim is written in one, ``showing`` and ``wording`` how things look. Every view is an
address that can be shared; every form works from the keyboard.
"""

from __future__ import annotations

from flask import Flask

from tracker.config import Settings
from tracker.web.showing import problem_page

__all__ = ["init_app", "problem_page"]


def init_app(app: Flask, settings: Settings) -> None:
    """Join the pages to ``app``."""
    from tracker.web import (  # noqa: F401
        acts,
        claim,
        documentation,
        endpoints,
        filing,
        holding,
        killing,
        marking,
        outlets,
        pages,
        parties,
        questions,
        remedies,
        report,
        requests,
        sessions,
        showing,
        story,
    )
    from tracker.web.blueprint import bp  # To which those have added their routes.

    sessions.init_app(app, settings)
    showing.init_app(app)
    app.register_blueprint(bp)
