"""What can be counted or compared gives nothing away: a story with hidden reports is like its twin without them."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.leaks.world import Reader, World, body, follow_all, get, headers_of
from tests.planted import content_of
from tests.rooms import Newsroom, make_token
from tracker.access.permissions import Role
from tracker.handling import Handler
from tracker.stories.commands import KillReport, UpdateReport

_TWIN_PATHS = (
    *("", "/reports", "/revisions", "/claims", "/quotes", "/sources", "/relations", "/disputes", "/corrections"),
    *("/orphans", "/people", "/timeline", "/links", "/compare/1...latest", "/revisions?limit=4"),
)


def test_a_story_with_hidden_reports_is_told_like_its_twin_without_them(world: World) -> None:
    follow_all(world)
    reader = world.readers[Role.SUBSCRIBER]
    for path in _TWIN_PATHS:
        mixed, plain = (_told_like(reader, f"/v1/stories/{story}{path}") for story in world.twins)
        assert mixed == plain, path
    mixed, plain = (_in_list(reader, story) for story in world.twins)
    assert mixed == plain
    counts = {row["name"]: row["reports"] for row in json.loads(body(reader, "/v1/outlets?limit=100"))["items"]}
    assert (counts["The Twin"], counts["Outlet of held"]) == (4, 0)


def test_what_was_never_shown_leaves_no_trace_in_an_etag(world: World) -> None:
    """Work under embargo goes on, and the public's ETag stays; one who sees the work gets a new one."""
    story, reports = world.twins[0], world.twin_reports
    handler = Handler(world.house.database, world.house.clock, world.house.settings)
    addresses = [f"/v1/stories/{story}", f"/v1/stories/{story}/reports/{reports[0]}", f"/v1/stories/{story}/claims"]

    def tags(role: Role) -> list[str | None]:
        return [headers_of(world.readers[role], address).get("ETag") for address in addresses]

    before = {role: tags(role) for role in (Role.SUBSCRIBER, Role.REPORTER)}
    room = Newsroom(handler, make_token(world.house.database, world.house.clock), world.house.clock)
    held = UpdateReport(
        story_id=story, report_id=reports[1], content=content_of("Later", "Later."), by=room.token.person
    )
    room.asks(held)
    assert tags(Role.SUBSCRIBER) == before[Role.SUBSCRIBER]
    assert tags(Role.REPORTER)[0] != before[Role.REPORTER][0]
    room.asks(
        KillReport(story_id=story, report_id=reports[0], reason="Wrong.", public_note="No.", by=room.token.person)
    )
    assert tags(Role.SUBSCRIBER)[0] != before[Role.SUBSCRIBER][0]


def _told_like(reader: Reader, address: str) -> object:
    """What is answered, but for ids, times and the numbers of revisions, which have gaps."""
    answer = get(reader, address)
    assert answer.status == 200, address
    told = re.sub(r"(\w{3})_[0-9a-z]{26}", r"\1", body(reader, address))
    told = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "then", told)
    numbers = r'"((?:\w*_)?revision|latest|since|changed_at|position)":(\d+)'
    told = re.sub(numbers, r'"\1":0', told)
    told = re.sub(r'"next":"[^"]*"', '"next":"there is more"', told)
    return json.loads(re.sub(r"revision=\d+|\d+\.\.\.\d+|mixed|plain", "0", told))


def _in_list(reader: Reader, story: str) -> dict[str, Any]:
    (row,) = [each for each in json.loads(body(reader, "/v1/stories?limit=100"))["items"] if each["id"] == story]
    return {name: row[name] for name in ("status", "reports", "topics", "language", "urgency")}
