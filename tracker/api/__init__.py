"""HTTP in: one blueprint for each noun.

A view parses, acts and presents, in ten lines. What all views share stands beside them: the door (JSON that is
JSON), the gate (who may), preconditions (ETags), paging, moments, problems (every refusal), answers.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, Response

from tracker.api.problems import ProblemDocument
from tracker.config import Settings


def init_app(app: Flask, settings: Settings, *, html: Callable[[ProblemDocument], Response] | None = None) -> None:
    """Join the API to ``app``; ``html`` makes the page of a problem for addresses that are not the API's."""
    from tracker.api import (
        across,
        acts,
        documentation,
        door,
        endpoints,
        feed,
        gate,
        health,
        holds,
        log,
        marking,
        mementos,
        outlets,
        parties,
        problems,
        published_schemas,
        questions,
        reports,
        revisions,
        rooms,
        stories,
    )

    rooms.init_app(app)
    problems.init_app(app, html=html, translate=rooms.translated)
    door.init_app(app, max_bytes=settings.request_max_bytes, max_depth=settings.json_max_depth)
    gate.init_app(app)
    api = documentation.init_app(app)
    rooms_of_the_api = (
        stories,
        reports,
        marking,
        holds,
        acts,
        questions,
        revisions,
        mementos,
        feed,
        log,
        outlets,
        parties,
        across,
        endpoints,
        published_schemas,
    )
    for room in rooms_of_the_api:
        api.register_blueprint(room.bp)
    app.register_blueprint(health.bp)
