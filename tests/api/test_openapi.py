"""The OpenAPI document: current, valid, whole, and kept by the server whatever it is asked (schemathesis)."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask import Flask, Response
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema import ValidationError
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    ignored_auth,
    missing_required_header,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.asking import House
from tracker.access.permissions import ROUTES, Permission
from tracker.api.catalogue import CATALOGUE
from tracker.clock import StoryClock

COMMITTED = Path(__file__).parent.parent.parent / "docs" / "openapi.json"
METHODS = ("get", "post", "patch", "delete", "put")


@cache
def document() -> dict[str, Any]:
    """The committed document."""
    found: dict[str, Any] = json.loads(COMMITTED.read_text(encoding="utf-8"))
    return found


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and Operation Object of all."""
    for path, item in document()["paths"].items():
        for method in METHODS:
            if method in item:
                yield method, path, item[method]


class TestTheDocument:
    def test_it_is_committed_as_it_is(self) -> None:
        command = [sys.executable, "-m", "tracker", "openapi", "--check", str(COMMITTED)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (0, ""), done.stderr

    def test_another_one_is_not_taken_for_it(self, tmp_path: Path) -> None:
        other = tmp_path / "openapi.json"
        other.write_text(COMMITTED.read_text(encoding="utf-8").replace("Open a story.", "Begin a story."))
        command = [sys.executable, "-m", "tracker", "openapi", "--check", str(other)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert "out of date" in done.stderr

    def test_it_is_valid_openapi_3_1(self) -> None:
        assert document()["openapi"] == "3.1.0"
        OpenAPIV31SpecValidator(document()).validate()

    def test_the_server_shows_it_to_anybody(self, house: House) -> None:
        shown = house.nobody().get("/openapi.json")
        assert shown.status == 200
        assert shown.body["paths"].keys() == document()["paths"].keys()

    def test_every_route_of_the_api_is_in_it(self, house: House) -> None:
        rules = {
            (method.lower(), rule.rule.replace("<", "{").replace(">", "}"))
            for rule in house.app.url_map.iter_rules()
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
            if rule.rule.startswith("/v1/")
        }
        assert rules == {(method, path) for method, path, _ in operations()}

    def test_every_operation_says_what_it_does_who_may_and_how_it_refuses(self, house: House) -> None:
        open_to_all = {rule.rule for rule in house.app.url_map.iter_rules() if ROUTES[rule.endpoint] is Permission.NONE}
        for method, path, operation in operations():
            assert operation["summary"].endswith("."), path
            assert operation["description"], path
            public = operation.get("security", document()["security"]) == []
            assert public == (path.replace("{", "<").replace("}", ">") in open_to_all), path
            refusals = {"400", "500", "503"} | (set() if public else {"401", "403"})
            refusals |= {"404"} if "{" in path else set()
            refusals |= {"409", "413", "422"} if method != "get" else set()
            refusals |= {"415"} if "requestBody" in operation else set()
            assert refusals <= operation["responses"].keys(), path
            assert "default" not in operation["responses"], path

    def test_every_refusal_is_a_problem_document_and_names_the_problems_of_its_status(self) -> None:
        for status, response in document()["components"]["responses"].items():
            if status < "400":
                continue
            assert list(response["content"]) == ["application/problem+json"]
            named = set(response["description"].partition(": ")[2].split(", "))
            assert named == {problem.name for problem in CATALOGUE.values() if problem.status == int(status)}

    def test_who_must_say_what_she_has_read_is_told_so(self) -> None:
        required = {
            (method, path)
            for method, path, operation in operations()
            if {"$ref": "#/components/parameters/IfMatchRequired"} in operation.get("parameters", ())
        }
        assert required == {
            ("patch", "/v1/stories/{story}"),
            ("patch", "/v1/outlets/{outlet}"),
            ("patch", "/v1/parties/{party}"),
            ("post", "/v1/stories/{story}/reports/{report}/corrections"),
            ("post", "/v1/stories/{story}/reports/{report}/kill"),
            ("post", "/v1/stories/{story}/holds/{hold}/lift"),
            ("post", "/v1/stories/{story}/requests/{request_id}/approve"),
        }


class TestHoldingAnswersAgainstIt:
    """What ``tests.asking`` does with every answer."""

    @pytest.mark.parametrize(
        "changed",
        [
            {"status": 202},
            {"body": {"id": "sty_1"}},
            {"headers": {"Content-Type": "application/json"}},
            {"headers": {"Content-Type": "text/html", "ETag": '"r1"'}},
        ],
        ids=str,
    )
    def test_an_answer_that_is_not_documented_is_found(self, house: House, changed: dict[str, Any]) -> None:
        admin = house.client()
        url = admin.opens()["url"]
        answer = admin.get(url)
        house.document.check("GET", url, answer)
        with pytest.raises((AssertionError, ValidationError)):
            house.document.check("GET", url, replace(answer, **changed))

    def test_a_field_too_many_and_a_wrong_one_are_found(self, house: House) -> None:
        admin = house.client()
        story = admin.opens()
        admin.files(story)
        answer = admin.get(story["url"])
        for wrong in ({"extra": 1}, {"revision": "2"}, {"opened_at": "yesterday"}, {"status": "ajar"}):
            with pytest.raises(ValidationError):
                house.document.check("GET", story["url"], replace(answer, body={**answer.body, **wrong}))


#: What a request that fits the document may still be refused for: what no schema of one request can say.
BEYOND_SCHEMAS = {
    "bad-cursor",
    "cursor-of-another-history",
    "beyond-the-tree",
    "future-moment",
    "stale",
    "idempotency-key-reused",
    "address-not-allowed",
    "passage-not-found",
    "passage-ambiguous",
    "bad-date",
    "relation-to-itself",
    "embargo-without-end",
}
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    negative_data_rejection,
    missing_required_header,
    unsupported_method,
    allow_header_conformance,
    ignored_auth,
]


class Prober:
    """Asks the application whatever the document allows, and what it doesn't."""

    def __init__(self, house: House, app: Flask) -> None:
        self._admin = house.client()
        config = schemathesis.Config.from_dict({"auth": {"openapi": {"token": {"bearer": self._admin.written}}}})
        self._schema = schemathesis.openapi.from_dict(document(), config=config)
        self._schema.app = app
        story = self._admin.opens()
        report = self._admin.files(story)["report_id"]
        asked = {"target": report, "reason": "A court said so.", "authority": "a court"}
        self._known = {
            "story": story["slug"],
            "report": report,
            "claim": self._admin.post(f"{story['url']}/claims", {"report": report, "exact": "One."}).body["claim"],
            "hold": self._admin.post(f"{story['url']}/holds", {"reason": "legal"}).body["hold"],
            "request_id": self._admin.post(f"{story['url']}/redactions", asked).body["request"],
            "endpoint": self._admin.post("/v1/endpoints", {"url": "https://subscriber.example/"}).body["id"],
            "outlet": "NBC News",
            "party": self._admin.post("/v1/parties", {"name": "John Bolton"}).body["id"],
            "a": 1,
            "b": "latest",
        }

    def probe(self, method: str, path: str, mode: GenerationMode, examples: int) -> set[int]:
        """Ask one operation up to ``examples`` times; returns the statuses. Raises FailureGroup."""
        operation = self._schema[path][method.upper()]
        statuses: set[int] = set()

        @settings(
            max_examples=examples,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode), there=st.integers(0, 2))
        def ask(case: Case[Any], there: int) -> None:
            # Two of three lead to something that is there: behind a 404 nothing more is tried.
            if mode is GenerationMode.POSITIVE and there:
                case.path_parameters.update({n: self._known[n] for n in case.path_parameters if n in self._known})
            # To wait for what never comes would be the whole of the test's time.
            case.query.pop("wait_for", None)
            answer = case.call()
            case.validate_response(answer, checks=CHECKS)
            statuses.add(answer.status_code)
            if mode is GenerationMode.POSITIVE and answer.status_code in (400, 412, 415, 422, 428):
                self._check_refusal(path, answer.json())

        ask()
        return statuses

    def _check_refusal(self, path: str, problem: dict[str, Any]) -> None:
        name = problem["type"].removeprefix("/problems/")
        wrong = {error["pointer"].lstrip("/").split("/")[0] for error in problem["errors"]}
        # Which stories there are is known to the server alone; of two parameters one rules out the other.
        known = {
            "/v1/endpoints": {"stories"},
            "/v1/stories/{story}/timegate": {"Accept-Datetime"},
            "/v1/log/proof": {"position", "size", "first"},
            # Which days there are, and which of two comes first, no pattern says; what is merged must be there.
            "/v1/parties": {"roles"},
            "/v1/parties/{party}": {"roles"},
            "/v1/parties/{party}/merge": {"into"},
            "/v1/outlets/{outlet}/merge": {"into"},
            # Of two numbers one is not above the other; what stands at a place of the same body.
            "/v1/stories/{story}/claims": {"attribution", "quotes"},
            "/v1/stories/{story}/reports": {"claims", "occurrences", "relations"},
        }
        assert name in BEYOND_SCHEMAS or (wrong and wrong <= known.get(path, set()) | {"as_of"}), problem


