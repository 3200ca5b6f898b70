"""The HTTP API as a client has it, with every answer held against the OpenAPI document.

    house.client(Role.REPORTER).post("/v1/stories", {"title": "Strike in Baghdad"})

Whatever a test asks, ``Client.ask`` also sees to it that the status and media type are documented, that the body has
the documented form and no field more, that a refusal is a problem document whose type is in the catalogue, and that a
refused request wrote nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Any

from flask import Flask
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012
from sqlalchemy import text
from werkzeug.test import TestResponse

from tests.chronicle import follow
from tests.rooms import settings_for
from tracker import create_app
from tracker.access import tokens
from tracker.access.permissions import Role
from tracker.api import documentation
from tracker.api.catalogue import CATALOGUE
from tracker.clock import StoryClock
from tracker.db.database import Database
from tracker.handling import Handler
from tracker.projections.following import projections

#: What a refused request must leave as it is.
_TABLES = ("event", "stream", "content_key", "address", "outlet", "party", "idempotency", "endpoint", "token")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
_numbers = count(1)


@dataclass(frozen=True)
class Answer:
    """What the API answered."""

    status: int
    headers: Mapping[str, str]
    #: The body, parsed; ``None`` where there is none.
    body: Any
    raw: bytes

    @property
    def problem(self) -> str:
        """The name of the problem; fails where the answer is none."""
        assert self.status >= 400, f"{self.status} {self.raw[:500]!r} is no refusal"
        return str(self.body["type"]).removeprefix("/problems/")

    @property
    def pointers(self) -> list[str]:
        """Where the request was wrong."""
        return [error["pointer"] for error in self.body["errors"]]

    @property
    def etag(self) -> str:
        return self.headers["ETag"]

    @property
    def next_link(self) -> str | None:
        """The target of ``Link: …; rel="next"`` (RFC 8288), if there is one."""
        found = re.search(r'<([^>]*)>; rel="next"(?:,|$)', self.headers.get("Link", ""))
        return found[1] if found else None


class Document:
    """An OpenAPI document that answers are held against, every object in it closed to what it doesn't name."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.paths: Mapping[str, Any] = document["paths"]
        resource = DRAFT202012.create_resource(_closed(document))
        self._registry: Registry[Any] = Registry().with_resource("urn:document", resource)
        self._addresses = [(_pattern(path), path) for path in sorted(self.paths, key=lambda path: path.count("{"))]
        self._formats = FormatChecker(formats=())
        self._formats.checks("date-time")(lambda value: not isinstance(value, str) or bool(_MOMENT.fullmatch(value)))
        self._validators: dict[str, Draft202012Validator] = {}

    def path_of(self, address: str) -> str | None:
        """The path item that is meant by ``address``; ``None`` for what is not documented."""
        path = address.partition("?")[0]
        return next((known for pattern, known in self._addresses if pattern.fullmatch(path)), None)

    def check(self, method: str, address: str, answer: Answer) -> None:
        """Raises AssertionError or ValidationError unless the document says that ``address`` may answer so."""
        path = self.path_of(address)
        if path is None or method.lower() not in self.paths[path]:
            return
        at: tuple[str, ...] = ("paths", path, method.lower(), "responses", str(answer.status))
        documented = self.paths[path][method.lower()]["responses"].get(str(answer.status))
        assert documented is not None, f"{method} {path} answered {answer.status}, which is not documented"
        if "$ref" in documented:
            at, documented = ("components", "responses", str(answer.status)), None
        self._check_body(at, documented or {}, answer)

    def check_problem(self, answer: Answer) -> None:
        """Raises ValidationError unless ``answer`` is a whole problem document."""
        self._valid(("components", "schemas", "Problem"), answer.body)

    def _check_body(self, at: tuple[str, ...], documented: Mapping[str, Any], answer: Answer) -> None:
        for name, header in documented.get("headers", {}).items():
            assert name in answer.headers or not header.get("required"), f"{at} lacks {name}"
        if not documented:
            return
        content = documented.get("content", {})
        if not content:
            assert answer.raw == b"", f"{at} is documented without a body"
            return
        media_type = answer.headers["Content-Type"]
        assert media_type in content, f"{at} answered {media_type}, which is not documented"
        self._valid((*at, "content", media_type, "schema"), answer.body)

    def _valid(self, at: tuple[str, ...], body: Any) -> None:
        pointer = "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in at)
        if pointer not in self._validators:
            schema = {"$ref": f"urn:document#{pointer.replace('{', '%7B').replace('}', '%7D')}"}
            self._validators[pointer] = Draft202012Validator(
                schema, registry=self._registry, format_checker=self._formats
            )
        self._validators[pointer].validate(body)


