"""What did not happen says so on every page that shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.asking import Client, House
from tests.web.visiting import Page, visitor
from tracker.clock import StoryClock
from tracker.demo import telling
from tracker.demo.founding_story import AGGREGATOR, INVENTED, NBC, POST, SLUG, WIRE, acts

STORY = f"/stories/{SLUG}"


class _Door(telling.Client):
    """The API as the telling wants it, without a server: everything is asked by one administrator."""

    def __init__(self, admin: Client) -> None:
        super().__init__("")
        self.admin = admin

    def ask(
        self, method: str, path: str, token: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> telling.Answer:
        given = {name.replace("-", "_"): value for name, value in (headers or {}).items()}
        found = self.admin.ask(method, path, body, **given)
        return telling.Answer(found.status, found.headers, found.body)


@pytest.fixture
def house(migrated_url: str) -> Iterator[House]:
    """The application on a database in which the founding story was told."""
    clock = StoryClock(acts()[0].recorded_at)
    house = House(migrated_url, clock)
    everybody = dict.fromkeys(["editor", WIRE, NBC, POST, AGGREGATOR], "")
    for told in telling.tell(_Door(house.client()), clock, everybody):
        assert told.answer.status in (200, 201), told.answer.body
    house.follow()
    yield house
    house.close()


def revision_of(house: House, kind: str) -> int:
    """The revision of the only event of that type."""
    (row,) = house.client().get(f"/v1{STORY}/revisions?type={kind}").body["items"]
    return int(row["revision"])


def holding(page: Page, words: str, *classes: str) -> list[str]:
    """The rows, notes … of the page that hold ``words``; each of them must say that it was invented."""
    found = [each for class_ in classes for each in page.marked(class_) if words in each]
    assert all(INVENTED in each for each in found), found
    return found


def test_the_new_version_and_the_correction_say_so_wherever_they_are_shown(house: House) -> None:
    editor = visitor(house)
    story = editor.get(STORY)
    version, correction = "A paragraph moved up", "An earlier version gave the office"
    assert holding(story, version, "what")
    assert holding(story, correction, "what")
    assert holding(story, correction, "note")
    for words, headline in ((version, "approved killing"), (correction, "discussed as early")):
        address = next(each.attributes["href"] for each in story.all("a") if headline in each.text)
        report = editor.get(address)
        assert holding(report, words, "note")
        assert holding(report, words, "facts")
        assert holding(editor.get(f"{address}?version=1"), words, "facts")
    updated, corrected = (revision_of(house, f"report.{each}") for each in ("updated", "corrected"))
    pairs = [(updated - 1, updated), (updated, corrected), (1, corrected), (corrected, 1), (corrected, updated)]
    for a, b in pairs:
        compared = editor.get(f"{STORY}/compare?a={a}&b={b}")
        both = ((version, updated), (correction, corrected))
        told = [words for words, revision in both if min(a, b) < revision <= max(a, b)]
        for words in told:
            assert holding(compared, words, "between")


def test_no_page_shows_one_of_them_without_a_word_of_it(house: House) -> None:
    """Whatever page holds a sentence that is only in an invented version also says that it was invented."""
    editor = visitor(house)
    only_invented = ("A spokesman for the administration denied", "Homeland Security Secretary John Kelly")
    reached, wanted = set[str](), [STORY]
    shown = 0
    while wanted:
        path = wanted.pop()
        reached.add(path)
        page = editor.get(path)
        if any(words in page.html for words in only_invented) and not page.form:
            shown += 1
            assert INVENTED in page.said, path
        links = (href.partition("#")[0] for href in page.hrefs)
        wanted += {href for href in links if href.startswith(STORY) and not is_past(href)} - reached - set(wanted)
    assert shown > 5


def is_past(href: str) -> bool:
    """Whether it leads to a list of the story in an earlier state: there are too many of those to look at."""
    path, _, query = href.partition("?")
    return path != STORY and "revision=" in query


def test_what_was_known_then_is_known_then(house: House) -> None:
    page = visitor(house).follow(f"{STORY}?at=2020-01-13T23:00")
    assert page.marked("outlet") == ["Capital Wire", "NBC News"]
    assert "As it was known at revision" in page.said
    for question in ("", "/claims", "/timeline", "/quotes", "/sources", "/people", "/disputes"):
        then = visitor(house).get(f"{STORY}{question}?as_of=2020-01-13T23:00:00Z")
        assert not [words for words in ("spring of 2017", "Mattis", "batted around", POST) if words in then.html]
    (dispute,) = page.marked("dispute")
    assert "Disputed by NBC News" in dispute


def test_the_state_of_the_story_is_seen_on_its_page(house: House) -> None:
    page = visitor(house).get(STORY)
    disputes = [each.partition("Disputed by ")[2] for each in page.marked("dispute")]
    assert [each.split(",")[0] for each in disputes] == ["NBC News", "our desk", "The Aggregator"]
    weighed = next(each for each in page.marked("claim") if each.startswith("The killing was weighed long before"))
    assert "Corroborated by 2 independent outlets, at least 2 sources." in weighed
    (wording,) = (each for each in page.marked("note") if each.startswith("A difference of wording."))
    assert "By the astronomical season, to 21 June, they touch." in wording
    assert any("John Kelly Then Homeland Security Secretary" in each for each in page.marked("person"))
    assert any("very serious threats" in each and "In it:" in each for each in page.marked("quoted"))


def words_of(page: Page) -> str:
    return " ".join(each.text for each in page.all("main"))


def test_a_party_s_page_shows_what_was_said_of_it_with_its_role_then(house: House) -> None:
    editor = visitor(house)
    page = editor.get("/parties/John Kelly")
    assert "Said of John Kelly" in words_of(page)
    assert "Kelly and Dunford resisted too." in words_of(page)
    assert "then Homeland Security Secretary" in " ".join(words_of(page).split())
    assert "Said by Donald Trump" in words_of(editor.get("/parties/Donald Trump"))
