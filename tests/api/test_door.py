"""Nothing passes the door that could not be stored and read again, and nothing breaks it."""

from __future__ import annotations

import io
import json
import math
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import marshmallow as ma
import pytest
from flask import Flask, jsonify
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.api import door, problems
from tracker.api.blueprints import Api, Blueprint
from tracker.api.catalogue import CATALOGUE
from tracker.errors import Fault, Invalid


def refused(raw: bytes, max_depth: int = 20) -> Invalid:
    with pytest.raises(Invalid) as caught:
        door.parse_json(raw, max_depth)
    assert caught.value.name in CATALOGUE
    return caught.value


@contextmanager
def deadline(seconds: int) -> Iterator[None]:
    """Break off what would go on for hours."""

    def late(number: int, frame: object) -> None:
        raise TimeoutError(f"not done after {seconds} seconds")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def outcome(raw: bytes, max_depth: int) -> str | list[object]:
    """The name of the refusal, or a list of the one value read. Any other exception fails the test."""
    try:
        return [door.parse_json(raw, max_depth)]
    except Invalid as error:
        return error.name


class TestParsing:
    def test_json_is_read_as_everybody_reads_it(self) -> None:
        raw = ' {"a": [1, -0, 2.5, 1e3, true, false, null], "ü": "\\u00fc \\ud83d\\ude00 😀", "": {}} '.encode()
        assert door.parse_json(raw, 5) == json.loads(raw)

    @pytest.mark.parametrize(
        ("raw", "name", "pointer"),
        [
            (b"", "malformed-json", None),
            (b" \n", "malformed-json", None),
            (b'{"a": 1,}', "malformed-json", None),
            (b"{'a': 1}", "malformed-json", None),
            (b'{"a": 1} {}', "malformed-json", None),
            (b'{"a": NaN}', "malformed-json", None),
            (b'{"a": -Infinity}', "malformed-json", None),
            (b'{"a": 01}', "malformed-json", None),
            (b'{"a": "\x00"}', "malformed-json", None),
            (b'{"a": "\n"}', "malformed-json", None),
            (b'{"a": "\\x"}', "malformed-json", None),
            (b"nul", "malformed-json", None),
            (b"\xef\xbb\xbf{}", "not-utf8", None),
            (b'{"a": "\xff"}', "not-utf8", None),
            (b'{"a": "\xed\xa0\x80"}', "not-utf8", None),
            (b'{"a": "\xc0\x80"}', "not-utf8", None),
            ('{"a": 1}'.encode("utf-16"), "not-utf8", None),
            ('{"a": 1}'.encode("utf-16-le"), "malformed-json", None),
            (b'{"a": {"b": 1, "b": 1}}', "duplicate-key", "/a"),
            (b'{"a": 1, "\\u0061": 2}', "duplicate-key", ""),
            (b'{"a": [0, 9007199254740992]}', "number-out-of-range", "/a/1"),
            (b'{"a": -9007199254740992}', "number-out-of-range", "/a"),
            (b'{"a": ' + b"9" * 5000 + b"}", "number-out-of-range", "/a"),
            (b'{"a/b": {"~": 1e400}}', "number-out-of-range", "/a~1b/~0"),
            (b'{"a": -1e400}', "number-out-of-range", "/a"),
            (b'{"a": ["\\u0000"]}', "bad-text", "/a/0"),
            (b'{"a": "\\ud800"}', "bad-text", "/a"),
            (b'{"a": "\\udc00\\ud800"}', "bad-text", "/a"),
            (b'{"a": {"\\u0000": 1}}', "bad-text", "/a"),
            (b'{"\\udfff": 1}', "bad-text", ""),
        ],
    )
    def test_each_refusal_has_its_name_and_its_place(self, raw: bytes, name: str, pointer: str | None) -> None:
        error = refused(raw)
        assert error.name == name
        assert [fault.pointer for fault in error.faults] == ([] if pointer is None else [pointer])
        str(error).encode()

    @pytest.mark.parametrize("digits", ["9007199254740991", "-9007199254740991", "0", "-0"])
    def test_the_largest_integers_that_everybody_reads_alike_pass(self, digits: str) -> None:
        assert door.parse_json(digits.encode(), 1) == int(digits)

    def test_a_tiny_number_is_no_error(self) -> None:
        assert door.parse_json(b"[1e-400, 1.7976931348623157e308]", 1) == [0.0, 1.7976931348623157e308]

    def test_the_place_of_malformed_json_is_told_by_line_and_column(self) -> None:
        assert "line 2, column 7" in str(refused(b'{"a": 1,\n "b": x}'))


