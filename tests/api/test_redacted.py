"""What was redacted is shown as redacted, by every route that shows a story, and its words by none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest

from tests.asking import Client, House, report
from tests.chronicle import follow
from tests.web.visiting import Visitor
from tracker.clock import StoryClock
from tracker.handling import Asked, Handler
from tracker.projections.following import all_followers
from tracker.stories.commands import RedactContent

SECRET = "Quartermaine"
URI = "https://nbc.example/strike"


@pytest.fixture
def house(migrated_url: str) -> Iterator[House]:
    """With a database of its own, since its whole log is looked at."""
    opened = House(migrated_url, StoryClock(datetime(2020, 1, 3, tzinfo=UTC)))
    yield opened
    opened.close()


@pytest.fixture
def admin(house: House) -> Client:
    return house.client()


@pytest.fixture
def receipt(admin: Client) -> dict[str, Any]:
    """Of a report of three versions, the second of which says what it should not."""
    filed = admin.files(admin.opens(), "One.", uri=URI)
    secret = report(f"{SECRET} said so.", headline=f"{SECRET} speaks", byline=SECRET)
    del secret["outlet"], secret["uri"]
    correct(admin, filed, {**secret, "note": {"text": f"{SECRET}.", "wrong": SECRET, "right": SECRET}})
    third = report("Three.")
    del third["outlet"], third["uri"]
    assert admin.post(f"{filed['url']}/versions", third).status == 201
    return filed


def correct(admin: Client, filed: dict[str, Any], body: dict[str, Any]) -> None:
    etag = admin.get(filed["url"]).etag
    assert admin.post(f"{filed['url']}/corrections", body, If_Match=etag).status == 201


def redact(house: House, admin: Client, filed: dict[str, Any], version: int | None) -> None:
    target = f"{filed['report_id']}/{version}" if version else filed["report_id"]
    command = RedactContent(story_id=filed["story"], target=target, reason="A source.", authority="The editor")
    Handler(house.database, house.clock, house.settings).handle(command, Asked(admin.token, "req_1"))
    follow(house.database, *all_followers(house.settings))


#: Arguments of addresses that are of something else than a report's words.
_NOT_OF_IT = {"endpoint", "endpoint_id", "outlet", "filename", "hold"}


def mark(admin: Client, filed: dict[str, Any]) -> str:
    """Mark what the second version says, in its words; returns the claim's id."""
    words = f"{SECRET} said so."
    marked = {"report": filed["report_id"], "version": 2, "exact": words, "about": ["A Witness"]}
    answer = admin.post(f"/v1/stories/{filed['story']}/claims", {**marked, "quotes": [{"parts": [SECRET]}]})
    assert answer.status == 201, answer.raw
    return str(answer.body["claim"])


def ask(admin: Client, filed: dict[str, Any]) -> str:
    """Ask a second person for the redaction of the first version; returns the request's id."""
    asked = {"target": f"{filed['report_id']}/1", "reason": "A source.", "authority": "The editor"}
    answer = admin.post(f"/v1/stories/{filed['story']}/redactions", asked)
    assert answer.status in (201, 202), answer.raw
    return str(answer.body["request"])


def addresses(house: House, filed: dict[str, Any], **marked: str) -> list[str]:
    """Every address that answers GET, of this story where it is of a story; each state, version and comparison.

    ``marked``: the ids of what is marked and asked for in it, by the names that they have in addresses.
    """
    given = {"story": filed["story"], "report": filed["report_id"], "type": "content.redacted", "name": "redacted"}
    given |= {"party": "A Witness", **marked}
    found = []
    for rule in house.app.url_map.iter_rules():
        missing = rule.arguments - given.keys() - {"a", "b"}
        if "GET" not in (rule.methods or ()) or missing & _NOT_OF_IT:
            continue
        assert not missing, f"{rule} has arguments that this test doesn't know"
        address = rule.rule.replace("/<a>...<b>", "/{a}...{b}")
        for name, value in given.items():
            address = address.replace(f"<{name}>", value)
        found += _variants(address)
    return found


def _variants(address: str) -> list[str]:
    pairs = list(product(range(1, 6), repeat=2))
    if "{a}" in address:
        return [address.format(a=a, b=b) for a, b in pairs]
    if address.endswith("/compare") and "schemas" not in address:
        return [f"{address}?a={a}&b={b}" for a, b in pairs]
    if address.rpartition("/")[2].startswith("rpt_"):
        return [address, *(f"{address}?version={number}" for number in range(1, 4))]
    if address.rpartition("/")[2].startswith("sty_"):
        return [address, *(f"{address}?revision={number}" for number in range(1, 6))]
    if address.endswith("/withdraw"):
        return []  # It asks what is to be withdrawn, and shows nothing but that.
    if address.endswith("/v1/log/proof"):
        return [f"{address}?position=1"]
    return [address]


@pytest.mark.parametrize("version", [2, None])
def test_every_address_still_answers_and_none_says_a_word_of_it(
    house: House, admin: Client, receipt: dict[str, Any], version: int | None
) -> None:
    known = addresses(house, receipt, claim=mark(admin, receipt), request_id=ask(admin, receipt))
    follow(house.database, *all_followers(house.settings))
    visitor = Visitor(house, house.app, admin.token)
    there = [address for address in known if "5" not in address.rpartition("/")[2]]
    assert sum(SECRET in said(admin, visitor, address) for address in there) > 10
    redact(house, admin, receipt, version)
    assert len(known) > 60
    for address in known:
        assert SECRET not in said(admin, visitor, address), address


