"""The pages that explain: the API, read from its own OpenAPI document, and each problem."""

from __future__ import annotations

from flask import render_template

from tracker.api.catalogue import CATALOGUE
from tracker.api.documentation import document
from tracker.errors import NotFound
from tracker.web.blueprint import bp


@bp.get("/docs")
def read_api() -> str:
    """The API: each address, what it takes and what it answers."""
    return render_template("api.html", api=document())


@bp.get("/problems/<name>")
def explain_problem(name: str) -> str:
    """What a problem means, and what to do about it."""
    problem = CATALOGUE.get(name)
    if problem is None:
        raise NotFound(f"There is no problem called {name}.")
    return render_template("explained.html", problem=problem)
