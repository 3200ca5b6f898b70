"""An editor marks what reports say: claims, their sources and quotations, what relates them, what happened."""

from __future__ import annotations

import pytest

from tests.asking import House, new_slug
from tests.web.desk import Desk
from tests.web.visiting import Page, Visitor, visitor
from tracker.access.permissions import Role

TEXT = (
    "In June, the president approved a plan.\n\n"
    'It was "very serious," a second senior administration official said. "They had to be stopped."\n\n'
    "He approved it in June."
)


@pytest.fixture
def report(desk: Desk) -> str:
    """A report with words in quotation marks, and words that stand in it twice."""
    return desk.editor.files(desk.story, TEXT, outlet="Capital Wire", headline="Approved")


def marked(editor: Visitor, report: str, exact: str, **fields: str) -> str:
    """The page of the claim that these words make."""
    return editor.done(editor.fill(f"{report}/mark", exact=exact, **fields))


class TestClaims:
    def test_pasted_words_are_a_claim_with_its_place_and_its_footing(self, desk: Desk, report: str) -> None:
        claim = desk.editor.get(marked(desk.editor, report, "the president approved a plan"))
        assert claim.heading == "the president approved a plan"
        assert "Said by 1 independent outlet, which states no source." in claim.said
        assert claim.marked("context") == ["In June, the president approved a plan."]
        assert claim.first("mark").text == "the president approved a plan"

    def test_the_statement_is_ours_and_the_words_are_the_report_s(self, desk: Desk, report: str) -> None:
        claim = desk.editor.get(marked(desk.editor, report, "approved a plan", statement="The plan was approved."))
        assert claim.heading == "The plan was approved."
        assert claim.first("mark").text == "approved a plan"

    def test_who_says_so_is_told_with_those_through_whom_it_came(self, desk: Desk, report: str) -> None:
        fields = {
            "attribution.label": "a second official",
            "attribution.count.min": "2",
            "attribution.ground_rule": "background",
            "attribution.via": "person: A Spokesman\nNBC News",
        }
        path = f"{report}/mark"
        page = desk.editor.send(path, desk.editor.filled(path, exact="approved a plan") | fields)
        claim = desk.editor.get(desk.editor.done(page))
        assert "“a second official”, through A Spokesman, through NBC News, in Capital Wire" in claim.said
        assert "(number of sources: at least 2; background)" in claim.said

    def test_a_quotation_in_two_parts_is_shown_with_its_speaker(self, desk: Desk, report: str) -> None:
        label = "a second senior administration official"
        parts = "very serious\nThey had to be stopped."
        marked(desk.editor, report, "very serious", attribution__label=label, parts=parts)
        (quoted,) = desk.editor.get(f"{desk.story}/quotes").marked("quoted")
        assert quoted == f"“very serious” … “They had to be stopped.” “{label}”, in Capital Wire"

    def test_the_report_itself_may_be_the_one_that_speaks(self, desk: Desk, report: str) -> None:
        given = {"attribution.party": "An Official", "parts": "very serious", "speaks": "outlet"}
        page = desk.editor.send(f"{report}/mark", desk.editor.filled(f"{report}/mark", exact="very serious") | given)
        desk.editor.done(page)
        assert "Capital Wire, its own words" in desk.editor.get(f"{desk.story}/quotes").said

    def test_a_second_report_says_the_same(self, desk: Desk, report: str) -> None:
        claim = marked(desk.editor, report, "approved a plan")
        other = desk.editor.files(desk.story, "The plan was approved.", outlet="The Post", headline="So it was")
        page = desk.editor.get(claim)
        add = next(href for href in page.hrefs if f"{other}/mark" in href)
        assert desk.editor.get(add).form["claim"] == claim.rsplit("/", 1)[1]
        assert desk.editor.done(desk.editor.fill(add, exact="plan was approved")) == claim
        assert "Corroborated by 2 independent outlets" in desk.editor.get(claim).said

    def test_words_that_are_not_there_are_said_to_be_so_beside_them(self, desk: Desk, report: str) -> None:
        page = desk.editor.fill(f"{report}/mark", exact="denied", statement="Kept", attribution__label="Kept too")
        assert page.status == 422
        assert "The exact words: These words do not stand in version 1" in page.alert
        assert (page.form["exact"], page.form["statement"], page.form["attribution.label"]) == (
            "denied",
            "Kept",
            "Kept too",
        )

    def test_words_that_stand_there_twice_are_chosen_on_the_same_page(self, desk: Desk, report: str) -> None:
        path = f"{report}/mark"
        page = desk.editor.fill(path, exact="in June")
        assert page.status == 303, "the other one is written otherwise"
        page = desk.editor.fill(path, exact="June", statement="It was June.")
        assert page.status == 422
        assert "more than once" in page.alert
        first, second = (each for each in page.all("input", type="radio") if each.attributes["name"] == "at /exact")
        chosen = desk.editor.send(path, page.form | {"at /exact": second.attributes["value"]})
        assert desk.editor.get(desk.editor.done(chosen)).marked("context") == ["He approved it in June."]
        assert first.attributes["value"] != second.attributes["value"]

    def test_so_are_the_parts_of_a_quotation(self, desk: Desk, report: str) -> None:
        path = f"{report}/mark"
        page = desk.editor.fill(path, exact="approved a plan", parts="June")
        chosen = page.all("input", type="radio", name="at /quotes/0/parts/0/exact")[0].attributes
        assert desk.editor.send(path, page.form | {chosen["name"]: chosen["value"]}).status == 303

    def test_in_an_older_version_its_words_are_marked_where_they_stood(self, desk: Desk, report: str) -> None:
        desk.editor.done(desk.editor.fill(f"{report}/update", text="All is otherwise."))
        path = f"{report}/mark?version=1"
        page = desk.editor.get(desk.editor.done(desk.editor.fill(path, exact="approved a plan")))
        assert "not in the latest version" in page.said
        assert page.marked("context") == ["In June, the president approved a plan."]

    def test_what_is_lost_in_a_new_version_is_work_for_an_editor(self, desk: Desk, report: str) -> None:
        claim = marked(desk.editor, report, "approved a plan")
        assert "Words that are lost" not in desk.editor.get(desk.story).said
        desk.editor.done(desk.editor.fill(f"{report}/update", text="All is otherwise."))
        page = desk.editor.get(desk.story)
        assert "Words that are lost" in page.said
        anew = next(href for href in page.hrefs if f"{report}/mark" in href)
        assert desk.editor.done(desk.editor.fill(anew, exact="All is otherwise")) == claim

    def test_one_may_come_with_the_filing(self, desk: Desk) -> None:
        claim = {"claim.exact": "Two died", "claim.attribution.party": "The Mayor", "claim.parts": "Two died"}
        path = f"{desk.story}/file"
        filled = desk.editor.filled(path, outlet="The Post", headline="Two", text="Two died, he said.")
        desk.editor.done(desk.editor.send(path, filled | claim))
        page = desk.editor.get(f"{desk.story}/claims")
        assert page.marked("claim") == [
            "Two died one outlet Said by 1 independent outlet, 1 source. The Mayor, in The Post"
        ]
        assert "The Mayor" in desk.editor.get(f"{desk.story}/quotes").said

    def test_a_claim_that_is_wrong_keeps_the_filing_from_being_saved(self, desk: Desk) -> None:
        path = f"{desk.story}/file"
        filled = desk.editor.filled(path, outlet="The Post", headline="Two", text="Two died, and two lived.")
        refused = desk.editor.send(path, filled | {"claim.exact": "Three"})
        assert refused.status == 422
        assert "The exact words: These words do not stand" in refused.alert
        twice = desk.editor.send(path, refused.form | {"claim.exact": "two", "text": "Of two two died."})
        choice = twice.all("input", type="radio", name="at /claims/0/exact")[1].attributes
        assert desk.editor.send(path, twice.form | {choice["name"]: choice["value"]}).status == 303

    @pytest.mark.parametrize("chosen", ["", "x", "{", "[1]", '{"block": 1}', '{"block": "b99"}', "{" * 2000])
    def test_a_place_that_nobody_offered_is_no_fault_of_ours(self, desk: Desk, report: str, chosen: str) -> None:
        filled = desk.editor.filled(f"{report}/mark", exact="approved a plan")
        for name in ("at /exact", "at /quotes/7/parts/x/exact", "at ", "at /", "at.exact"):
            assert desk.editor.send(f"{report}/mark", filled | {name: chosen}).status in (303, 422)


