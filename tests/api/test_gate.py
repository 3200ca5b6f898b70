"""The gate: every route, asked by every role and by nobody, answers as the permission table says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.asking import Client, House, report
from tracker.access import permissions, tokens
from tracker.access.permissions import ROUTES, Permission, Role
from tracker.api.catalogue import CATALOGUE
from tracker.api.problems import is_api
from tracker.web.sessions import code_for

#: What stands where a route has a name; a story of that slug is there, nothing else is.
NAMES = {"a": "1", "b": "1", "filename": "tracker.css", "name": "not-found", "type": "report.filed"}
WHO = [*Role, None]


class Asked(NamedTuple):
    """A request to a route, and what its table entry says."""

    method: str
    address: str
    permission: Permission | None


def requests_of(app: Flask, slug: str) -> Iterator[Asked]:
    """One request for each method of each route of ``app``."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"OPTIONS"}):
            yield Asked(method, _address(app, rule, slug), ROUTES.get(rule.endpoint))


def _address(app: Flask, rule: Rule, slug: str) -> str:
    values = {name: slug if name == "story" else NAMES.get(name, "x") for name in rule.arguments}
    return app.url_map.bind("localhost").build(rule.endpoint, values)


class Visitor:
    """Somebody with a token, or without, who uses the API and the pages."""

    def __init__(self, house: House, app: Flask, role: Role | None) -> None:
        self.role = role
        self._app = app
        self._bearer = {}
        self._browser: FlaskClient = app.test_client()
        if role is None:
            return
        with house.database.writing() as connection:
            self.token, written = tokens.create(connection, house.clock, name="A", role=role)
        self._bearer = {"Authorization": f"Bearer {written}"}
        with app.app_context():
            code = code_for(self.token.id)
        self._browser.get(f"/sign-in?code={code}", base_url="https://localhost")

    def ask(self, asked: Asked) -> TestResponse:
        """The answer; pages are asked with the cookie, all else with the token."""
        if is_api(asked.address):
            return self._app.test_client().open(asked.address, method=asked.method, headers=self._bearer, json={})
        return self._browser.open(asked.address, method=asked.method, base_url="https://localhost", data={})

    def passes(self, asked: Asked) -> bool:
        """Whether the gate lets the request through; what becomes of it there is another matter."""
        answer = self.ask(asked)
        if answer.status_code == 403 and not is_api(asked.address) and asked.method != "HEAD":
            # A form without its word is refused behind the gate, and a page's title says which of both it was.
            return CATALOGUE["forbidden"].title not in answer.get_data(as_text=True)
        if asked.permission is Permission.NONE:
            # Signing in without a token is answered with 401 too, by the page itself.
            return answer.status_code < 500
        sent_away = urlsplit(answer.headers.get("Location", "")).path == "/sign-in"
        return answer.status_code not in (401, 403) and not sent_away


def wrongly_answered(app: Flask, visitors: list[Visitor], slug: str) -> list[str]:
    """The requests that are let through, or not, against the table."""
    wrong = []
    for asked in requests_of(app, slug):
        for visitor in visitors:
            may = asked.permission is Permission.NONE or (
                visitor.role is not None
                and asked.permission is not None
                and permissions.allowed(visitor.role, asked.permission)
            )
            if visitor.passes(asked) != may:
                wrong.append(f"{visitor.role} {asked.method} {asked.address}")
    return wrong


@pytest.fixture(scope="module")
def slug(admin: Client) -> str:
    return str(admin.opens()["slug"])


def test_every_route_has_an_entry_and_every_entry_a_route(house: House) -> None:
    assert {rule.endpoint for rule in house.app.url_map.iter_rules()} == set(ROUTES)


