"""Endpoints: where somebody wants to be told. They are their maker's alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.asking import Client, House
from tests.webhooks.subscribers import deliveries_of, plan
from tracker.access.permissions import Role
from tracker.api.paging import encode_cursor
from tracker.clock import Clock
from tracker.ids import new_id
from tracker.webhooks import endpoints

URL = "https://subscriber.example/hooks"


@pytest.fixture
def subscriber(house: House) -> Client:
    return house.client(Role.SUBSCRIBER)


def made(client: Client, **given: Any) -> dict[str, Any]:
    """A new endpoint."""
    answer = client.post("/v1/endpoints", {"url": URL, **given})
    assert answer.status == 201, answer.raw
    return dict(answer.body)


class TestMaking:
    def test_its_secret_is_shown_once(self, subscriber: Client) -> None:
        new = subscriber.post("/v1/endpoints", {"url": URL, "types": ["report.corrected", "report.filed"]})
        assert new.status == 201
        secret = new.body.pop("secret")
        assert secret.startswith("whsec_")
        assert (new.body["url"], new.body["types"], new.body["stories"]) == (
            URL,
            ["report.corrected", "report.filed"],
            None,
        )
        shown, listed = subscriber.get(new.headers["Location"]), subscriber.get("/v1/endpoints")
        assert shown.body == new.body
        assert listed.body == {"items": [new.body], "next": None}
        assert secret.encode() not in shown.raw + listed.raw

    def test_it_may_be_limited_to_stories_by_any_of_their_names(self, admin: Client, subscriber: Client) -> None:
        stories = [admin.opens() for _ in range(3)]
        admin.patch(stories[2]["url"], {"slug": f"{stories[2]['slug']}-now"}, If_Match="*")
        names = [stories[0]["id"], stories[1]["slug"], stories[2]["slug"]]
        assert made(subscriber, stories=names)["stories"] == sorted(story["id"] for story in stories)

    @pytest.mark.parametrize(
        ("body", "problem", "pointers"),
        [
            ({}, "invalid-request", ["/url"]),
            ({"url": "subscriber.example"}, "invalid-request", ["/url"]),
            ({"url": "http://127.0.0.1:8000/"}, "address-not-allowed", ["/url"]),
            ({"url": "https://[::1]/"}, "address-not-allowed", ["/url"]),
            ({"url": "https://169.254.169.254/latest"}, "address-not-allowed", ["/url"]),
            ({"url": URL, "types": []}, "invalid-request", ["/types"]),
            ({"url": URL, "types": ["report.filed", "report.lost"]}, "invalid-request", ["/types/1"]),
            ({"url": URL, "stories": []}, "invalid-request", ["/stories"]),
            ({"url": URL, "stories": ["nowhere"]}, "invalid-request", ["/stories/0"]),
            ({"url": URL, "stories": ["sty_01jh2r8m5efk0b3s0w1x5w6q7t"]}, "invalid-request", ["/stories/0"]),
            ({"url": URL, "stories": ["x" * 81]}, "invalid-request", ["/stories/0"]),
            ({"url": URL, "stories": ["a"] * 201}, "invalid-request", ["/stories"]),
            ({"url": URL, "secret": "mine"}, "invalid-request", ["/secret"]),
        ],
    )
    def test_what_is_wrong_in_it_is_named(
        self, subscriber: Client, body: dict[str, Any], problem: str, pointers: list[str]
    ) -> None:
        refused = subscriber.post("/v1/endpoints", body)
        assert (refused.status, refused.problem, refused.pointers) == (422, problem, pointers)
        assert subscriber.get("/v1/endpoints").body["items"] == []

    def test_the_same_request_again_is_the_same_endpoint_with_its_secret(self, subscriber: Client) -> None:
        first, again = (subscriber.post("/v1/endpoints", {"url": URL}, Idempotency_Key="a") for _ in range(2))
        assert (again.status, again.body, again.headers) == (201, first.body, first.headers)
        assert len(subscriber.get("/v1/endpoints").body["items"]) == 1
        other = subscriber.post("/v1/endpoints", {"url": f"{URL}/2"}, Idempotency_Key="a")
        assert (other.status, other.problem) == (422, "idempotency-key-reused")
        subscriber.delete(f"/v1/endpoints/{first.body['id']}")
        gone = subscriber.post("/v1/endpoints", {"url": URL}, Idempotency_Key="a")
        assert (gone.status, gone.problem) == (404, "unknown-endpoint")

    def test_following_the_links_shows_each_once_the_oldest_first(self, subscriber: Client) -> None:
        ids = [made(subscriber)["id"] for _ in range(5)]
        for limit in (1, 2, 5, 200):
            pages = subscriber.pages(f"/v1/endpoints?limit={limit}")
            found = [item["id"] for page in pages for item in page.body["items"]]
            assert found == sorted(ids)


class TestDeleting:
    def test_a_deleted_endpoint_is_no_more(self, subscriber: Client) -> None:
        url = f"/v1/endpoints/{made(subscriber)['id']}"
        gone = subscriber.delete(url)
        assert (gone.status, gone.raw) == (204, b"")
        assert [subscriber.get(url).problem, subscriber.get(f"{url}/deliveries").problem] == ["unknown-endpoint"] * 2
        assert subscriber.delete(url).problem == "unknown-endpoint"
        assert subscriber.get("/v1/endpoints").body["items"] == []

    def test_with_a_key_it_may_be_asked_again(self, subscriber: Client) -> None:
        url = f"/v1/endpoints/{made(subscriber)['id']}"
        assert [subscriber.delete(url, Idempotency_Key="gone").status for _ in range(2)] == [204, 204]
        other = f"/v1/endpoints/{made(subscriber)['id']}"
        assert subscriber.delete(other, Idempotency_Key="gone").problem == "idempotency-key-reused"

    def test_a_body_that_comes_along_is_read_no_further_than_any(self, house: House, subscriber: Client) -> None:
        url = f"/v1/endpoints/{made(subscriber)['id']}"
        small = subscriber.at(house.app_with(request_max_bytes=1000))
        refused = small.ask("DELETE", url, b"x" * 1001, Idempotency_Key="big")
        assert (refused.status, refused.problem) == (413, "body-too-large")


class TestWhose:
    def test_to_everybody_else_an_endpoint_does_not_exist(
        self, house: House, admin: Client, subscriber: Client
    ) -> None:
        url = f"/v1/endpoints/{made(subscriber)['id']}"
        for other in (admin, house.client(Role.SUBSCRIBER)):
            refusals = [other.get(url), other.get(f"{url}/deliveries"), other.delete(url)]
            assert [refused.problem for refused in refusals] == ["unknown-endpoint"] * 3
            assert subscriber.get(url).body["id"] not in str(other.get("/v1/endpoints").body)
        assert subscriber.get(url).status == 200

    def test_one_that_never_was_is_as_unknown_as_another_s(self, subscriber: Client) -> None:
        for name in (new_id("end", Clock()), "x", "%F0%9F%98%80"):
            assert subscriber.get(f"/v1/endpoints/{name}").problem == "unknown-endpoint"


class TestDeliveries:
    def test_they_are_listed_the_newest_first(self, house: House, admin: Client, subscriber: Client) -> None:
        story = admin.opens()
        endpoint = made(subscriber, stories=[story["id"]])
        for number in range(4):
            admin.files(story, f"{number}.")
        plan(house.database)
        url = f"/v1/endpoints/{endpoint['id']}/deliveries"
        for limit in (1, 3, 4, 200):
            pages = subscriber.pages(f"{url}?limit={limit}&state=due")
            items = [item for page in pages for item in page.body["items"]]
            assert [(item["revision"], item["type"]) for item in items] == [(n, "report.filed") for n in (5, 4, 3, 2)]
        assert {(item["state"], item["attempts"], item["last_status"]) for item in items} == {("due", 0, None)}
        assert {item["story"] for item in items} == {story["id"]}
        assert subscriber.get(f"{url}?state=delivered").body == {"items": [], "next": None}
        with house.database.reading() as connection:
            known = endpoints.find(connection, subscriber.token.id, endpoint["id"])
        assert [each.event_id for each in deliveries_of(house.database, known)][::-1] == [item["id"] for item in items]

    @pytest.mark.parametrize(
        ("path", "problem", "pointer"),
        [
            ("/v1/endpoints?limit=0", "invalid-parameter", "limit"),
            ("/v1/endpoints?cursor=x", "bad-cursor", "cursor"),
            (f"/v1/endpoints?cursor={encode_cursor('deliveries', [1])}", "bad-cursor", "cursor"),
            (f"/v1/endpoints?cursor={encode_cursor('endpoints', [1])}", "bad-cursor", "cursor"),
            ("{url}/deliveries?state=lost", "invalid-parameter", "state"),
            ("{url}/deliveries?cursor=x", "bad-cursor", "cursor"),
            ("{url}/deliveries?limit=-1", "invalid-parameter", "limit"),
            ("{url}?secret=1", "invalid-parameter", "secret"),
        ],
    )
    def test_what_can_not_be_asked_is_named(self, subscriber: Client, path: str, problem: str, pointer: str) -> None:
        url = f"/v1/endpoints/{made(subscriber)['id']}"
        refused = subscriber.get(path.format(url=url))
        assert (refused.status, refused.problem, refused.pointers) == (400, problem, [pointer])
