"""What is refused before it reaches the app is the same problem document that the app would answer with."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from io import BytesIO
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from tracker.api.catalogue import CATALOGUE
from tracker.cli.admission import Admission
from tracker.config import load


def _never(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    raise AssertionError("reached the app")


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ({"CONTENT_LENGTH": "2000"}, "body-too-large"),
        ({"CONTENT_LENGTH": "9"}, "bad-request"),
        ({"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_TYPE": "text/plain"}, "length-required"),
    ],
)
def test_a_body_that_is_refused_at_the_door_is_a_problem_of_the_catalogue(said: dict[str, str], name: str) -> None:
    answered: list[Any] = []
    door = Admission(_never, replace(load({}), request_max_bytes=1024))
    environ: WSGIEnvironment = {"wsgi.input": BytesIO(b"The mill"), **said}
    body = b"".join(door(environ, lambda *answer: answered.append(answer)))  # type: ignore[arg-type]
    problem = json.loads(body)
    assert (problem["type"], problem["errors"]) == (f"/problems/{name}", [])
    assert (problem["title"], problem["status"]) == (CATALOGUE[name].title, CATALOGUE[name].status)
    assert answered[0][0].startswith(f"{problem['status']} ")
    assert dict(answered[0][1])["Content-Length"] == str(len(body))
