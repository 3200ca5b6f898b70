"""The pages as a person has them: somebody signs in, opens a page, fills its form in and sends it.

    house.visitor(Role.EDITOR).fill("/open", title="Strike in Baghdad")

Whatever a test does, ``Visitor`` also sees to it that every page is inert (no script but our files, no handler, no
link that isn't one, nothing from elsewhere), that it has the headers of a page, and that a refused form wrote nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.test import TestResponse

from tests.asking import House
from tracker.access import tokens
from tracker.access.permissions import Role
from tracker.web.sessions import code_for

BASE = "https://localhost"
_VOID = {"br", "input", "link", "meta"}
#: All that our templates are made of.
_TAGS = _VOID | set(
    re.findall(
        r"\w+",
        "html head title body header nav main section article div h1 h2 h3 h4 p span strong b bdi time code a ul ol li "
        "dl dt dd table caption thead tbody tr th td blockquote ins del details summary form fieldset legend label "
        "button select option textarea mark script",
    )
)


@dataclass
class Element:
    """A tag with its attributes, and the text in it."""

    tag: str
    attributes: dict[str, str]
    text: str = ""
    within: list[Element] = field(default_factory=list)


class Page(HTMLParser):
    """An answer, read as a browser reads it. Fails where a tag isn't closed, or is none of ours."""

    def __init__(self, answer: TestResponse) -> None:
        super().__init__(convert_charrefs=True)
        self.status = answer.status_code
        self.headers = answer.headers
        self.html = answer.get_data(as_text=True)
        self.elements: list[Element] = []
        self._open: list[Element] = []
        if answer.mimetype == "text/html" and self.location is None:
            self.feed(self.html)
            self.close()
            assert not self._open, f"{[each.tag for each in self._open]} are not closed"

    @property
    def location(self) -> str | None:
        """Where the answer leads, without our own host."""
        found = self.headers.get("Location")
        return found.removeprefix(BASE) if found else None

    @property
    def heading(self) -> str:
        return self.first("h1").text.strip()

    @property
    def said(self) -> str:
        """All the text of the page, blank space as one space."""
        return " ".join(self.first("body").text.split())

    @property
    def hrefs(self) -> list[str]:
        return [each.attributes["href"] for each in self.elements if each.tag == "a" and "href" in each.attributes]

    @property
    def alert(self) -> str:
        """What is said about a refused form; empty where nothing is."""
        found = [each for each in self.elements if each.attributes.get("role") == "alert"]
        return " ".join(found[0].text.split()) if found else ""

    @property
    def form(self) -> dict[str, str]:
        """The fields of the page's own form, as a browser would send them back untouched."""
        fields: dict[str, str] = {}
        for each in self.elements:
            inside = [outer.attributes.get("class", "") for outer in each.within if outer.tag == "form"]
            name = each.attributes.get("name")
            if "act" not in inside:
                continue
            if each.tag == "option" and _is_sent(each, self.elements):
                fields[_select_of(each)] = each.attributes["value"]
            elif name and each.tag == "textarea":
                fields[name] = each.text.removeprefix("\n")
            elif name and each.tag == "input" and each.attributes.get("type") not in ("checkbox", "radio"):
                fields[name] = each.attributes.get("value", "")
        return fields

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """The elements of that tag with these attributes."""
        wanted = {name.rstrip("_"): value for name, value in attributes.items()}.items()
        return [each for each in self.elements if each.tag == tag and wanted <= each.attributes.items()]

    def first(self, tag: str, **attributes: str) -> Element:
        return self.all(tag, **attributes)[0]

    def marked(self, class_: str) -> list[str]:
        """The text of each element of that class."""
        found = [each for each in self.elements if class_ in each.attributes.get("class", "").split()]
        return [" ".join(each.text.split()) for each in found]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, within=list(self._open))
        assert len(element.attributes) == len(attrs), f"an attribute of <{tag}> stands twice"
        _check_inert(element)
        self.elements.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> ends nothing"
        last = self._open.pop()
        assert tag != "script" or not last.text, "a script stands in the page"
        assert last.tag == tag, f"</{tag}> ends <{last.tag}>"

    def handle_data(self, data: str) -> None:
        for each in self._open:
            each.text += data