class House:
    """The application on a database that tests may share, and whoever works in it."""

    def __init__(self, url: str, clock: StoryClock) -> None:
        self.settings = settings_for(url)
        self.clock = clock
        self.database = Database(self.settings)
        self.app = self.app_with()

    def app_with(self, **changed: Any) -> Flask:
        """The application on the same database, with other settings."""
        settings = settings_for(self.settings.database_url, **changed)
        return create_app(settings, database=self.database, clock=self.clock)

    @cached_property
    def document(self) -> Document:
        with self.app.app_context():
            return Document(documentation.document())

    def client(self, role: Role = Role.ADMIN, *, outlets: list[str] | None = None, **limits: Any) -> Client:
        """Somebody with a new token; ``outlets`` are the names of the only ones it may file for."""
        if outlets is not None:
            limits["outlets"] = Handler(self.database, self.clock, self.settings).outlets_named(outlets, "tests")
        with self.database.writing() as connection:
            token, written = tokens.create(connection, self.clock, name="Ayesha", role=role, **limits)
        return Client(self, self.app, token, written)

    def nobody(self) -> Client:
        """Somebody without a token."""
        return Client(self, self.app, None, None)

    def follow(self) -> None:
        """Bring the lists to the end of the log."""
        follow(self.database, *projections())

    def counts(self) -> dict[str, int]:
        """How many rows there are, in each table that a request may write to."""
        counted = ", ".join(f"(SELECT count(*) FROM {table})" for table in _TABLES)
        with self.database.reading() as connection:
            row = connection.execute(text(f"SELECT {counted}")).one()
        return dict(zip(_TABLES, row, strict=True))

    def close(self) -> None:
        self.database.close()


class Client:
    """Somebody who asks."""

    def __init__(self, house: House, app: Flask, token: tokens.Token | None, written: str | None) -> None:
        self.house = house
        self._token = token
        #: The token as it is sent; ``None`` for nobody.
        self.written = written
        self._app = app

    @property
    def token(self) -> tokens.Token:
        assert self._token is not None
        return self._token

    def at(self, app: Flask) -> Client:
        """The same person at another application."""
        return Client(self.house, app, self._token, self.written)

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.ask("POST", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.ask("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Answer:
        return self.ask("DELETE", path, **headers)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """One request. ``body`` is sent as JSON, bytes as they are; in a header's name, an underscore is a hyphen."""
        reads = method in ("GET", "HEAD", "OPTIONS")
        before = {} if reads else self.house.counts()
        given = {"Content-Type": "application/json"} if body is not None else {}
        if self.written:
            given["Authorization"] = f"Bearer {self.written}"
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        answer = _answer(self._app.test_client().open(path, method=method, data=data, headers=given))
        if method != "HEAD":
            self.house.document.check(method, path, answer)
            self._check_refusal(answer)
        if answer.status >= 300 and not reads:
            assert self.house.counts() == before, f"{method} {path} was refused and wrote all the same"
        return answer

    def opens(self, title: str = "Strike in Baghdad", **given: Any) -> dict[str, Any]:
        """Open a story with a slug that nobody has; returns it."""
        answer = self.post("/v1/stories", {"title": title, "slug": new_slug(), **given})
        assert answer.status == 201, answer.raw
        return dict(answer.body)

    def files(self, story: Mapping[str, Any], text: str = "One.\n\nTwo.", **given: Any) -> dict[str, Any]:
        """File a report in ``story``; returns the receipt."""
        answer = self.post(f"{story['url']}/reports", report(text, **given))
        assert answer.status in (200, 201), answer.raw
        return dict(answer.body)

    def pages(self, path: str) -> Iterator[Answer]:
        """All pages of a list, by following Link to the last: where there is none, or none with more to read."""
        at, seen = path, {path}
        while True:
            answer = self.get(at)
            assert answer.status == 200, answer.raw
            yield answer
            if answer.next_link is None or answer.body.get("more") is False:
                return
            at = answer.next_link
            assert at not in seen, f"{at} comes again"
            seen.add(at)

    def _check_refusal(self, answer: Answer) -> None:
        if answer.status < 400:
            return
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.headers["Cache-Control"] == "no-store"
        self.house.document.check_problem(answer)
        assert CATALOGUE[answer.problem].status == answer.body["status"] == answer.status
        assert CATALOGUE[answer.problem].title == answer.body["title"]


def new_slug() -> str:
    """A slug that no other test has."""
    return f"slug-{next(_numbers)}"


def report(text: str = "One.\n\nTwo.", **given: Any) -> dict[str, Any]:
    """The body that files a report of NBC News, at an address of its own."""
    uri = f"https://www.nbcnews.example/{next(_numbers)}"
    return {"outlet": "NBC News", "headline": "Strike", "uri": uri, "text": text, **given}


def _answer(response: TestResponse) -> Answer:
    raw = response.get_data()
    parsed = json.loads(raw) if raw and (response.mimetype or "").endswith("json") else None
    if response.mimetype == "application/link-format":
        parsed = raw.decode()
    return Answer(response.status_code, dict(response.headers), parsed, raw)


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile("".join("[^/]+" if part.startswith("{") else re.escape(part) for part in _parts(path)))


def _parts(path: str) -> list[str]:
    return re.split(r"(\{[^}]*\})", path)


def _closed(schema: Any) -> Any:
    """``schema`` where no object may have a property that isn't named."""
    if isinstance(schema, list):
        return [_closed(inner) for inner in schema]
    if not isinstance(schema, Mapping):
        return schema
    closed = {name: _closed(inner) for name, inner in schema.items()}
    if schema.get("type") == "object" and "properties" in schema:
        closed.setdefault("additionalProperties", False)
    return closed
