"""Whatever goes wrong, a client gets one problem document."""

from __future__ import annotations

import ast
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import marshmallow as ma
import pytest
from flask import Flask, Response, abort, redirect
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from jsonpointer import resolve_pointer
from werkzeug.exceptions import ServiceUnavailable, TooManyRequests

import tracker
from tracker import errors
from tracker.api import catalogue, problems
from tracker.api.blueprints import Api
from tracker.errors import (
    Busy,
    Conflict,
    Damaged,
    Fault,
    Forbidden,
    Invalid,
    NotFound,
    Refusal,
    Stale,
    TrackerError,
    Trouble,
    Unavailable,
)

SECRET = "postgresql://tracker:hunter2@db"


def app_raising(error: BaseException, **options: object) -> FlaskClient:
    app = Flask(__name__)
    app.testing = True
    problems.init_app(app, **options)  # type: ignore[arg-type]

    def fail() -> Response:
        raise error

    app.add_url_rule("/v1/fail", view_func=fail, methods=["GET", "POST"])
    app.add_url_rule("/page", view_func=fail, endpoint="page")
    return app.test_client()


@pytest.mark.parametrize(
    ("error", "status", "name"),
    [
        (Invalid("…"), 422, "invalid-request"),
        (Invalid("…", name="malformed-json"), 400, "malformed-json"),
        (Invalid("…", name="future-moment"), 400, "future-moment"),
        (Invalid("…", name="precondition-required"), 428, "precondition-required"),
        (NotFound("…", name="unknown-story"), 404, "unknown-story"),
        (NotFound("…"), 404, "not-found"),
        (Conflict("…", name="slug-taken"), 409, "slug-taken"),
        (Conflict("…"), 409, "conflict"),
        (Stale("…"), 412, "stale"),
        (Forbidden("…"), 403, "forbidden"),
        (Forbidden("…", name="unauthenticated"), 401, "unauthenticated"),
        (Busy("…"), 503, "busy"),
        (Busy("…", name="request-in-flight"), 409, "request-in-flight"),
        (Unavailable("…"), 503, "unavailable"),
        (Damaged("…"), 500, "damaged"),
    ],
)
def test_each_error_has_its_status_and_its_type(error: TrackerError, status: int, name: str) -> None:
    response = app_raising(error).get("/v1/fail")
    assert response.status_code == status
    assert response.mimetype == "application/problem+json"
    assert response.json is not None
    assert response.json["type"] == f"/problems/{name}"
    assert response.json["status"] == status
    assert response.json["title"] == catalogue.CATALOGUE[name].title
    assert response.headers["Cache-Control"] == "no-store"


def test_faults_become_errors_and_facts_become_members() -> None:
    error = Conflict(
        "Already here.",
        name="report-exists",
        faults=[Fault("/uri", "This address.")],
        facts={"report_id": "rpt_1", "version": 2, "at": datetime(2020, 1, 3, tzinfo=UTC), "set": {"b", "a"}},
    )
    assert app_raising(error).get("/v1/fail").json == {
        "type": "/problems/report-exists",
        "title": catalogue.CATALOGUE["report-exists"].title,
        "status": 409,
        "detail": "Already here.",
        "errors": [{"pointer": "/uri", "detail": "This address."}],
        "report_id": "rpt_1",
        "version": 2,
        "at": "2020-01-03T00:00:00Z",
        "set": ["a", "b"],
    }


def test_a_fact_never_hides_a_standard_member() -> None:
    body = app_raising(Conflict("so", facts={"status": 200, "detail": "all is well", "type": "x"})).get("/v1/fail")
    assert body.json is not None
    assert (body.json["status"], body.json["detail"], body.json["type"]) == (409, "so", "/problems/conflict")


def test_half_a_surrogate_in_a_detail_does_not_break_the_answer() -> None:
    response = app_raising(Invalid("a\ud800b", faults=[Fault("/\udfff", "…")])).get("/v1/fail")
    assert response.status_code == 422
    assert response.json is not None
    assert response.json["detail"] == "a?b"


