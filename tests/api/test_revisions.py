"""What happened in a story, one row each, and what differs between two of its revisions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.asking import Client, House, report
from tracker.access.permissions import Role
from tracker.api.paging import encode_cursor

CHANGED = {"headline": "Strike", "text": "One.\n\nTwo dead, officials said."}


@pytest.fixture(scope="module")
def editor(house: House) -> Client:
    return house.client(Role.EDITOR)


@pytest.fixture(scope="module")
def told(admin: Client, editor: Client) -> dict[str, Any]:
    """A story with five revisions: opened, NBC filed, AFP filed, edited by the editor, NBC updated."""
    story = admin.opens(topics=["Iran"])
    nbc = admin.files(story, "One.\n\nOne dead.")
    admin.files(story, outlet="AFP")
    editor.patch(story["url"], {"title": "Strike at dawn"}, If_Match="*")
    admin.post(f"{nbc['url']}/versions", CHANGED)
    return {**story, "report": nbc["report_id"]}


class TestRows:
    def test_each_says_who_did_what_the_newest_first(self, admin: Client, editor: Client, told: dict[str, Any]) -> None:
        page = admin.get(f"{told['url']}/revisions").body
        rows = page["items"]
        assert [(row["revision"], row["type"]) for row in rows] == [
            (5, "report.updated"),
            (4, "story.edited"),
            (3, "report.filed"),
            (2, "report.filed"),
            (1, "story.opened"),
        ]
        assert [row["actor"] for row in rows] == [
            editor.token.id if revision == 4 else admin.token.id for revision in (5, 4, 3, 2, 1)
        ]
        assert [row["outlet"] and row["outlet"]["name"] for row in rows] == ["NBC News", None, "AFP", "NBC News", None]
        assert [(row["report_id"], row["version"]) for row in rows if row["revision"] in (2, 5)] == [
            (told["report"], 2),
            (told["report"], 1),
        ]
        assert (page["latest"], page["next"]) == (5, None)

    def test_each_is_a_sentence(self, admin: Client, told: dict[str, Any]) -> None:
        rows = admin.get(f"{told['url']}/revisions").body["items"]
        assert "NBC News" in rows[0]["sentence"]
        assert "Strike at dawn" in rows[1]["sentence"]
        assert all(row["sentence"][0].isupper() and row["sentence"][-1] == "." for row in rows)

    @pytest.mark.parametrize(
        ("query", "revisions"),
        [
            ("type=report.filed", [3, 2]),
            ("outlet=nbc  news", [5, 2]),
            ("outlet=AFP&type=report.updated", []),
            ("outlet=Nobody at all", []),
            ("actor=tok_nobody", []),
        ],
    )
    def test_filters_apply_together(
        self, admin: Client, told: dict[str, Any], query: str, revisions: list[int]
    ) -> None:
        found = admin.get(f"{told['url']}/revisions?{query}").body
        assert [row["revision"] for row in found["items"]] == revisions
        assert found["latest"] == 5

    def test_what_one_person_did(self, admin: Client, editor: Client, told: dict[str, Any]) -> None:
        found = admin.get(f"{told['url']}/revisions?actor={editor.token.id}").body["items"]
        assert [row["revision"] for row in found] == [4]

    @pytest.mark.parametrize("limit", [1, 2, 4, 5, 6])
    @pytest.mark.parametrize(("query", "revisions"), [("", [5, 4, 3, 2, 1]), ("&outlet=NBC News", [5, 2])])
    def test_following_the_links_shows_each_once(
        self, admin: Client, told: dict[str, Any], limit: int, query: str, revisions: list[int]
    ) -> None:
        pages = admin.pages(f"{told['url']}/revisions?limit={limit}{query}")
        assert [row["revision"] for page in pages for row in page.body["items"]] == revisions

    @pytest.mark.parametrize(
        ("query", "problem", "pointer"),
        [
            ("type=report.lost", "invalid-parameter", "type"),
            ("actor=", "invalid-parameter", "actor"),
            ("limit=x", "invalid-parameter", "limit"),
            ("cursor=x", "bad-cursor", "cursor"),
            (f"cursor={encode_cursor('reports', [1])}", "bad-cursor", "cursor"),
            ("before=3", "invalid-parameter", "before"),
        ],
    )
    def test_what_can_not_be_asked_is_named(
        self, admin: Client, told: dict[str, Any], query: str, problem: str, pointer: str
    ) -> None:
        refused = admin.get(f"{told['url']}/revisions?{query}")
        assert (refused.status, refused.problem, refused.pointers) == (400, problem, [pointer])

    def test_a_cursor_far_away_leads_to_all_or_nothing(self, admin: Client, told: dict[str, Any]) -> None:
        for number, count in ((0, 0), (2**63 - 1, 5)):
            cursor = encode_cursor("revisions", [number])
            assert len(admin.get(f"{told['url']}/revisions?cursor={cursor}").body["items"]) == count

    def test_a_story_that_is_not_there_has_none(self, admin: Client) -> None:
        for rest in ("revisions", "compare/1...2"):
            for name in ("nowhere", "sty_01jh2r8m5efk0b3s0w1x5w6q7t"):
                assert admin.get(f"/v1/stories/{name}/{rest}").problem == "unknown-story"


class TestActs:
    """With ``group=act``."""

    def test_a_filing_with_its_claims_is_one_item_and_its_revisions_are_in_it(self, admin: Client) -> None:
        story = admin.opens()
        body = {**report("It was imminent. It was planned."), "claims": [{"exact": "It was imminent"}]}
        assert admin.post(f"{story['url']}/reports", body).status == 201
        page = admin.get(f"{story['url']}/revisions?group=act").body
        filed, opened = page["items"]
        assert (filed["type"], filed["first"], filed["revision"]) == ("report.filed", 2, 3)
        assert filed["sentence"].endswith(" With it: 1 claim.")
        assert [row["revision"] for row in filed["revisions"]] == [2, 3]
        assert filed["revisions"] == admin.get(f"{story['url']}/revisions").body["items"][1::-1]
        assert (opened["first"], opened["revision"], page["latest"], page["next"]) == (1, 1, 3, None)

    @pytest.mark.parametrize("limit", [1, 2, 3])
    def test_pages_cut_no_act(self, admin: Client, limit: int) -> None:
        story = admin.opens()
        for text in ("It was imminent.", "It was imminent, too."):
            body = {**report(text), "claims": [{"exact": "It was"}, {"exact": "imminent"}]}
            assert admin.post(f"{story['url']}/reports", body).status == 201
        url, bounds = f"{story['url']}/revisions?group=act&limit={limit}", []
        while url:
            answer = admin.get(url)
            bounds += [(act["first"], act["revision"]) for act in answer.body["items"]]
            following = answer.body["next"]
            url = f"{story['url']}/revisions?group=act&limit={limit}&cursor={following}" if following else ""
        assert bounds == [(5, 7), (2, 4), (1, 1)]

    def test_another_grouping_is_refused(self, admin: Client, told: dict[str, Any]) -> None:
        refused = admin.get(f"{told['url']}/revisions?group=week")
        assert (refused.status, [set(fault.values()) >= {"group"} for fault in refused.body["errors"]]) == (400, [True])


class TestComparing:
    def test_what_changed_is_shown_with_what_changed_it(self, admin: Client, told: dict[str, Any]) -> None:
        document = admin.get(f"{told['url']}/compare/3...5").body
        assert (document["from"]["revision"], document["to"]["revision"]) == (3, 5)
        field = document["fields"][0]
        assert (field["field"], field["to"], field["by"]["revision"]) == ("title", "Strike at dawn", 4)
        changed = document["reports"][0]
        assert (changed["report_id"], changed["from_version"], changed["to_version"]) == (told["report"], 1, 2)
        assert document["stats"]["words_inserted"] > 0

    def test_a_report_that_one_side_does_not_have_is_an_insertion_and_backwards_a_deletion(
        self, admin: Client, told: dict[str, Any]
    ) -> None:
        for pair, op in (("1...2", "insert"), ("2...1", "delete")):
            (changed,) = admin.get(f"{told['url']}/compare/{pair}").body["reports"]
            assert (changed["op"], changed["outlet"]["name"]) == (op, "NBC News")

    def test_latest_is_the_latest_and_nothing_differs_from_itself(self, admin: Client, told: dict[str, Any]) -> None:
        assert admin.get(f"{told['url']}/compare/2...latest").body == admin.get(f"{told['url']}/compare/2...5").body
        same = admin.get(f"{told['url']}/compare/4...4").body
        assert (same["fields"], same["summary"], same["reports"]) == ([], None, [])

    def test_who_has_it_has_it_for_good_unless_it_goes_to_the_latest(self, admin: Client) -> None:
        story = admin.opens()
        admin.files(story)
        fixed, latest = (admin.get(f"{story['url']}/compare/1...{b}") for b in ("2", "latest"))
        assert fixed.etag == latest.etag
        admin.files(story)
        assert admin.get(f"{story['url']}/compare/1...2", If_None_Match=fixed.etag).status == 304
        assert admin.get(f"{story['url']}/compare/1...latest", If_None_Match=fixed.etag).status == 200
        assert admin.get(f"{story['url']}/compare/2...1", If_None_Match=fixed.etag).status == 200

    @pytest.mark.parametrize(
        "pair",
        [
            *("0...5", "6...1", "1...6", "1...0", "latest...5", "1...Latest", "one...two", "1...-1", "١...٢"),
            *("9" * 5000 + "...1", "1..." + "9" * 5000, f"{2**63}...1", "1...2...3", "1.0...2"),
        ],
    )
    def test_what_is_no_revision_of_it_is_not_found(self, admin: Client, told: dict[str, Any], pair: str) -> None:
        for headers in ({}, {"If_None_Match": "*"}):
            refused = admin.get(f"{told['url']}/compare/{pair}", **headers)
            assert (refused.status, refused.problem) == (404, "unknown-revision")

    def test_it_takes_no_parameters(self, admin: Client, told: dict[str, Any]) -> None:
        refused = admin.get(f"{told['url']}/compare/1...2?format=html")
        assert (refused.problem, refused.pointers) == ("invalid-parameter", ["format"])

    def test_a_correction_is_among_what_differs(self, admin: Client) -> None:
        story = admin.opens()
        url = admin.files(story, **report("Seventeen dead."))["url"]
        note = {"text": "It was sixteen.", "wrong": "Seventeen", "right": "Sixteen"}
        sent = {"headline": "Strike", "text": "Sixteen dead.", "note": note}
        assert admin.post(f"{url}/corrections", sent, If_Match="*").status == 201
        (changed,) = admin.get(f"{story['url']}/compare/2...3").body["reports"]
        assert [each["note"] for each in changed["corrections"]] == [note]
