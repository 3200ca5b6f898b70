"""Idempotency-Key: whoever did not hear the answer asks again, and nothing is done twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.asking import Answer, Client, House, new_slug, report
from tracker.access import tokens
from tracker.access.permissions import Role
from tracker.store import requests


@pytest.fixture
def story(admin: Client) -> dict[str, Any]:
    return admin.opens()


def same(first: Answer, again: Answer) -> bool:
    return (first.status, first.body, first.headers) == (again.status, again.body, again.headers)


class TestTheSameAgain:
    def test_each_act_is_answered_as_it_was_and_done_once(
        self, house: House, admin: Client, story: dict[str, Any]
    ) -> None:
        url, key = story["url"], f"key of {story['slug']}"
        note = {"text": "It was two."}
        filed = admin.post(f"{url}/reports", report())
        asked: list[tuple[str, str, dict[str, Any]]] = [
            ("POST", "/v1/stories", {"title": "Another", "slug": new_slug()}),
            ("POST", "/v1/stories", {"title": f"Without a slug, {key}"}),
            ("POST", f"{url}/reports", report()),
            ("POST", f"{url}/reports", {"outlet": "AFP", "headline": "No address", "text": "A."}),
            ("POST", f"{filed.body['url']}/versions", {"headline": "B", "text": "B."}),
            ("POST", f"{filed.body['url']}/corrections", {"headline": "C", "text": "C.", "note": note}),
            ("PATCH", url, {"summary": "D."}),
            ("POST", f"{url}/close", {"reason": "E."}),
            ("POST", f"{url}/reopen", {"reason": "F."}),
        ]
        first = [self.ask(admin, n, key, *each) for n, each in enumerate(asked)]
        counted = house.counts()
        again = [self.ask(admin, n, key, *each) for n, each in enumerate(asked)]
        assert [answer.status for answer in first] == [201] * 6 + [200] * 3
        assert all(same(*pair) for pair in zip(first, again, strict=True))
        assert house.counts() == counted

    def ask(self, client: Client, number: int, key: str, method: str, path: str, body: dict[str, Any]) -> Answer:
        wanted = {"If_Match": "*"} if method == "PATCH" or path.endswith("corrections") else {}
        return client.ask(method, path, body, Idempotency_Key=f'"{key} {number}"', **wanted)

    def test_it_is_the_first_answer_also_when_more_has_happened_since(
        self, admin: Client, story: dict[str, Any]
    ) -> None:
        sent, key = {"summary": "A."}, {"Idempotency_Key": story["slug"], "If_Match": "*"}
        first = admin.patch(story["url"], sent, **key)
        admin.patch(story["url"], {"summary": "B."}, If_Match="*")
        assert same(first, admin.patch(story["url"], sent, **key))
        assert admin.get(story["url"]).body["summary"] == "B."

    def test_quotes_around_the_key_make_no_difference(self, admin: Client, story: dict[str, Any]) -> None:
        sent, key = report(), story["slug"]
        first, again = (admin.post(f"{story['url']}/reports", sent, Idempotency_Key=k) for k in (key, f'"{key}"'))
        assert same(first, again)

    def test_the_story_may_be_named_otherwise_also_after_it_was_renamed(
        self, admin: Client, story: dict[str, Any]
    ) -> None:
        sent, key = report(), story["slug"]
        first = admin.post(f"/v1/stories/{story['slug']}/reports", sent, Idempotency_Key=key)
        assert same(first, admin.post(f"{story['url']}/reports", sent, Idempotency_Key=key))
        admin.patch(story["url"], {"slug": f"{key}-2"}, If_Match="*")
        moved = admin.post(f"/v1/stories/{story['slug']}/reports", sent, Idempotency_Key=key)
        assert moved.status == 308
        assert same(first, admin.post(moved.headers["Location"], sent, Idempotency_Key=key))

    def test_a_refused_request_leaves_its_key_free(self, admin: Client, story: dict[str, Any]) -> None:
        key = {"Idempotency_Key": story["slug"]}
        sent = report()
        admin.files(story, **sent)
        assert admin.post(f"{story['url']}/reports", {**sent, "text": "B."}, **key).problem == "report-exists"
        assert (
            admin.post(f"{story['url']}/reports", {**sent, "text": "B."}, Prefer="handling=lenient", **key).status
            == 201
        )

    def test_an_old_key_is_forgotten(self, house: House, admin: Client, story: dict[str, Any]) -> None:
        url, key = f"{story['url']}/reports", {"Idempotency_Key": story["slug"]}
        admin.post(url, report(), **key)
        with house.database.writing() as connection:
            requests.expire(connection, house.clock.now() + timedelta(hours=24), timedelta(hours=24))
        assert admin.post(url, report(), **key).status == 201


class TestAnother:
    def test_a_key_is_for_one_request(self, admin: Client, story: dict[str, Any]) -> None:
        url, sent, key = f"{story['url']}/reports", report(), {"Idempotency_Key": story["slug"]}
        receipt = admin.post(url, sent, **key).body
        others = [
            admin.post(url, {**sent, "text": "Other."}, **key),
            admin.post(url, sent, If_Match="*", **key),
            admin.post(url, sent, Prefer="handling=lenient", **key),
            admin.post(f"{admin.opens()['url']}/reports", sent, **key),
            admin.post(f"{receipt['url']}/versions", {"headline": "B", "text": "B."}, **key),
            admin.post("/v1/endpoints", {"url": "https://subscriber.example/"}, **key),
        ]
        assert {(other.status, other.problem) for other in others} == {(422, "idempotency-key-reused")}

    def test_keys_are_each_token_s_own(self, house: House, story: dict[str, Any]) -> None:
        url, sent = f"{story['url']}/reports", {"outlet": "AFP", "headline": "A", "text": "B."}
        reporters = [house.client(Role.REPORTER) for _ in range(2)]
        ids = {each.post(url, sent, Idempotency_Key=story["slug"]).body["report_id"] for each in reporters}
        assert len(ids) == 2

    def test_an_answer_is_given_by_today_s_rights(self, house: House, story: dict[str, Any]) -> None:
        url, sent, key = f"{story['url']}/reports", report(), {"Idempotency_Key": story["slug"]}
        reporter = house.client(Role.REPORTER)
        assert reporter.post(url, sent, **key).status == 201
        with house.database.writing() as connection:
            tokens.revoke(connection, reporter.token.id, house.clock.now())
        refused = reporter.post(url, sent, **key)
        assert (refused.status, refused.problem) == (401, "unauthenticated")

    @pytest.mark.parametrize("key", ["", " ", "x" * 256, "schlüssel", '"', '"open', "two words", 'a"b'])
    def test_what_is_no_key_is_refused(self, admin: Client, story: dict[str, Any], key: str) -> None:
        refused = admin.post(f"{story['url']}/reports", report(), Idempotency_Key=key)
        assert (refused.status, refused.problem) == (400, "bad-idempotency-key")
        assert refused.pointers == ["Idempotency-Key"]
