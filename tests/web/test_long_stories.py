"""Long stories, long reports and long words are shown page by page."""

from __future__ import annotations

from tests.asking import House, report
from tests.web.visiting import Page, Visitor, visitor

_FILING = ("outlet", "uri")


class TestLongOnes:
    def test_a_story_of_many_reports_is_shown_page_by_page(self, house: House) -> None:
        admin = house.client()
        opened = admin.opens()
        for number in range(120):
            admin.files(opened, headline=f"Report {number}", text="word " * 200)
        editor = visitor(house)
        story = f"/stories/{opened['slug']}"
        reports: list[str] = []
        revisions: list[int] = []
        path: str | None = story
        while path:
            page = editor.get(path)
            assert len(page.html) < 100_000
            reports += [each.text for each in page.all("h3")]
            path = _rel(page, "next", "#reports")
        assert reports == [f"Report {number}" for number in range(120)]
        path = story
        while path:
            page = editor.get(path)
            revisions += [int(each.attributes["value"]) for each in page.all("input", type="radio", name="a")]
            path = _rel(page, "next", "#revisions")
        assert revisions == list(range(121, 0, -1))
        far = editor.get(f"{story}?reports=99")
        assert "none on this page" in far.said
        assert editor.get(f"{story}?reports=999999999999999").status == 200

    def test_paging_through_the_past_stays_in_the_past(self, house: House) -> None:
        admin = house.client()
        opened = admin.opens()
        for number in range(70):
            admin.files(opened, headline=f"Report {number}")
        editor = visitor(house)
        page = editor.get(f"/stories/{opened['slug']}?revision=66")
        for rel, fragment in (("next", "#reports"), ("next", "#revisions")):
            further = editor.get(str(_rel(page, rel, fragment)))
            assert "As it was known at revision 66" in further.said
            assert max(int(each.attributes["value"]) for each in further.all("input", type="radio")) <= 66
        assert [each.text for each in editor.get(str(_rel(page, "next", "#reports"))).all("h3")][-1] == "Report 64"

    def test_a_report_of_many_versions_too(self, house: House) -> None:
        admin = house.client()
        opened = admin.opens()
        receipt = admin.files(opened, headline="Version 1")
        for number in range(2, 61):
            body = {name: value for name, value in report(headline=f"Version {number}").items() if name not in _FILING}
            admin.post(f"{receipt['url']}/versions", {**body, "note": f"Note {number}"})
        editor = visitor(house)
        path = f"/stories/{opened['slug']}/reports/{receipt['report_id']}"
        first = editor.get(path)
        assert first.heading == "Version 60"
        rest = editor.get(str(_rel(first, "next", "#versions")))
        notes = [each for page in (first, rest) for each in page.marked("facts") if "updated" in each]
        assert [each.rsplit(" ", 1)[1] for each in notes] == [f"{number}." for number in range(2, 61)]
        changed = [each.attributes["href"] for each in rest.all("a") if each.text == "what changed"]
        assert len(changed) == 10
        assert "Version 51" in editor.get(changed[0]).said
        for query in ("after=60", "after=61", "after=999999999999999", "version=60&after=50"):
            assert editor.get(f"{path}?{query}").status == 200

    def test_a_long_word_stays_on_the_page(self, editor: Visitor) -> None:
        story = editor.opens("x" * 300)
        filed = editor.files(story, "y" * 100_000, headline="z" * 300)
        assert len(editor.get(filed).marked("paragraph")[0]) == 100_000
        editor.done(editor.fill(f"{filed}/update", text="y" * 99_999))
        assert editor.get(f"{story}/compare?a=2&b=3").status == 200


def _rel(page: Page, rel: str, fragment: str) -> str | None:
    found = [each.attributes["href"] for each in page.all("a", rel=rel)]
    return next((href.removesuffix(fragment) for href in found if href.endswith(fragment)), None)
