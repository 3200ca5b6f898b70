"""What did not happen says so on every page that shows it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.asking import House
from tests.web.visiting import Page, visitor
from tracker.clock import StoryClock
from tracker.demo.founding_story import INVENTED, SLUG, acts

STORY = f"/stories/{SLUG}"


@pytest.fixture
def house(migrated_url: str) -> Iterator[House]:
    """The application on a database in which the founding story was told."""
    clock = StoryClock(acts()[0].recorded_at)
    house = House(migrated_url, clock)
    admin = house.client()
    reports: dict[str, str] = {}
    for act in acts():
        clock.set(act.recorded_at)
        path = "/v1/stories" + act.path.format(story=SLUG, report=reports.get(act.of, ""))
        answer = admin.ask(act.method, path, act.body, If_Match="*")
        assert answer.status in (200, 201)
        reports.setdefault(act.of, answer.body.get("report_id", ""))
    house.follow()
    yield house
    house.close()


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
    for a, b in ((6, 7), (7, 8), (6, 8), (1, 8), (8, 1), (8, 7)):
        compared = editor.get(f"{STORY}/compare?a={a}&b={b}")
        told = [words for words, revision in ((version, 7), (correction, 8)) if min(a, b) < revision <= max(a, b)]
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
        wanted += {href for href in links if href.startswith(STORY)} - reached - set(wanted)
    assert shown > 5


def test_what_was_known_then_is_known_then(house: House) -> None:
    page = visitor(house).follow(f"{STORY}?at=2020-01-13T23:00")
    assert page.marked("outlet") == ["Capital Wire", "NBC News"]
    assert "As it was known at revision 3" in page.said