class TestRelations:
    @pytest.fixture
    def two(self, desk: Desk, report: str) -> tuple[str, str]:
        """The pages of two claims."""
        return marked(desk.editor, report, "approved a plan"), marked(desk.editor, report, "had to be stopped")

    def test_a_dispute_shows_both_sides_whose_it_is_and_on_what_it_rests(
        self, desk: Desk, report: str, two: tuple[str, str]
    ) -> None:
        ids = [each.rsplit("/", 1)[1] for each in two]
        fields = {"from": ids[0], "to": ids[1], "relation": "disputes", "by": "Capital Wire"}
        fields |= {"basis.text": "He approved it in June", "basis.report": report.rsplit("/", 1)[1]}
        path = f"{desk.story}/relate?from={ids[0]}"
        desk.editor.done(desk.editor.send(path, desk.editor.filled(path) | fields))
        for path in (desk.story, f"{desk.story}/disputes"):
            (dispute,) = desk.editor.get(path).marked("dispute")
            assert dispute.startswith("What is said had to be stopped Capital Wire What disputes it approved a plan")
            assert "Disputed by Capital Wire, resting on “He approved it in June” (Capital Wire, version 1)" in dispute
        assert "It was disputed by Capital Wire".lower() in desk.editor.get(two[1]).said.lower()

    def test_without_an_outlet_it_is_our_judgement(self, desk: Desk, two: tuple[str, str]) -> None:
        ids = [each.rsplit("/", 1)[1] for each in two]
        path = f"{desk.story}/relate"
        desk.editor.done(desk.editor.send(path, desk.editor.filled(path) | {"from": ids[0], "to": ids[1]}))
        assert "Disputed by our desk, a judgement of ours" in desk.editor.get(desk.story).said

    def test_a_claim_of_a_linked_story_is_named_by_its_address(
        self, desk: Desk, report: str, two: tuple[str, str]
    ) -> None:
        editor = desk.editor
        other = editor.opens(f"Another {new_slug()}")
        filed = editor.files(other, "It was never approved.", outlet="The Post")
        theirs = marked(editor, filed, "never approved")
        path = f"{desk.story}/relate"
        fields = {"from": two[0].rsplit("/", 1)[1], "to": "", "other": f"https://localhost{theirs}"}
        assert "link" in editor.send(path, editor.filled(path) | fields).alert.lower()
        editor.done(editor.fill(f"{desk.story}/link", story=other.rsplit("/", 1)[1]))
        assert "Stories that belong to it Another" in editor.get(desk.story).said
        editor.done(editor.send(path, editor.filled(path) | fields))
        assert "a claim of another story" in editor.get(two[0]).said
        assert "Strike" in editor.get(other).said

    def test_it_is_withdrawn_with_a_reason_and_leaves_no_trace_but_in_the_history(
        self, desk: Desk, two: tuple[str, str]
    ) -> None:
        editor = desk.editor
        ids = [each.rsplit("/", 1)[1] for each in two]
        path = f"{desk.story}/relate"
        editor.done(editor.send(path, editor.filled(path) | {"from": ids[0], "to": ids[1]}))
        away = next(href for href in editor.get(two[1]).hrefs if "/withdraw?target=rel_" in href)
        assert "“approved a plan” disputes “had to be stopped”" in editor.get(away).said
        assert "Fill this in" in editor.fill(away, reason="").alert
        editor.done(editor.fill(away, reason="They don’t meet."))
        page = editor.get(desk.story)
        assert not page.marked("dispute")
        assert "They don’t meet." in page.marked("what")[0]
        assert "already" in editor.get(away).said

    def test_a_withdrawn_claim_is_gone(self, desk: Desk, two: tuple[str, str]) -> None:
        claim_id = two[0].rsplit("/", 1)[1]
        editor = desk.editor
        editor.done(editor.fill(f"{desk.story}/withdraw?target={claim_id}", reason="It says no such thing."))
        assert editor.get(two[0]).status == 404
        assert len(editor.get(f"{desk.story}/claims").marked("claim")) == 1
        assert editor.get(f"{desk.story}/withdraw?target=clm_none").status == 404


