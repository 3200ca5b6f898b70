"""What rides along in a filing: all or nothing, and the answer names what was made."""

from __future__ import annotations

from typing import Any

import pytest

from tests.asking import Answer, Client, House, report
from tracker.access.permissions import Role

TEXT = "Officials said that it was imminent.\n\nThe plan was approved in June, which could undermine that."


@pytest.fixture
def story(admin: Client) -> dict[str, Any]:
    return admin.opens()


def filing(**given: Any) -> dict[str, Any]:
    """A report with two claims, of which one disputes the other, and two occurrences, one after the other."""
    return report(
        TEXT,
        claims=[
            {"exact": "it was imminent", "attribution": {"label": "officials"}},
            {"exact": "The plan was approved in June"},
        ],
        relations=[
            {"from": "/claims/1", "to": "/claims/0", "relation": "disputes", "basis": "could", "by": "NBC News"}
        ],
        occurrences=[
            {"title": "The plan is approved", "phrase": "in June"},
            {"title": "The strike", "anchor": {"occurrence": "/occurrences/0", "direction": "after"}},
        ],
        **given,
    )


def post(client: Client, story: dict[str, Any], body: dict[str, Any], **headers: str) -> Answer:
    return client.post(f"{story['url']}/reports", body, **headers)


def test_the_answer_names_all_that_was_made(admin: Client, story: dict[str, Any]) -> None:
    filed = post(admin, story, filing())
    assert filed.status == 201
    assert [len(filed.body[name]) for name in ("claims", "relations", "occurrences")] == [2, 1, 2]
    shown = {each["id"]: each for each in admin.get(f"{story['url']}/claims").body["items"]}
    imminent, approved = (shown[claim] for claim in filed.body["claims"])
    assert (imminent["statement"], approved["statement"]) == ("it was imminent", "The plan was approved in June")
    assert imminent["relations"][0]["from"]["claim_id"] == approved["id"]
    # The opening, and then a revision for the report and for each of the five.
    assert filed.body["revision"] == 7
    assert admin.get(filed.body["url"]).etag == filed.etag


def test_it_is_one_act(admin: Client, story: dict[str, Any]) -> None:
    post(admin, story, filing())
    rows = admin.get(f"{story['url']}/revisions").body["items"]
    assert len({row["correlation_id"] for row in rows}) == 2


def test_filed_again_it_is_the_first_answer(admin: Client, story: dict[str, Any]) -> None:
    sent = filing()
    first = post(admin, story, sent)
    admin.files(story)
    again = post(admin, story, sent)
    assert again.status == 200
    assert again.body == {**first.body, "position": None, "new_outlet": False, "new_outlets": []}
    assert again.etag == first.etag


def test_with_an_idempotency_key_the_answer_is_the_same(admin: Client, story: dict[str, Any]) -> None:
    sent = filing()
    answers = [post(admin, story, sent, Idempotency_Key="key-of-a-filing") for _ in "ab"]
    assert [answer.body["claims"] for answer in answers] == [answers[0].body["claims"]] * 2


def test_new_outlets_and_parties_are_named(admin: Client, story: dict[str, Any]) -> None:
    party, outlet = f"Somebody of {story['slug']}", f"A paper of {story['slug']}"
    filed = post(admin, story, filing(outlet=outlet) | {"relations": [], "claims": [_by(party)]})
    assert (filed.body["new_outlet"], filed.body["new_outlets"], filed.body["new_parties"]) == (True, [outlet], [party])


def _by(party: str) -> dict[str, Any]:
    return {"exact": "it was imminent", "attribution": {"party": party}}


def test_prefer_lenient_marks_in_the_next_version(admin: Client, story: dict[str, Any]) -> None:
    sent = filing()
    first = post(admin, story, sent)
    later = {**sent, "text": f"{TEXT}\n\nMore is known.", "occurrences": []}
    filed = post(admin, story, later, Prefer="handling=lenient")
    assert (filed.status, filed.body["version"], len(filed.body["claims"])) == (201, 2, 2)
    assert not {*first.body["claims"]} & {*filed.body["claims"]}


def test_an_occurrence_may_say_more_of_another_of_the_same_filing(admin: Client, story: dict[str, Any]) -> None:
    occurrences = [
        {"title": "It is discussed", "edtf": "2017-06"},
        {"title": "It is discussed", "phrase": "in spring of 2017", "occurrence": "/occurrences/0"},
    ]
    filed = post(admin, story, report(TEXT, occurrences=occurrences))
    assert len({*filed.body["occurrences"]}) == 1
    (entry,) = admin.get(f"{story['url']}/timeline").body["items"]
    assert len(entry["accounts"]) == 2