class TestDepth:
    @pytest.mark.parametrize("depth", [1, 2, 20, 200])
    def test_as_deep_as_allowed_passes_and_one_deeper_does_not(self, depth: int) -> None:
        value = door.parse_json(b"[" * depth + b"]" * depth, depth)
        assert json.dumps(value) == "[" * depth + "]" * depth
        assert refused(b"[" * (depth + 1) + b"]" * (depth + 1), depth).name == "too-deep"
        assert refused(b'{"a":' * (depth + 1) + b"1" + b"}" * (depth + 1), depth).name == "too-deep"

    def test_no_setting_lets_the_parser_run_out_of_stack(self) -> None:
        assert refused(b"[" * 100_000, 10**9).name == "too-deep"

    def test_many_side_by_side_are_not_deep(self) -> None:
        raw = b"[" + b",".join([b"[]", b"{}"] * 1000) + b"]"
        assert len(door.parse_json(raw, 2)) == 2000  # type: ignore[arg-type]

    def test_brackets_inside_text_are_text(self) -> None:
        text = '[[[{{{\\"[[[ \\\\'
        raw = json.dumps([text, text + '"']).encode()
        assert door.parse_json(raw, 1) == [text, text + '"']

    @pytest.mark.parametrize(
        "raw",
        [b'"' + b'\\"' * 500_000, b'["' + b"\\" * 1_000_000, b"[]" * 500_000, b'["a"' * 200_000, b'"[' * 500_000],
        ids=["escaped quotes", "backslashes", "empty lists", "deep text", "open quotes"],
    )
    def test_a_megabyte_of_malice_is_refused_at_once(self, raw: bytes) -> None:
        raw = b"[" * 3 + raw
        with deadline(60):
            refused(raw, 2)

    @given(st.text(alphabet='[]{}"\\,:a1 ', max_size=60), st.integers(1, 6))
    @settings(max_examples=500)
    def test_depth_is_that_of_a_plain_count(self, text: str, allowed: int) -> None:
        depth, deepest, in_text, escaped = 0, 0, False, False
        for character in text:
            if in_text:
                in_text = character != '"' or escaped
                escaped = character == "\\" and not escaped
            elif character == '"':
                in_text = True
            elif character in "[{":
                depth += 1
                deepest = max(deepest, depth)
            elif character in "]}":
                depth -= 1
        assert (outcome(text.encode(), allowed) == "too-deep") == (deepest > allowed)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


def judged(raw: bytes, max_depth: int = 30) -> object:
    """What json.loads makes of ``raw``, if the door lets it through; None if it refuses by name."""
    passed = outcome(raw, max_depth)
    if isinstance(passed, str):
        assert passed in CATALOGUE
        return None
    assert repr(passed[0]) == repr(json.loads(raw))
    return passed[0]


class TestLaws:
    @given(st.binary(max_size=200))
    @settings(max_examples=500)
    def test_any_bytes_are_read_as_json_loads_does_or_refused_by_name(self, raw: bytes) -> None:
        judged(raw)

    @given(st.text(alphabet='{}[]",:\\u0dDefEnNaI+-.19 \n\x00\ud800é', max_size=80))
    @settings(max_examples=1000)
    def test_so_is_whatever_resembles_json(self, text: str) -> None:
        judged(text.encode("utf-8", "surrogatepass"))

    @given(JSON, st.booleans())
    @settings(max_examples=300)
    def test_and_what_passes_can_be_stored(self, value: object, ascii_only: bool) -> None:
        raw = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
        passed = judged(raw)
        if storable(value):
            assert repr(passed) == repr(json.loads(raw))
        else:
            assert passed is None


def storable(value: object) -> bool:
    """A slow and plain reading of the rules."""
    match value:
        case str():
            return "\x00" not in value and not any(0xD800 <= ord(c) < 0xE000 for c in value)
        case bool() | None:
            return True
        case int():
            return -(2**53) < value < 2**53
        case float():
            return math.isfinite(value)
        case list():
            return all(map(storable, value))
        case dict():
            return all(storable(key) and storable(inner) for key, inner in value.items())
    raise AssertionError(value)


class Filing(ma.Schema):
    title = ma.fields.String(required=True)
    topics = ma.fields.List(ma.fields.String())
    note = ma.fields.Nested(ma.Schema.from_dict({"text": ma.fields.String(required=True)})())


class Question(ma.Schema):
    q = ma.fields.String()
    limit = ma.fields.Integer()
    topic = ma.fields.List(ma.fields.String())


MAX_BYTES = 2000


