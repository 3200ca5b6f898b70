"""Hostile text stays text, on every page that shows any of it. That each page is inert, ``Visitor`` sees to."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.asking import House, new_slug
from tests.rooms import Newsroom
from tests.web.hostile import HOSTILE
from tests.web.visiting import Element, Page, Visitor, visitor
from tracker.access.permissions import Role
from tracker.handling import Handler

OVERRIDE = "abc\u202edef"
#: Where our own words stand beside theirs, theirs must not turn the direction of ours.
_OWN_DIRECTION = {"bdi", "title", "option", "textarea"}


def everything_of(house: House, editor: Visitor, text: str) -> list[str]:
    """The addresses of all pages of a story whose every text is ``text``."""
    subscriber = visitor(house, Role.SUBSCRIBER)
    story = editor.opens(text, topics=text.replace(",", " "))
    first = editor.files(story, f"{text}\n\nSecond.", outlet=text, headline=text, byline=text, dateline=text)
    editor.done(editor.fill(f"{first}/update", text=f"Third.\n\n{text}{text}", note=text, copyright_notice=text))
    note = {"note__text": text, "note__wrong": text, "note__right": text, "usage_terms": text}
    editor.done(editor.fill(f"{first}/correct", text=text, headline=f"{text}!", **note))
    editor.done(editor.fill(f"{story}/edit", title=f"{text}?", summary=text))
    editor.done(editor.fill(f"{story}/close", reason=text))
    editor.done(editor.fill(f"{story}/reopen", reason=text))
    marked = _marked(editor, story, first, text)
    house.follow()
    made = subscriber.fill("/endpoints/new", url="https://example.com/" + new_slug(), stories=story.rsplit("/", 1)[1])
    endpoint = next(href for href in made.hrefs if href.startswith("/endpoints/end_"))
    page = subscriber.get(endpoint)
    assert f"{text}?".strip() in page.first("dl").text
    shown = ["", "?revision=3", "/edit", "/close", "/file", "/compare?a=1&b=7", "/compare?a=7&b=1", "/compare?a=2&b=3"]
    return [
        "/",
        "/outlets",
        "/corrections",
        *marked,
        first,
        f"{first}?version=2",
        f"{first}/update",
        f"{first}/correct",
    ] + [story + rest for rest in shown]


def _marked(editor: Visitor, story: str, report: str, text: str) -> list[str]:
    """The pages of what is marked, held and asked for in the story, with ``text`` in each field."""
    words = " ".join(text.split())
    source = {f"attribution.{name}": words for name in ("label", "anonymity_reason", "via")}
    path = f"{report}/mark?version=1"
    sent = {"exact": text, "statement": f"{text} 1", "parts": words, "about": words, **source}
    claim = editor.done(editor.send(path, editor.filled(path) | sent))
    other = editor.done(editor.fill(path, exact="Second", statement=text, stance="denies", attribution__party=words))
    ends = {"from": claim.rsplit("/", 1)[1], "to": other.rsplit("/", 1)[1]}
    path = f"{story}/relate"
    editor.done(editor.send(path, editor.filled(path) | ends | {"basis.text": text, "by": words}))
    for phrase in (words, "in spring of 2017"):
        editor.done(editor.fill(f"{story}/happened", title=words, phrase=phrase, place=words, parties=words))
    held = {"kind": "preservation", "reason": "legal", "target": report.rsplit("/", 1)[1]}
    editor.done(editor.fill(f"{story}/hold", **held, authority=words))
    filed = editor.files(story, "One.", outlet=f"{words} 2", headline=f"{text} 2")
    kill = {"reason": text, "public_note": text}
    requests = editor.done(editor.fill(f"{filed}/kill", **kill, issued_by="desk"))
    decline = next(href for href in editor.get(requests).hrefs if href.endswith("/decline"))
    editor.done(editor.fill(decline, reason=text))
    asked = editor.done(editor.fill(f"{filed}/redact", reason=text, authority=words))
    killed = editor.files(story, "Two.", outlet=f"{words} 3", headline=f"{text} 3")
    editor.done(editor.fill(f"{killed}/kill", **kill))
    away = editor.done(editor.fill(f"{report}/mark?version=1", exact="econd", statement=f"{text} 3"))
    withdraw = f"{story}/withdraw?target={away.rsplit('/', 1)[1]}"
    shown = (
        "claims",
        "timeline",
        "quotes",
        "sources",
        "people",
        "disputes",
        "corrections",
        "relate",
        "happened",
        "hold",
    )
    lift = next(href for href in editor.get(story).hrefs if href.endswith("/lift"))
    open_request = next(href for href in editor.get(asked).hrefs if href.endswith("/decline"))
    return [claim, other, asked, withdraw, lift, open_request, f"{report}/mark", f"{report}/kill"] + [
        f"{story}/{each}" for each in shown
    ]


@pytest.mark.parametrize("text", HOSTILE)
def test_it_is_shown_as_it_was_written(house: House, editor: Visitor, text: str) -> None:
    seen = text.strip()
    for path in everything_of(house, editor, text):
        page = editor.get(path)
        assert page.status == 200, path
        if path not in ("/", "/outlets", "/corrections"):
            shown = page.first("html").text + " ".join(each.attributes.get("value", "") for each in page.elements)
            assert " ".join(seen.split()) in " ".join(shown.split()), path


def test_the_direction_of_writing_is_turned_no_further_than_the_text_that_turns_it(
    house: House, editor: Visitor
) -> None:
    for path in everything_of(house, editor, OVERRIDE):
        page = editor.get(path)
        for element in _holders(page, "\u202e"):
            around = [*element.within, element]
            assert any(map(_keeps_its_direction, around)), f"{path}: <{element.tag}> {element.text[:80]!r}"


def _keeps_its_direction(element: Element) -> bool:
    # Of what is compared the style sheet sees to it: see the tests in the browser.
    compared = "compared" in element.attributes.get("class", "").split()
    return compared or "dir" in element.attributes or element.tag in _OWN_DIRECTION


def _holders(page: Page, character: str) -> list[Element]:
    """The innermost elements with that character in their text."""
    found = [each for each in page.elements if character in each.text]
    return [each for each in found if not any(each in other.within for other in found)]


def test_what_was_typed_into_a_refused_form_comes_back_as_text(editor: Visitor) -> None:
    story = editor.opens()
    for text in HOSTILE:
        page = editor.fill(f"{story}/file", outlet=text, headline=text, text=text, uri=text, language=text, byline=text)
        assert page.status == 422
        assert page.form["text"] == page.form["outlet"] == text


@pytest.mark.parametrize("text", HOSTILE)
def test_an_address_may_say_anything(editor: Visitor, text: str) -> None:
    for path in ("/", "/stories/x", "/sign-in"):
        answer = editor.browser.get(path, query_string={"q": text, "topic": text, "next": text, "code": text})
        assert Page(answer).status in (200, 400, 401, 404)
    for path in (f"/stories/{text}", f"/problems/{text}", f"/{text}"):
        assert Page(editor.browser.get(path)).status in (308, 404)


@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        " https://x.example",
        "//x.example",
        "https://a@b.example",
        "ftp://x.example",
    ],
)
def test_only_a_web_address_is_taken_as_one(editor: Visitor, uri: str) -> None:
    story = editor.opens()
    page = editor.fill(f"{story}/file", outlet="A", headline="B", text="C", uri=uri)
    assert page.status == 422
    assert "Address:" in page.alert


def test_one_that_came_in_otherwise_is_no_link(house: House, editor: Visitor) -> None:
    """The log may hold what today's rules would refuse."""
    newsroom = Newsroom(Handler(house.database, house.clock, house.settings), house.client().token, house.clock)
    story = newsroom.opens()
    filed = newsroom.files(story, uri="javascript:alert(1)")
    page = editor.get(f"/stories/{story}/reports/{filed.report_id}")
    assert "javascript:alert(1)" in page.said
    assert not [href for href in page.hrefs if "javascript" in href]


