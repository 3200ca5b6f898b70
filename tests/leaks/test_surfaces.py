"""Nobody reads what he may not: every surface that anything is read from is walked, by everybody, for planted words.

The surfaces are found by enumerating them: every route of the application with every parameter that it takes, every
table, every follower. A new one is walked by itself; one whose parameters this test can't fill fails it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from werkzeug.routing import Rule

from tests.leaks.walking import replies, rules
from tests.leaks.world import Reader, Reply, World, body, follow_all
from tests.planted import READERS, words_in
from tracker.access.permissions import Role
from tracker.store.ticking import settle


def test_no_surface_shows_what_its_reader_may_not_see(world: World) -> None:
    # What is of one story is folded from the log, whether or not it was followed.
    _walk(world, [rule for rule in rules(world) if "story" not in rule.arguments])
    follow_all(world)
    _walk(world, rules(world))
    assert not words_in("\n".join(world.overheard.said), world.planted.ids()), "a log holds content"


def _walk(world: World, walked: Sequence[Rule]) -> None:
    settle(world.house.database)
    ids = world.planted.ids()
    leaks = [leak for reply in replies(world, walked) for leak in _leaks(reply, ids)]
    assert leaks == []


def _leaks(reply: Reply, ids: Mapping[str, str]) -> Iterator[str]:
    assert reply.status != 500, f"{reply.role} {reply.address} answered 500"
    # What somebody says himself is echoed to him.
    for word in sorted(words_in(reply.told, ids) - words_in(reply.address, ids)):
        variant = ids.get(word) or word.removeprefix("zq")
        readers = next((readers for name, readers in READERS.items() if variant.startswith(name)), frozenset())
        if reply.role not in readers:
            yield f"{reply.role} {reply.address}: {word}"


def test_what_is_left_of_a_killed_report_is_its_tombstone(world: World) -> None:
    killed, held = world.planted.reports["killed"].report_id, world.planted.reports["held"].report_id
    address = f"/v1/stories/{world.planted.story}/reports/{killed}"
    for role, successor in ((Role.SUBSCRIBER, None), (Role.EDITOR, held)):
        for path in (address, f"{address}?version=2", f"{address}/versions"):
            left = json.loads(body(world.readers[role], path))
            assert (left["status"], left["type"]) == (410, "/problems/report-killed")
            assert left["public_note"] == "It should not have been published."
            assert left["killed_at"] == "2020-01-03T00:44:00Z"
            assert left["successor"] == successor


def test_who_meets_what_he_does_not_see_is_told_nothing_of_it(world: World) -> None:
    reader = world.readers[Role.REPORTER]
    held, story = world.planted.reports["held"], world.planted.story
    same = {"outlet": "Outlet of held", "headline": "Other", "text": "Other.", "uri": "https://held.example/zqhelduri"}
    refused = _post(reader, f"/v1/stories/{story}/reports", same)
    assert (refused["status"], refused["type"]) == (403, "/problems/not-now")
    for report in (held.report_id, "rpt_00000000000000000000000000"):
        answer = _post(
            reader, f"/v1/stories/{story}/reports/{report}/versions", {"headline": "Other", "text": "Other."}
        )
        assert answer["type"] == "/problems/unknown-report"
        marked = {"report": report, "exact": "A strike", "statement": "There was a strike."}
        assert _post(reader, f"/v1/stories/{story}/claims", marked)["type"] == "/problems/unknown-report"
    whole = _post(reader, f"/v1/stories/{world.planted.whole}/reports", {"outlet": "NBC", "headline": "A", "text": "B"})
    assert whole["type"] == "/problems/unknown-story"
    told = json.dumps([refused, whole])
    assert words_in(told, world.planted.ids()) <= {world.planted.whole}


def _post(reader: Reader, path: str, body: object) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {reader.written}", "Content-Type": "application/json"}
    answer = reader.browser.application.test_client().post(path, data=json.dumps(body), headers=headers)
    found: dict[str, Any] = json.loads(answer.get_data())
    return found
