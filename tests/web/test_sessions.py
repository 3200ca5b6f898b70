"""Signing in: with what, and what the cookie is worth that comes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from itsdangerous import URLSafeTimedSerializer
from itsdangerous.timed import TimestampSigner

from tests.asking import House
from tests.rooms import settings_for
from tests.web.signing import COOKIE, cookie_of, new_token, set_cookie, signed_in, signs_in
from tests.web.visiting import BASE, Visitor
from tracker.access import tokens
from tracker.access.permissions import Role
from tracker.clock import Clock
from tracker.web.sessions import code_for

HOURS = 3600


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
        assert written.split("_", 2)[2] not in value

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
        # Of the last letter some bits say nothing: the first of the other letters differs in one that does.
        other = "A" if good[at] not in "ABCDEFGHIJKLMNOP" else "w"
        set_cookie(editor, good[:at] + other + good[at + 1 :])
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
