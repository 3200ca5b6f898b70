"""Signing in and out: who has a cookie, what it is worth, and who may not send what."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from itsdangerous import URLSafeTimedSerializer
from itsdangerous.timed import TimestampSigner

from tests.asking import House
from tests.rooms import settings_for
from tests.web.visiting import BASE, Page, Visitor, visitor
from tracker.access import tokens
from tracker.access.permissions import Role
from tracker.clock import Clock
from tracker.web.sessions import code_for

HOURS = 3600
#: The cookie's name where it may travel without HTTPS.
COOKIE = "tracker"


@pytest.fixture
def nobody(house: House) -> Visitor:
    return Visitor(house, house.app)


def new_token(house: House, role: Role = Role.EDITOR) -> tuple[tokens.Token, str]:
    with house.database.writing() as connection:
        return tokens.create(connection, house.clock, name="Ayesha", role=role)


def signs_in(visitor: Visitor, written: str, path: str = "/sign-in", **headers: str) -> Page:
    return visitor.send(path, {"token": written}, **headers)


def signed_in(visitor: Visitor) -> bool:
    return visitor.get("/").status == 200


def cookie_of(visitor: Visitor) -> str:
    found = visitor.browser.get_cookie(COOKIE)
    return found.value if found else ""


def set_cookie(visitor: Visitor, value: str) -> None:
    visitor.browser.set_cookie(COOKIE, value)


class TestWithAToken:
    def test_it_signs_in_and_leads_on(self, house: House, nobody: Visitor) -> None:
        token, written = new_token(house)
        answer = signs_in(nobody, f"  {written}\r\n")
        assert (answer.status, answer.location) == (303, "/")
        assert token.name in nobody.get("/").said

    @pytest.mark.parametrize(
        "written",
        ["", "trk_", "trk_0123456789_" + "A" * 43, "' OR 1=1 --", "Bearer x", "trk_" + "é" * 54, "x" * 100_000],
    )
    def test_a_wrong_one_is_refused_and_not_repeated(self, nobody: Visitor, written: str) -> None:
        answer = signs_in(nobody, written)
        assert answer.status == 401
        assert "no token in force" in answer.alert
        assert not cookie_of(nobody)
        assert len(written) < 8 or written not in answer.html

    def test_a_revoked_or_expired_one_is_refused_in_the_same_words(self, house: House, nobody: Visitor) -> None:
        revoked, written = new_token(house)
        with house.database.writing() as connection:
            tokens.revoke(connection, revoked.id, Clock().now())
            past = Clock().now() - timedelta(seconds=1)
            _, expired = tokens.create(connection, house.clock, name="A", role=Role.EDITOR, expires_at=past)
        wrong = signs_in(nobody, "trk_wrong").said
        assert signs_in(nobody, written).said == signs_in(nobody, expired).said == wrong

    def test_one_that_is_revoked_later_is_refused_at_the_next_request(self, house: House, editor: Visitor) -> None:
        story = editor.opens()
        sent = editor.filled(f"{story}/file", outlet="NBC News", headline="A", text="B")
        assert editor.token is not None
        with house.database.writing() as connection:
            tokens.revoke(connection, editor.token.id, Clock().now())
        assert (editor.get(story).status, editor.get(story).location) == (302, f"/sign-in?next={story}")
        assert editor.send(f"{story}/file", sent).status == 401

    def test_the_page_that_says_so_gives_back_what_was_written_to_its_own_site_only(self, nobody: Visitor) -> None:
        written = {"headline": "Mine <b>", "text": "All that I wrote.", "csrf": "0" * 64}
        kept = nobody.send("/stories/x/file", written, Sec_Fetch_Site="same-origin")
        assert kept.status == 401
        assert [each.text.strip() for each in kept.all("textarea")] == ["Mine <b>", "All that I wrote."]
        for site in ("cross-site", "same-site"):
            assert "All that I wrote" not in nobody.send("/stories/x/file", written, Sec_Fetch_Site=site).html
        assert "All that I wrote" not in nobody.send("/stories/x/file", written).html


class TestTheCookie:
    @pytest.mark.parametrize("secure", [True, False])
    def test_it_is_out_of_reach_of_scripts_and_other_sites(self, house: House, secure: bool) -> None:
        _, written = new_token(house)
        answer = signs_in(Visitor(house, house.app_with(cookie_secure=secure)), written)
        name, _, rest = answer.headers["Set-Cookie"].partition("=")
        value, *flags = [part.strip() for part in rest.split(";")]
        assert {"HttpOnly", "SameSite=Lax", "Path=/", f"Max-Age={12 * HOURS}"} <= set(flags)
        assert ("Secure" in flags) is secure
        assert name == ("__Host-tracker" if secure else COOKIE)
        assert not any(flag.startswith("Domain") for flag in flags)
        assert written.split("_")[2] not in value

    def test_each_sign_in_has_one_of_its_own(self, house: House, nobody: Visitor) -> None:
        _, written = new_token(house)
        signs_in(nobody, written)
        first = cookie_of(nobody)
        signs_in(nobody, written)
        assert cookie_of(nobody) != first

    @pytest.mark.parametrize("at", [0, 10, -30, -1])
    def test_a_changed_one_is_none(self, editor: Visitor, at: int) -> None:
        good = cookie_of(editor)
        at %= len(good)
        set_cookie(editor, good[:at] + ("A" if good[at] != "A" else "B") + good[at + 1 :])
        assert not signed_in(editor)
        set_cookie(editor, good)
        assert signed_in(editor)

    @pytest.mark.parametrize("value", ["", ".", "..", "a.b.c", "é", "\x00", "x" * 5000, "WyJ0b2tfMSIsICJ4Il0.x.y"])
    def test_nonsense_is_none(self, nobody: Visitor, value: str) -> None:
        headers = {"HTTP_COOKIE": f"{COOKIE}={value}".encode().decode("latin-1")}
        answer = nobody.app.test_client(use_cookies=False).get("/", base_url=BASE, environ_overrides=headers)
        assert answer.status_code == 302

    def test_one_that_is_not_even_text_is_none(self, nobody: Visitor) -> None:
        headers = {"HTTP_COOKIE": f"{COOKIE}=\xff\xfe"}
        answer = nobody.app.test_client(use_cookies=False).get("/", base_url=BASE, environ_overrides=headers)
        assert answer.status_code == 302

    def test_one_of_another_key_or_another_form_is_none(self, house: House, nobody: Visitor) -> None:
        token, _ = new_token(house)
        key = settings_for("sqlite://").secret_key
        for forged in (
            URLSafeTimedSerializer("another key", salt="session").dumps([token.id, "word"]),
            URLSafeTimedSerializer(key, salt="another salt").dumps([token.id, "word"]),
            URLSafeTimedSerializer(key, salt="session").dumps(token.id),
            URLSafeTimedSerializer(key, salt="session").dumps([token.id]),
            URLSafeTimedSerializer(key, salt="session").dumps(None),
            URLSafeTimedSerializer(key, salt="session").dumps(["tok_nobody", "word"]),
        ):
            set_cookie(nobody, str(forged))
            assert not signed_in(nobody)

    @pytest.mark.parametrize(("age", "good"), [(11.9 * HOURS, True), (12.1 * HOURS, False)])
    def test_it_ends_after_twelve_hours(self, house: House, nobody: Visitor, age: float, good: bool) -> None:
        token, _ = new_token(house)
        serializer = _dated(age)
        set_cookie(nobody, str(serializer.dumps([token.id, "word"])))
        assert signed_in(nobody) is good


def _dated(age: float) -> URLSafeTimedSerializer:
    """Signs as the application does, so many seconds ago."""

    class Past(TimestampSigner):
        def get_timestamp(self) -> int:
            return int(datetime.now(UTC).timestamp() - age)

    return URLSafeTimedSerializer(settings_for("sqlite://").secret_key, salt="session", signer=Past)


class TestWithACode:
    def test_it_signs_in_once(self, house: House, nobody: Visitor) -> None:
        token, _ = new_token(house)
        with house.app.app_context():
            code = code_for(token.id)
        assert nobody.get(f"/sign-in?code={code}&next=/outlets").location == "/outlets"
        assert signed_in(nobody)
        second = Visitor(house, house.app)
        again = second.get(f"/sign-in?code={code}")
        assert again.status == 401
        assert "used before" in again.alert
        assert not cookie_of(second)

    @pytest.mark.parametrize("code", ["x", "0" * 32, "%00", "%F0%9F%94%91"])
    def test_one_that_nobody_gave_out_is_refused(self, nobody: Visitor, code: str) -> None:
        assert nobody.get(f"/sign-in?code={code}").status in (400, 401)
        assert not cookie_of(nobody)

    def test_asking_for_the_headers_alone_does_not_spend_it(self, house: House, nobody: Visitor) -> None:
        token, _ = new_token(house)
        with house.app.app_context():
            code = code_for(token.id)
        assert nobody.open("HEAD", f"/sign-in?code={code}", {}).status == 200
        assert nobody.get(f"/sign-in?code={code}").status == 303

    def test_it_is_worth_nothing_once_its_token_is_revoked(self, house: House, nobody: Visitor) -> None:
        token, _ = new_token(house)
        with house.app.app_context():
            code = code_for(token.id)
        with house.database.writing() as connection:
            tokens.revoke(connection, token.id, Clock().now())
        nobody.get(f"/sign-in?code={code}")
        assert not signed_in(nobody)


class TestWhereItLeads:
    @pytest.mark.parametrize("wanted", ["/", "/outlets", "/stories/x?revision=3&as_of=", "/stories/a%20b", "/?q=%2F%2F"])
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
        for wanted in ("/..//evil.example", "/.//evil.example", "/@evil.example", "/%2Fevil.example", "/%5Cevil.example"):
            answer = nobody.browser.post("/sign-in", base_url=BASE, query_string={"next": wanted}, data={"token": written})
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