def test_every_route_answers_every_role_and_nobody_as_the_table_says(house: House, slug: str) -> None:
    visitors = [Visitor(house, house.app, role) for role in WHO]
    assert len(list(requests_of(house.app, slug))) > 50
    assert wrongly_answered(house.app, visitors, slug) == []


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.REPORTER, {"read", "file"}),
        (Role.EDITOR, {"read", "file", "edit"}),
        (Role.SUBSCRIBER, {"read", "subscribe"}),
        (Role.ADMIN, {"read", "file", "edit", "subscribe"}),
    ],
)
def test_each_role_may_do_its_own_work(house: House, admin: Client, role: Role, may: set[str]) -> None:
    client, story = house.client(role), admin.opens()
    url = admin.files(story)["url"]
    content = {"headline": "B", "text": "B."}
    work = {
        "read": [
            client.get(f"/v1/stories{rest}")
            for rest in ("", f"/{story['slug']}", f"/{story['slug']}/reports", f"/{story['slug']}/compare/1...2")
        ],
        "file": [
            client.post("/v1/stories", {"title": "A"}),
            client.post(f"{story['url']}/reports", report()),
            client.post(f"{url}/versions", content),
            client.post(f"{url}/corrections", {**content, "text": "C.", "note": {"text": "C."}}, If_Match="*"),
        ],
        "edit": [
            client.patch(story["url"], {"title": "B"}, If_Match="*"),
            client.post(f"{story['url']}/close", {"reason": "A."}),
            client.post(f"{story['url']}/reopen", {"reason": "A."}),
        ],
        "subscribe": [
            client.get("/v1/endpoints"),
            client.post("/v1/endpoints", {"url": "https://subscriber.example/"}),
        ],
    }
    statuses = {name: {answer.status for answer in answers} for name, answers in work.items()}
    assert {name for name, found in statuses.items() if found <= {200, 201}} == may
    assert {name for name, found in statuses.items() if found == {403}} == work.keys() - may


@pytest.mark.parametrize("address", ["/v1/forgotten", "/forgotten"])
def test_a_route_that_nobody_entered_is_refused_to_all(house: House, slug: str, address: str) -> None:
    app = house.app_with()
    app.add_url_rule(address, "forgotten", lambda: "what nobody should see")
    visitors = [Visitor(house, app, role) for role in WHO]
    planted = Asked("GET", address, None)
    for visitor in visitors:
        answer = visitor.ask(planted)
        assert answer.status_code in (401, 403)
        assert "nobody should see" not in answer.get_data(as_text=True)


