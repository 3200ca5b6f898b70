"""Markings over HTTP: a claim is one small request, every refusal names its place, and nothing is written by one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.asking import Answer, Client, House
from tracker.access.permissions import Role

TEXT = (
    'The plan was approved in June. "It was a bad idea," an official said. "It stays one."\n\n'
    "The plan was kept. Nobody else knew of it."
)


@pytest.fixture
def story(admin: Client) -> dict[str, Any]:
    return admin.opens()


@pytest.fixture
def report_id(admin: Client, story: dict[str, Any]) -> str:
    return str(admin.files(story, TEXT)["report_id"])


@pytest.fixture
def marks(admin: Client, story: dict[str, Any], report_id: str) -> Marks:
    return Marks(admin, story["url"], report_id)


class Marks:
    """Marks what one report says."""

    def __init__(self, client: Client, url: str, report_id: str) -> None:
        self.client, self.url, self.report_id = client, url, report_id

    def claim(self, exact: str = "The plan was approved in June.", **given: Any) -> Answer:
        return self.client.post(f"{self.url}/claims", {"report": self.report_id, "exact": exact, **given})

    def claim_id(self, exact: str = "The plan was approved in June.", **given: Any) -> str:
        answer = self.claim(exact, **given)
        assert answer.status == 201, answer.raw
        return str(answer.body["claim"])

    def relate(self, source: Any, target: Any, relation: str = "disputes", **given: Any) -> Answer:
        body = {"from": source, "to": target, "relation": relation, **given}
        return self.client.post(f"{self.url}/relations", body)

    def record(self, title: str = "The plan is approved", **given: Any) -> Answer:
        return self.client.post(f"{self.url}/occurrences", {"title": title, **given})

    def withdraw(self, target: str) -> Answer:
        return self.client.post(f"{self.url}/withdrawals", {"target": target, "reason": "It was a mistake."})

    def shown(self, claim: str) -> dict[str, Any]:
        return dict(self.client.get(f"{self.url}/claims/{claim}").body)


def refusal(answer: Answer) -> tuple[int, str, list[str]]:
    """What a refusal says: its status, its name, and where the request was wrong."""
    return answer.status, answer.problem, answer.pointers


class TestClaims:
    def test_a_claim_is_words_a_statement_and_a_label(self, marks: Marks) -> None:
        marked = marks.claim(statement="There was a plan.", attribution={"label": "officials"})
        assert (marked.status, marked.body["appearance"], marked.body["revision"]) == (201, 1, 3)
        assert marked.headers["Location"] == marked.body["url"]
        shown = marks.client.get(marked.body["url"]).body
        assert shown["statement"] == "There was a plan."
        assert shown["appearances"][0]["attribution"] == {"label": "officials"}

    def test_without_a_statement_it_says_what_the_report_says(self, marks: Marks) -> None:
        assert marks.shown(marks.claim_id())["statement"] == "The plan was approved in June."

    def test_marked_again_it_is_the_first_answer_and_nothing_is_written(self, marks: Marks) -> None:
        first = marks.claim(attribution={"label": "officials"})
        again = marks.claim(attribution={"label": "officials"})
        assert (again.status, again.body) == (200, {**first.body, "position": None})

    def test_with_an_idempotency_key_it_is_marked_once(self, marks: Marks) -> None:
        body = {"report": marks.report_id, "exact": "The plan was kept."}
        answers = [marks.client.post(f"{marks.url}/claims", body, Idempotency_Key="key-of-a-claim") for _ in "ab"]
        assert [answer.status for answer in answers] == [201, 201]
        assert answers[0].body == answers[1].body

    def test_naming_a_claim_adds_an_appearance_to_it(self, marks: Marks) -> None:
        claim = marks.claim_id()
        added = marks.claim("The plan was kept.", claim=claim, stance="reports")
        assert (added.status, added.body["claim"], added.body["appearance"]) == (201, claim, 2)
        assert [each["stance"] for each in marks.shown(claim)["appearances"]] == ["asserts", "reports"]

    def test_outlets_and_parties_come_into_being_and_the_answer_says_so(self, marks: Marks) -> None:
        name, outlet = f"Somebody of {marks.report_id}", f"Outlet of {marks.report_id}"
        attribution = {"party": name, "via": [{"outlet": outlet, "via": [{"label": "a friend"}]}]}
        marked = marks.claim(attribution=attribution, about=[name])
        assert (marked.body["new_parties"], marked.body["new_outlets"]) == ([name], [outlet])
        known = marks.claim("The plan was kept.", about=[name.upper()])
        assert known.body["new_parties"] == []
        party = marks.client.get(f"/v1/parties/{name}").body["id"]
        by_id = marks.claim("Nobody else knew of it.", about=[party])
        assert marks.shown(by_id.body["claim"])["appearances"][0]["about"] == [{"id": party, "name": name}]

    def test_all_that_is_known_of_a_source_is_kept(self, marks: Marks) -> None:
        said = {
            "label": "two officials",
            "named": False,
            "count": 2,
            "ordinal": 2,
            "knowledge": "briefed",
            "ground_rule": "deep_background",
            "anonymity_reason": "They were not allowed to speak.",
        }
        shown = marks.shown(marks.claim_id(attribution=said))["appearances"][0]["attribution"]
        assert shown == {**said, "count": {"min": 2, "max": 2}}
        open_ended = marks.shown(marks.claim_id("The plan was kept.", attribution={"label": "x", "count": {"min": 3}}))
        assert open_ended["appearances"][0]["attribution"]["count"] == {"min": 3}

    def test_a_quote_is_one_piece_or_parts_and_may_hold_another(self, marks: Marks) -> None:
        speaker = {"label": "an official"}
        quotes = [
            {"exact": "It was a bad idea,", "speaker": speaker, "inner": [{"exact": "bad idea", "speaker": speaker}]},
            {"parts": ["It was a bad idea,", {"exact": "It stays one.", "block": "b1"}], "language": "en"},
        ]
        shown = marks.shown(marks.claim_id(quotes=quotes))["appearances"][0]["quotes"]
        assert [[part["exact"] for part in quote["parts"]] for quote in shown] == [
            ["It was a bad idea,"],
            ["It was a bad idea,", "It stays one."],
        ]
        assert shown[0]["inner"][0]["parts"][0]["exact"] == "bad idea"

    def test_words_of_an_older_version_are_marked_in_it(self, marks: Marks) -> None:
        url = f"{marks.url}/reports/{marks.report_id}/versions"
        assert marks.client.post(url, {"headline": "Strike", "text": "All of it is new."}).status == 201
        assert refusal(marks.claim()) == (422, "passage-not-found", ["/exact"])
        assert marks.claim(version=1).status == 201
        assert refusal(marks.claim(version=7)) == (404, "unknown-version", ["/version"])


class TestPassages:
    def test_words_that_do_not_stand_there_are_refused(self, marks: Marks) -> None:
        assert refusal(marks.claim("The plan was dropped.")) == (422, "passage-not-found", ["/exact"])

    def test_words_that_stand_there_twice_are_refused_with_the_places(self, marks: Marks) -> None:
        refused = marks.claim("The plan was")
        assert refusal(refused) == (422, "passage-ambiguous", ["/exact"])
        first, second = refused.body["candidates"]
        assert (first["block"], second["block"]) == ("b1", "b2")
        assert marks.claim("The plan was", block=second["block"]).status == 201
        assert marks.claim("The plan was", suffix=first["suffix"]).status == 201

    @pytest.mark.parametrize(
        ("quote", "pointer"),
        [
            ({"exact": "nowhere"}, "/quotes/1/exact"),
            ({"parts": ["It was a bad idea,", "nowhere"]}, "/quotes/1/parts/1"),
            ({"parts": ["It stays one.", "It was a bad idea,"]}, "/quotes/1/parts/1"),
            ({"parts": [{"exact": "nowhere"}]}, "/quotes/1/parts/0/exact"),
            ({"exact": "bad idea", "inner": [{"exact": "nowhere"}]}, "/quotes/1/inner/0/exact"),
            ({"exact": "bad idea", "inner": [{"parts": ["nowhere"]}]}, "/quotes/1/inner/0/parts/0"),
        ],
    )
    def test_the_part_of_a_quote_that_does_not_stand_there_is_named(
        self, marks: Marks, quote: dict[str, Any], pointer: str
    ) -> None:
        refused = marks.claim(quotes=[{"exact": "bad idea"}, quote])
        assert refusal(refused) == (422, "passage-not-found", [pointer])


class TestWhatAClaimIsRefusedFor:
    @pytest.mark.parametrize(
        ("changed", "pointers"),
        [
            ({"exact": "a" * 2001}, ["/exact"]),
            ({"exact": "\u200b"}, ["/exact"]),
            ({"statement": "a" * 1001}, ["/statement"]),
            ({"stance": "doubts"}, ["/stance"]),
            ({"version": 0}, ["/version"]),
            ({"version": "1"}, ["/version"]),
            ({"attribution": "an official"}, ["/attribution"]),
            ({"attribution": {}}, ["/attribution/label"]),
            ({"attribution": {"label": "a", "who": "b"}}, ["/attribution/who"]),
            ({"attribution": {"party": "A", "outlet": "B"}}, ["/attribution/outlet"]),
            ({"attribution": {"party": "A", "named": False}}, ["/attribution/named"]),
            ({"attribution": {"label": "A", "named": 1}}, ["/attribution/named"]),
            ({"attribution": {"label": "A", "count": 0}}, ["/attribution/count"]),
            ({"attribution": {"label": "A", "count": True}}, ["/attribution/count"]),
            ({"attribution": {"label": "A", "count": {}}}, ["/attribution/count"]),
            ({"attribution": {"label": "A", "count": {"min": 3, "max": 2}}}, ["/attribution/count/max"]),
            ({"attribution": {"label": "A", "via": [{"label": "B"}] * 11}}, ["/attribution/via"]),
            ({"quotes": [{}]}, ["/quotes/0/exact"]),
            ({"quotes": [{"exact": "a", "parts": ["a"]}]}, ["/quotes/0/parts"]),
            ({"quotes": [{"parts": []}]}, ["/quotes/0/parts"]),
            ({"quotes": [{"exact": "a"}] * 21}, ["/quotes"]),
            ({"about": ["a"] * 51}, ["/about"]),
            ({"source": "John Kelly"}, ["/source"]),
        ],
    )
    def test_what_is_wrong_in_the_request_is_named(
        self, marks: Marks, changed: dict[str, Any], pointers: list[str]
    ) -> None:
        assert refusal(marks.claim(**{"exact": "The plan was kept.", **changed})) == (422, "invalid-request", pointers)

    def test_a_source_within_a_source_ends_somewhere(self, marks: Marks) -> None:
        chain: dict[str, Any] = {"label": "the last"}
        for _ in range(3):
            chain = {"label": "another", "via": [chain]}
        assert marks.claim(attribution=chain).status == 201
        refused = marks.claim("The plan was kept.", attribution={"label": "one more", "via": [chain]})
        assert refusal(refused) == (422, "invalid-request", ["/attribution/via/0/via/0/via/0/via"])

    def test_one_request_mentions_so_many_and_no_more(self, marks: Marks) -> None:
        via = [{"party": f"P{n}", "via": [{"party": f"P{n}.{m}"} for m in range(10)]} for n in range(10)]
        quotes = [{"exact": "bad idea", "speaker": {"label": "a", "via": via}}] * 5
        refused = marks.claim(quotes=quotes)
        assert refusal(refused) == (422, "invalid-request", ["/quotes"])
        assert "at most 500 outlets and parties" in refused.body["detail"]
        parts = [{"parts": ["bad idea"] * 20, "inner": [{"parts": ["bad"] * 20}]}] * 13
        assert refusal(marks.claim(quotes=parts)) == (422, "invalid-request", ["/quotes"])

    @pytest.mark.parametrize("written", ["off_the_record", "Off the record", "off-record"])
    def test_what_was_said_off_the_record_is_refused_with_the_reason(self, marks: Marks, written: str) -> None:
        refused = marks.claim(attribution={"label": "an official", "ground_rule": written})
        assert refusal(refused) == (422, "invalid-request", ["/attribution/ground_rule"])
        assert "on the condition that it is not used" in refused.body["errors"][0]["detail"]

    def test_a_report_a_claim_and_a_source_that_are_not_there_are_named(self, marks: Marks) -> None:
        assert refusal(marks.claim(report="rpt_1")) == (404, "unknown-report", ["/report"])
        assert refusal(marks.claim(claim="clm_1")) == (404, "unknown-claim", ["/claim"])
        source = {"label": "a", "via": [{"report": "rpt_2"}]}
        assert refusal(marks.claim(attribution=source)) == (404, "unknown-report", ["/attribution/via/0/report"])
        nobody = {"party": "pty_01jh2r8m5efk0b3s0w1x5w6q7t"}
        assert refusal(marks.claim(attribution=nobody)) == (404, "unknown-party", ["/attribution/party"])

    def test_a_claim_says_one_thing(self, marks: Marks) -> None:
        claim = marks.claim_id(statement="There was a plan.")
        refused = marks.claim("The plan was kept.", claim=claim, statement="There was none.")
        assert refusal(refused) == (409, "statement-differs", ["/statement"])
        assert refused.body["statement"] == "There was a plan."

    def test_the_same_words_are_not_marked_on_another_footing(self, marks: Marks) -> None:
        claim = marks.claim_id()
        refused = marks.claim(claim=claim, stance="denies")
        assert (refused.status, refused.problem) == (409, "appearance-exists")
        assert (refused.body["claim_id"], refused.body["appearance"]) == (claim, 1)

    def test_a_token_marks_in_the_reports_of_its_outlets_alone(self, house: House, marks: Marks) -> None:
        post = house.client(Role.REPORTER, outlets=["The Washington Post"])
        theirs = Marks(post, marks.url, marks.report_id)
        assert (theirs.claim().status, theirs.claim().problem) == (403, "forbidden-outlet")
        assert (
            Marks(house.client(Role.REPORTER, outlets=["NBC News"]), marks.url, marks.report_id).claim().status == 201
        )

    def test_a_killed_report_takes_no_marks(self, marks: Marks) -> None:
        claim, other = marks.claim_id(), marks.claim_id("The plan was kept.")
        kill = {"reason": "It was false.", "public_note": "This report was withdrawn."}
        url = f"{marks.url}/reports/{marks.report_id}/kill"
        assert marks.client.post(url, kill, If_Match="*").status == 201
        assert refusal(marks.claim("Nobody else knew of it.")) == (410, "report-killed", ["/report"])
        assert refusal(marks.relate(claim, other)) == (409, "claim-fallen", ["/from"])


class TestRelations:
    def test_a_relation_keeps_whose_it_is_and_the_words_it_rests_on(self, marks: Marks) -> None:
        source, target = marks.claim_id(), marks.claim_id("The plan was kept.")
        basis = {"text": "Nobody else knew of it.", "report": marks.report_id}
        related = marks.relate(source, target, by="NBC News", basis=basis)
        assert (related.status, related.body["relation"][:4]) == (201, "rel_")
        (shown,) = marks.shown(target)["relations"]
        assert (shown["id"], shown["by"]["name"]) == (related.body["relation"], "NBC News")
        assert shown["basis"]["text"] == "Nobody else knew of it."
        assert [each["outlet"]["name"] for each in marks.shown(target)["standing"]["disputed"]] == ["NBC News"]

    def test_the_same_relation_is_one(self, marks: Marks) -> None:
        source, target = marks.claim_id(), marks.claim_id("The plan was kept.")
        first = marks.relate(source, target, basis="could")
        again = marks.relate(source, target, basis="could")
        assert (again.status, again.body["relation"]) == (200, first.body["relation"])

    def test_claims_of_two_stories_are_related_when_the_stories_are_linked(self, admin: Client, marks: Marks) -> None:
        other = admin.opens()
        there = Marks(admin, other["url"], admin.files(other, TEXT)["report_id"])
        far = {"story": other["slug"], "claim": there.claim_id()}
        here = marks.claim_id()
        assert refusal(marks.relate(here, far)) == (409, "relation-across-stories", ["/relation"])
        assert admin.post(f"{marks.url}/links", {"story": other["slug"], "relation": "related"}).status == 201
        assert marks.relate(here, far).status == 201
        assert there.shown(far["claim"])["standing"]["disputed"] != []
        assert refusal(marks.relate(here, far, "refines")) == (409, "relation-across-stories", ["/relation"])
        unknown = marks.relate(here, {"story": "nowhere", "claim": "clm_1"})
        assert refusal(unknown) == (404, "unknown-story", ["/to/story"])

    def test_nothing_relates_to_itself_or_to_what_is_not_there(self, marks: Marks) -> None:
        claim = marks.claim_id()
        assert refusal(marks.relate(claim, claim)) == (422, "relation-to-itself", ["/to"])
        assert refusal(marks.relate(claim, "clm_1")) == (404, "unknown-claim", ["/to"])

    def test_what_supersedes_does_not_go_round(self, marks: Marks) -> None:
        one, two, three = (marks.claim_id(exact) for exact in ("approved", "The plan was kept.", "Nobody else"))
        assert marks.relate(one, two, "supersedes").status == 201
        assert marks.relate(two, three, "supersedes").status == 201
        refused = marks.relate(three, one, "supersedes")
        assert refusal(refused) == (409, "relation-goes-round", ["/relation"])
        assert len(refused.body["relations"]) == 2

    def test_only_who_asserted_a_claim_retracts_it(self, marks: Marks) -> None:
        source, target = marks.claim_id(), marks.claim_id("The plan was kept.")
        assert refusal(marks.relate(source, target, "retracts")) == (409, "not-the-asserter", ["/relation"])
        assert refusal(marks.relate(source, target, "retracts", by="AFP")) == (409, "not-the-asserter", ["/by"])
        assert marks.relate(source, target, "retracts", by="NBC News").status == 201

    @pytest.mark.parametrize(
        ("changed", "pointers"),
        [
            ({"relation": "denies"}, ["/relation"]),
            ({"from": {"story": "a"}}, ["/from/claim"]),
            ({"from": 7}, ["/from"]),
            ({"basis": {"text": "a", "version": 1}}, ["/basis/report"]),
            ({"basis": ["a"]}, ["/basis"]),
            ({"by": ""}, ["/by"]),
        ],
    )
    def test_what_is_wrong_in_the_request_is_named(
        self, marks: Marks, changed: dict[str, Any], pointers: list[str]
    ) -> None:
        body = {"from": "clm_1", "to": "clm_2", "relation": "disputes", **changed}
        assert refusal(marks.client.post(f"{marks.url}/relations", body)) == (422, "invalid-request", pointers)

    def test_words_that_it_rests_on_stand_in_the_report_that_is_named(self, marks: Marks) -> None:
        source, target = marks.claim_id(), marks.claim_id("The plan was kept.")
        basis = {"text": "nowhere", "report": marks.report_id}
        assert refusal(marks.relate(source, target, basis=basis)) == (422, "passage-not-found", ["/basis/text"])


class TestOccurrences:
    def test_it_may_be_a_title_and_a_phrase(self, marks: Marks) -> None:
        recorded = marks.record(phrase="in spring of 2017")
        assert (recorded.status, recorded.body["occurrence"][:4]) == (201, "occ_")
        (entry,) = marks.client.get(recorded.body["url"]).body["items"]
        assert (entry["when"]["phrase"], entry["when"]["edtf"]) == ("in spring of 2017", "2017-21")

    def test_the_same_one_again_says_more_and_keeps_what_was_said(self, marks: Marks) -> None:
        first = marks.record(edtf="2017-06").body["occurrence"]
        again = marks.record(occurrence=first, phrase="in spring of 2017")
        assert (again.status, again.body["occurrence"]) == (201, first)
        entry, *_ = marks.client.get(again.body["url"]).body["items"]
        assert len(entry["accounts"]) == 2
        assert marks.record(occurrence=first, phrase="in spring of 2017").status == 200

    def test_it_is_placed_by_another(self, marks: Marks) -> None:
        office = marks.record("Taking office", edtf="2017-01-20").body["occurrence"]
        anchor = {"occurrence": office, "direction": "after"}
        marks.record(phrase="as early as five months after taking office", anchor=anchor)
        placed = marks.client.get(f"{marks.url}/timeline").body["items"][1]
        assert (placed["when"]["edtf"], placed["when"]["anchor"]["offset"]) == ("2017-06", "P5M")

    @pytest.mark.parametrize(
        ("sent", "refused"),
        [
            ({"title": ""}, ("invalid-request", ["/title"])),
            ({"edtf": "June"}, ("bad-date", ["/edtf"])),
            ({"phrase": "a" * 501}, ("invalid-request", ["/phrase"])),
            ({"hemisphere": "west"}, ("invalid-request", ["/hemisphere"])),
            ({"anchor": {"occurrence": "occ_1"}}, ("invalid-request", ["/anchor/direction"])),
            ({"parties": "Somebody"}, ("invalid-request", ["/parties"])),
        ],
    )
    def test_what_is_wrong_in_the_request_is_named(
        self, marks: Marks, sent: dict[str, Any], refused: tuple[str, list[str]]
    ) -> None:
        assert refusal(marks.record(**{"title": "It happened", **sent})) == (422, *refused)

    def test_an_offset_that_is_none_and_an_occurrence_that_is_not_there_are_named(self, marks: Marks) -> None:
        there = marks.record(edtf="2017").body["occurrence"]
        anchor = {"occurrence": there, "direction": "after", "offset": "five months"}
        assert refusal(marks.record("B", anchor=anchor)) == (422, "bad-date", ["/anchor/offset"])
        anchor = {"occurrence": "occ_1", "direction": "after"}
        assert refusal(marks.record("B", anchor=anchor)) == (404, "unknown-annotation", ["/anchor/occurrence"])
        assert refusal(marks.record("B", occurrence="occ_1")) == (404, "unknown-annotation", ["/occurrence"])


class TestLinksAndWithdrawals:
    def test_two_stories_know_of_each_other(self, admin: Client, story: dict[str, Any]) -> None:
        other = admin.opens()
        linked = admin.post(f"{story['url']}/links", {"story": other["id"], "relation": "partOf"})
        assert linked.status == 201
        assert admin.post(f"{story['url']}/links", {"story": other["slug"], "relation": "partOf"}).status == 200
        for url, end, inverse in ((story["url"], other, False), (other["url"], story, True)):
            (shown,) = admin.get(f"{url}/links").body["items"]
            assert (shown["story_id"], shown["inverse"]) == (end["id"], inverse)

    def test_a_story_is_linked_with_another_that_is_there(self, admin: Client, story: dict[str, Any]) -> None:
        url = f"{story['url']}/links"
        itself = admin.post(url, {"story": story["slug"], "relation": "related"})
        assert refusal(itself) == (422, "relation-to-itself", ["/story"])
        for nowhere in ("nowhere", "sty_01jh2r8m5efk0b3s0w1x5w6q7t"):
            refused = admin.post(url, {"story": nowhere, "relation": "related"})
            assert refusal(refused) == (404, "unknown-story", ["/story"])
        refused = admin.post(url, {"story": "nowhere", "relation": "sister"})
        assert refusal(refused) == (422, "invalid-request", ["/relation"])

    def test_what_was_withdrawn_leaves_the_story_and_stays_in_its_history(self, marks: Marks) -> None:
        claim = marks.claim_id()
        assert marks.withdraw(claim).status == 201
        assert marks.client.get(f"{marks.url}/claims").body["items"] == []
        assert "withdr" in marks.client.get(f"{marks.url}/revisions").body["items"][0]["sentence"]
        assert marks.withdraw(claim).status == 200
        refused = marks.claim(claim=claim)
        assert (refused.status, refused.problem) == (409, "annotation-withdrawn")

    def test_one_appearance_is_withdrawn_by_its_number(self, marks: Marks) -> None:
        claim = marks.claim_id()
        marks.claim("The plan was kept.", claim=claim)
        assert marks.withdraw(f"{claim}/1").status == 201
        assert [each["number"] for each in marks.shown(claim)["appearances"]] == [2]

    def test_what_is_not_there_can_not_be_withdrawn(self, marks: Marks) -> None:
        assert refusal(marks.withdraw("clm_1/2")) == (404, "unknown-annotation", ["/target"])


def test_who_only_reads_marks_nothing_and_who_only_files_withdraws_nothing(house: House, marks: Marks) -> None:
    subscriber = Marks(house.client(Role.SUBSCRIBER), marks.url, marks.report_id)
    for refused in (subscriber.claim(), subscriber.relate("clm_1", "clm_2"), subscriber.record()):
        assert (refused.status, refused.problem) == (403, "forbidden")
    reporter = Marks(house.client(Role.REPORTER), marks.url, marks.report_id)
    claim = reporter.claim_id()
    assert (reporter.withdraw(claim).status, reporter.record(edtf="2017").status) == (403, 201)