@pytest.fixture
def client() -> FlaskClient:
    app = Flask(__name__)
    app.testing = True
    app.config |= {"API_TITLE": "t", "API_VERSION": "1", "OPENAPI_VERSION": "3.1.0"}
    problems.init_app(app)
    door.init_app(app, max_bytes=MAX_BYTES, max_depth=5)
    bp = Blueprint("stories", __name__, url_prefix="/v1")

    @bp.route("/stories", methods=["POST"])
    @bp.arguments(Filing())
    @bp.response(201)
    def post(body: dict[str, Any]) -> dict[str, Any]:
        return body

    @bp.route("/stories", methods=["GET"])
    @bp.arguments(Question(), location="query")
    @bp.response(200)
    def find(query: dict[str, Any]) -> dict[str, Any]:
        return query

    @bp.route("/stories/<story>/notes", methods=["POST"])
    @bp.arguments(Question(), location="query")
    @bp.arguments(Filing())
    @bp.response(201)
    def annotate(query: dict[str, Any], body: dict[str, Any], story: str) -> dict[str, Any]:
        return {"query": query, "body": body, "story": story}

    Api(app).register_blueprint(bp)
    app.add_url_rule("/plain/<path:rest>", view_func=lambda rest: jsonify(rest))
    return app.test_client()


def problem(response: Any) -> tuple[int, str, list[str]]:
    assert response.mimetype == "application/problem+json", response.text
    name = response.json["type"].removeprefix("/problems/")
    return response.status_code, name, [error["pointer"] for error in response.json["errors"]]


class TestBodies:
    def test_a_good_body_reaches_the_view(self, client: FlaskClient) -> None:
        response = client.post("/v1/stories", json={"title": "t", "topics": ["a"]})
        assert response.status_code == 201
        assert response.json == {"title": "t", "topics": ["a"]}

    @pytest.mark.parametrize(
        "content_type",
        [
            "application/json",
            "application/json; charset=utf-8",
            "application/ld+json",
            "Application/JSON;charset=UTF-8",
        ],
    )
    def test_these_types_are_json(self, client: FlaskClient, content_type: str) -> None:
        response = client.post("/v1/stories", data=b'{"title": "t"}', content_type=content_type)
        assert response.status_code == 201

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Content-Type": "text/plain"},
            {"Content-Type": "application/x-www-form-urlencoded"},
            {"Content-Type": "application/jsonx"},
            {"Content-Type": "text/json"},
            {"Content-Type": "application/json; charset=latin-1"},
            {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        ],
    )
    def test_any_other_type_is_415(self, client: FlaskClient, headers: dict[str, str]) -> None:
        response = client.post("/v1/stories", data=b'{"title": "t"}', headers=headers)
        assert problem(response)[:2] == (415, "unsupported-media-type")

    @pytest.mark.parametrize(
        ("raw", "expected"),
        [
            (b"", (400, "malformed-json", [])),
            (b"[]", (422, "invalid-request", [""])),
            (b'"text"', (422, "invalid-request", [""])),
            (b'{"title": "a\\u0000"}', (400, "bad-text", ["/title"])),
            (b"[" * 1000, (400, "too-deep", [])),
            (b"{}", (422, "invalid-request", ["/title"])),
            (b'{"title": 1}', (422, "invalid-request", ["/title"])),
            (b'{"title": "t", "titel": "u"}', (422, "invalid-request", ["/titel"])),
            (b'{"title": "t", "note": {"text": "x", "a/b": 1}}', (422, "invalid-request", ["/note/a~1b"])),
            (b'{"title": "t", "note": []}', (422, "invalid-request", ["/note"])),
            (b'{"title": "t", "topics": ["a", 5]}', (422, "invalid-request", ["/topics/1"])),
        ],
    )
    def test_each_refusal_says_where(self, client: FlaskClient, raw: bytes, expected: object) -> None:
        assert problem(client.post("/v1/stories", data=raw, content_type="application/json")) == expected

    @staticmethod
    def body_of(length: int) -> bytes:
        return b'{"title": "' + b"x" * (length - 13) + b'"}'

    @pytest.mark.parametrize("chunked", [False, True])
    def test_a_body_may_be_as_long_as_allowed_and_not_a_byte_longer(self, client: FlaskClient, chunked: bool) -> None:
        def send(raw: bytes) -> Any:
            if not chunked:
                return client.post("/v1/stories", data=raw, content_type="application/json")
            environ = {"wsgi.input_terminated": True}
            return client.post(
                "/v1/stories", input_stream=io.BytesIO(raw), content_type="application/json", environ_overrides=environ
            )

        assert send(self.body_of(MAX_BYTES)).status_code == 201
        # The second one is complete JSON followed by a blank: cut at the limit it would pass.
        for raw in (self.body_of(MAX_BYTES + 1), self.body_of(MAX_BYTES) + b" ", self.body_of(MAX_BYTES * 100)):
            response = send(raw)
            assert problem(response)[:2] == (413, "body-too-large")
            assert response.json["max_bytes"] == MAX_BYTES

    def test_an_endless_body_is_not_read_to_its_end(self, client: FlaskClient) -> None:
        class Endless(io.RawIOBase):
            given = 0

            def readable(self) -> bool:
                return True

            def readinto(self, buffer: Any) -> int:
                buffer[:] = b" " * len(buffer)
                self.given += len(buffer)
                return len(buffer)

        stream = Endless()
        response = client.post(
            "/v1/stories",
            content_type="application/json",
            environ_overrides={"wsgi.input": stream, "wsgi.input_terminated": True, "CONTENT_LENGTH": ""},
        )
        assert problem(response)[:2] == (413, "body-too-large")
        assert stream.given <= MAX_BYTES + door.LINGER

    def test_a_length_that_only_claims_too_much_is_refused_unread(self, client: FlaskClient) -> None:
        response = client.post(
            "/v1/stories", content_type="application/json", environ_overrides={"CONTENT_LENGTH": str(10**12)}
        )
        assert problem(response)[:2] == (413, "body-too-large")

    @pytest.mark.parametrize("raw", [b"[]", b"5", b"null", b'"text"'])
    def test_the_body_is_an_object_whoever_asks_for_it(self, raw: bytes) -> None:
        context = Flask(__name__).test_request_context(data=raw, content_type="application/json")
        with pytest.raises(Invalid, match="must be a JSON object") as caught:
            door.read_json(context.request, max_bytes=100, max_depth=5)
        assert caught.value.faults == (Fault("", "The body must be a JSON object."),)

    def test_path_query_and_body_come_together(self, client: FlaskClient) -> None:
        response = client.post("/v1/stories/s/notes?limit=3", json={"title": "t"})
        assert response.json == {"query": {"limit": 3}, "body": {"title": "t"}, "story": "s"}


