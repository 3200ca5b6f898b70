"""The pages of what a story holds, in the state that is asked for, however much there is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.asking import Client, House, new_slug
from tests.web.desk import MORNING
from tests.web.visiting import Page, Visitor, visitor
from tracker.access.permissions import Role

QUESTIONS = ("claims", "timeline", "quotes", "sources", "people", "disputes", "corrections", "requests")
#: In the story below.
BEFORE_THE_POST = "2020-01-13T11:30:00Z"


@pytest.fixture
def story(house: House) -> str:
    """The page of a story in which NBC News disputes the wire at 11, and the Post says more at 12; all published an
    hour before.
    """
    house.clock.set(MORNING)
    client = house.client()
    opened = client.opens(f"Strike {new_slug()}")
    files = {"published_at": "2020-01-13T09:00:00Z"}
    house.clock.set(MORNING + timedelta(hours=1))
    officials = {"label": "officials", "count": {"min": 2}}
    wire = {"exact": "an imminent attack", "attribution": officials, "about": ["Qassem Soleimani"]}
    first = client.files(opened, "It was to stop an imminent attack.", outlet="Capital Wire", claims=[wire], **files)
    house.clock.set(MORNING + timedelta(hours=2))
    quote = {"exact": "if they hit Americans", "speaker": {"party": "Donald Trump"}}
    client.files(
        opened,
        'A plan was approved in June 2019. Only "if they hit Americans," he said. It could undermine that.',
        outlet="NBC News",
        published_at="2020-01-13T10:00:00Z",
        claims=[{"exact": "A plan was approved", "quotes": [quote]}],
        occurrences=[{"title": "The approval", "phrase": "in June 2019", "parties": ["Donald Trump"]}],
        relations=[
            {
                "from": "/claims/0",
                "to": first["claims"][0],
                "relation": "disputes",
                "basis": "could undermine",
                "by": "NBC News",
            }
        ],
    )
    house.clock.set(MORNING + timedelta(hours=3))
    client.files(
        opened,
        "It was discussed in spring of 2017.",
        outlet="The Post",
        published_at="2020-01-13T11:45:00Z",
        claims=[{"exact": "It was discussed"}],
        occurrences=[{"title": "The idea", "phrase": "in spring of 2017"}],
    )
    return f"/stories/{opened['slug']}"


class TestTheStory:
    def test_it_says_what_changed_who_says_what_and_what_disputes_it(self, editor: Visitor, story: str) -> None:
        page = editor.get(story)
        assert page.marked("latest")[0].startswith("The Post filed “Strike”. With it: 1 claim and 1 occurrence.")
        (dispute,) = page.marked("dispute")
        assert "Disputed by NBC News, resting on “could undermine” (NBC News, version 1)" in dispute
        claims = page.marked("claim")
        assert any("“officials”, in Capital Wire (number of sources: at least 2)" in each for each in claims)
        assert [each.split(" ")[0] for each in page.marked("quoted")] == ["“if"]
        assert [each.split()[-1] for each in page.marked("happened")] == ["idea", "approval", "Wire", "News", "Post"]
        assert page.marked("name") == ["Qassem Soleimani", "Donald Trump"]

    def test_each_act_is_one_row_of_its_history(self, editor: Visitor, story: str) -> None:
        rows = editor.get(story).marked("what")
        assert len(rows) == 4
        assert rows[1].endswith("With it: 1 claim, 1 occurrence and 1 relation.")


class TestAsItWas:
    @pytest.mark.parametrize("question", QUESTIONS)
    def test_every_list_is_shown_as_it_was_known_then(self, editor: Visitor, story: str, question: str) -> None:
        now = editor.get(f"{story}/{question}")
        then = editor.get(f"{story}/{question}?as_of={BEFORE_THE_POST}")
        assert "As it was known at revision 7" in then.said
        assert "As it was known" not in now.said
        assert "spring" not in then.said
        assert "discussed" not in then.said

    def test_its_links_stay_in_that_past(self, editor: Visitor, story: str) -> None:
        page = editor.get(f"{story}?as_of={BEFORE_THE_POST}")
        inside = [href for href in page.hrefs if href.startswith(f"{story}/") and "/reports/" not in href]
        lists = [href for href in inside if "/compare" not in href]
        assert lists
        assert all("revision=7" in href for href in lists)
        claim = next(href for href in lists if "/claims/" in href)
        assert "As it was known at revision 7" in editor.get(claim).said

    @pytest.mark.parametrize("question", ["claims", "timeline", "quotes"])
    def test_what_was_not_published_before_is_left_out(self, editor: Visitor, story: str, question: str) -> None:
        page = editor.get(f"{story}/{question}?said_before=2020-01-13T10:30:00Z")
        assert "With only what was published before 2020-01-13T10:30:00Z." in page.said
        assert "The Post" not in page.said
        earlier = editor.get(f"{story}/{question}?said_before=2020-01-13T09:30:00Z")
        assert "NBC News" not in earlier.said

    @pytest.mark.parametrize("question", ["", "/claims", "/timeline", "/quotes"])
    def test_both_are_chosen_on_the_page_s_clocks(self, editor: Visitor, story: str, question: str) -> None:
        page = editor.get(f"{story}{question}?at=2020-01-13T11:30&said=2020-01-13T09:30&revision=")
        assert page.status == 303
        shown = editor.get(str(page.location))
        assert "As it was known at revision 7" in shown.said
        assert "With only what was published before 2020-01-13T09:30:00Z." in shown.said
        assert not shown.marked("dispute")

    def test_a_clock_leads_nowhere_else(self, editor: Visitor, story: str) -> None:
        page = editor.get(f"{story}/claims?at=2020-01-13T11:30&_external=1&_scheme=x&story=y&standing=disputed&page=4")
        assert page.location == f"{story}/claims?standing=disputed&as_of=2020-01-13T11:30:00Z"

    @pytest.mark.parametrize(
        ("query", "status"),
        [("as_of=2031-01-01T00:00:00Z", 400), ("said_before=soon", 400), ("revision=99", 404), ("page=x", 400)],
    )
    def test_what_never_was_is_refused(self, editor: Visitor, story: str, query: str, status: int) -> None:
        assert editor.get(f"{story}/claims?{query}").status == status


class TestLists:
    def test_claims_are_chosen_by_how_they_stand(self, editor: Visitor, story: str) -> None:
        (only,) = editor.get(f"{story}/claims?standing=disputed").marked("claim")
        assert only.startswith("an imminent attack disputed Said by 1 independent outlet")
        assert "No claim stands like that" in editor.get(f"{story}/claims?standing=retracted").said
        assert editor.get(f"{story}/claims?standing=grand").status == 400

    def test_the_timeline_is_of_what_happened_or_of_what_was_published(self, editor: Visitor, story: str) -> None:
        assert len(editor.get(f"{story}/timeline?kind=occurrence").marked("entry")) == 2
        assert len(editor.get(f"{story}/timeline?kind=report").marked("entry")) == 3
        assert editor.get(f"{story}/timeline?kind=x").status == 400

    def test_a_source_is_listed_with_what_it_says(self, editor: Visitor, story: str) -> None:
        said = editor.get(f"{story}/sources").said
        assert (
            "“officials” not named “officials”, in Capital Wire (number of sources: at least 2): an imminent attack"
            in said
        )

    def test_people_are_shown_as_they_were_then(self, editor: Visitor, story: str) -> None:
        trump = next(each for each in editor.get(f"{story}/people").all("a") if each.text == "Donald Trump")
        roles = "Candidate; ; 2015; 2017-01-19\nPresident; ; 2017-01-20"
        editor.done(editor.fill(f"{trump.attributes['href']}/edit", roles=roles))
        page = editor.get(f"{story}/people")
        assert "Donald Trump Then President – The approval, June 2019 Now President" in page.marked("person")

    def test_how_a_claim_came_to_stand_so_is_told(self, editor: Visitor, story: str) -> None:
        claim = next(href for href in editor.get(f"{story}/claims?standing=disputed").hrefs if "/claims/clm_" in href)
        history = " ".join(editor.get(claim).marked("history"))
        assert "Revision 6" not in history
        assert "it was disputed by NBC News" in history
        assert "Capital Wire asserts it" in history


class TestMuchOfIt:
    def test_a_story_of_many_claims_is_shown_page_by_page(self, house: House) -> None:
        client, editor = house.client(), visitor(house)
        opened = client.opens(f"Long {new_slug()}")
        for outlet in "ABC":
            _files_a_hundred(client, opened, outlet)
        story = f"/stories/{opened['slug']}"
        page = editor.get(story)
        assert len(page.html) < 100_000
        assert len(page.marked("claim")) == 10
        assert "All 300 claims" in page.said
        assert "All 303 entries of the timeline" in page.said
        for question, marked, count in (
            ("claims", "claim", 300),
            ("timeline", "entry", 303),
            ("quotes", "quoted", 300),
        ):
            assert len(_all(editor, f"{story}/{question}", marked)) == count

    def test_so_is_a_claim_that_many_make(self, house: House) -> None:
        client, editor = house.client(), visitor(house)
        opened = client.opens(f"Wire {new_slug()}")
        first = client.files(opened, "It rained.", outlet="Outlet 0", claims=[{"exact": "It rained"}])
        for number in range(1, 45):
            claim = {"exact": "It rained", "claim": first["claims"][0]}
            client.files(opened, "It rained.", outlet=f"Outlet {number}", claims=[claim])
        path = f"/stories/{opened['slug']}/claims/{first['claims'][0]}"
        assert len(editor.get(path).marked("context")) == 20
        assert len(_all(editor, path, "context")) == 45
        assert "42 more who say something of it" in editor.get(f"/stories/{opened['slug']}/claims").said


def test_what_is_held_back_is_on_no_page(house: House, editor: Visitor, story: str) -> None:
    """Each question, now and then, whoever may not see it asks."""
    listed = [href for href in editor.get(f"{story}/timeline?kind=report").hrefs if "/reports/" in href]
    wire = listed[0].rsplit("/", 1)[1]
    claim = next(href for href in editor.get(f"{story}/claims").hrefs if "/claims/clm_" in href)
    editor.done(editor.fill(f"{story}/hold", target=wire, reason="legal"))
    subscriber = visitor(house, Role.SUBSCRIBER)
    for path in (story, *(f"{story}/{each}" for each in QUESTIONS if each != "requests")):
        for query in ("", f"?as_of={BEFORE_THE_POST}", "?revision=3"):
            page = subscriber.get(path + query)
            # The revision that marked it is a gap for whoever doesn't see it.
            assert page.status == (404 if query == "?revision=3" else 200)
            assert "imminent" not in page.html
            assert "officials" not in page.html
    assert subscriber.get(claim).status == 404


def _files_a_hundred(client: Client, opened: dict[str, str], outlet: str) -> None:
    words = [f"Claim {number} of {outlet}." for number in range(100)]
    claims = [{"exact": each, "quotes": [{"exact": each}]} for each in words]
    occurrences = [{"title": each, "phrase": "in June 2019"} for each in words]
    text = "\n\n".join(words)
    client.files(
        opened, text, outlet=outlet, claims=claims, occurrences=occurrences, published_at="2020-01-01T00:00:00Z"
    )


def _all(editor: Visitor, path: str, marked: str) -> list[str]:
    """All entries of a list, page by page; each page must be a small one."""
    found: list[str] = []
    following: str | None = path
    while following:
        page = editor.get(following)
        assert len(page.html) < 150_000
        found += page.marked(marked)
        following = _next(page)
    return found


def _next(page: Page) -> str | None:
    """Where the list itself goes on; what else is on the page may have further pages too."""
    found = (each.attributes["href"] for each in page.all("a", rel="next"))
    return next((href for href in found if "page=" in href), None)
