"""What readers ask of a story through the API: each list, at any revision and moment, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.api.telling import AT_NIGHT, C_AT, Telling, tell
from tests.asking import Client, House
from tracker.access.permissions import Role
from tracker.clock import StoryClock
from tracker.handling import Asked, Handler
from tracker.store import renderings
from tracker.stories.commands import RedactContent

LISTS = (
    "claims",
    "quotes",
    "sources",
    "relations",
    "disputes",
    "corrections",
    "orphans",
    "timeline",
    "people",
    "links",
    "holds",
    "requests",
)


@pytest.fixture(scope="module")
def house(shared_url: str) -> Iterator[House]:
    opened = House(shared_url, StoryClock(datetime(2020, 1, 3, tzinfo=UTC)))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def told(house: House) -> Telling:
    """A story that the tests only read."""
    return tell(house, house.client())


@pytest.fixture
def telling(house: House) -> Telling:
    """One that a test may go on telling."""
    return tell(house, house.client())


@pytest.fixture(scope="module")
def public(house: House) -> Client:
    return house.client(Role.SUBSCRIBER)


class TestLists:
    def test_a_claim_has_an_address_of_its_own_and_is_the_same_in_the_list(self, told: Telling) -> None:
        for claim in told.items("/claims"):
            assert told.get(f"/claims/{claim['id']}") == claim

    def test_claims_tell_who_says_so_on_whose_word_and_how_they_stand(self, told: Telling) -> None:
        imminent = told.items("/claims")[0]
        assert imminent["statement"] == "An attack was imminent."
        assert [link["name"] for link in imminent["appearances"][0]["chain"]] == ["officials", "The Wire"]
        assert imminent["words"].endswith("disputed by NBC News and by our desk.")
        assert [[cause["id"] for cause in each["because"]] for each in imminent["history"]][1:] == [
            [told.ids["by NBC"]],
            [told.ids["ours"]],
        ]

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("standing=disputed", ["imminent"]),
            ("standing=unattributed", ["spring", "mattis"]),
            ("outlet=the%20washington%20post", ["spring", "mattis"]),
            ("outlet=Nobody", []),
            ("party=Donald%20Trump", ["june", "spring"]),
            ("party=Donald%20Trump&outlet=NBC%20News", ["june"]),
            ("party=Nobody", []),
        ],
    )
    def test_claims_are_asked_for_by_standing_outlet_and_party(
        self, told: Telling, query: str, expected: list[str]
    ) -> None:
        assert [each["id"] for each in told.items(f"/claims?{query}")] == [told.ids[name] for name in expected]

    def test_the_timeline_is_in_order_and_may_be_asked_for_one_kind(self, told: Telling) -> None:
        assert [each["id"] for each in told.items("/timeline")] == [
            told.ids[name] for name in ("drone", "strike", "A", "B", "C")
        ]
        assert {each["kind"] for each in told.items("/timeline?kind=report")} == {"report"}

    def test_a_quote_in_parts_and_one_through_an_official_keep_both(self, told: Telling) -> None:
        first, second = told.items("/quotes")
        assert [link["name"] for link in first["quote"]["chain"]] == [
            "Donald Trump",
            "a second senior administration official",
            "NBC News",
        ]
        assert second["quote"]["parts"] == ["An old idea", "Not a hard one."]

    @pytest.mark.parametrize("name", LISTS)
    def test_a_list_is_paged_and_every_page_is_of_the_same_revision(self, telling: Telling, name: str) -> None:
        whole = telling.items(f"/{name}")
        first = telling.get(f"/{name}?limit=1")
        telling.claims("later", "C", "An old idea", statement="A later claim.", about=["Somebody New"])
        pages = [first]
        while pages[-1]["next"]:
            pages.append(telling.get(f"/{name}?limit=1&cursor={pages[-1]['next']}"))
        assert [item for page in pages for item in page["items"]] == whole
        assert {page["revision"] for page in pages} == {first["revision"]}

    def test_a_cursor_of_one_list_story_or_revision_is_none_of_another(self, telling: Telling, told: Telling) -> None:
        cursor = telling.get("/claims?limit=1")["next"]
        get = telling.client.get
        assert get(f"{telling.url}/quotes?cursor={cursor}").problem == "bad-cursor"
        assert get(f"{telling.url}/claims?revision=3&cursor={cursor}").problem == "bad-cursor"
        assert get(f"{told.url}/claims?cursor={cursor}").problem == "cursor-of-another-history"

    @pytest.mark.parametrize("name", LISTS)
    def test_whoever_has_a_list_already_is_told_so(self, telling: Telling, name: str) -> None:
        first = telling.client.get(f"{telling.url}/{name}")
        again = telling.client.get(f"{telling.url}/{name}", If_None_Match=first.etag)
        assert (again.status, again.raw) == (304, b"")
        telling.files("D", "The Digest", "Later.", C_AT + timedelta(days=3))
        assert telling.client.get(f"{telling.url}/{name}", If_None_Match=first.etag).status == 200

    def test_a_claims_tag_changes_with_the_claim_and_not_with_the_rest_of_the_story(self, telling: Telling) -> None:
        url = f"{telling.url}/claims/{telling.ids['june']}"
        before = telling.client.get(url)
        telling.claims("other", "C", "An old idea", statement="Another.")
        assert telling.client.get(url, If_None_Match=before.etag).status == 304
        update = {"headline": "B", "text": "All of it was rewritten."}
        report = f"{telling.url}/reports/{telling.ids['B']}"
        assert telling.client.post(f"{report}/versions", update).status == 201
        after = telling.client.get(url, If_None_Match=before.etag)
        assert after.status == 200
        assert [each["stands"] for each in after.body["appearances"]] == [False]

    def test_an_unknown_claim_and_an_unknown_story_are_not_found(self, told: Telling) -> None:
        assert told.client.get(f"{told.url}/claims/clm_nobody").problem == "unknown-claim"
        assert told.client.get("/v1/stories/nobody/claims").problem == "unknown-story"
        assert told.client.get(f"{told.url}/claims?revision=999").problem == "unknown-revision"

    def test_what_waits_for_a_second_person_is_the_newsrooms_own(self, told: Telling, public: Client) -> None:
        assert public.get(f"{told.url}/requests").problem == "forbidden"
        assert told.items("/requests") == []


class TestThePast:
    def test_on_the_night_of_13_january_nothing_of_the_post_was_known(self, told: Telling) -> None:
        for clock in ("as_of", "said_before"):
            shown = str([told.get(f"/{name}?{clock}={AT_NIGHT}") for name in ("claims", "quotes", "timeline")])
            for later in ("Washington Post", "spring", "Mattis", "An old idea", told.ids["ours"]):
                assert later not in shown
            imminent = told.items(f"/claims?{clock}={AT_NIGHT}")[0]
            assert imminent["words"].endswith("disputed by NBC News.")

    @pytest.mark.parametrize("name", LISTS)
    def test_a_past_answer_is_what_was_answered_then(self, house: House, name: str) -> None:
        telling = tell(house, house.client())
        then = telling.get(f"/{name}")
        telling.claims("later", "B", "could undermine", statement="A later claim.", about=["Somebody New"])
        assert telling.get(f"/{name}?revision={then['revision']}") == then
        moment = telling.get()["changed_at"]
        assert telling.get(f"/{name}?as_of={moment}") == telling.get(f"/{name}")

    def test_both_clocks_at_once(self, told: Telling) -> None:
        early = told.get("/claims?revision=4&said_before=2020-01-15T00:00:00Z")
        assert (len(early["items"]), early["revision"]) == (1, 4)

    @pytest.mark.parametrize(
        ("query", "problem"),
        [
            ("said_before=2020-01-13T23:00:00", "ambiguous-moment"),
            ("said_before=2030-01-13T23:00:00Z", "future-moment"),
            ("said_before=yesterday", "invalid-parameter"),
            ("as_of=2020-01-13T23:00:00Z&revision=2", "invalid-parameter"),
            ("as_of=2019-01-13T23:00:00Z", "unknown-revision"),
        ],
    )
    def test_a_moment_that_cannot_be_taken_is_refused_by_name(self, told: Telling, query: str, problem: str) -> None:
        assert told.client.get(f"{told.url}/claims?{query}").problem == problem


class TestTheStoryAsOneAnswer:
    def test_it_holds_claims_timeline_people_and_reports(self, told: Telling) -> None:
        story = told.get()
        assert [each["id"] for each in story["claims"]] == [each["id"] for each in told.items("/claims")]
        assert story["timeline"] == told.items("/timeline")
        assert story["people"] == told.items("/people")
        assert [each["outlet"]["name"] for each in story["reports"]] == ["The Wire", "NBC News", "The Washington Post"]
        assert (story["related"], story["holds"], story["cut"]) == ([], [], [])

    def test_the_second_answer_is_the_same_bytes_and_so_is_its_tag(self, told: Telling) -> None:
        first, second = (told.client.get(told.url) for _ in range(2))
        assert (first.raw, first.etag) == (second.raw, second.etag)

    def test_what_becomes_known_of_its_people_is_shown_and_changes_the_tag(self, telling: Telling) -> None:
        before = telling.client.get(telling.url)
        found = telling.client.get("/v1/parties/John%20Bolton")
        role = {"title": "National Security Adviser", "from": "2018-04", "to": "2019-09"}
        roles = [*found.body["roles"], role | {"organisation": telling.ids["drone"]}]
        edited = telling.client.patch(f"/v1/parties/{found.body['id']}", {"roles": roles}, If_Match=found.etag)
        assert edited.status == 200, edited.raw
        after = telling.client.get(telling.url, If_None_Match=before.etag)
        bolton = next(each for each in after.body["people"] if each["name"] == "John Bolton")
        assert telling.ids["drone"] in [role.get("organisation") for role in bolton["then"][0]["roles"]]
        assert bolton["roles_now"] == []
        assert after.etag != before.etag
        assert telling.client.get(telling.url, If_None_Match=after.etag).status == 304

    def test_of_the_past_it_tells_what_was_known_of_its_people_then(self, telling: Telling) -> None:
        revision = telling.get()["revision"]
        telling.at(C_AT + timedelta(days=30))
        found = telling.client.get("/v1/parties/James%20Mattis")
        roles = [{"title": "Defense Secretary", "organisation": telling.story["id"]}]
        assert (
            telling.client.patch(f"/v1/parties/{found.body['id']}", {"roles": roles}, If_Match=found.etag).status == 200
        )
        now, then = telling.get()["people"], telling.get(f"?revision={revision}")["people"]
        assert [each["name"] for each in now] == [each["name"] for each in then]
        assert telling.story["id"] in str(now)
        assert telling.story["id"] not in str(then)

    def test_a_write_answers_with_the_tag_that_reading_gives(self, telling: Telling) -> None:
        edited = telling.client.patch(telling.url, {"title": "Another"}, If_Match="*")
        shown = telling.client.get(telling.url)
        assert (edited.raw, edited.etag) == (shown.raw, shown.etag)

    def test_a_killed_report_leaves_its_tombstone_and_nothing_it_said(self, telling: Telling) -> None:
        before = telling.client.get(telling.url)
        url = f"{telling.url}/reports/{telling.ids['C']}"
        tag = telling.client.get(url).etag
        killed = telling.client.post(f"{url}/kill", {"reason": "x", "public_note": "Withdrawn."}, If_Match=tag)
        assert killed.status in (200, 201), killed.raw
        after = telling.client.get(telling.url)
        assert after.body["reports"][2]["killed"]["public_note"] == "Withdrawn."
        past = telling.client.get(f"{telling.url}?revision={before.body['revision']}")
        for shown in (after, past):
            assert "spring of 2017" not in shown.raw.decode()
            assert "Mattis" not in shown.raw.decode()
        assert telling.items("/corrections")[-1]["kind"] == "kill"


class TestWhatIsHeldBack:
    def test_a_held_report_leaves_no_trace_in_any_list_of_whoever_may_not_see_it(
        self, telling: Telling, public: Client
    ) -> None:
        shown = public.get(telling.url)
        held = telling.client.post(
            f"{telling.url}/holds",
            {"target": telling.ids["C"], "kind": "publication", "reason": "legal", "authority": "A court"},
        )
        assert held.status in (200, 201), held.raw
        again = public.get(telling.url, If_None_Match=shown.etag)
        assert again.status == 200
        for path in ("", *(f"/{name}" for name in LISTS if name != "requests")):
            text = public.get(f"{telling.url}{path}").raw.decode()
            for secret in ("Washington Post", "spring", "Mattis", "An old idea", "A court", telling.ids["C"]):
                assert secret not in text, f"{secret} at {path}"
        assert [each["authority"] for each in telling.items("/holds")] == ["A court"]
        assert "Washington Post" in telling.client.get(f"{telling.url}/timeline").raw.decode()
        assert telling.client.get(telling.url).body["holds"][0]["authority"] == "A court"


class TestWhatIsKept:
    """The story's answer is kept as it was written: never for somebody else, and never after it has changed."""

    def test_who_may_see_less_is_never_sent_what_was_written_for_another(
        self, telling: Telling, public: Client
    ) -> None:
        body = {"target": telling.ids["C"], "kind": "publication", "reason": "legal"}
        assert telling.client.post(f"{telling.url}/holds", body).status in (200, 201)
        for _ in range(2):
            assert "Washington Post" in telling.client.get(telling.url).raw.decode()
            assert "Washington Post" not in public.get(telling.url).raw.decode()

    def test_a_hold_that_is_lifted_shows_what_was_held(self, telling: Telling, public: Client) -> None:
        body = {"target": telling.ids["C"], "kind": "publication", "reason": "legal"}
        held = telling.client.post(f"{telling.url}/holds", body)
        hidden = public.get(telling.url)
        lifted = telling.client.post(f"{telling.url}/holds/{held.body['hold']}/lift", {}, If_Match="*")
        assert lifted.status in (200, 201), lifted.raw
        shown = public.get(telling.url, If_None_Match=hidden.etag)
        assert "Washington Post" in shown.raw.decode()

    def test_it_is_what_is_made_anew(self, telling: Telling) -> None:
        first = telling.client.get(telling.url)
        kept = renderings.of(telling.house.database.engine)
        assert telling.client.get(telling.url).raw == first.raw
        kept.forget(telling.story["id"])
        assert telling.client.get(telling.url).raw == first.raw

    def test_a_redacted_report_is_not_in_it_and_not_in_memory(self, telling: Telling) -> None:
        assert "spring of 2017" in telling.client.get(telling.url).raw.decode()
        handler = Handler(telling.house.database, telling.house.clock, telling.house.settings)
        target = telling.ids["C"]
        redaction = RedactContent(story_id=telling.story["id"], target=target, reason="x", authority="x")
        handler.handle(redaction, Asked(telling.client.token, "req_1"))
        for path in ("", "/claims", "/quotes", "/timeline", "?revision=14", "/claims?revision=14"):
            text = telling.client.get(f"{telling.url}{path}").raw.decode()
            assert "spring of 2017" not in text, path
            assert "An old idea" not in text, path