def test_only_fifty_wrong_places_are_named_and_the_rest_is_counted() -> None:
    error = Invalid("…", faults=[Fault(f"/{n}", "…") for n in range(120)])
    body = app_raising(error).get("/v1/fail").json
    assert body is not None
    assert len(body["errors"]) == 50
    assert body["errors_omitted"] == 70


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (Busy("…"), "1"),
        (Unavailable("…"), "5"),
        (Conflict("…", name="request-in-flight"), "1"),
        (Refusal("…", name="too-many-requests", facts={"retry_after": 17}), "17"),
        (TooManyRequests(retry_after=30), "30"),
        (ServiceUnavailable(retry_after=9), "9"),
    ],
)
def test_who_may_try_again_is_told_when(error: Exception, seconds: str) -> None:
    assert app_raising(error).get("/v1/fail").headers["Retry-After"] == seconds


def test_a_refusal_that_waiting_does_not_change_has_no_retry_after() -> None:
    assert "Retry-After" not in app_raising(Conflict("…")).get("/v1/fail").headers


def test_who_sent_no_token_is_asked_for_one() -> None:
    client = app_raising(Forbidden("…", name="unauthenticated"))
    assert client.get("/v1/fail").headers["WWW-Authenticate"] == 'Bearer realm="tracker"'
    refused = client.get("/v1/fail", headers={"Authorization": "Bearer old"})
    assert refused.headers["WWW-Authenticate"] == 'Bearer realm="tracker", error="invalid_token"'


@pytest.mark.parametrize("error", [RuntimeError(SECRET), Damaged(SECRET), Trouble(SECRET), TrackerError(SECRET)])
def test_a_fault_of_ours_is_logged_under_its_id_and_not_told(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        response = app_raising(error).get("/v1/fail")
    assert response.status_code == 500
    assert response.json is not None
    assert "hunter2" not in response.text
    assert "Traceback" not in response.text
    logged = [entry for entry in caplog.records if entry.exc_info]
    assert len(logged) == 1
    assert response.json["request_id"] in logged[0].getMessage()
    assert response.json["instance"] == f"urn:uuid:{response.json['request_id']}"
    assert SECRET in caplog.text


def test_a_failure_outside_of_a_view_is_answered_too(caplog: pytest.LogCaptureFixture) -> None:
    app = Flask(__name__)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    problems.init_app(app)

    @app.after_request
    def fail(response: Response) -> Response:
        raise RuntimeError(SECRET)

    with caplog.at_level(logging.CRITICAL):
        answer = app.test_client().get("/v1/nowhere")
    assert answer.status_code == 500
    assert answer.mimetype == "application/problem+json"
    assert "hunter2" not in answer.text


def test_a_name_without_an_entry_still_gets_the_status_of_its_class(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        response = app_raising(Stale("…", name="no-such-name")).get("/v1/fail")
    assert response.status_code == 412
    assert "no-such-name" in caplog.text


def test_an_unknown_address_and_a_wrong_method_are_problems() -> None:
    client = app_raising(RuntimeError())
    assert client.get("/v1/nowhere").json == {
        "type": "/problems/not-found",
        "title": "There is nothing here",
        "status": 404,
        "detail": "Check the address.",
        "errors": [],
    }
    refused = client.put("/v1/fail")
    assert refused.json is not None
    assert refused.json["type"] == "/problems/method-not-allowed"
    assert {method.strip() for method in refused.headers["Allow"].split(",")} == {"GET", "POST", "HEAD", "OPTIONS"}


def test_head_has_the_headers_and_no_body() -> None:
    response = app_raising(NotFound("…")).head("/v1/fail")
    assert (response.status_code, response.mimetype) == (404, "application/problem+json")
    assert response.data == b""


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 406, 409, 410, 412, 413, 415, 417, 418, 422, 429, 451])
def test_every_refusal_of_the_framework_is_a_problem(status: int) -> None:
    app = Flask(__name__)
    problems.init_app(app)
    app.add_url_rule("/v1/fail", view_func=lambda: abort(status))
    response = app.test_client().get("/v1/fail")
    assert response.status_code == status
    assert response.mimetype == "application/problem+json"
    assert response.json is not None
    assert response.json["status"] == status
    assert response.json["detail"]
    name = response.json["type"].removeprefix("/problems/")
    assert name == "about:blank" or catalogue.CATALOGUE[name].status == status