def test_an_outlet_s_name_in_an_address_is_one(house: House, editor: Visitor) -> None:
    name = f"A & B? #c/d=%25 <i> {new_slug()}"
    story = editor.opens()
    editor.files(story, outlet=name)
    house.follow()
    link = next(each for page in _all_outlets(editor) for each in page.all("a") if each.text == name)
    stories = next(href for href in editor.get(link.attributes["href"]).hrefs if href.startswith("/?outlet="))
    assert editor.get(stories).hrefs.count(story) == 1


def _all_outlets(editor: Visitor) -> list[Page]:
    pages = [editor.get("/outlets")]
    while further := pages[-1].all("a", rel="next"):
        pages.append(editor.get(further[0].attributes["href"]))
    return pages


_texts = st.text(st.characters(codec="utf-8"), max_size=40) | st.sampled_from(HOSTILE)


_names = st.sampled_from(["title", "slug", "topics", "language", "urgency", "seen", "key", "x.y", "title.z"]) | _texts


@pytest.fixture(scope="module")
def lasting(house: House) -> Visitor:
    """An editor for many examples."""
    return visitor(house)


@settings(max_examples=40)
@given(fields=st.dictionaries(_names, _texts))
def test_whatever_a_form_holds_it_is_taken_or_refused(lasting: Visitor, fields: dict[str, str]) -> None:
    word = lasting.filled("/open")["csrf"]
    assert lasting.send("/open", {**fields, "csrf": word}).status in (303, 400, 409, 422)