class Visitor:
    """Somebody with a browser, signed in or not."""

    def __init__(self, house: House, app: Flask, token: tokens.Token | None = None) -> None:
        self.house = house
        self.token = token
        self.app = app
        self.browser = app.test_client()
        if token is not None:
            with app.app_context():
                code = code_for(token.id)
            assert self.get(f"/sign-in?code={code}").location == "/"

    def get(self, path: str, **headers: str) -> Page:
        return self.open("GET", path, headers=headers)

    def follow(self, path: str) -> Page:
        """The page behind ``path``, by way of redirects."""
        page = self.get(path)
        for _ in range(5):
            if page.location is None:
                return page
            page = self.get(page.location)
        raise AssertionError(f"{path} leads round and round")

    def fill(self, path: str, **fields: str) -> Page:
        """Open the page, write into its form and send it. In a field's name, two underscores are a dot."""
        return self.send(path, self.filled(path, **fields))

    def filled(self, path: str, **fields: str) -> dict[str, str]:
        """The page's form with ``fields`` written into it, as ``send`` takes it."""
        page = self.get(path)
        assert page.status == 200, page.html
        return {**page.form, **{name.replace("__", "."): value for name, value in fields.items()}}

    def send(self, path: str, fields: Mapping[str, Any] | bytes, **headers: str) -> Page:
        """Send a form."""
        given = {"data": fields}
        if isinstance(fields, bytes):
            headers.setdefault("Content_Type", "application/x-www-form-urlencoded")
        return self.open("POST", path, headers=headers, **given)

    def open(self, method: str, path: str, headers: Mapping[str, str], **given: Any) -> Page:
        before = self.house.counts()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.browser.open(path, method=method, base_url=BASE, headers=named, **given)
        page = Page(answer)
        answer.close()
        check_headers(answer)
        if method in ("GET", "HEAD") or page.status >= 400:
            assert self.house.counts() == before, f"{method} {path} answered {page.status} and wrote all the same"
        return page

    def opens(self, title: str = "Strike in Baghdad", **fields: str) -> str:
        """Open a story; returns the address of its page."""
        return self.done(self.fill("/open", title=title, **fields))

    def files(self, story: str, text: str = "One.\n\nTwo.", **fields: str) -> str:
        """File a report of NBC News; returns the address of its page."""
        return self.done(
            self.fill(f"{story}/file", **{"outlet": "NBC News", "headline": "Strike", "text": text} | fields)
        )

    def done(self, page: Page) -> str:
        """Where a form that was accepted leads."""
        assert page.status == 303, page.said
        assert page.location is not None
        return page.location


def visitor(house: House, role: Role = Role.EDITOR, *, app: Flask | None = None, **limits: Any) -> Visitor:
    """Somebody with a new token of ``role``, signed in; ``limits`` as ``House.client`` takes them."""
    client = house.client(role, **limits)
    return Visitor(house, app or house.app, client.token)


def check_headers(answer: TestResponse) -> None:
    """Raises AssertionError unless the answer has the headers of every answer, and a page those of a page."""
    policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    if answer.mimetype == "text/html":
        assert "no-store" in answer.headers["Cache-Control"]


def _check_inert(element: Element) -> None:
    assert element.tag in _TAGS, f"<{element.tag}> is none of ours"
    assert element.tag != "script" or element.attributes["src"].startswith("/static/"), "a script of somebody's"
    for name, value in element.attributes.items():
        assert not name.startswith("on"), f"<{element.tag}> has {name}"
        assert name != "style", f"<{element.tag}> has a style of its own, which the policy refuses"
        if name in ("href", "src", "action"):
            assert _leads_somewhere_allowed(element.tag, value), f"<{element.tag}> leads to {value}"


def _leads_somewhere_allowed(tag: str, address: str) -> bool:
    parts = urlsplit(address)
    if tag == "a":
        return parts.scheme in ("", "http", "https")
    return not parts.scheme and not parts.netloc


def _select_of(option: Element) -> str:
    return next(outer.attributes["name"] for outer in reversed(option.within) if outer.tag == "select")


def _is_sent(option: Element, elements: list[Element]) -> bool:
    """Whether a browser sends this option: a select in which none is selected sends its first."""
    select = next(outer for outer in reversed(option.within) if outer.tag == "select")
    options = [each for each in elements if each.tag == "option" and select in each.within]
    chosen = [each for each in options if "selected" in each.attributes] or options[:1]
    return option is chosen[-1]