class TestOccurrences:
    def test_the_phrase_stands_beside_what_it_was_read_to_mean(self, desk: Desk) -> None:
        path = f"{desk.story}/happened"
        desk.editor.done(
            desk.editor.fill(path, title="The idea", phrase="in spring of 2017", place="Washington", parties="A\nB")
        )
        page = desk.editor.get(f"{desk.story}/timeline")
        (entry,) = page.marked("entry")
        assert entry.startswith("“in spring of 2017” read: March to May 2017")
        assert "Spring is read as March to May, a calendar quarter of the northern hemisphere." in entry
        assert "Washington. A, B" in entry

    def test_a_day_is_one_for_programs_too(self, desk: Desk) -> None:
        desk.editor.done(desk.editor.fill(f"{desk.story}/happened", title="The strike", phrase="2020-01-03"))
        page = desk.editor.get(f"{desk.story}/timeline")
        assert page.first("time", datetime="2020-01-03").text == "3 January 2020"

    def test_two_accounts_that_do_not_meet_are_a_difference_of_wording(self, desk: Desk) -> None:
        editor, path = desk.editor, f"{desk.story}/happened"
        editor.done(editor.fill(path, title="The idea", phrase="in spring of 2017"))
        more = next(href for href in editor.get(f"{desk.story}/timeline").hrefs if "?occurrence=occ_" in href)
        assert editor.get(more).form["title"] == "The idea"
        editor.done(editor.fill(more, phrase="in June 2017"))
        for where in (desk.story, f"{desk.story}/timeline"):
            (note,) = editor.get(where).marked("note")
            assert note.startswith(
                "A difference of wording. “in spring of 2017” (March to May 2017) and “in June 2017”"
            )
            assert "error" not in note.replace("not anybody's error", "")

    def test_what_has_no_date_is_placed_by_what_it_follows(self, desk: Desk) -> None:
        editor, path = desk.editor, f"{desk.story}/happened"
        editor.done(editor.fill(path, title="The strike", phrase="Jan. 3, 2020"))
        first = next(each.attributes["id"] for each in editor.get(f"{desk.story}/timeline").all("li", class_="entry"))
        anchor = {"anchor.occurrence": first, "anchor.direction": "before"}
        editor.done(editor.send(path, editor.filled(path, title="The militia") | anchor))
        entries = editor.get(f"{desk.story}/timeline").marked("entry")
        assert "before The strike The militia" in entries[0]
        refused = editor.send(path, editor.filled(path, title="Which?") | {"anchor.occurrence": first})
        assert refused.status == 422
        assert "Before or after something else" in refused.alert