class TestQueries:
    def test_parameters_reach_the_view(self, client: FlaskClient) -> None:
        response = client.get("/v1/stories?q=%C3%BC+%2B&limit=3&topic=a&topic=b")
        assert response.json == {"q": "ü +", "limit": 3, "topic": ["a", "b"]}

    @pytest.mark.parametrize(
        ("query", "pointers"),
        [
            ("nope=1", ["nope"]),
            ("limit=x", ["limit"]),
            ("limit=1&limit=2", ["limit"]),
            ("q=a&q=a", ["q"]),
            ("q=%FF", ["q"]),
            ("q=%ED%A0%80", ["q"]),
            ("q=%00", ["q"]),
            ("%00=1", ["\x00"]),
            ("a/b~1=1", ["a/b~1"]),
            ("&".join(f"q{n}=1" for n in range(200)), []),
        ],
    )
    def test_a_wrong_parameter_is_named(self, client: FlaskClient, query: str, pointers: list[str]) -> None:
        assert problem(client.get(f"/v1/stories?{query}")) == (400, "invalid-parameter", pointers)

    def test_bytes_that_are_no_text_are_refused_on_every_address(self, client: FlaskClient) -> None:
        for path in ("/v1/stories", "/plain/a", "/nowhere"):
            response = client.get(path, environ_overrides={"QUERY_STRING": "q=\xff"})
            assert problem(response) == (400, "invalid-parameter", ["q"])

    def test_no_path_holds_nul(self, client: FlaskClient) -> None:
        assert problem(client.get("/plain/a%00b"))[:2] == (404, "not-found")

    def test_a_path_that_is_not_utf8_does_not_break_anything(self, client: FlaskClient) -> None:
        assert client.get("/plain/a%ff%ed%a0%80b").status_code == 200

    @given(st.binary(max_size=60))
    def test_any_query_string_passes_or_is_refused_by_name(self, raw: bytes) -> None:
        try:
            door.check_query(raw)
        except Invalid as error:
            refusal = error
        else:
            environ = {"QUERY_STRING": raw.decode("latin-1")}
            with Flask(__name__).test_request_context(environ_overrides=environ) as context:
                assert all("\x00" not in value for _, value in context.request.args.items(multi=True))
            return
        assert refusal.name == "invalid-parameter"


def test_a_depth_that_would_overflow_the_stack_is_refused_as_a_setting() -> None:
    for depth in (0, 201):
        with pytest.raises(ValueError, match="max_depth"):
            door.init_app(Flask(__name__), max_bytes=1, max_depth=depth)


def test_the_document_describes_what_the_door_answers(client: FlaskClient) -> None:
    spec = client.application.extensions["flask-smorest"]["apis"][""]["ext_obj"].spec.to_dict()
    post, get = spec["paths"]["/v1/stories"]["post"], spec["paths"]["/v1/stories"]["get"]
    assert post["responses"]["422"] == {"$ref": "#/components/responses/UNPROCESSABLE_ENTITY"}
    assert get["responses"]["400"] == {"$ref": "#/components/responses/BAD_REQUEST"}
    for name in ("UNPROCESSABLE_ENTITY", "BAD_REQUEST"):
        content = spec["components"]["responses"][name]["content"]
        assert content == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    assert spec["components"]["schemas"]["Problem"]["required"] == ["detail", "errors", "status", "title", "type"]