@pytest.fixture(scope="module")
def house(shared_sqlite_url: str) -> Iterator[House]:
    """On one database: what is asked here is the edge, which is the same on both."""
    opened = House(shared_sqlite_url, StoryClock(datetime(2020, 1, 3, tzinfo=UTC)))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def prober(house: House) -> Prober:
    return Prober(house, house.app)


#: Sources within sources and quotes within quotes take long to make up; tests of their own go through what is refused.
FEWER = {"/v1/stories/{story}/claims": 5, "/v1/stories/{story}/reports": 5}


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize(("method", "path"), [(method, path) for method, path, _ in operations()])
def test_the_server_keeps_to_its_document_whatever_it_is_asked(
    prober: Prober, method: str, path: str, mode: GenerationMode
) -> None:
    if mode is GenerationMode.NEGATIVE and path == "/v1/schemas/compare":
        return  # It takes nothing that could be wrong.
    prober.probe(method, path, mode, examples=FEWER.get(path, 15))


FAULTS = {
    "a failure": (lambda response: _with(response, status_code=500), "ServerError"),
    "a status": (lambda response: _with(response, status_code=418), "UndefinedStatusCode"),
    "a media type": (lambda response: _with(response, mimetype="text/plain"), "UndefinedContentType"),
    "a form": (lambda response: _with(response, data=b'{"id": 7}'), "JsonSchemaError"),
}


def _with(response: Response, **changed: Any) -> Response:
    if response.status_code == 200:
        for name, value in changed.items():
            setattr(response, name, value)
    return response


@pytest.fixture
def untouched_house(migrated_sqlite_url: str) -> Iterator[House]:
    """Another one: in ``house`` the probing merged and renamed what a prober begins with."""
    opened = House(migrated_sqlite_url, StoryClock(datetime(2020, 1, 3, tzinfo=UTC)))
    yield opened
    opened.close()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_server_that_did_not_would_be_found(untouched_house: House, fault: str) -> None:
    app = untouched_house.app_with()
    app.after_request(FAULTS[fault][0])
    with pytest.raises(FailureGroup) as caught:
        Prober(untouched_house, app).probe("get", "/v1/outlets", GenerationMode.POSITIVE, examples=3)
    assert FAULTS[fault][1] in [type(each).__name__ for each in caught.value.exceptions]
