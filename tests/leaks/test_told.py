"""What is told of its own accord, in the feed and by webhooks, says nothing that is hidden, and a release all of it."""

from __future__ import annotations

import json
from typing import Any

from tests.leaks.world import World, body, follow_all
from tests.planted import UNTIL, words_in
from tracker.access.permissions import Role
from tracker.webhooks import signing
from tracker.webhooks.deliveries import Due
from tracker.webhooks.leases import Lease
from tracker.webhooks.messages import Attempt, Messages


def test_what_was_withheld_reaches_those_who_follow_with_the_event_that_lifts_the_hold(world: World) -> None:
    filed, lifted = world.planted.reports["lifted"].report_id, world.planted.lifted_hold
    items = _feed(world, Role.SUBSCRIBER)
    assert [item for item in items if item["data"].get("report_id") == filed] == []
    (release,) = [item for item in items if item["data"].get("hold_id") == lifted]
    assert [each["revision"] for each in release["released"]] == release["data"]["released"] == list(range(29, 35))
    assert release["released"][0]["data"]["headline"] == "zqliftedheadline"
    # Who could see it all along was told of it in its place, and is not told again.
    for role in (Role.REPORTER, Role.EDITOR):
        told = _feed(world, role)
        assert "zqliftedheadline" in [item["data"].get("headline") for item in told]
        assert not any("released" in item for item in told)
    shown = {item["revision"] for item in items if item["story"] == world.planted.story}
    assert shown.isdisjoint(world.planted.hidden(world.planted.story) | set(range(29, 35)))


def _feed(world: World, role: Role) -> list[dict[str, Any]]:
    reader, address, items = world.readers[role], "/v1/feed?limit=20", []
    while True:
        page = json.loads(body(reader, address))
        items += page["items"]
        if not page["more"]:
            return items
        address = f"/v1/feed?limit=20&after={page['next']}"


def test_webhooks_tell_nothing_that_is_hidden_and_a_release_all_of_it(world: World) -> None:
    follow_all(world)
    sent = _bodies(world)
    ids = world.planted.ids()
    for each in sent.values():
        assert {
            word for word in words_in(json.dumps(each), ids) if not word.startswith(("zqlifted", "zqasked"))
        } == set()
    numbers = {revision for story_id, revision in sent if story_id == world.planted.story}
    assert numbers.isdisjoint(world.planted.hidden(world.planted.story) | set(range(29, 35)))
    release = sent[world.planted.story, 40]["data"]
    assert [each["revision"] for each in release["released"]] == list(range(29, 35))
    assert (release["previous_revision"], sent[world.planted.story, 41]["data"]["previous_revision"]) == (38, 40)
    assert sent[world.planted.story, 14]["data"]["killed"] is True


def _bodies(world: World) -> dict[tuple[str, int], dict[str, Any]]:
    """What would be sent now, by story and revision."""
    house = world.house
    messages = Messages(house.clock, house.settings.public_url)
    found = {}
    with house.database.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT endpoint_id, story_id, position, event_id, revision, previous_revision, attempts FROM delivery"
        ).all()
        for due in (Due(*row) for row in rows):
            lease = Lease(due.endpoint_id, "http://127.0.0.1:9/", signing.new_secret(), 1, UNTIL)
            request = messages.request(connection, Attempt(lease, due))
            if request is not None:
                found[due.story_id, due.revision] = json.loads(request.body)
    return found
