"""The pages that read, each as every role sees it: nothing is offered that isn't allowed, and no link leads nowhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from tests.asking import House, new_slug, report
from tests.web.visiting import BASE, Page, Visitor, visitor
from tracker.access.permissions import ROUTES, Permission, Role, allowed
from tracker.api.catalogue import CATALOGUE
from tracker.api.paging import encode_cursor

MORNING = datetime(2020, 1, 13, 9, tzinfo=UTC)


@pytest.fixture
def story(house: House, editor: Visitor) -> str:
    """The page of a story: opened at 9, a report filed at 10, a summary written at 11, a correction filed at 12."""
    house.clock.set(MORNING)
    story = editor.opens(f"Strike {new_slug()}", topics="Iran")
    house.clock.set(MORNING + timedelta(hours=1))
    filed = editor.files(story, "Seventeen died.")
    house.clock.set(MORNING + timedelta(hours=2))
    editor.done(editor.fill(f"{story}/edit", summary="What we know."))
    house.clock.set(MORNING + timedelta(hours=3))
    editor.done(editor.fill(f"{filed}/correct", text="Fifty died.", note__text="It was fifty."))
    house.follow()
    return story


def report_of(visitor: Visitor, story: str) -> str:
    return next(urlsplit(href).path for href in visitor.get(story).hrefs if "/reports/" in href)


class TestRoles:
    @pytest.mark.parametrize("role", Role)
    def test_every_link_leads_somewhere_and_nothing_is_offered_that_is_not_allowed(
        self, house: House, story: str, role: Role
    ) -> None:
        somebody = visitor(house, role)
        # The lists hold what other tests made, too.
        near = ("/open", "/outlets", "/endpoints", "/docs", "/sign-in", story)
        wanted, seen = ["/", story], dict[str, Page]()
        while wanted:
            path = wanted.pop()
            page = seen[path] = somebody.get(path)
            assert page.status == 200, f"{path}: {page.heading}"
            for href in page.hrefs:
                address, _, fragment = href.partition("#")
                if not address and fragment:
                    assert any(each.attributes.get("id") == fragment for each in page.elements), f"{path}: {href}"
                elif address.startswith(near) and "cursor=" not in address and address not in seen:
                    wanted.append(address)
        acts = {path.rsplit("/", 1)[1] for path in seen if path.startswith(story)} & {"edit", "close", "file", "correct"}
        assert ("edit" in acts) is allowed(role, Permission.EDIT)
        assert ("file" in acts) is ("correct" in acts) is allowed(role, Permission.FILE)
        assert ("/open" in seen) is allowed(role, Permission.FILE)
        assert ("/endpoints/new" in seen) is allowed(role, Permission.SUBSCRIBE)

    @pytest.mark.parametrize("role", Role)
    def test_what_is_not_allowed_is_not_possible(self, house: House, story: str, role: Role) -> None:
        somebody, admin = visitor(house, role), visitor(house, Role.ADMIN)
        filed = report_of(somebody, story)
        forms = {
            "open_story": "/open",
            "edit_story": f"{story}/edit",
            "close_story": f"{story}/close",
            "reopen_story": f"{story}/reopen",
            "file_report": f"{story}/file",
            "update_report": f"{filed}/update",
            "correct_report": f"{filed}/correct",
            "create_endpoint": "/endpoints/new",
        }
        assert {"pages." + name for name in forms} < set(ROUTES)
        # Somebody else's form, with a word of one's own.
        word = somebody.get("/").first("input", name="csrf").attributes["value"]
        for name, path in forms.items():
            sent = {"title": "A", "slug": new_slug(), "reason": "B", **admin.get(path).form, "csrf": word, "key": "k"}
            if allowed(role, ROUTES["pages." + name]):
                assert somebody.get(path).status == 200
            else:
                refused = [somebody.get(path), somebody.send(path, sent), somebody.send(path, {})]
                assert {(page.status, page.heading) for page in refused} == {(403, "You may not do that")}

    def test_an_old_view_offers_no_act(self, editor: Visitor, story: str) -> None:
        filed = report_of(editor, story)
        for path in (f"{story}?revision=2", f"{filed}?version=1"):
            hrefs = editor.get(path).hrefs
            assert not [href for href in hrefs if href.endswith(("/file", "/edit", "/close", "/update", "/correct"))]


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
            ("revision=0", 404),
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
        assert "3 → compared with 4" in editor.get(f"{target}?{query}").heading.replace("\n", " ")

    def test_from_change_to_change(self, editor: Visitor, story: str) -> None:
        page = editor.get(f"{story}/compare?a=2&b=3")
        before, after = (page.first("a", rel=rel).attributes["href"] for rel in ("prev", "next"))
        assert (before, after) == (f"{story}/compare?a=1&b=2", f"{story}/compare?a=3&b=4")
        assert not editor.get(before).all("a", rel="prev")
        assert not editor.get(after).all("a", rel="next")

    @pytest.mark.parametrize(
        ("query", "status"),
        [("a=1&b=5", 404), ("a=0&b=1", 404), ("a=1&b=x", 400), ("a=1&b=-1", 400), ("", 302), ("a=1", 302), ("a=&b=", 302)],
    )
    def test_what_is_not_there(self, editor: Visitor, story: str, query: str, status: int) -> None:
        page = editor.get(f"{story}/compare?{query}")
        assert page.status == status
        assert page.location == (story if status == 302 else None)


class TestLists:
    def test_stories_are_found_by_their_title_topic_outlet_and_state(self, house: House, editor: Visitor) -> None:
        word = new_slug()
        outlet = f"Outlet {word}"
        story = editor.opens(f"Łódź {word} in March", topics=f"Topic {word}")
        editor.files(story, outlet=outlet)
        house.follow()
        for query in (f"q=łÓDŹ {word}", f"topic=TOPIC {word}", f"outlet=outlet  {word}", f"q={word}&status=open"):
            assert story in editor.get(f"/?{query}").hrefs, query
        for query in (f"q={word} x", f"topic={word}", "outlet=Nobody at all", f"q={word}&status=closed"):
            page = editor.get(f"/?{query}")
            assert story not in page.hrefs
            assert "No story fits" in page.said

    @pytest.mark.parametrize("query", ["status=shut", "q=" + "x" * 201, "topic=" + "x" * 61, "cursor=x", "q=a%0ab"])
    def test_a_filter_that_is_none_is_refused_by_name(self, editor: Visitor, query: str) -> None:
        page = editor.get(f"/?{query}")
        assert page.status == 400
        assert query.split("=")[0] in page.said

    def test_a_cursor_of_another_list_is_refused(self, editor: Visitor) -> None:
        for path, kind in (("/", "outlets"), ("/outlets", "stories"), ("/endpoints", "stories")):
            cursor = encode_cursor(kind, [1])
            somebody = visitor(editor.house, Role.ADMIN)
            assert somebody.get(f"{path}?cursor={cursor}").status == 400

    def test_outlets_lead_to_their_stories(self, house: House, editor: Visitor) -> None:
        outlet = f"Outlet & {new_slug()}"
        story = editor.opens()
        editor.files(story, outlet=outlet)
        house.follow()
        page = editor.get("/outlets")
        while outlet not in page.said:
            page = editor.get(page.first("a", rel="next").attributes["href"])
        link = next(each for each in page.all("a") if each.text == outlet)
        assert story in editor.get(link.attributes["href"]).hrefs


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


_FILING = ("outlet", "uri")


def _rel(page: Page, rel: str, fragment: str) -> str | None:
    found = [each.attributes["href"] for each in page.all("a", rel=rel)]
    return next((href.removesuffix(fragment) for href in found if href.endswith(fragment)), None)


class TestWhatIsNotThere:
    @pytest.mark.parametrize(
        "path",
        [
            "/nowhere",
            "/stories",
            "/stories/",
            "/stories/unheard-of",
            "/stories/sty_01jh2r8m5efk0b3s0w1x5w6q7t",
            "/stories/unheard-of/edit",
            "/stories/unheard-of/compare?a=1&b=2",
            "/stories/unheard-of/reports/x",
            "/problems/unheard-of",
            "/static/unheard-of.css",
            "/static/../pages.py",
            "/static/%2e%2e/pages.py",
            "/endpoints/end_01jh2r8m5efk0b3s0w1x5w6q7t",
        ],
    )
    def test_it_is_said_on_a_page(self, house: House, path: str) -> None:
        admin = visitor(house, Role.ADMIN)
        page = admin.get(path)
        assert (page.status, page.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
        assert "/v1/" not in page.said
        # Whoever is signed in stays so, on every page.
        assert path.startswith("/static") or "Ayesha" in page.said

    def test_of_a_story_that_is_there(self, editor: Visitor, story: str) -> None:
        filed = report_of(editor, story)
        for path in (f"{story}/reports/x", f"{story}/reports/x/update", f"{filed}?version=9", f"{filed}?version=0"):
            page = editor.get(path)
            assert page.status == 404
            assert story in page.hrefs
        assert editor.get(f"{filed}?version=x").status == 400

    @pytest.mark.parametrize(("method", "path"), [("POST", "/"), ("PUT", "/open"), ("DELETE", "/outlets"), ("GET", "/sign-out")])
    def test_a_method_that_a_page_does_not_know(self, editor: Visitor, method: str, path: str) -> None:
        page = editor.open(method, path, {})
        assert page.status == 405
        assert page.headers["Allow"]

    @pytest.mark.parametrize("path", ["/", "/open", "/docs", "/outlets", "/sign-in", "/static/style.css", "/nowhere"])
    def test_asked_for_its_headers_alone_a_page_is_what_it_is(self, editor: Visitor, path: str) -> None:
        whole, alone = editor.get(path), editor.open("HEAD", path, {})
        assert (alone.status, alone.html) == (whole.status, "")

    def test_a_fault_of_ours_is_a_page_that_tells_nothing_but_where_to_look(
        self, house: House, editor: Visitor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from tracker.projections import story_list

        monkeypatch.setattr(story_list, "find", lambda *_, **__: 1 / 0)
        page = editor.get("/")
        assert page.status == 500
        assert "ZeroDivision" not in page.html
        assert "urn:uuid:" in page.said


class TestSlugs:
    @pytest.mark.parametrize(
        "slug", ["edit", "open", "close", "new", "compare", "reports", "file", "static", "stories", "sign-in", "v1", "docs"]
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


class TestWhatIsOpenToAll:
    def test_the_api_is_explained_whole(self, house: House) -> None:
        nobody = Visitor(house, house.app)
        page = nobody.get("/docs")
        ids = {each.attributes["id"] for each in page.elements if "id" in each.attributes}
        assert {href[1:] for href in page.hrefs if href.startswith("#")} <= ids
        document = nobody.browser.get("/openapi.json").json
        assert document
        operations = [
            f"{method.upper()} {path}" for path, item in document["paths"].items() for method in item if method in _METHODS
        ]
        headings = [" ".join(each.text.split()) for each in page.all("h3")]
        assert sorted(operations) == sorted(each for each in headings if "/v1/" in each)
        assert set(document["components"]["schemas"]) <= ids

    @pytest.mark.parametrize("name", CATALOGUE)
    def test_every_problem_has_its_page(self, house: House, name: str) -> None:
        page = Visitor(house, house.app).get(f"/problems/{name}")
        assert page.status == 200
        assert page.heading == CATALOGUE[name].title
        assert CATALOGUE[name].what_to_do in page.said

    def test_static_files_are_kept_as_long_as_they_are_what_they_were(self, house: House) -> None:
        nobody = Visitor(house, house.app)
        address = nobody.get("/sign-in").first("link", rel="stylesheet").attributes["href"]
        style = nobody.get(address)
        assert style.headers["Content-Type"] == "text/css; charset=utf-8"
        assert "immutable" in style.headers["Cache-Control"]
        assert "url(" not in style.html
        assert "@import" not in style.html
        for older in ("/static/style.css", "/static/style.css?v=0123456789ab"):
            assert "immutable" not in nobody.get(older).headers["Cache-Control"]
        unchanged = nobody.get(address, If_None_Match=style.headers["ETag"])
        assert unchanged.status == 304
        assert "immutable" in unchanged.headers["Cache-Control"]


_METHODS = ("get", "post", "put", "patch", "delete")


@pytest.mark.parametrize("path", ["/v1/stories", "/v1/nothing", "/livez", "/openapi.json", "/nothing", "/v1/stories?limit=x"])
def test_every_answer_has_the_headers_also_those_that_are_no_page(house: House, path: str) -> None:
    assert Visitor(house, house.app).get(path).headers["Content-Security-Policy"].startswith("default-src 'none'")
