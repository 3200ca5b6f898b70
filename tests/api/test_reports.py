"""Reports: filed, filed again, updated, corrected, read in each version; and everything that a body may have wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.asking import Client, House, report
from tracker.api.fields import MOST_BLOCKS
from tracker.api.paging import encode_cursor


@pytest.fixture
def story(admin: Client) -> dict[str, Any]:
    return admin.opens()


def content(text: str, **given: Any) -> dict[str, Any]:
    """A whole version, without what only a filing has."""
    return {"headline": "Strike", "text": text, **given}


def texts(client: Client, url: str) -> list[str]:
    return [block["text"] for block in client.get(url).body["blocks"]]


class TestFiling:
    def test_the_receipt_says_where_the_report_stands(self, house: House, admin: Client, story: dict[str, Any]) -> None:
        filed = admin.post(f"{story['url']}/reports", report(outlet="A quite new outlet of " + story["slug"]))
        assert filed.status == 201
        receipt = filed.body
        assert (receipt["version"], receipt["revision"], receipt["new_outlet"]) == (1, 2, True)
        # On PostgreSQL an event has its position only some moments after its commit.
        known = receipt["position"] is not None
        assert (receipt["story"], known) == (story["id"], house.database.kind == "sqlite")
        shown = admin.get(filed.headers["Location"])
        assert filed.headers["Location"] == receipt["url"] == shown.body["url"]
        assert (shown.body["id"], shown.etag) == (receipt["report_id"], filed.etag)

    def test_all_that_was_sent_is_shown(self, admin: Client, story: dict[str, Any]) -> None:
        sent = report(
            byline="By A",
            dateline="BAGHDAD",
            language="en",
            published_at="2020-01-13T13:00:00.5-05:00",
            extent="excerpt",
            copyright_notice="© 2020",
            usage_terms="Quote it.",
        )
        shown = admin.get(admin.files(story, **sent)["url"]).body
        same = ("headline", "uri", "byline", "dateline", "language", "extent", "copyright_notice", "usage_terms")
        assert {name: shown[name] for name in same} == {name: sent[name] for name in same}
        assert shown["published_at"] == "2020-01-13T18:00:00.500000Z"
        assert shown["outlet"]["name"] == "NBC News"
        assert admin.get(story["url"]).body["reports"] == [{name: shown[name] for name in shown.keys() - _ONLY_WHOLE}]

    def test_text_is_cut_into_paragraphs_and_blocks_keep_their_kinds(
        self, admin: Client, story: dict[str, Any]
    ) -> None:
        plain = admin.get(admin.files(story, "One,\nstill one.\r\n \r\n\r\nTwo.")["url"]).body["blocks"]
        assert [(block["kind"], block["text"]) for block in plain] == [
            ("paragraph", "One,\nstill one."),
            ("paragraph", "Two."),
        ]
        blocks = [{"kind": "heading", "text": "A"}, {"text": "B"}, {"kind": "quote", "text": "C"}]
        sent = {name: value for name, value in report(blocks=blocks).items() if name != "text"}
        shown = admin.get(admin.post(f"{story['url']}/reports", sent).body["url"]).body["blocks"]
        assert [(block["kind"], block["text"]) for block in shown] == [
            ("heading", "A"),
            ("paragraph", "B"),
            ("quote", "C"),
        ]
        assert len({block["id"] for block in shown}) == 3

    def test_a_headline_alone_is_enough_where_it_says_so(self, admin: Client, story: dict[str, Any]) -> None:
        sent = {"outlet": "AFP", "headline": "ALERT", "extent": "headline"}
        assert texts(admin, admin.post(f"{story['url']}/reports", sent).body["url"]) == []

    def test_the_same_filing_again_is_the_first_answer(self, admin: Client, story: dict[str, Any]) -> None:
        sent = report()
        first = admin.post(f"{story['url']}/reports", sent)
        again = admin.post(f"{story['url']}/reports", {**sent, "outlet": "  nbc   NEWS"})
        assert again.status == 200
        assert again.body == {**first.body, "position": None, "new_outlet": False, "new_outlets": []}
        assert again.etag == first.etag
        admin.post(f"{first.body['url']}/versions", content("Three."))
        assert admin.post(f"{story['url']}/reports", sent).body == again.body
        assert admin.get(story["url"]).body["revision"] == 3

    def test_a_report_without_an_address_is_a_new_one_each_time(self, admin: Client, story: dict[str, Any]) -> None:
        sent = {"outlet": "AFP", **content("One.")}
        ids = {admin.post(f"{story['url']}/reports", sent).body["report_id"] for _ in range(2)}
        assert len(ids) == 2

    def test_other_content_at_the_same_address_is_refused_with_the_report_that_is_there(
        self, admin: Client, story: dict[str, Any]
    ) -> None:
        sent = report()
        first = admin.files(story, **sent)
        refused = admin.post(f"{story['url']}/reports", {**sent, "text": "Other."})
        assert (refused.status, refused.problem) == (409, "report-exists")
        assert (refused.body["report_id"], refused.body["version"]) == (first["report_id"], 1)

    @pytest.mark.parametrize(
        ("prefer", "status"),
        [
            ("handling=lenient", 201),
            ('respond-async, Handling = "lenient"; why=wire', 201),
            ("handling=strict", 409),
            ("mishandling=lenient", 409),
            ("return=minimal", 409),
        ],
    )
    def test_it_becomes_the_next_version_for_who_prefers_that(
        self, admin: Client, story: dict[str, Any], prefer: str, status: int
    ) -> None:
        sent = report()
        first = admin.files(story, **sent)
        answer = admin.post(f"{story['url']}/reports", {**sent, "text": "Other."}, Prefer=prefer)
        assert answer.status == status
        if status == 201:
            assert (answer.body["report_id"], answer.body["version"]) == (first["report_id"], 2)

    def test_who_says_what_she_has_read_is_held_to_it(self, admin: Client, story: dict[str, Any]) -> None:
        tag = admin.get(story["url"]).etag
        admin.files(story)
        refused = admin.post(f"{story['url']}/reports", report(), If_Match=tag)
        assert (refused.status, refused.problem) == (412, "stale")

    @pytest.mark.parametrize("name", ["nowhere", "sty_01jh2r8m5efk0b3s0w1x5w6q7t"])
    def test_there_is_nothing_to_file_into_where_there_is_no_story(self, admin: Client, name: str) -> None:
        for path in ("reports", "reports/rpt_1/versions"):
            refused = admin.post(
                f"/v1/stories/{name}/{path}", content("A.") | ({"outlet": "A"} if path == "reports" else {})
            )
            assert (refused.status, refused.problem) == (404, "unknown-story")


_ONLY_WHOLE = {"shown_version", "blocks", "copyright_notice", "usage_terms"}


class TestVersions:
    def test_a_version_follows_the_last_and_what_is_equal_adds_nothing(
        self, admin: Client, story: dict[str, Any]
    ) -> None:
        url = admin.files(story, "One.")["url"]
        second = admin.post(f"{url}/versions", content("Two.", note="More is known."))
        assert (second.status, second.body["version"], second.body["revision"]) == (201, 2, 3)
        same = admin.post(f"{url}/versions", content("Two."))
        assert (same.status, same.body) == (200, {**second.body, "position": None})
        returned = admin.post(f"{url}/versions", content("One."))
        assert (returned.status, returned.body["version"]) == (201, 3)

    def test_each_version_is_read_as_it_was(self, admin: Client, story: dict[str, Any]) -> None:
        url = admin.files(story, "One.")["url"]
        admin.post(f"{url}/versions", content("Two.", headline="Second"))
        assert [texts(admin, f"{url}?version={version}") for version in (1, 2)] == [["One."], ["Two."]]
        assert texts(admin, url) == ["Two."]
        first = admin.get(f"{url}?version=1").body
        assert (first["shown_version"], first["version"], first["headline"]) == (1, 2, "Strike")

    def test_they_are_listed_the_first_one_first(self, admin: Client, story: dict[str, Any]) -> None:
        url = admin.files(story, "1.")["url"]
        for number in range(2, 6):
            admin.post(f"{url}/versions", content(f"{number}.", headline=f"Head {number}"))
        for limit in (1, 2, 5):
            pages = list(admin.pages(f"{url}/versions?limit={limit}"))
            items = [item for page in pages for item in page.body["items"]]
            assert [item["version"] for item in items] == [1, 2, 3, 4, 5]
            assert [item["act"] for item in items] == ["filed"] + ["updated"] * 4
        assert texts(admin, items[3]["url"]) == ["4."]

    def test_an_unknown_version_is_refused_with_those_that_are_there(
        self, admin: Client, story: dict[str, Any]
    ) -> None:
        url = admin.files(story)["url"]
        for headers in ({}, {"If_None_Match": "*"}):
            refused = admin.get(f"{url}?version=2", **headers)
            assert (refused.status, refused.problem) == (404, "unknown-version")
            assert (refused.body["first"], refused.body["latest"]) == (1, 1)

    def test_a_report_belongs_to_its_story(self, admin: Client, story: dict[str, Any]) -> None:
        elsewhere = admin.files(admin.opens())["report_id"]
        url = f"{story['url']}/reports/{elsewhere}"
        assert admin.get(url).problem == "unknown-report"
        assert admin.get(f"{url}/versions").problem == "unknown-report"
        assert admin.post(f"{url}/versions", content("A.")).problem == "unknown-report"
        assert admin.post(f"{url}/corrections", correction("A."), If_Match="*").problem == "unknown-report"

    def test_who_has_a_report_has_it_until_it_changes_itself(self, admin: Client, story: dict[str, Any]) -> None:
        url = admin.files(story)["url"]
        tag = admin.get(url).etag
        admin.files(story)
        assert admin.get(url, If_None_Match=tag).status == 304
        admin.post(f"{url}/versions", content("Two."))
        assert admin.get(url, If_None_Match=tag).status == 200

    def test_reports_are_listed_in_the_order_of_their_filing(self, admin: Client, story: dict[str, Any]) -> None:
        ids = [admin.files(story)["report_id"] for _ in range(5)]
        admin.post(f"{story['url']}/reports/{ids[0]}/versions", content("Two."))
        for limit in (1, 2, 5, 6):
            pages = list(admin.pages(f"{story['url']}/reports?limit={limit}"))
            assert [item["id"] for page in pages for item in page.body["items"]] == ids
            assert pages[0].body["revision"] == 7


def correction(text: str, **given: Any) -> dict[str, Any]:
    return content(text, **{"note": {"text": "It was two.", "wrong": "one", "right": "two"}, **given})


class TestCorrections:
    @pytest.fixture
    def url(self, admin: Client, story: dict[str, Any]) -> str:
        """The address of a report."""
        return str(admin.files(story, "One.")["url"])

    def test_a_correction_is_a_version_and_stands_at_the_report(self, admin: Client, url: str) -> None:
        done = admin.post(f"{url}/corrections", correction("Two."), If_Match=admin.get(url).etag)
        assert (done.status, done.body["version"], done.body["revision"]) == (201, 2, 3)
        shown = admin.get(url)
        assert shown.etag == done.etag
        assert shown.body["corrections"] == [
            {
                "version": 2,
                "revision": 3,
                "kind": "correction",
                "issued_by": "outlet",
                "note": {"text": "It was two.", "wrong": "one", "right": "two"},
            }
        ]
        assert admin.get(f"{url}/versions").body["items"][1]["act"] == "corrected"

    def test_the_same_correction_again_is_the_first_answer(self, admin: Client, url: str) -> None:
        first = admin.post(f"{url}/corrections", correction("Two."), If_Match="*")
        again = admin.post(f"{url}/corrections", correction("Two."), If_Match=first.etag)
        assert (again.status, again.body) == (200, {**first.body, "position": None})

    def test_who_corrects_says_what_she_has_read(self, admin: Client, url: str) -> None:
        refused = admin.post(f"{url}/corrections", correction("Two."))
        assert (refused.status, refused.problem) == (428, "precondition-required")

    def test_what_has_changed_since_is_read_again_before_it_is_corrected(self, admin: Client, url: str) -> None:
        tag = admin.get(url).etag
        admin.post(f"{url}/versions", content("Three."))
        refused = admin.post(f"{url}/corrections", correction("Two."), If_Match=tag)
        assert (refused.status, refused.problem) == (412, "stale")

    def test_another_report_of_the_story_does_not_hinder_a_correction(
        self, admin: Client, story: dict[str, Any], url: str
    ) -> None:
        tag = admin.get(url).etag
        admin.files(story)
        assert admin.post(f"{url}/corrections", correction("Two."), If_Match=tag).status == 201

    def test_a_correction_corrects_something_and_a_clarification_need_not(self, admin: Client, url: str) -> None:
        refused = admin.post(f"{url}/corrections", correction("One."), If_Match="*")
        assert (refused.status, refused.problem, refused.body["version"]) == (409, "nothing-corrected", 1)
        clarified = correction("One.", kind="clarification")
        assert admin.post(f"{url}/corrections", clarified, If_Match="*").status == 201

    @pytest.mark.parametrize(
        ("changed", "pointers"),
        [
            ({"note": None}, ["/note"]),
            ({"note": {}}, ["/note/text"]),
            ({"note": "It was two."}, ["/note"]),
            ({"note": {"text": "A.", "was": "B."}}, ["/note/was"]),
            ({"kind": "apology"}, ["/kind"]),
            ({"issued_by": "nobody"}, ["/issued_by"]),
            ({"alone_because": "Nobody else is here."}, ["/alone_because"]),
        ],
    )
    def test_what_is_wrong_in_it_is_named(
        self, admin: Client, url: str, changed: dict[str, Any], pointers: list[str]
    ) -> None:
        refused = admin.post(f"{url}/corrections", correction("Two.", **changed), If_Match="*")
        assert (refused.status, refused.problem, refused.pointers) == (422, "invalid-request", pointers)


class TestWhatIsRefused:
    @pytest.fixture(scope="class")
    @classmethod
    def url(cls, admin: Client) -> str:
        """Where reports are filed of which none is taken."""
        return f"{admin.opens()['url']}/reports"

    @pytest.mark.parametrize(
        ("changed", "pointers"),
        [
            ({"outlet": None}, ["/outlet"]),
            ({"outlet": "\t"}, ["/outlet"]),
            ({"headline": ""}, ["/headline"]),
            ({"headlin": "A", "txt": "B"}, ["/headlin", "/txt"]),
            ({"uri": "ftp://nbc.example/1"}, ["/uri"]),
            ({"uri": "https://nbc.example:99999/"}, ["/uri"]),
            ({"uri": "https://user:secret@nbc.example/"}, ["/uri"]),
            ({"text": None}, ["/text"]),
            ({"text": "\n \n"}, ["/text"]),
            ({"text": "a\u0301" + "\u0301" * 40}, ["/text"]),
            ({"blocks": [{"text": "A."}]}, ["/blocks"]),
            ({"text": ..., "blocks": []}, ["/blocks"]),
            ({"text": ..., "blocks": [{"text": "A."}, {"kind": "poem", "text": "B."}]}, ["/blocks/1/kind"]),
            ({"text": ..., "blocks": [{"txt": "A."}]}, ["/blocks/0/text", "/blocks/0/txt"]),
            ({"text": ..., "blocks": ["A."]}, ["/blocks/0"]),
            ({"text": ...}, ["/text"]),
            ({"extent": "most"}, ["/extent"]),
            ({"language": "e"}, ["/language"]),
            ({"published_at": "2020-01-13T18:00:00"}, ["/published_at"]),
            ({"published_at": "2020-02-30T18:00:00Z"}, ["/published_at"]),
            ({"published_at": "0001-01-01T00:00:00+23:59"}, ["/published_at"]),
            ({"published_at": 1578938400}, ["/published_at"]),
            ({"byline": "x" * 301}, ["/byline"]),
            ({"version": 1}, ["/version"]),
        ],
    )
    def test_a_wrong_field_is_named(
        self, admin: Client, url: str, changed: dict[str, Any], pointers: list[str]
    ) -> None:
        body = {name: value for name, value in {**report(), **changed}.items() if value is not ...}
        refused = admin.post(url, body)
        assert (refused.status, refused.problem) == (422, "invalid-request")
        assert sorted(refused.pointers) == pointers

    @pytest.mark.parametrize(
        ("raw", "problem", "pointers"),
        [
            (b"", "malformed-json", []),
            (b"{", "malformed-json", []),
            (b'{"text": NaN}', "malformed-json", []),
            (b"\xef\xbb\xbf{}", "not-utf8", []),
            (b'{"text": "\xff"}', "not-utf8", []),
            (b'{"text": "a\\u0000b"}', "bad-text", ["/text"]),
            (b'{"blocks": [{"text": "\\ud83d"}]}', "bad-text", ["/blocks/0/text"]),
            (b'{"text": "a", "text": "b"}', "duplicate-key", [""]),
            (b'{"urgency": 9007199254740993}', "number-out-of-range", ["/urgency"]),
            (b'{"urgency": 1e400}', "number-out-of-range", ["/urgency"]),
            (b"[" * 100_000, "too-deep", []),
            (b'{"a":' * 40 + b"1" + b"}" * 40, "too-deep", []),
        ],
    )
    def test_what_is_no_json_is_refused_before_any_field(
        self, admin: Client, url: str, raw: bytes, problem: str, pointers: list[str]
    ) -> None:
        refused = admin.post(url, raw)
        assert (refused.status, refused.problem, refused.pointers) == (400, problem, pointers)

    @pytest.mark.parametrize("raw", [b"[]", b'"text"', b"1", b"null"])
    def test_what_is_no_object_is_refused(self, admin: Client, url: str, raw: bytes) -> None:
        refused = admin.post(url, raw)
        assert (refused.status, refused.problem, refused.pointers) == (422, "invalid-request", [""])

    @pytest.mark.parametrize(
        "headers",
        [
            {"Content_Type": "text/plain"},
            {"Content_Type": "application/x-www-form-urlencoded"},
            {"Content_Type": ""},
            {"Content_Type": "application/json; charset=latin-1"},
            {"Content_Encoding": "gzip"},
        ],
    )
    def test_another_media_type_is_refused(self, admin: Client, url: str, headers: dict[str, str]) -> None:
        refused = admin.post(url, json.dumps(report()).encode(), **headers)
        assert (refused.status, refused.problem) == (415, "unsupported-media-type")

    def test_a_body_over_the_limit_is_refused_with_the_limit(self, house: House, admin: Client, url: str) -> None:
        small = admin.at(house.app_with(request_max_bytes=2000))
        refused = small.post(url, report("x" * 2000))
        assert (refused.status, refused.problem, refused.body["max_bytes"]) == (413, "body-too-large", 2000)
        assert small.post(url, report("x" * 1000)).status == 201

    @pytest.mark.parametrize("field", ["text", "blocks"])
    def test_a_report_over_the_limit_is_refused(self, house: House, admin: Client, url: str, field: str) -> None:
        small = admin.at(house.app_with(report_max_characters=100))
        for count, status in ((101, 422), (100, 201)):
            body = report("x" * count)
            if field == "blocks":
                body["blocks"] = [{"text": body["text"][:50]}, {"text": body.pop("text")[50:]}]
            answer = small.post(url, body)
            assert answer.status == status
            assert status == 201 or answer.pointers == [f"/{field}"]

    def test_a_text_has_no_more_paragraphs_than_there_may_be_blocks(self, admin: Client, url: str) -> None:
        assert admin.post(url, report("a\n\n" * MOST_BLOCKS)).status == 201
        refused = admin.post(url, report("a\n\n" * (MOST_BLOCKS + 1)))
        assert (refused.problem, refused.pointers) == ("invalid-request", ["/text"])

    @pytest.mark.parametrize(
        ("query", "problem", "pointer"),
        [
            ("?limit=0", "invalid-parameter", "limit"),
            ("?cursor=x", "bad-cursor", "cursor"),
            (f"?cursor={encode_cursor('revisions', [1])}", "bad-cursor", "cursor"),
            ("?version=1", "invalid-parameter", "version"),
        ],
    )
    def test_what_can_not_be_asked_of_the_list_is_named(
        self, admin: Client, url: str, query: str, problem: str, pointer: str
    ) -> None:
        refused = admin.get(url + query)
        assert (refused.status, refused.problem, refused.pointers) == (400, problem, [pointer])

    def test_a_parameter_of_an_act_that_takes_none_is_named(self, admin: Client, url: str) -> None:
        refused = admin.post(f"{url}?dry_run=1", report())
        assert (refused.status, refused.problem, refused.pointers) == (400, "invalid-parameter", ["dry_run"])
