"""Stories: opened, listed, shown as they are and as they were, edited, closed and opened again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.asking import Client, House, new_slug
from tracker.access.permissions import Role
from tracker.api.paging import encode_cursor
from tracker.clock import rfc3339
from tracker.stories.values import slug_from

#: Where each test that moves the clock begins.
MORNING = datetime(2020, 1, 13, 9, tzinfo=UTC)


class TestOpening:
    def test_a_story_is_answered_with_its_address_and_stands_there(self, admin: Client) -> None:
        slug = new_slug()
        body = {"title": "Strike in Baghdad", "slug": slug, "language": "en", "topics": ["Iran"], "urgency": 2}
        opened = admin.post("/v1/stories", body)
        assert opened.status == 201
        assert {name: opened.body[name] for name in body} == body
        assert (opened.body["revision"], opened.body["status"], opened.body["reports"]) == (1, "open", [])
        for address in (opened.headers["Location"], f"/v1/stories/{slug}"):
            shown = admin.get(address)
            assert (shown.body, shown.etag) == (opened.body, opened.etag)

    def test_it_may_be_a_desk_s(self, admin: Client) -> None:
        assert admin.get(admin.opens(desk="Washington")["url"]).body["desk"] == "Washington"
        assert admin.opens()["desk"] is None

    def test_its_slug_is_made_of_its_title_and_of_its_title_and_a_number_where_that_is_taken(
        self, admin: Client
    ) -> None:
        title = f"Könige & Präsidenten {new_slug()}"
        slugs = [admin.post("/v1/stories", {"title": title}).body["slug"] for _ in range(3)]
        assert slugs == [slug_from(title), f"{slug_from(title)}-2", f"{slug_from(title)}-3"]

    def test_a_slug_belongs_to_one_story_also_after_it_was_changed(self, admin: Client) -> None:
        story, renamed = admin.opens(), new_slug()
        admin.patch(story["url"], {"slug": renamed}, If_Match="*")
        for taken in (story["slug"], renamed):
            refused = admin.post("/v1/stories", {"title": "Another", "slug": taken})
            assert (refused.status, refused.problem, refused.pointers) == (409, "slug-taken", ["/slug"])

    @pytest.mark.parametrize(
        ("body", "pointers"),
        [
            ({}, ["/title"]),
            ({"title": None}, ["/title"]),
            ({"title": 5}, ["/title"]),
            ({"title": " \u200b "}, ["/title"]),
            ({"title": "x" * 301}, ["/title"]),
            ({"title": "two\nlines"}, ["/title"]),
            ({"title": "A", "titel": "A", "a/b~c": 1}, ["/titel", "/a~1b~0c"]),
            ({"title": "A", "slug": "Not A Slug"}, ["/slug"]),
            ({"title": "A", "slug": "sty-01jh2r8m5efk0b3s0w1x5w6q7t"}, ["/slug"]),
            ({"title": "A", "language": "english please"}, ["/language"]),
            ({"title": "A", "topics": "Iran"}, ["/topics"]),
            ({"title": "A", "topics": ["Iran", 5, ""]}, ["/topics/1", "/topics/2"]),
            ({"title": "A", "topics": [str(n) for n in range(21)]}, ["/topics"]),
            ({"title": "A", "urgency": 10}, ["/urgency"]),
            ({"title": "A", "urgency": "1"}, ["/urgency"]),
            ({"title": "A", "urgency": 1.5}, ["/urgency"]),
        ],
    )
    def test_what_is_wrong_in_it_is_named(self, admin: Client, body: dict[str, Any], pointers: list[str]) -> None:
        refused = admin.post("/v1/stories", body)
        assert (refused.status, refused.problem) == (422, "invalid-request")
        assert sorted(refused.pointers) == sorted(pointers)


class TestShowing:
    @pytest.mark.parametrize(
        "name", ["nowhere", "sty_01jh2r8m5efk0b3s0w1x5w6q7t", "%F0%9F%98%80", "rpt_x", "%2e%2e", "%ff"]
    )
    def test_a_story_that_is_not_there_is_said_not_to_be(self, admin: Client, name: str) -> None:
        assert admin.get(f"/v1/stories/{name}").problem == "unknown-story"

    def test_u0000_is_in_no_address(self, admin: Client) -> None:
        assert admin.get("/v1/stories/a%00b").problem == "not-found"

    def test_who_has_it_already_is_told_so_until_it_changes(self, admin: Client) -> None:
        story = admin.opens()
        first = admin.get(story["url"])
        same = admin.get(story["url"], If_None_Match=f'"other", W/{first.etag}')
        assert (same.status, same.raw, same.etag) == (304, b"", first.etag)
        admin.files(story)
        again = admin.get(story["url"], If_None_Match=first.etag)
        assert again.status == 200
        assert again.etag != first.etag

    def test_readers_of_other_rights_have_other_tags(self, house: House, admin: Client) -> None:
        story = admin.opens()
        tags = {house.client(role).get(story["url"]).etag for role in Role}
        assert len(tags) == len(Role)

    def test_nobody_has_what_is_not_there(self, admin: Client) -> None:
        url = admin.opens()["url"]
        assert admin.get(f"{url}?revision=2", If_None_Match="*").problem == "unknown-revision"
        assert admin.get(f"{url}?revision=1", If_None_Match="*").status == 304

    def test_it_is_kept_by_no_shared_cache(self, admin: Client) -> None:
        headers = admin.get(admin.opens()["url"]).headers
        assert headers["Cache-Control"] == "private, no-cache"
        assert headers["Vary"] == "Accept, Authorization, Cookie"

    def test_head_has_the_headers_of_get_and_no_body(self, admin: Client) -> None:
        url = admin.opens()["url"]
        shown, head = admin.get(url), admin.ask("HEAD", url)
        assert (head.status, head.raw) == (200, b"")
        assert {**head.headers} == {**shown.headers}

    def test_a_parameter_that_does_not_exist_is_refused_by_name(self, admin: Client) -> None:
        refused = admin.get(f"{admin.opens()['url']}?asof=2020-01-13T23:00:00Z&x=")
        assert (refused.status, refused.problem) == (400, "invalid-parameter")
        assert sorted(refused.pointers) == ["asof", "x"]


class TestThePast:
    @pytest.fixture
    def story(self, house: House, admin: Client) -> dict[str, Any]:
        """Opened at nine, with a report at ten and one at eleven."""
        house.clock.set(MORNING)
        story = admin.opens()
        for hour in (1, 2):
            house.clock.set(MORNING + timedelta(hours=hour))
            admin.files(story, headline=f"Report {hour}")
        house.clock.set(MORNING + timedelta(hours=9))
        return story

    def test_each_revision_is_as_it_was(self, admin: Client, story: dict[str, Any]) -> None:
        for revision in (1, 2, 3):
            shown = admin.get(f"{story['url']}?revision={revision}").body
            assert (shown["revision"], len(shown["reports"])) == (revision, revision - 1)
        assert admin.get(f"{story['url']}?revision=1").body == story

    @pytest.mark.parametrize("revision", [4, 2**53 - 1])
    def test_a_revision_that_is_not_there_is_refused_with_those_that_are(
        self, admin: Client, story: dict[str, Any], revision: int
    ) -> None:
        refused = admin.get(f"{story['url']}?revision={revision}")
        assert (refused.status, refused.problem) == (404, "unknown-revision")
        assert (refused.body["first"], refused.body["latest"]) == (1, 3)

    @pytest.mark.parametrize("revision", ["0", "-1", "1.0", "", "one", "9" * 5000, "١", str(2**53)])
    def test_what_is_no_revision_is_refused(self, admin: Client, story: dict[str, Any], revision: str) -> None:
        refused = admin.get(f"{story['url']}?revision={revision}")
        assert (refused.status, refused.problem, refused.pointers) == (400, "invalid-parameter", ["revision"])

    @pytest.mark.parametrize(
        ("moment", "revision"),
        [
            ("2020-01-13T09:00:00Z", 1),
            ("2020-01-13T09:59:59.999999Z", 1),
            ("2020-01-13T10:00:00Z", 2),
            ("2020-01-13t10:30:00z", 2),
            ("2020-01-13T05:00:00-05:00", 2),
            ("2020-01-13T15:30:00+05:30", 2),  # The plus arrives as a space.
            ("2020-01-13T15:30:00%2B05:30", 2),
            ("2020-01-13%2011:00:00Z", 3),
            ("2020-01-13T18:00:00Z", 3),
        ],
    )
    def test_as_of_a_moment_it_is_as_it_was_recorded_then(
        self, admin: Client, story: dict[str, Any], moment: str, revision: int
    ) -> None:
        shown = admin.get(f"{story['url']}?as_of={moment}")
        assert (shown.status, shown.body["revision"]) == (200, revision)
        assert shown.etag == admin.get(f"{story['url']}?revision={revision}").etag

    @pytest.mark.parametrize(
        ("moment", "problem"),
        [
            ("2020-01-13T10:00:00", "ambiguous-moment"),
            ("2020-01-13", "ambiguous-moment"),
            ("2020-01-13T18:00:01Z", "future-moment"),
            ("2020-01-13T10:00Z", "invalid-parameter"),
            ("2020-02-30T10:00:00Z", "invalid-parameter"),
            ("yesterday", "invalid-parameter"),
            ("", "invalid-parameter"),
        ],
    )
    def test_a_moment_that_is_none_is_refused(
        self, admin: Client, story: dict[str, Any], moment: str, problem: str
    ) -> None:
        refused = admin.get(f"{story['url']}?as_of={moment}")
        assert (refused.status, refused.problem, refused.pointers) == (400, problem, ["as_of"])

    def test_what_may_have_been_meant_is_taken_when_it_is_asked_again(
        self, admin: Client, story: dict[str, Any]
    ) -> None:
        readings = admin.get(f"{story['url']}?as_of=2020-01-13T10:30:00").body["readings"]
        assert [admin.get(f"{story['url']}?as_of={reading}").body["revision"] for reading in readings] == [2]

    def test_before_it_was_opened_nothing_was_known_of_it(self, admin: Client, story: dict[str, Any]) -> None:
        refused = admin.get(f"{story['url']}?as_of=2020-01-13T08:59:59Z")
        assert (refused.status, refused.problem) == (404, "unknown-revision")

    def test_a_revision_and_a_moment_are_one_question_too_many(self, admin: Client, story: dict[str, Any]) -> None:
        refused = admin.get(f"{story['url']}?revision=1&as_of=2020-01-13T10:00:00Z")
        assert (refused.problem, refused.pointers) == ("invalid-parameter", ["as_of"])

    def test_a_parameter_is_given_once(self, admin: Client, story: dict[str, Any]) -> None:
        refused = admin.get(f"{story['url']}?revision=1&revision=2")
        assert (refused.problem, refused.pointers) == ("invalid-parameter", ["revision"])


class TestEditing:
    def test_what_is_sent_changes_and_the_rest_stays(self, admin: Client) -> None:
        story = admin.opens(topics=["Iran"], urgency=2)
        tag = admin.get(story["url"]).etag
        edited = admin.patch(story["url"], {"summary": "Two outlets.", "urgency": None}, If_Match=tag)
        assert edited.status == 200
        expected = {**story, "summary": "Two outlets.", "summary_revision": 2, "urgency": None, "revision": 2}
        assert edited.body == {**expected, "changed_at": edited.body["changed_at"]}
        assert admin.get(story["url"]).body == edited.body
        assert edited.etag == admin.get(story["url"]).etag
        cleared = admin.patch(story["url"], {"summary": None}, If_Match=edited.etag).body
        assert (cleared["summary"], cleared["summary_revision"]) == (None, 3)

    def test_what_is_so_already_makes_no_revision(self, admin: Client) -> None:
        story = admin.opens(topics=["Iran"])
        same = admin.patch(story["url"], {"topics": ["Iran"], "slug": story["slug"]}, If_Match="*")
        assert (same.status, same.body) == (200, story)

    def test_who_edits_says_what_she_has_read(self, admin: Client) -> None:
        refused = admin.patch(admin.opens()["url"], {"title": "B"})
        assert (refused.status, refused.problem) == (428, "precondition-required")

    def test_of_two_who_edit_at_once_the_second_reads_again(self, admin: Client) -> None:
        story = admin.opens()
        tag = admin.get(story["url"]).etag
        assert admin.patch(story["url"], {"title": "B"}, If_Match=tag).status == 200
        refused = admin.patch(story["url"], {"title": "C"}, If_Match=tag)
        assert (refused.status, refused.problem) == (412, "stale")
        assert (refused.body["expected"], refused.body["found"]) == (1, 2)
        assert admin.get(story["url"]).body["title"] == "B"

    def test_a_report_that_came_meanwhile_does_not_hinder_an_edit(self, admin: Client) -> None:
        story = admin.opens()
        tag = admin.get(story["url"]).etag
        admin.files(story)
        assert admin.patch(story["url"], {"title": "B"}, If_Match=tag).body["revision"] == 3

    def test_nobody_has_read_a_revision_that_is_still_to_come(self, admin: Client) -> None:
        other = admin.opens()
        for number in range(2):
            admin.files(other, text=f"{number}.")
        refused = admin.patch(admin.opens()["url"], {"title": "B"}, If_Match=admin.get(other["url"]).etag)
        assert (refused.status, refused.problem) == (412, "stale")

    @pytest.mark.parametrize("tag", ['"abc"', "r1", '"r1.x", "r2.x"', "", '"r1'])
    def test_a_tag_that_is_none_of_ours_is_refused(self, admin: Client, tag: str) -> None:
        refused = admin.patch(admin.opens()["url"], {"title": "B"}, If_Match=tag)
        assert (refused.status, refused.problem, refused.pointers) == (400, "bad-precondition", ["If-Match"])

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({}, ""),
            ({"title": None}, "/title"),
            ({"slug": None}, "/slug"),
            ({"summary": "x" * 20_001}, "/summary"),
            ({"language": "en"}, "/language"),
            ({"status": "closed"}, "/status"),
        ],
    )
    def test_what_is_wrong_in_it_is_named(self, admin: Client, body: dict[str, Any], pointer: str) -> None:
        refused = admin.patch(admin.opens()["url"], body, If_Match="*")
        assert (refused.status, refused.problem, refused.pointers) == (422, "invalid-request", [pointer])


class TestSlugs:
    @pytest.fixture
    def story(self, admin: Client) -> dict[str, Any]:
        """Its slug was changed twice."""
        story = admin.opens()
        for n in (2, 3):
            admin.patch(story["url"], {"slug": f"{story['slug']}-{n}"}, If_Match="*")
        return story

    @pytest.mark.parametrize("suffix", ["", "-2"])
    @pytest.mark.parametrize(
        ("method", "rest"),
        [
            ("GET", ""),
            ("GET", "?as_of=2020-01-13T10:00:00%2B01:00"),
            ("GET", "/reports/rpt_%3F%23%25x?version=1"),
            ("GET", "/revisions?limit=1"),
            ("GET", "/compare/1...2"),
            ("PATCH", ""),
            ("POST", "/reports"),
            ("POST", "/close"),
        ],
    )
    def test_an_old_slug_leads_to_the_same_address_with_the_new_one(
        self, admin: Client, story: dict[str, Any], suffix: str, method: str, rest: str
    ) -> None:
        old = f"/v1/stories/{story['slug']}{suffix}{rest}"
        bodies = {
            "PATCH": {"title": "B"},
            "/reports": {"outlet": "A", "headline": "B", "text": "C"},
            "/close": {"reason": "D"},
        }
        body = bodies.get(method) or bodies.get(rest) if method != "GET" else None
        moved = admin.ask(method, old, body, **({"If_Match": "*"} if method == "PATCH" else {}))
        assert moved.status == 308
        assert moved.headers["Location"] == f"/v1/stories/{story['slug']}-3{rest}"

    def test_its_own_old_slug_is_free_for_the_story_itself(self, admin: Client, story: dict[str, Any]) -> None:
        assert admin.patch(story["url"], {"slug": story["slug"]}, If_Match="*").status == 200
        assert admin.get(f"/v1/stories/{story['slug']}").status == 200
        assert admin.get(f"/v1/stories/{story['slug']}-3").status == 308


class TestClosing:
    def test_a_closed_story_takes_no_reports_until_it_is_reopened(self, admin: Client) -> None:
        story = admin.opens()
        closed = admin.post(f"{story['url']}/close", {"reason": "It is told."})
        assert (closed.status, closed.body["status"], closed.body["revision"]) == (200, "closed", 2)
        filing = {"outlet": "NBC News", "headline": "A", "text": "B"}
        refused = admin.post(f"{story['url']}/reports", filing)
        assert (refused.status, refused.problem) == (409, "story-closed")
        reopened = admin.post(f"{story['url']}/reopen", {"reason": "It goes on."})
        assert (reopened.status, reopened.body["status"], reopened.body["revision"]) == (200, "open", 3)
        assert admin.post(f"{story['url']}/reports", filing).status == 201

    @pytest.mark.parametrize("act", ["close", "reopen"])
    def test_doing_it_twice_is_doing_it_once(self, admin: Client, act: str) -> None:
        story = admin.opens()
        if act == "reopen":
            admin.post(f"{story['url']}/close", {"reason": "A."})
        first, second = (admin.post(f"{story['url']}/{act}", {"reason": reason}) for reason in ("B.", "C."))
        assert (second.status, second.body, second.etag) == (200, first.body, first.etag)

    @pytest.mark.parametrize("act", ["close", "reopen"])
    def test_it_needs_a_reason(self, admin: Client, act: str) -> None:
        refused = admin.post(f"{admin.opens()['url']}/{act}", {})
        assert (refused.problem, refused.pointers) == ("invalid-request", ["/reason"])

    def test_who_says_what_she_has_read_is_held_to_it(self, admin: Client) -> None:
        story = admin.opens()
        tag = admin.get(story["url"]).etag
        admin.patch(story["url"], {"title": "B"}, If_Match="*")
        assert admin.post(f"{story['url']}/close", {"reason": "A."}, If_Match=tag).problem == "stale"


@pytest.fixture(scope="module")
def topic(house: House, admin: Client) -> str:
    """The topic of five stories that opened an hour apart, one of them closed and one with a report of AFP."""
    topic = new_slug()
    for number in range(5):
        house.clock.set(MORNING + timedelta(hours=number))
        story = admin.opens(f"Überfall {number}", topics=[topic])
        if number == 1:
            admin.post(f"{story['url']}/close", {"reason": "Done."})
        if number == 2:
            admin.files(story, outlet="AFP")
    house.clock.set(MORNING + timedelta(days=1))
    house.follow()
    return topic


class TestListing:
    def titles(self, client: Client, path: str) -> list[str]:
        return [item["title"] for item in client.get(path).body["items"]]

    def test_the_one_that_changed_last_comes_first(self, admin: Client, topic: str) -> None:
        page = admin.get(f"/v1/stories?topic={topic}").body
        assert [item["title"] for item in page["items"]] == [f"Überfall {number}" for number in (4, 3, 2, 1, 0)]
        assert page["next"] is None
        assert page["as_at_position"] >= 6
        assert [item["reports"] for item in page["items"]] == [0, 0, 1, 0, 0]

    @pytest.mark.parametrize(
        ("query", "numbers"),
        [
            ("q=%C3%9CBERFALL 3", [3]),
            ("q=%25", []),
            ("outlet=afp", [2]),
            ("outlet=Nobody", []),
            ("status=closed", [1]),
            ("status=open", [4, 3, 2, 0]),
            ("changed_since=2020-01-13T12:00:00Z", [4, 3]),
            ("changed_since=2020-01-13T14:00:00+01:00", [4]),
            ("status=open&changed_since=2020-01-13T10:00:00Z&q=fall", [4, 3, 2]),
        ],
    )
    def test_all_filters_apply_together(self, admin: Client, topic: str, query: str, numbers: list[int]) -> None:
        assert self.titles(admin, f"/v1/stories?topic={topic}&{query}") == [f"Überfall {number}" for number in numbers]

    @pytest.mark.parametrize("limit", [1, 2, 4, 5, 200])
    def test_following_the_links_shows_each_once(self, admin: Client, topic: str, limit: int) -> None:
        pages = list(admin.pages(f"/v1/stories?topic={topic.upper()}&limit={limit}"))
        found = [item["title"] for page in pages for item in page.body["items"]]
        assert found == [f"Überfall {number}" for number in (4, 3, 2, 1, 0)]
        assert all(page.body["next"] in (page.next_link or "") for page in pages if page.body["next"])

    @pytest.mark.parametrize(
        ("query", "problem", "pointer"),
        [
            ("limit=0", "invalid-parameter", "limit"),
            ("limit=201", "invalid-parameter", "limit"),
            ("limit=ten", "invalid-parameter", "limit"),
            ("status=ajar", "invalid-parameter", "status"),
            ("q=", "invalid-parameter", "q"),
            ("q=" + "x" * 201, "invalid-parameter", "q"),
            ("topic=%00", "invalid-parameter", "topic"),
            ("topic=%ff", "invalid-parameter", "topic"),
            ("changed_since=2020-01-13T12:00:00", "ambiguous-moment", "changed_since"),
            ("changed_since=2020-01-15T12:00:00Z", "future-moment", "changed_since"),
            ("changed_since=", "invalid-parameter", "changed_since"),
            ("cursor=", "bad-cursor", "cursor"),
            ("cursor=abc", "bad-cursor", "cursor"),
            (f"cursor={encode_cursor('outlets', [5])}", "bad-cursor", "cursor"),
            (f"cursor={encode_cursor('stories', [-5])}", "bad-cursor", "cursor"),
            (f"cursor={encode_cursor('stories', ['5'])}", "bad-cursor", "cursor"),
            (f"cursor={encode_cursor('stories', [])}", "bad-cursor", "cursor"),
            ("page=2", "invalid-parameter", "page"),
        ],
    )
    def test_what_can_not_be_asked_is_named(
        self, admin: Client, topic: str, query: str, problem: str, pointer: str
    ) -> None:
        refused = admin.get(f"/v1/stories?{query}")
        assert (refused.status, refused.problem, refused.pointers) == (400, problem, [pointer])

    def test_a_cursor_far_away_leads_to_all_or_nothing(self, admin: Client, topic: str) -> None:
        for position, count in ((0, 0), (2**63 - 1, 5)):
            cursor = encode_cursor("stories", [position])
            assert len(self.titles(admin, f"/v1/stories?topic={topic}&cursor={cursor}")) == count

    def test_a_cursor_holds_when_stories_change_meanwhile(self, house: House, admin: Client) -> None:
        topic = new_slug()
        stories = [admin.opens(f"Story {number}", topics=[topic]) for number in range(4)]
        house.follow()
        first = admin.get(f"/v1/stories?topic={topic}&limit=2")
        admin.files(stories[0])
        house.follow()
        assert first.next_link is not None
        # Story 0 has moved to the front, where who looks again finds it; nothing else is missed or seen twice.
        assert self.titles(admin, first.next_link) == ["Story 1"]
        assert self.titles(admin, f"/v1/stories?topic={topic}&limit=1") == ["Story 0"]

    def test_times_are_written_in_utc(self, admin: Client, topic: str) -> None:
        item = admin.get(f"/v1/stories?topic={topic}&limit=1").body["items"][0]
        assert item["opened_at"] == item["changed_at"] == rfc3339(MORNING + timedelta(hours=4))
