"""What is asked over all stories: what a party said, what was said of it, and what was set right or taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.api.telling import C_AT, Telling, tell
from tests.asking import Client, House
from tracker.access.permissions import Role
from tracker.clock import StoryClock


@pytest.fixture
def house(migrated_url: str) -> Iterator[House]:
    opened = House(migrated_url, StoryClock(datetime(2020, 1, 3, tzinfo=UTC)))
    yield opened
    opened.close()


@pytest.fixture
def telling(house: House) -> Telling:
    told = tell(house, house.client())
    house.follow()
    return told


def named(client: Client, party: str, how: str, **query: Any) -> list[dict[str, Any]]:
    path = f"/v1/parties/{party}/{how}?" + "&".join(f"{name}={value}" for name, value in query.items())
    return [item for page in client.pages(path) for item in page.body["items"]]


def acts(telling: Telling, report: str, act: str, body: dict[str, Any]) -> None:
    """Correct or kill a report."""
    telling.at(telling.house.clock.recorded_now() + timedelta(seconds=1))
    url = f"{telling.url}/reports/{telling.ids[report]}"
    tag = telling.client.get(url).etag
    done = telling.client.post(f"{url}/{act}", body, If_Match=tag)
    assert done.status in (200, 201), done.raw
    telling.house.follow()


class TestParties:
    def test_what_a_party_said_is_told_with_the_way_it_came(self, telling: Telling) -> None:
        said = named(telling.client, "Donald Trump", "said")
        assert [(each["claim_id"], each["parts"]) for each in said] == [(telling.ids["june"], ["speaker"])]
        assert said[0]["place"]["outlet"]["name"] == "NBC News"
        assert said[0]["story"]["id"] == telling.story["id"]

    def test_what_was_said_of_it_is_told_newest_first_a_page_at_a_time(self, telling: Telling) -> None:
        about = named(telling.client, "Donald Trump", "about", limit=1)
        assert [each["claim_id"] for each in about] == [telling.ids["spring"], telling.ids["june"]]

    def test_an_occurrence_tells_what_the_party_was_when_it_happened(self, telling: Telling) -> None:
        found = telling.client.get("/v1/parties/John%20Bolton")
        roles = [
            {"title": "National Security Adviser", "from": "2018-04", "to": "2019-09"},
            {"title": "Author", "from": "2020"},
        ]
        telling.client.patch(f"/v1/parties/{found.body['id']}", {"roles": roles}, If_Match=found.etag)
        (about,) = named(telling.client, "John Bolton", "about")
        assert about["occurrence_id"] == telling.ids["drone"]
        assert about["when"]["phrase"] == "June"
        assert [each["title"] for each in about["roles"]] == ["National Security Adviser"]

    def test_what_was_merged_into_it_speaks_for_it(self, telling: Telling) -> None:
        telling.claims("again", "C", "An old idea", statement="Another.", about=["The President"])
        telling.house.follow()
        gone = telling.client.get("/v1/parties/The%20President").body["id"]
        left = telling.client.get("/v1/parties/Donald%20Trump").body["id"]
        assert telling.client.post(f"/v1/parties/{gone}/merge", {"into": left}).status == 200
        telling.house.follow()
        about = named(telling.client, left, "about")
        assert about[0]["claim_id"] == telling.ids["again"]
        assert len(about) == 3
        assert telling.client.get(f"/v1/parties/{gone}/about").status == 308

    def test_a_marking_that_is_withdrawn_is_told_no_longer(self, telling: Telling) -> None:
        body = {"target": telling.ids["spring"], "reason": "Not said."}
        assert telling.client.post(f"{telling.url}/withdrawals", body).status == 201
        # Before the list has come to it, the story tells that it is gone; after that there is no row any more.
        for _ in range(2):
            assert [each["claim_id"] for each in named(telling.client, "Donald Trump", "about")] == [
                telling.ids["june"]
            ]
            telling.house.follow()

    def test_what_was_killed_or_redacted_is_told_of_nobody(self, telling: Telling) -> None:
        acts(telling, "C", "kill", {"reason": "x", "public_note": "Withdrawn."})
        assert [each["claim_id"] for each in named(telling.client, "Donald Trump", "about")] == [telling.ids["june"]]
        assert named(telling.client, "James Mattis", "about") == []

    def test_what_is_held_is_told_to_whoever_may_see_it_alone(self, telling: Telling) -> None:
        body = {"target": telling.ids["C"], "kind": "publication", "reason": "legal"}
        held = telling.client.post(f"{telling.url}/holds", body)
        assert held.status in (200, 201)
        public = telling.house.client(Role.SUBSCRIBER)
        for _ in range(2):
            assert [each["claim_id"] for each in named(public, "Donald Trump", "about", limit=1)] == [
                telling.ids["june"]
            ]
            assert len(named(telling.client, "Donald Trump", "about")) == 2
            telling.house.follow()

    def test_whoever_may_not_see_many_in_a_row_pages_on_past_them(self, telling: Telling) -> None:
        for number, exact in enumerate(("An old idea", "Not a hard one", "Mattis", "resisted", "floated", "spring")):
            telling.claims(f"c{number}", "C", exact, statement=f"Claim {number}.", about=["Donald Trump"])
        body = {"target": telling.ids["C"], "kind": "publication", "reason": "legal"}
        assert telling.client.post(f"{telling.url}/holds", body).status in (200, 201)
        telling.house.follow()
        public = telling.house.client(Role.SUBSCRIBER)
        first = public.get("/v1/parties/Donald%20Trump/about?limit=1").body
        assert (first["items"], first["next"] is None) == ([], False)
        assert [each["claim_id"] for each in named(public, "Donald Trump", "about", limit=1)] == [telling.ids["june"]]

    def test_a_client_may_wait_for_its_own_marking(self, telling: Telling) -> None:
        marked = telling.claims("more", "C", "An old idea", statement="More.", about=["Donald Trump"])
        place = f"{telling.story['id']}@{marked['revision']}"
        telling.house.follow()
        page = telling.client.get(f"/v1/parties/Donald%20Trump/about?wait_for={place}")
        assert page.body["items"][0]["claim_id"] == telling.ids["more"]
        assert page.body["as_at_position"] > 0

    def test_an_unknown_party_is_not_found(self, telling: Telling) -> None:
        assert telling.client.get("/v1/parties/Nobody/said").problem == "unknown-party"


class TestCorrections:
    NOTE = {"headline": "C", "text": "He floated it in summer.", "note": {"text": "It was summer."}}  # noqa: RUF012

    def corrected(self, telling: Telling) -> None:
        acts(telling, "C", "corrections", self.NOTE)
        acts(telling, "A", "kill", {"reason": "x", "public_note": "Withdrawn."})

    def kinds(self, client: Client, query: str = "") -> list[str]:
        items = [item for page in client.pages(f"/v1/corrections?{query}") for item in page.body["items"]]
        return [item["correction"]["kind"] for item in items]

    def test_they_are_told_over_all_stories_the_newest_first(self, telling: Telling) -> None:
        self.corrected(telling)
        other = tell(telling.house, telling.client)
        acts(other, "B", "corrections", {**self.NOTE, "kind": "retraction"})
        assert self.kinds(telling.client) == ["retraction", "kill", "correction"]
        first = telling.client.get("/v1/corrections").body["items"][0]
        assert (first["story"]["id"], first["correction"]["note"]["text"]) == (other.story["id"], "It was summer.")

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("limit=1", ["kill", "correction"]),
            ("kind=kill", ["kill"]),
            ("kind=redaction", []),
            ("outlet=the%20washington%20post", ["correction"]),
            ("outlet=The%20Wire&kind=correction", []),
            ("outlet=Nobody", []),
            (f"since={(C_AT + timedelta(days=2, seconds=2)).isoformat().replace('+00:00', 'Z')}", ["kill"]),
        ],
    )
    def test_they_are_asked_for_by_outlet_kind_and_time(
        self, telling: Telling, query: str, expected: list[str]
    ) -> None:
        self.corrected(telling)
        assert self.kinds(telling.client, query) == expected

    def test_of_a_held_report_they_are_told_to_whoever_may_see_it_alone(self, telling: Telling) -> None:
        self.corrected(telling)
        body = {"target": telling.ids["C"], "kind": "publication", "reason": "legal"}
        assert telling.client.post(f"{telling.url}/holds", body).status in (200, 201)
        public = telling.house.client(Role.SUBSCRIBER)
        assert (self.kinds(public), self.kinds(telling.client)) == (["kill"], ["kill", "correction"])
        assert "summer" not in public.get("/v1/corrections").raw.decode()
