"""The JSON Schemas that webhooks and comparisons lead to, for anybody."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator, ValidationError

from tests.asking import Client, House
from tracker.webhooks.endpoints import TYPES
from tracker.webhooks.schemas import schema_of


@pytest.fixture(scope="module")
def nobody(house: House) -> Client:
    return house.nobody()


@pytest.mark.parametrize("event_type", TYPES)
def test_each_type_of_webhook_has_a_schema_at_its_address(house: House, nobody: Client, event_type: str) -> None:
    shown = nobody.get(f"/v1/schemas/webhooks/{event_type}")
    assert (shown.status, shown.headers["Content-Type"]) == (200, "application/schema+json")
    assert shown.body == schema_of(event_type, house.settings.public_url)
    assert shown.body["$id"] == f"{house.settings.public_url}/v1/schemas/webhooks/{event_type}"
    Draft202012Validator.check_schema(shown.body)


@pytest.mark.parametrize("event_type", ["outlet.added", "report.lost", "story", "%F0%9F%98%80"])
def test_what_is_no_webhook_has_none(nobody: Client, event_type: str) -> None:
    assert nobody.get(f"/v1/schemas/webhooks/{event_type}").problem == "not-found"


def test_a_comparison_keeps_the_schema_that_is_published(house: House, nobody: Client, admin: Client) -> None:
    schema = nobody.get("/v1/schemas/compare")
    assert (schema.status, schema.headers["Content-Type"]) == (200, "application/schema+json")
    Draft202012Validator.check_schema(schema.body)
    story = admin.opens()
    url = admin.files(story, "One dead.\n\nTwo.")["url"]
    admin.post(f"{url}/versions", {"headline": "Strike", "text": "Two.\n\nThree dead."})
    admin.patch(story["url"], {"title": "Strike at dawn", "summary": "A."}, If_Match="*")
    document = admin.get(f"{story['url']}/compare/1...latest").body
    Draft202012Validator(schema.body).validate(document)
    with pytest.raises(ValidationError):
        Draft202012Validator(schema.body).validate({**document, "stats": None})


def test_they_take_no_parameters(nobody: Client) -> None:
    for path in ("webhooks/report.filed", "compare"):
        assert nobody.get(f"/v1/schemas/{path}?draft=7").pointers == ["draft"]
