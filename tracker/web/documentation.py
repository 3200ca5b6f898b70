"""The pages that explain: the API, read from its own OpenAPI document, and each problem."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import render_template

from tracker.api.catalogue import CATALOGUE
from tracker.api.documentation import document
from tracker.errors import NotFound
from tracker.web.blueprint import bp

_METHODS = ("get", "post", "put", "patch", "delete")


@bp.get("/docs")
def read_api() -> str:
    """The API: each address, what it takes and what it answers."""
    api = document()
    return render_template("api.html", api=api, groups=_groups(api), problems=CATALOGUE.values())


@bp.get("/problems/<name>")
def explain_problem(name: str) -> str:
    """What a problem means, and what to do about it."""
    problem = CATALOGUE.get(name)
    if problem is None:
        raise NotFound(f"There is no problem called {name}.")
    return render_template("explained.html", problem=problem)


def _groups(api: dict[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The description of each tag with its operations, in the document's order."""
    operations = list(_operations(api))
    return [
        (tag["description"], [each for each in operations if tag["name"] in each["operation"]["tags"]])
        for tag in api["tags"]
    ]


def _operations(api: dict[str, Any]) -> Iterator[dict[str, Any]]:
    known = api["components"]["parameters"]
    for path, item in api["paths"].items():
        for method in (name for name in _METHODS if name in item):
            operation = item[method]
            given = [*item.get("parameters", ()), *operation.get("parameters", ())]
            parameters = [known[each["$ref"].split("/")[-1]] if "$ref" in each else each for each in given]
            anchor = f"{method}{path}".replace("/", "-").replace("{", "").replace("}", "")
            yield {
                "method": method.upper(),
                "path": path,
                "anchor": anchor,
                "operation": operation,
                "parameters": parameters,
            }