def test_a_route_that_let_anybody_in_would_be_found(house: House, slug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    visitors = [Visitor(house, house.app, role) for role in WHO]
    monkeypatch.setattr("tracker.api.gate.require", lambda token, permission: None)
    wrong = wrongly_answered(house.app, visitors, slug)
    assert f"subscriber PATCH /v1/stories/{slug}" in wrong
    assert f"reporter POST /stories/{slug}/close" in wrong


class TestTokens:
    def test_without_one_a_client_is_asked_for_it(self, house: House) -> None:
        refused = house.nobody().get("/v1/stories")
        assert (refused.status, refused.problem) == (401, "unauthenticated")
        assert refused.headers["WWW-Authenticate"] == 'Bearer realm="tracker"'

    @pytest.mark.parametrize(
        "written",
        [
            "Bearer",
            "Bearer x",
            "Bearer trk_0123456789_" + "A" * 43,
            "Bearer tr\u00fcbe",
            "Basic dXNlcjpwYXNz",
            "trk_0123456789_" + "A" * 43,
            "Bearer " + "x" * 5000,
        ],
    )
    def test_one_that_is_none_is_refused_in_the_same_words(self, house: House, written: str) -> None:
        refused = house.nobody().get("/v1/stories", Authorization=written)
        assert (refused.status, refused.problem) == (401, "unauthenticated")
        assert refused.headers["WWW-Authenticate"] == 'Bearer realm="tracker", error="invalid_token"'

    def test_half_of_a_token_is_none(self, house: House) -> None:
        client = house.client(Role.REPORTER)
        written = str(client.written)
        other = written[:-1] + ("A" if written[-1] != "A" else "B")
        assert house.nobody().get("/v1/stories", Authorization=f"bearer {written}").status == 200
        assert house.nobody().get("/v1/stories", Authorization=f"Bearer {other}").status == 401

    def test_a_revoked_one_is_refused_at_the_next_request(self, house: House) -> None:
        client = house.client(Role.EDITOR)
        assert client.get("/v1/stories").status == 200
        with house.database.writing() as connection:
            tokens.revoke(connection, client.token.id, house.clock.now())
        for refused in (client.get("/v1/stories"), client.post("/v1/stories", {"title": "A"})):
            assert (refused.status, refused.problem) == (401, "unauthenticated")

    def test_one_that_is_over_is_refused(self, house: House) -> None:
        over = house.client(Role.EDITOR, expires_at=house.clock.now())
        assert over.get("/v1/stories").problem == "unauthenticated"


class TestLimitedTokens:
    @pytest.fixture
    def afp(self, house: House) -> Client:
        """May file for AFP only."""
        return house.client(Role.REPORTER, outlets=["AFP"])

    @pytest.fixture
    def story(self, admin: Client) -> dict[str, Any]:
        return admin.opens()

    def test_it_files_for_its_outlet_whatever_the_case(self, afp: Client, story: dict[str, Any]) -> None:
        url = afp.post(f"{story['url']}/reports", report(outlet=" afp ")).body["url"]
        assert afp.post(f"{url}/versions", {"headline": "B", "text": "B."}).status == 201

    def test_it_files_updates_and_corrects_for_no_other(
        self, admin: Client, afp: Client, story: dict[str, Any]
    ) -> None:
        url = admin.files(story)["url"]
        content = {"headline": "B", "text": "B."}
        refusals = [
            afp.post(f"{story['url']}/reports", report()),
            afp.post(f"{story['url']}/reports", report(outlet=f"An outlet that {story['slug']} mentions first")),
            afp.post(f"{url}/versions", content),
            afp.post(f"{url}/corrections", {**content, "note": {"text": "C."}}, If_Match="*"),
        ]
        assert {(each.status, each.problem) for each in refusals} == {(403, "forbidden-outlet")}

    def test_it_reads_what_everybody_reads(self, admin: Client, afp: Client, story: dict[str, Any]) -> None:
        url = admin.files(story)["url"]
        assert afp.get(url).body == admin.get(url).body


class TestMethods:
    @pytest.mark.parametrize("role", list(Role))
    def test_which_methods_an_address_has_anybody_may_ask_who_has_a_token(
        self, house: House, slug: str, role: Role
    ) -> None:
        client = house.client(role)
        for address, methods in (
            (f"/v1/stories/{slug}", {"GET", "HEAD", "PATCH", "OPTIONS"}),
            ("/v1/stories", {"GET", "HEAD", "POST", "OPTIONS"}),
            (f"/v1/stories/{slug}/close", {"POST", "OPTIONS"}),
        ):
            answer = client.ask("OPTIONS", address)
            assert (answer.status, set(answer.headers["Allow"].split(", "))) == (200, methods)

    def test_nobody_is_told_without_one(self, house: House, slug: str) -> None:
        assert house.nobody().ask("OPTIONS", f"/v1/stories/{slug}").status == 401

    @pytest.mark.parametrize("method", ["PUT", "DELETE", "POST"])
    def test_a_method_that_an_address_does_not_have_is_refused_with_those_that_it_has(
        self, admin: Client, slug: str, method: str
    ) -> None:
        refused = admin.ask(method, f"/v1/stories/{slug}")
        assert (refused.status, refused.problem) == (405, "method-not-allowed")
        assert set(refused.headers["Allow"].split(", ")) == {"GET", "HEAD", "PATCH", "OPTIONS"}

    @pytest.mark.parametrize("address", ["/v1", "/v1/", "/v1/storys", "/v1/stories/", "/v1/stories//", "/v1/tokens"])
    def test_an_address_that_is_none_is_not_found(self, admin: Client, address: str) -> None:
        assert admin.get(address).problem == "not-found"