def test_what_a_view_says_with_abort_is_told_but_never_with_500() -> None:
    app = Flask(__name__)
    problems.init_app(app)
    app.add_url_rule("/v1/<int:status>", view_func=lambda status: abort(status, SECRET))
    client = app.test_client()
    assert SECRET in client.get("/v1/404").text
    assert SECRET not in client.get("/v1/500").text


def test_redirects_and_answers_already_written_pass() -> None:
    app = Flask(__name__)
    problems.init_app(app)
    app.add_url_rule("/v1/a", "a", lambda: redirect("/v1/b", 308))
    app.add_url_rule("/v1/c/", "c", lambda: "c")
    app.add_url_rule("/v1/d", "d", lambda: abort(Response("mine", 409)))
    app.add_url_rule("/v1/e", "e", lambda: abort(409, response=Response("mine too", 409)))
    client = app.test_client()
    assert client.get("/v1/a").headers["Location"] == "/v1/b"
    assert client.get("/v1/c").status_code == 308
    assert client.get("/v1/d").text == "mine"
    assert client.get("/v1/e").text == "mine too"


def test_validation_errors_point_at_their_places() -> None:
    class Inner(ma.Schema):
        text = ma.fields.String(required=True)

    class Outer(ma.Schema):
        title = ma.fields.String(required=True)
        blocks = ma.fields.List(ma.fields.Nested(Inner))

    sent = {"blocks": [{"text": "a"}, {"text": 1}, "b"], "a/b~c": 1}
    with pytest.raises(ma.ValidationError) as caught:
        Outer().load(sent)
    response = app_raising(caught.value).get("/v1/fail")
    assert response.status_code == 422
    assert response.json is not None
    pointers = {error["pointer"] for error in response.json["errors"]}
    assert pointers == {"/title", "/blocks/1/text", "/blocks/2", "/a~1b~0c"}


def test_a_refusal_of_the_whole_points_at_the_whole() -> None:
    assert problems.faults_of({"_schema": ["Either text or blocks."]}) == [Fault("", "Either text or blocks.")]


@given(st.lists(st.text(max_size=20), min_size=1, max_size=5))
def test_a_pointer_leads_back_to_its_place(keys: list[str]) -> None:
    document: object = "here"
    for key in reversed(keys):
        document = {key: document}
    assert resolve_pointer(document, problems.pointer_to(keys)) == "here"


@pytest.mark.parametrize("first", ["api", "problems"])
def test_flask_smorest_keeps_its_hands_off_whichever_is_set_up_first(first: str) -> None:
    app = Flask(__name__)
    app.config |= {"API_TITLE": "t", "API_VERSION": "1", "OPENAPI_VERSION": "3.1.0"}
    if first == "api":
        Api(app)
    problems.init_app(app)
    if first == "problems":
        Api(app)
    app.add_url_rule("/v1/fail", view_func=lambda: "", methods=["GET"])
    response = app.test_client().post("/v1/fail")
    assert response.mimetype == "application/problem+json"
    assert "GET" in response.headers["Allow"]


