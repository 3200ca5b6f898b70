"""The pages that read, each as every role sees it: nothing is offered that isn't allowed, and no link leads nowhere."""

from __future__ import annotations

import pytest

from tests.asking import House, new_slug
from tests.web.desk import report_of
from tests.web.visiting import Page, Visitor, visitor
from tracker.access.permissions import ROUTES, Permission, Role, allowed
from tracker.api.paging import encode_cursor


class TestRoles:
    @pytest.mark.parametrize("role", Role)
    def test_every_link_leads_somewhere_and_nothing_is_offered_that_is_not_allowed(
        self, house: House, story: str, role: Role
    ) -> None:
        somebody = visitor(house, role)
        # The lists hold what other tests made, too.
        near = ("/open", "/outlets", "/parties", "/endpoints", "/docs", "/sign-in", story)
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
        acts = {path.rsplit("/", 1)[1] for path in seen if path.startswith(story)} & {
            "edit",
            "close",
            "file",
            "correct",
        }
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
            "add_outlet": "/outlets/new",
            "edit_outlet": "/outlets/NBC News/edit",
            "merge_outlet": "/outlets/NBC News/merge",
            "add_party": "/parties/new",
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
        for path, kind in (
            ("/", "outlets"),
            ("/outlets", "stories"),
            ("/parties", "outlets"),
            ("/endpoints", "stories"),
        ):
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
        shown = editor.get(link.attributes["href"])
        stories = next(href for href in shown.hrefs if "outlet=" in href)
        assert story in editor.get(stories).hrefs


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

    @pytest.mark.parametrize(
        ("method", "path"), [("POST", "/"), ("PUT", "/open"), ("DELETE", "/outlets"), ("GET", "/sign-out")]
    )
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