def said(admin: Client, visitor: Visitor, address: str) -> str:
    if not address.startswith(("/v1", "/openapi", "/livez", "/readyz")):
        page = visitor.follow(address)
        assert page.status == 200, address
        return page.html
    answer = admin.get(address)
    # A timegate leads on.
    assert answer.status in (200, 302), (address, answer.raw)
    return answer.raw.decode()


def test_a_report_says_that_it_was_redacted(house: House, admin: Client, receipt: dict[str, Any]) -> None:
    redact(house, admin, receipt, None)
    shown = admin.get(receipt["url"]).body
    assert (shown["redacted"], shown["headline"], shown["byline"], shown["uri"], shown["blocks"]) == (
        True,
        "",
        None,
        None,
        [],
    )
    assert [(each["versions"], each["reason"]) for each in shown["redactions"]] == [([1, 2, 3], "A source.")]
    versions = admin.get(f"{receipt['url']}/versions").body["items"]
    assert [(each["version"], each["redacted"], each["headline"]) for each in versions] == [
        (n, True, "") for n in (1, 2, 3)
    ]
    assert "authority" not in str(shown)


def test_of_a_version_that_was_not_redacted_everything_is_shown(
    house: House, admin: Client, receipt: dict[str, Any]
) -> None:
    before = admin.get(f"{receipt['url']}?version=1").body
    redact(house, admin, receipt, 2)
    after = admin.get(f"{receipt['url']}?version=1").body
    assert (after["redacted"], after["blocks"], after["uri"]) == (False, before["blocks"], URI)
    assert admin.get(f"{receipt['url']}?version=2").body["redacted"] is True


def test_etags_change_with_a_redaction(house: House, admin: Client, receipt: dict[str, Any]) -> None:
    story = f"/v1/stories/{receipt['story']}"
    looked_at = (story, f"{story}?revision=3", receipt["url"], f"{receipt['url']}?version=1", f"{story}/compare/1...3")
    before = {address: admin.get(address).etag for address in looked_at}
    redact(house, admin, receipt, 2)
    for address, etag in before.items():
        answer = admin.get(address, If_None_Match=etag)
        assert (answer.status, answer.etag != etag) == (200, True), address


def test_who_has_read_the_report_before_it_was_redacted_does_not_correct_it_unseen(
    house: House, admin: Client, receipt: dict[str, Any]
) -> None:
    etag = admin.get(receipt["url"]).etag
    redact(house, admin, receipt, 3)
    body = {"headline": "Strike", "text": "Four.", "note": {"text": "It was four."}}
    assert admin.post(f"{receipt['url']}/corrections", body, If_Match=etag).problem == "stale"


def test_the_etag_of_a_receipt_is_that_of_the_report_also_after_a_redaction(
    house: House, admin: Client, receipt: dict[str, Any]
) -> None:
    redact(house, admin, receipt, 2)
    body = {"headline": "Strike", "text": "Four."}
    answer = admin.post(f"{receipt['url']}/versions", body)
    assert answer.etag == admin.get(receipt["url"]).etag


def test_a_compare_names_the_redaction_and_does_not_compare_what_is_gone(
    house: House, admin: Client, receipt: dict[str, Any]
) -> None:
    redact(house, admin, receipt, 2)
    compared = admin.get(f"/v1/stories/{receipt['story']}/compare/2...3").body
    (entry,) = compared["reports"]
    assert (entry["redacted"], entry["fields"], entry["headline"], entry["text"]) == (True, [], None, None)
    assert compared["redactions"] == []
    whole = admin.get(f"/v1/stories/{receipt['story']}/compare/2...5").body
    assert [(each["op"], each["versions"], each["revision"]) for each in whole["redactions"]] == [("insert", [2], 5)]
    (entry,) = whole["reports"]
    assert (entry["redacted"], entry["text"] is None) == (False, False)


def test_the_history_and_the_feed_tell_of_it(house: House, admin: Client, receipt: dict[str, Any]) -> None:
    redact(house, admin, receipt, 2)
    rows = admin.get(f"/v1/stories/{receipt['story']}/revisions").body["items"]
    assert (rows[0]["type"], rows[0]["report_id"], rows[0]["version"]) == ("content.redacted", receipt["report_id"], 2)
    assert (
        rows[0]["sentence"]
        == "The desk redacted version 2 of NBC News’s “Strike”, on the authority of The editor: A source."
    )
    assert rows[2]["sentence"] == "NBC News corrected a report (version 2); what it said was redacted."
    events = admin.get("/v1/feed").body["items"]
    assert events[-1]["data"] == {"target": f"{receipt['report_id']}/2", "reason": "A source."}
    assert [event["revision"] for event in events if event["data"].get("redacted")] == [3]
    only = admin.get(f"/v1/stories/{receipt['story']}/revisions?type=content.redacted").body["items"]
    assert [row["revision"] for row in only] == [5]


def test_what_was_redacted_is_not_filed_again_at_its_address(
    house: House, admin: Client, receipt: dict[str, Any]
) -> None:
    redact(house, admin, receipt, None)
    answer = admin.post(f"/v1/stories/{receipt['story']}/reports", report("One.", uri=URI))
    assert (answer.status, answer.problem) == (409, "redacted")