class TestPages:
    @staticmethod
    def page(document: problems.ProblemDocument) -> Response:
        return Response(f"<h1>{document.problem.title}</h1>", mimetype="text/html")

    def test_a_page_is_answered_with_a_page_whatever_it_accepts(self) -> None:
        client = app_raising(Busy("…"), html=self.page)
        for accept in ("text/html", "application/json", "*/*"):
            response = client.get("/page", headers={"Accept": accept})
            assert (response.status_code, response.mimetype) == (503, "text/html")
            assert response.headers["Retry-After"] == "1"
            assert "<h1>" in response.text

    @pytest.mark.parametrize("path", ["/v1", "/v1/fail", "/v1/nowhere", "/openapi.json", "/livez", "/readyz"])
    def test_the_api_is_answered_with_a_document_whatever_it_accepts(self, path: str) -> None:
        response = app_raising(Busy("…"), html=self.page).get(path, headers={"Accept": "text/html"})
        assert response.mimetype == "application/problem+json"

    @pytest.mark.parametrize("path", ["/v1x", "/nowhere", "/stories/v1/x", "/readyzz"])
    def test_what_only_begins_alike_is_a_page(self, path: str) -> None:
        assert app_raising(Busy("…"), html=self.page).get(path).mimetype == "text/html"

    def test_a_page_that_fails_itself_gives_the_document_of_its_failure(self) -> None:
        def broken(document: problems.ProblemDocument) -> Response:
            raise RuntimeError(SECRET)

        response = app_raising(NotFound("…"), html=broken).get("/page")
        assert (response.status_code, response.mimetype) == (500, "application/problem+json")
        assert "hunter2" not in response.text


def test_every_entry_is_complete_and_stands_once() -> None:
    groups = [getattr(catalogue, name) for name in vars(catalogue) if name.isupper() and name.startswith("_")]
    entries = [entry for group in groups for entry in group]
    assert len(entries) == len({entry.name for entry in entries}) == len(catalogue.CATALOGUE)
    for entry in entries:
        assert 400 <= entry.status < 600
        assert entry.type == f"/problems/{entry.name}"
        assert entry.title
        assert entry.what_to_do.endswith((".", ">."))


def names_in(source: str) -> Iterator[tuple[str, int]]:
    """The problem names that ``source`` gives to errors: ``Invalid(…, name="x")`` and ``name = "x"`` in a class."""
    kinds = {kind for kind in vars(errors) if isinstance(getattr(errors, kind), type)} - {"Fault"}
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and any(isinstance(b, ast.Name) and b.id in kinds for b in node.bases):
            kinds.add(node.name)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in kinds:
            for keyword in node.keywords:
                if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
                    yield str(keyword.value.value), node.lineno
        elif isinstance(node, ast.ClassDef) and node.name in kinds:
            for part in node.body:
                if isinstance(part, ast.Assign | ast.AnnAssign) and isinstance(part.value, ast.Constant):
                    target = part.targets[0] if isinstance(part, ast.Assign) else part.target
                    if isinstance(target, ast.Name) and target.id == "name":
                        yield str(part.value.value), part.lineno


#: Names that no client meets, and who does instead. Should one slip out, its class gives the status.
INSIDE = {
    "not-migrated": "the command line",
    "bad-signature": "receivers of webhooks",
    "wrong-version": "handling, which reads again and retries",
    "stream-closed": "handling, which reads the story and decides",
}


def test_every_name_that_is_raised_has_an_entry() -> None:
    room = Path(tracker.__file__).parent
    raised = {
        (name, f"{path.relative_to(room)}:{line}")
        for path in room.rglob("*.py")
        if path.name != "errors.py" or path.parent != room
        for name, line in names_in(path.read_text(encoding="utf-8"))
    }
    assert raised, "the search itself finds nothing"
    assert {where for where in raised if where[0] not in catalogue.CATALOGUE.keys() | INSIDE.keys()} == set()


def test_the_search_for_names_finds_calls_and_classes() -> None:
    source = 'class Mine(Conflict):\n    name = "a-b"\n\nraise Invalid("…", name="c-d")\nraise Mine("…", name="e-f")\n'
    assert {name for name, _ in names_in(source)} == {"a-b", "c-d", "e-f"}


def test_the_classes_of_the_tree_have_an_entry_each_or_a_class_that_has() -> None:
    for kind in (Invalid, NotFound, Conflict, Stale, Forbidden, Busy, Unavailable, Damaged):
        assert kind.name in catalogue.CATALOGUE, kind
