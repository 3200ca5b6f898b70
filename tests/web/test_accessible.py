"""Whoever doesn't see a page finds their way by its headings, labels and names; on every page of a story."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest

from tests.asking import House
from tests.web.desk import Desk
from tests.web.visiting import Element, Page

_LISTS = ("claims", "timeline", "quotes", "sources", "people", "disputes", "corrections", "requests")
_FORMS = ("file", "edit", "close", "relate", "happened", "link", "hold")
_OF_REPORT = ("mark", "update", "correct", "kill", "redact")
_CONTROLS = ("input", "textarea", "select")


@pytest.fixture
def addresses(desk: Desk) -> list[str]:
    """Pages of a story in which there is one of everything."""
    editor = desk.editor
    given = {"attribution__label": "an official", "parts": "Seventeen died", "about": "The Mayor"}
    claim = editor.done(editor.fill(f"{desk.report}/mark", exact="Seventeen died", **given))
    other = editor.done(editor.fill(f"{desk.report}/mark", exact="More soon"))
    ends = {"from": other.rsplit("/", 1)[1], "to": claim.rsplit("/", 1)[1]}
    editor.done(editor.send(f"{desk.story}/relate", editor.filled(f"{desk.story}/relate") | ends))
    editor.done(editor.fill(f"{desk.story}/happened", title="It happened", phrase="in spring of 2017", parties="A"))
    editor.done(editor.fill(f"{desk.story}/hold", kind="preservation", reason="legal"))
    editor.done(editor.fill(f"{desk.report}/correct", text="Fifty died.", note__text="It was fifty."))
    killing = {"issued_by": "desk", "reason": "False", "public_note": "Gone."}
    asked = editor.done(editor.fill(f"{desk.report}/kill", **killing))
    inside = editor.get(asked).hrefs + editor.get(claim).hrefs
    more = [href for href in inside if href.endswith(("/lift", "/decline")) or "/withdraw" in href]
    lists = [f"{desk.story}/{each}" for each in (*_LISTS, *_FORMS)]
    of_report = [f"{desk.report}/{each}" for each in _OF_REPORT]
    return ["/corrections", desk.story, f"{desk.story}?revision=3", desk.report, claim, *lists, *of_report, *more]


def test_every_page_can_be_found_through(desk: Desk, house: House, addresses: list[str]) -> None:
    house.follow()
    assert len(addresses) > 25
    for path in addresses:
        page = desk.editor.get(path)
        assert page.status == 200, path
        wrong = list(_wrong(page))
        assert not wrong, f"{path}: {wrong}"


def test_so_can_a_form_that_was_refused(desk: Desk, addresses: list[str]) -> None:
    refused = 0
    for path in addresses:
        opened = desk.editor.get(path)
        if not opened.form:
            continue
        hidden = {each.attributes["name"] for each in opened.all("input", type="hidden")}
        emptied = {name: "" for name in opened.form if name not in hidden}
        page = desk.editor.send(path, opened.form | emptied)
        if page.status == 303:
            continue
        refused += 1
        wrong = list(_wrong(page))
        assert not wrong, f"{path}: {wrong}"
        assert page.alert
    assert refused > 8


def _wrong(page: Page) -> Iterator[str]:
    """What somebody would stumble over."""
    levels = [int(each.tag[1]) for each in page.elements if each.tag in ("h1", "h2", "h3", "h4")]
    if levels[:1] != [1] or levels.count(1) != 1 or any(after - before > 1 for before, after in pairwise(levels)):
        yield f"headings {levels}"
    ids = [each.attributes["id"] for each in page.elements if "id" in each.attributes]
    yield from (f"two have the id {each}" for each in set(ids) if ids.count(each) > 1)
    for each in page.elements:
        if each.tag in _CONTROLS and each.attributes.get("type") != "hidden" and not _named(each, page):
            yield f"{each.attributes} has no label"
        for name in ("aria-labelledby", "aria-describedby", "for"):
            missing = set(each.attributes.get(name, "").split()) - set(ids)
            yield from (f"{name} of {each.attributes} leads nowhere: {one}" for one in missing)
        if each.tag in ("a", "button") and not each.text.strip():
            yield f"{each.tag} {each.attributes} says nothing"
        if each.tag == "time" and not each.attributes.get("datetime"):
            yield f"{each.text} is no time for programs"
        fragment = each.attributes.get("href", "").partition("#")
        if each.tag == "a" and not fragment[0] and fragment[2] not in ids:
            yield f"#{fragment[2]} leads nowhere"


def _named(control: Element, page: Page) -> bool:
    labels = [outer for outer in control.within if outer.tag == "label"]
    labels += page.all("label", **{"for": control.attributes.get("id", "-")})
    return any(each.text.strip() for each in labels) or bool(control.attributes.get("aria-label"))
