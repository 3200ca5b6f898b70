"""A story as it was, two revisions compared, and its address."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.asking import House, new_slug
from tests.web.desk import MORNING, report_of
from tests.web.visiting import Page, Visitor


class TestAsItWas:
    def test_at_a_revision(self, editor: Visitor, story: str) -> None:
        page = editor.get(f"{story}?revision=2")
        assert "As it was known at revision 2" in page.said
        assert not page.marked("summary")
        assert not page.marked("note")
        assert [row.split()[-1] for row in page.marked("what")] == ["“Strike”.", page.heading.split()[-1] + "”."]
        old = editor.get(next(href for href in page.hrefs if "/reports/" in href))
        assert old.marked("paragraph") == ["Seventeen died."]

    def test_the_latest_revision_is_no_past(self, editor: Visitor, story: str) -> None:
        page = editor.get(f"{story}?revision=4")
        assert "As it was known" not in page.said
        assert f"{story}/file" in page.hrefs

    @pytest.mark.parametrize(
        ("at", "revision"),
        [("10:00", 2), ("10:59", 2), ("10:59:59.999999", 2), ("11:00", 3), ("11:00:00", 3), ("09:00", 1)],
    )
    def test_at_a_moment_chosen_on_the_clock(self, editor: Visitor, story: str, at: str, revision: int) -> None:
        chosen = editor.get(f"{story}?at=2020-01-13T{at}")
        assert chosen.status == 303
        assert "as_of=2020-01-13T" in str(chosen.location)
        assert f"As it was known at revision {revision}" in editor.get(str(chosen.location)).said

    def test_at_a_moment_elsewhere(self, editor: Visitor, story: str) -> None:
        for written in ("2020-01-13T05:30:00-05:00", "2020-01-13T05:30:00-05:00", "2020-01-13 11:30:00 01:00"):
            assert "at revision 2" in editor.get(f"{story}?as_of={written}").said

    def test_a_moment_without_an_offset_is_asked_about(self, editor: Visitor, story: str) -> None:
        editor.house.clock.set(MORNING + timedelta(days=1))
        page = editor.get(f"{story}?as_of=2020-01-13")
        assert page.status == 400
        offered = [href for href in page.hrefs if "as_of=" in href]
        assert len(offered) == 2
        assert [editor.get(href).status for href in offered] == [404, 200]

    @pytest.mark.parametrize(
        ("query", "status"),
        [
            ("as_of=2020-01-13T08:59:59Z", 404),
            ("as_of=2031-01-01T00:00:00Z", 400),
            ("as_of=yesterday", 400),
            ("at=x", 303),
            ("revision=0", 400),
            ("revision=5", 404),
            ("revision=999999999999999", 404),
            ("revision=1e3", 400),
            ("revision=-1", 400),
            ("revision=²", 400),
            ("revision=99999999999999999", 400),
            ("before=x", 400),
            ("reports=x", 400),
        ],
    )
    def test_what_never_was_is_said_to_be_so(self, editor: Visitor, story: str, query: str, status: int) -> None:
        page = editor.get(f"{story}?{query}")
        assert page.status == status
        if status >= 400:
            assert story in page.hrefs
            assert page.headers["Content-Type"] == "text/html; charset=utf-8"

    def test_an_old_slug_leads_to_the_new_one(self, editor: Visitor, story: str) -> None:
        renamed = editor.done(editor.fill(f"{story}/edit", slug=new_slug()))
        filed = report_of(editor, renamed).removeprefix(renamed)
        for rest in ("", "?revision=2", "/compare?a=1&b=2", f"{filed}?version=1", "/edit"):
            moved = editor.get(story + rest)
            assert (moved.status, moved.location) == (308, renamed + rest)
            # A slug may come back to the story: a browser must not remember where it led.
            assert "no-store" in moved.headers["Cache-Control"]


class TestCompare:
    def test_it_shows_what_happened_and_what_changed(self, editor: Visitor, story: str) -> None:
        page = editor.get(f"{story}/compare?a=2&b=4")
        assert "It was fifty." in page.marked("between")[0]
        assert [" ".join(each.text.split()) for each in page.all("del")] == ["deleted −Seventeen"]
        inserted = [" ".join(each.text.split()) for each in page.all("ins")]
        assert inserted == ["inserted +What we know.", "inserted +Fifty"]

    def test_backwards_it_is_the_same_with_the_sides_exchanged(self, editor: Visitor, story: str) -> None:
        there, back = (editor.get(f"{story}/compare?a={a}&b={b}") for a, b in ((2, 4), (4, 2)))

        def words(page: Page, tag: str) -> list[str]:
            return sorted(each.text.replace("+", "−").split("−")[-1] for each in page.all(tag))

        assert (words(there, "ins"), words(there, "del")) == (words(back, "del"), words(back, "ins"))

    def test_a_revision_with_itself(self, editor: Visitor, story: str) -> None:
        assert "nothing changed" in editor.get(f"{story}/compare?a=3&b=3").said

    def test_two_chosen_on_the_story_s_page(self, editor: Visitor, story: str) -> None:
        page = editor.get(story)
        radios = {name: page.all("input", type="radio", name=name) for name in "ab"}
        assert [len(each) for each in radios.values()] == [4, 4]
        chosen = {name: next(each for each in radios[name] if "checked" in each.attributes) for name in "ab"}
        query = "&".join(f"{name}={each.attributes['value']}" for name, each in chosen.items())
        actions = [form.attributes.get("action", "") for form in page.all("form")]
        target = next(action for action in actions if action.endswith("/compare"))
        assert editor.get(f"{target}?{query}").heading == "Revision 3 → compared with 4"

    def test_from_change_to_change(self, editor: Visitor, story: str) -> None:
        page = editor.get(f"{story}/compare?a=2&b=3")
        before, after = (page.first("a", rel=rel).attributes["href"] for rel in ("prev", "next"))
        assert (before, after) == (f"{story}/compare?a=1&b=2", f"{story}/compare?a=3&b=4")
        assert not editor.get(before).all("a", rel="prev")
        assert not editor.get(after).all("a", rel="next")

    @pytest.mark.parametrize(
        ("query", "status"),
        [
            ("a=1&b=5", 404),
            ("a=0&b=1", 404),
            ("a=1&b=x", 400),
            ("a=1&b=-1", 400),
            ("", 302),
            ("a=1", 302),
            ("a=&b=", 302),
        ],
    )
    def test_what_is_not_there(self, editor: Visitor, story: str, query: str, status: int) -> None:
        page = editor.get(f"{story}/compare?{query}")
        assert page.status == status
        assert page.location == (story if status == 302 else None)


class TestSlugs:
    @pytest.mark.parametrize(
        "slug",
        ["edit", "open", "close", "new", "compare", "reports", "file", "static", "stories", "sign-in", "v1", "docs"],
    )
    def test_a_story_may_be_called_like_a_page(self, house: House, editor: Visitor, slug: str) -> None:
        # The database is shared: whoever comes second finds the slug taken.
        editor.fill("/open", title=f"A story called {slug}", slug=slug)
        for rest in ("", "/edit", "/file", "/close", "/compare?a=1&b=1"):
            page = editor.get(f"/stories/{slug}{rest}")
            assert page.status == 200
        assert editor.get(f"/stories/{slug}").heading == f"A story called {slug}"

    def test_no_page_lies_where_a_story_could(self, house: House) -> None:
        rules = [rule.rule for rule in house.app.url_map.iter_rules() if rule.endpoint.startswith("pages.")]
        below = [rule for rule in rules if rule.startswith("/stories")]
        assert below
        assert all(rule.startswith("/stories/<story>") for rule in below)
