"""Signing in, step by step, for the tests of just that."""

from __future__ import annotations

from tests.asking import House
from tests.web.visiting import Page, Visitor
from tracker.access import tokens
from tracker.access.permissions import Role

#: The cookie's name where it may travel without HTTPS.
COOKIE = "tracker"


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