def test_a_report_cites_others_of_the_story(admin: Client, story: dict[str, Any]) -> None:
    first = admin.files(story)["report_id"]
    assert post(admin, story, report(cites=[first, first])).status == 201
    refused = post(admin, story, report(cites=[first, "rpt_1"]))
    assert (refused.status, refused.problem, refused.pointers) == (404, "unknown-report", ["/cites/1"])


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({"claims": [{"exact": "nowhere"}]}, (422, "passage-not-found", ["/claims/0/exact"])),
        (
            {"claims": [{"exact": "it was imminent", "quotes": [{"exact": "nowhere"}]}]},
            (422, "passage-not-found", ["/claims/0/quotes/0/exact"]),
        ),
        ({"claims": [{"statement": "A"}]}, (422, "invalid-request", ["/claims/0/exact"])),
        ({"claims": [{"exact": "A", "report": "rpt_1"}]}, (422, "invalid-request", ["/claims/0/report"])),
        ({"claims": [{"exact": "it was imminent", "claim": "clm_1"}]}, (404, "unknown-claim", ["/claims/0/claim"])),
        ({"claims": [{"exact": "A"}] * 101}, (422, "invalid-request", ["/claims"])),
        (
            {"relations": [{"from": "/claims/0", "to": "/claims/2"}]},
            (422, "invalid-request", ["/relations/0/relation"]),
        ),
        (
            {"relations": [{"from": "/claims/0", "to": "/claims/2", "relation": "refines"}]},
            (422, "invalid-request", ["/relations/0/to"]),
        ),
        (
            {"relations": [{"from": "/claims/0", "to": "/claims/0", "relation": "refines"}]},
            (422, "relation-to-itself", ["/relations/0/to"]),
        ),
        (
            {"relations": [{"from": "/claims/0", "to": "clm_1", "relation": "refines"}]},
            (404, "unknown-claim", ["/relations/0/to"]),
        ),
        (
            {"relations": [{"from": "/claims/0", "to": {"story": "a", "claim": "b"}, "relation": "refines"}]},
            (422, "invalid-request", ["/relations/0/to"]),
        ),
        (
            {"occurrences": [{"title": "A", "basis": "nowhere"}]},
            (422, "passage-not-found", ["/occurrences/0/basis"]),
        ),
        ({"occurrences": [{"title": "A", "edtf": "June"}]}, (422, "bad-date", ["/occurrences/0/edtf"])),
        (
            {"occurrences": [{"title": "A", "anchor": {"occurrence": "/occurrences/0", "direction": "after"}}]},
            (422, "invalid-request", ["/occurrences/0/anchor/occurrence"]),
        ),
        ({"embargoed_until": "soon"}, (422, "invalid-request", ["/embargoed_until"])),
    ],
)
def test_if_one_thing_is_refused_nothing_is_filed_and_its_place_is_named(
    admin: Client, story: dict[str, Any], changed: dict[str, Any], refused: tuple[int, str, list[str]]
) -> None:
    before = admin.get(story["url"]).body
    answer = post(admin, story, {**filing(), "relations": [], **changed})
    assert (answer.status, answer.problem, answer.pointers) == refused
    assert admin.get(story["url"]).body == before


def test_one_filing_mentions_so_many_and_no_more(admin: Client, story: dict[str, Any]) -> None:
    about = [{"exact": "it was imminent", "about": [f"P{n}.{m}" for m in range(50)]} for n in range(10)]
    refused = post(admin, story, report(TEXT, claims=about))
    assert (refused.status, refused.problem, refused.pointers) == (422, "invalid-request", ["/claims"])
    assert "at most 500" in refused.body["detail"]


def test_what_is_there_already_is_meant_by_its_place_and_not_made_twice(admin: Client, story: dict[str, Any]) -> None:
    first = post(admin, story, report(TEXT, occurrences=[{"title": "Taking office", "edtf": "2017-01-20"}]))
    occurrences = [
        {"title": "Taking office", "edtf": "2017-01-20"},
        {"title": "Later", "anchor": {"occurrence": "/occurrences/0", "direction": "after"}},
    ]
    claims = [{"exact": "it was imminent"}, {"exact": "it was imminent"}, {"exact": "The plan was approved"}]
    relations = [{"from": "/claims/2", "to": "/claims/1", "relation": "disputes"}]
    second = post(admin, story, report(TEXT, occurrences=occurrences, claims=claims, relations=relations))
    assert (second.status, len(second.body["occurrences"]), len(second.body["claims"])) == (201, 1, 2)
    entries = admin.get(f"{story['url']}/timeline").body["items"]
    assert [each["id"] for each in entries] == [*first.body["occurrences"], *second.body["occurrences"]]
    assert entries[1]["when"]["anchor"]["occurrence"] == first.body["occurrences"][0]
    disputed = admin.get(f"{story['url']}/claims/{second.body['claims'][0]}").body
    assert [each["from"]["claim_id"] for each in disputed["relations"]] == [second.body["claims"][1]]


def test_a_token_relates_on_behalf_of_its_outlets_alone(house: House, story: dict[str, Any]) -> None:
    nbc = house.client(Role.REPORTER, outlets=["NBC News"])
    sent = filing()
    sent["relations"][0]["by"] = "The Washington Post"
    refused = post(nbc, story, sent)
    assert (refused.status, refused.problem, refused.pointers) == (403, "forbidden-outlet", ["/relations/0/by"])
    assert post(nbc, story, filing()).status == 201
