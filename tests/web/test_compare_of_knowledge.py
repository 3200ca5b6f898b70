"""The page that compares two revisions tells what changed in what is known, and why."""

from __future__ import annotations

import pytest

from tests.asking import House, new_slug
from tests.web.visiting import Element, Page, Visitor

_SAYS = "It was to stop an imminent attack."
_NBC = "A plan was approved in June 2019. It could undermine that."


@pytest.fixture
def compared(house: House) -> str:
    """The address of a comparison: before it an outlet claims something, and in it another one disputes that."""
    client = house.client()
    story = client.opens(f"Strike {new_slug()}")
    claim = {
        "exact": "an imminent attack",
        "statement": "An attack was imminent.",
        "attribution": {"label": "officials"},
    }
    first = client.files(story, _SAYS, outlet="Capital Wire", claims=[claim])
    dispute = {
        "from": "/claims/0",
        "to": first["claims"][0],
        "relation": "disputes",
        "basis": "could undermine",
        "by": "NBC News",
    }
    client.files(
        story,
        _NBC,
        outlet="NBC News",
        claims=[{"exact": "A plan was approved", "statement": "It was planned."}],
        occurrences=[{"title": "The approval", "phrase": "in June 2019"}],
        relations=[dispute],
    )
    return f"/stories/{story['slug']}/compare"


def test_it_tells_how_claims_stand_now_and_what_brought_it(editor: Visitor, compared: str) -> None:
    page = editor.get(f"{compared}?a=3&b=7")
    assert page.status == 200
    headings = [" ".join(each.text.split()) for each in page.elements if each.tag == "h2"]
    assert [each for each in headings if each != "What happened"][:4] == [
        "Claims",
        "Where claims are made",
        "How claims relate",
        "What happened, and when",
    ]
    assert "NBC News disputes “An attack was imminent” with “It was planned”: “could undermine”" in page.said
    assert "disputed by NBC News." in page.said
    assert "The approval: “in June 2019”, read as June 2019" in page.said


def test_the_other_way_round_the_same_is_gone(editor: Visitor, compared: str) -> None:
    there, back = editor.get(f"{compared}?a=3&b=7"), editor.get(f"{compared}?a=7&b=3")
    for one, other in (("ins", "del"), ("del", "ins")):
        assert _changed(there, one)
        assert _changed(there, one) == _changed(back, other)


def test_a_filing_with_all_that_rides_along_is_one_row_of_what_happened(editor: Visitor, compared: str) -> None:
    page = editor.get(f"{compared}?a=3&b=7")
    assert "With it: 1 claim, 1 occurrence and 1 relation." in page.said


def test_labels_are_there_once_and_what_they_name_is_there(editor: Visitor, compared: str) -> None:
    page = editor.get(f"{compared}?a=1&b=7")
    ids = [each.attributes["id"] for each in page.elements if "id" in each.attributes]
    named = [each.attributes["aria-labelledby"] for each in page.elements if "aria-labelledby" in each.attributes]
    assert len(ids) == len(set(ids))
    assert set(named) <= set(ids)


def _changed(page: Page, tag: str) -> list[str]:
    """What one side of the page's lines says."""
    return [_words(each.text) for each in page.elements if each.tag == tag and _in_a_line(each)]


def _in_a_line(element: Element) -> bool:
    return any(outer.attributes.get("class") == "changed" for outer in element.within)


def _words(text: str) -> str:
    """``text`` without the hidden words and the sign of its side."""
    words = text.split()
    return " ".join(words[2:]) if words[:1] in (["was"], ["now"]) else " ".join(words)
