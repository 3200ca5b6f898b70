"""Where signing in leads, who may send its form, and how it ends."""

from __future__ import annotations

import re

import pytest

from tests.asking import House
from tests.web.signing import cookie_of, new_token, signed_in, signs_in
from tests.web.visiting import BASE, Visitor, visitor
from tracker.access.permissions import Role
from tracker.web.sessions import code_for


class TestWhereItLeads:
    @pytest.mark.parametrize(
        "wanted", ["/", "/outlets", "/stories/x?revision=3&as_of=", "/stories/a%20b", "/?q=%2F%2F"]
    )
    def test_a_page_that_was_asked_for_is_gone_on_to(self, house: House, nobody: Visitor, wanted: str) -> None:
        to_sign_in = nobody.get(wanted).location
        assert to_sign_in is not None
        _, written = new_token(house)
        assert signs_in(nobody, written, to_sign_in).location == wanted

    @pytest.mark.parametrize(
        "wanted",
        [
            "https://evil.example/",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "/\r\nLocation: https://evil.example",
            "\t//evil.example",
            " //evil.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "evil.example",
            "https:evil.example",
            "?x=//evil.example",
            "/\u2028/evil.example",
            "/\u202e/evil.example",
        ],
    )
    def test_no_other_site_is_ever_led_to(self, house: House, nobody: Visitor, wanted: str) -> None:
        token, written = new_token(house)
        with house.app.app_context():
            code = code_for(token.id)
        for answer in (
            nobody.browser.post("/sign-in", base_url=BASE, query_string={"next": wanted}, data={"token": written}),
            nobody.browser.get("/sign-in", base_url=BASE, query_string={"next": wanted, "code": code}),
        ):
            assert (answer.status_code, answer.headers["Location"]) == (303, "/")

    def test_dots_and_slashes_stay_on_this_site(self, house: House, nobody: Visitor) -> None:
        _, written = new_token(house)
        for wanted in (
            "/..//evil.example",
            "/.//evil.example",
            "/@evil.example",
            "/%2Fevil.example",
            "/%5Cevil.example",
        ):
            answer = nobody.browser.post(
                "/sign-in", base_url=BASE, query_string={"next": wanted}, data={"token": written}
            )
            assert re.match(r"/[^/\\]", answer.headers["Location"]), wanted


class TestForms:
    def test_the_one_for_signing_in_is_taken_from_this_site_only(self, house: House, nobody: Visitor) -> None:
        _, written = new_token(house)
        for headers in (
            {"Sec_Fetch_Site": "cross-site", "Origin": BASE},
            {"Sec_Fetch_Site": "same-site"},
            {"Origin": "https://evil.example"},
            {"Origin": "https://localhost.evil.example"},
            {"Origin": "https://localhost:8443"},
            {"Origin": "null"},
            {"Origin": "http://["},
            {"Origin": ""},
        ):
            refused = signs_in(nobody, written, **headers)
            assert (refused.status, cookie_of(nobody)) == (403, ""), headers

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Origin": BASE},
            {"Sec_Fetch_Site": "same-origin", "Origin": BASE},
            {"Sec_Fetch_Site": "none"},
            # A proxy may have told us another name for ourselves; what the browser says of it is enough.
            {"Sec_Fetch_Site": "same-origin", "Origin": "https://desk.example"},
        ],
    )
    def test_and_from_there_it_is(self, house: House, nobody: Visitor, headers: dict[str, str]) -> None:
        assert signs_in(nobody, new_token(house)[1], **headers).status == 303

    def test_signing_out_ends_it(self, editor: Visitor) -> None:
        word = editor.get("/").first("input", name="csrf").attributes["value"]
        answer = editor.send("/sign-out", {"csrf": word})
        assert (answer.status, answer.location) == (303, "/sign-in")
        assert cookie_of(editor) == ""
        assert not signed_in(editor)

    @pytest.mark.parametrize("fields", [{}, {"csrf": ""}, {"csrf": "0" * 64}, {"csrf": "é"}])
    def test_another_site_can_not_sign_anybody_out(self, editor: Visitor, fields: dict[str, str]) -> None:
        assert editor.send("/sign-out", fields).status == 403
        assert signed_in(editor)
        # A browser leaves the cookie out of what another site sends; the answer may not take it away then either.
        without = editor.app.test_client(use_cookies=False).post("/sign-out", base_url=BASE, data=fields)
        assert "Set-Cookie" not in without.headers
        assert without.headers["Location"] == "/sign-in"

    def test_the_word_of_one_session_is_not_that_of_another(self, house: House, editor: Visitor) -> None:
        other = visitor(house, Role.EDITOR)
        assert editor.token is not None
        with house.app.app_context():
            code = code_for(editor.token.id)
        again = Visitor(house, house.app)
        again.get(f"/sign-in?code={code}")
        words = {each.filled("/open")["csrf"] for each in (editor, other, again)}
        assert len(words) == 3

    def test_a_page_that_is_open_to_all_shows_no_way_to_write(self, nobody: Visitor) -> None:
        for path in ("/docs", "/problems/stale", "/sign-in", "/nowhere"):
            page = nobody.get(path)
            assert not page.all("input", name="csrf")
            assert "/open" not in page.hrefs


@pytest.mark.parametrize(
    "path", ["/", "/outlets", "/open", "/stories/x", "/stories/x/edit", "/endpoints", "/stories/x/reports/y/correct"]
)
def test_nobody_sees_a_page_of_a_story_without_signing_in(nobody: Visitor, path: str) -> None:
    for page in (nobody.get(path), nobody.open("HEAD", path, {})):
        assert page.status == 302
        assert str(page.location).startswith("/sign-in")
    assert nobody.send(path, {}).status in (401, 405)