def test_who_may_not_mark_is_offered_nothing(house: House, desk: Desk) -> None:
    subscriber = visitor(house, Role.SUBSCRIBER)
    report = f"{desk.report}"
    assert not [href for href in subscriber.get(report).hrefs if href.endswith("/mark")]
    assert "Mark what it says" not in subscriber.get(report).said
    for path in (f"{report}/mark", f"{desk.story}/relate", f"{desk.story}/happened", f"{desk.story}/withdraw"):
        assert subscriber.get(path).status == 403


def test_of_many_claims_those_are_offered_that_are_sought(house: House, desk: Desk) -> None:
    client = house.client()
    text = "\n\n".join(f"Claim number {number} is made." for number in range(99))
    story = {"url": f"/v1/stories/{desk.story.rsplit('/', 1)[1]}"}
    for outlet in ("A", "B"):
        claims = [{"exact": f"Claim number {number} is", "statement": f"{outlet} {number}"} for number in range(99)]
        client.files(story, text, outlet=outlet, claims=claims)
    path = f"{desk.report}/mark"
    assert len(_offered(desk.editor.get(path))) == 101
    assert _offered(desk.editor.get(f"{path}?q=b+98"))[1:] == ["B 98"]


def _offered(page: Page) -> list[str]:
    return [
        each.text
        for each in page.all("option")
        if any(outer.attributes.get("name") == "claim" for outer in each.within)
    ]
