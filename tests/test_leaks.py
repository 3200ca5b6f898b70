"""Nobody reads what he may not: every surface that anything is read from is walked, by everybody, for planted words.

The surfaces are found by enumerating them: every route of the application with every parameter that it takes, every
table, every follower. A new one is walked by itself; one whose parameters this test can't fill fails it.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import pytest
from flask.testing import FlaskClient
from sqlalchemy import LargeBinary, Text, make_url, select
from werkzeug.routing import Rule

from tests.asking import House
from tests.chronicle import follow
from tests.planted import MORNING, READERS, UNTIL, Planted, content_of, words_in
from tests.rooms import Newsroom, make_token
from tracker.access import tokens
from tracker.access.permissions import ROUTES, Role, allowed
from tracker.api.problems import is_api
from tracker.clock import StoryClock, rfc3339
from tracker.db.schema import metadata
from tracker.handling import Handler
from tracker.projections.following import all_followers
from tracker.store.ticking import settle
from tracker.stories.commands import KillReport, UpdateReport
from tracker.web.sessions import code_for
from tracker.webhooks import endpoints, signing
from tracker.webhooks.addresses import AddressRules
from tracker.webhooks.deliveries import Due
from tracker.webhooks.leases import Lease
from tracker.webhooks.messages import Attempt, Messages
from tracker.webhooks.planning import Planner

_BASE = "https://localhost"


class World(NamedTuple):
    """The newsroom with its planted words, the application, and who asks."""

    house: House
    planted: Planted
    readers: Mapping[Role, Reader]
    endpoint_id: str
    overheard: Overheard
    #: Two stories to which the same was done, but for what is under embargo in the first one.
    twins: tuple[str, str]
    #: Of the first: one that anybody sees, and one under embargo.
    twin_reports: tuple[str, str]


class Reader(NamedTuple):
    """Somebody, by a token and at the pages."""

    role: Role
    written: str
    browser: FlaskClient


class Reply(NamedTuple):
    """What somebody was answered: all of it, as text."""

    role: Role
    address: str
    status: int
    told: str


class Overheard(logging.Handler):
    """Everything that the program logs, at whatever level, as text."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(self.format(record))


@pytest.fixture(scope="module")
def world(shared_url: str) -> Iterator[World]:
    clock, logger, overheard = StoryClock(MORNING), logging.getLogger("tracker"), Overheard()
    before = logger.level
    logger.addHandler(overheard)
    logger.setLevel(logging.DEBUG)
    house = House(shared_url, clock)
    readers = {role: _reader(house, role) for role in Role}
    endpoint_id = _endpoint(house, readers[Role.SUBSCRIBER])
    handler = Handler(house.database, clock, house.settings)
    planted = Planted(Newsroom(handler, make_token(house.database, clock), clock), clock, house.database)
    twins, reports = planted.twins()
    yield World(house, planted, readers, endpoint_id, overheard, twins, reports)
    logger.setLevel(before)
    logger.removeHandler(overheard)
    house.close()


def _endpoint(house: House, reader: Reader) -> str:
    with house.database.writing() as connection:
        owner = tokens.authenticate(connection, reader.written, house.clock.now())[0].id
        rules = AddressRules(["127.0.0.0/8"])
        made, _ = endpoints.create(connection, house.clock, rules, owner=owner, url="http://127.0.0.1:9/")
    return made.id


# ---- What is asked


def test_no_surface_shows_what_its_reader_may_not_see(world: World) -> None:
    # What is of one story is folded from the log, whether or not it was followed.
    _walk(world, [rule for rule in _rules(world) if "story" not in rule.arguments])
    _follow(world)
    _walk(world, _rules(world))
    assert not words_in("\n".join(world.overheard.said), world.planted.ids()), "a log holds content"


def _walk(world: World, rules: Sequence[Rule]) -> None:
    settle(world.house.database)
    leaks = [leak for reply in _replies(world, rules) for leak in _leaks(world, reply)]
    assert leaks == []


def _rules(world: World) -> list[Rule]:
    """Everything that can be asked for."""
    return [rule for rule in world.house.app.url_map.iter_rules() if "GET" in (rule.methods or ())]


def _leaks(world: World, reply: Reply) -> Iterator[str]:
    assert reply.status != 500, f"{reply.role} {reply.address} answered 500"
    ids = world.planted.ids()
    # What somebody says himself is echoed to him.
    for word in sorted(words_in(reply.told, ids) - words_in(reply.address, ids)):
        variant = ids.get(word) or word.removeprefix("zq")
        readers = next((readers for name, readers in READERS.items() if variant.startswith(name)), frozenset())
        if reply.role not in readers:
            yield f"{reply.role} {reply.address}: {word}"


def _replies(world: World, rules: Sequence[Rule]) -> Iterator[Reply]:
    for rule in rules:
        permission = ROUTES.get(rule.endpoint)
        for role, reader in world.readers.items():
            if permission and allowed(role, permission):
                yield from _asked(world, rule, reader)


def _asked(world: World, rule: Rule, reader: Reader) -> Iterator[Reply]:
    for path in _paths(world, rule):
        yield _get(reader, path)
        # Who may see all but what is gone sees it everywhere alike; and of what isn't seen there is nothing to ask.
        if reader.role in (Role.SUBSCRIBER, Role.REPORTER) and (
            world.planted.story in path or "story" not in rule.arguments
        ):
            for query in _queries(world, rule):
                yield _get(reader, f"{path}?{urlencode(query)}")


def _paths(world: World, rule: Rule) -> Iterator[str]:
    """Every address of the rule: in the story each thing that can be named, in others one."""
    choices = _choices(world)
    names = sorted(rule.arguments)
    for values in product(*(choices[name] for name in names)):
        chosen = dict(zip(names, values, strict=True))
        others = [name for name in names if name != "story" and choices[name][0] != chosen[name]]
        if chosen.get("story", world.planted.story) == world.planted.story or not others:
            yield _filled(rule, chosen)


def _filled(rule: Rule, chosen: Mapping[str, str]) -> str:
    path = rule.rule
    for name, value in chosen.items():
        path = re.sub(rf"<(path:)?{name}>", quote(value), path)
    return path


def _choices(world: World) -> dict[str, Sequence[str]]:
    """What the parts of an address may be; a part that isn't here fails the test."""
    planted = world.planted
    # Of what anybody may read there is nothing to be found.
    found = {variant: each for variant, each in planted.reports.items() if variant not in ("asked", "lifted")}
    return {
        "story": [planted.story, "zqwholeslug", planted.whole],
        "report": [each.report_id for each in found.values()],
        "claim": [each.claim_id for each in found.values()],
        "hold": list(planted.holds.values()),
        "request_id": [planted.request],
        "outlet": _names("outlet", world),
        "party": _names("party", world),
        "endpoint": [world.endpoint_id],
        "endpoint_id": [world.endpoint_id],
        "a": ["2", "13"],
        "b": ["latest", "36"],
        # These are about no story.
        "type": ["report.killed"],
        "name": ["report-killed"],
        "filename": [],
    }


def _names(kind: str, world: World) -> list[str]:
    with world.house.database.reading() as connection:
        rows = connection.exec_driver_sql(
            f"SELECT stream_id FROM address WHERE kind = '{kind}' ORDER BY stream_id"
        ).all()
        return [*(str(row[0]) for row in rows[:3]), "Nobody"]


def _queries(world: World, rule: Rule) -> Iterator[dict[str, str]]:
    """Each parameter by itself, with each of its values."""
    for name in _parameters(world, rule):
        for value in _values(world)[name]:
            yield {name: value}


def _parameters(world: World, rule: Rule) -> Sequence[str]:
    if not is_api(rule.rule):
        return _OF_LISTS if not rule.arguments else _OF_PAGES if rule.arguments == {"story"} else ("version",)
    item = world.house.document.paths.get(rule.rule.replace("<", "{").replace(">", "}"), {})
    parameters = item.get("get", {}).get("parameters", ())
    return [each["name"] for each in parameters if each.get("in") == "query"]


#: What the pages take in their addresses, where no document says so.
_OF_PAGES = ("revision", "as_of", "report", "claim", "occurrence", "target")
_OF_LISTS = ("q", "outlet", "topic")


def _values(world: World) -> Mapping[str, Sequence[str]]:
    """What each parameter may be; one that isn't here fails the test."""
    planted = world.planted
    report = planted.reports["held"]
    return {
        "revision": ["3", "13", "18", "36"],
        "as_of": [rfc3339(MORNING.replace(minute=minute)) for minute in (8, 36)],
        "said_before": [rfc3339(MORNING)],
        "since": [rfc3339(MORNING)],
        "changed_since": [rfc3339(MORNING)],
        "q": ["zqwholetitle", "zqwholeslug", "outlet of held"],
        "topic": ["zqwholetopic"],
        "outlet": ["Outlet of held", "Outlet of embargo"],
        "party": ["Party of held"],
        "status": ["open"],
        "state": ["due"],
        "kind": [],
        "group": [],
        "standing": [],
        "version": ["1", "3"],
        "report": [report.report_id],
        "claim": [report.claim_id],
        "occurrence": [report.occurrence_id],
        "target": [report.report_id],
        "actor": [],
        "type": ["hold.placed", "act.requested", "report.filed"],
        "limit": ["2"],
        "cursor": ["nonsense"],
        "after": ["nonsense"],
        "wait_for": ["0"],
        "first": ["1"],
        "second": [],
        "size": ["1"],
        "position": ["1"],
    }


def _get(reader: Reader, address: str) -> Reply:
    if is_api(address.partition("?")[0]):
        headers = {"Authorization": f"Bearer {reader.written}"}
        answer = reader.browser.application.test_client().get(address, headers=headers)
    else:
        answer = reader.browser.get(address, base_url=_BASE)
    headers_told = "\n".join(f"{name}: {value}" for name, value in answer.headers if name != "Set-Cookie")
    return Reply(reader.role, address, answer.status_code, f"{headers_told}\n{answer.get_data(as_text=True)}")


def _reader(house: House, role: Role) -> Reader:
    client = house.client(role)
    assert client.written is not None
    browser = house.app.test_client()
    with house.app.app_context():
        code = code_for(client.token.id)
    browser.get(f"/sign-in?code={code}", base_url=_BASE)
    return Reader(role, client.written, browser)


def _follow(world: World) -> None:
    follow(world.house.database, *all_followers(world.house.settings), Planner(world.house.clock))


# ---- What is told of its own accord


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
        page = json.loads(_body(reader, address))
        items += page["items"]
        if not page["more"]:
            return items
        address = f"/v1/feed?limit=20&after={page['next']}"


def _body(reader: Reader, address: str) -> str:
    headers = {"Authorization": f"Bearer {reader.written}"}
    return reader.browser.application.test_client().get(address, headers=headers).get_data(as_text=True)


def test_webhooks_tell_nothing_that_is_hidden_and_a_release_all_of_it(world: World) -> None:
    _follow(world)
    bodies = _bodies(world)
    ids = world.planted.ids()
    for body in bodies.values():
        assert {
            word for word in words_in(json.dumps(body), ids) if not word.startswith(("zqlifted", "zqasked"))
        } == set()
    numbers = {revision for story_id, revision in bodies if story_id == world.planted.story}
    assert numbers.isdisjoint(world.planted.hidden(world.planted.story) | set(range(29, 35)))
    release = bodies[world.planted.story, 40]["data"]
    assert [each["revision"] for each in release["released"]] == list(range(29, 35))
    assert (release["previous_revision"], bodies[world.planted.story, 41]["data"]["previous_revision"]) == (38, 40)
    assert bodies[world.planted.story, 14]["data"]["killed"] is True


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


# ---- What can be counted


_TWIN_PATHS = (
    *("", "/reports", "/revisions", "/claims", "/quotes", "/sources", "/relations", "/disputes", "/corrections"),
    *("/orphans", "/people", "/timeline", "/links", "/compare/1...latest", "/revisions?limit=4"),
)


def test_a_story_with_hidden_reports_is_told_like_its_twin_without_them(world: World) -> None:
    _follow(world)
    reader = world.readers[Role.SUBSCRIBER]
    for path in _TWIN_PATHS:
        mixed, plain = (_told_like(reader, f"/v1/stories/{story}{path}") for story in world.twins)
        assert mixed == plain, path
    mixed, plain = (_in_list(reader, story) for story in world.twins)
    assert mixed == plain
    counts = {row["name"]: row["reports"] for row in json.loads(_body(reader, "/v1/outlets?limit=100"))["items"]}
    assert (counts["The Twin"], counts["Outlet of held"]) == (4, 0)


def test_what_was_never_shown_leaves_no_trace_in_an_etag(world: World) -> None:
    """Work under embargo goes on, and the public's ETag stays; one who sees the work gets a new one."""
    story, reports = world.twins[0], world.twin_reports
    handler = Handler(world.house.database, world.house.clock, world.house.settings)
    addresses = [f"/v1/stories/{story}", f"/v1/stories/{story}/reports/{reports[0]}", f"/v1/stories/{story}/claims"]

    def tags(role: Role) -> list[str | None]:
        return [_headers(world.readers[role], address).get("ETag") for address in addresses]

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
    answer = _get(reader, address)
    assert answer.status == 200, address
    told = re.sub(r"(\w{3})_[0-9a-z]{26}", r"\1", _body(reader, address))
    told = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "then", told)
    numbers = r'"((?:\w*_)?revision|latest|since|changed_at|position)":(\d+)'
    told = re.sub(numbers, r'"\1":0', told)
    told = re.sub(r'"next":"[^"]*"', '"next":"there is more"', told)
    return json.loads(re.sub(r"revision=\d+|\d+\.\.\.\d+|mixed|plain", "0", told))


def _in_list(reader: Reader, story: str) -> dict[str, Any]:
    (row,) = [each for each in json.loads(_body(reader, "/v1/stories?limit=100"))["items"] if each["id"] == story]
    return {name: row[name] for name in ("status", "reports", "topics", "language", "urgency")}


def _headers(reader: Reader, address: str) -> Mapping[str, str]:
    headers = {"Authorization": f"Bearer {reader.written}"}
    return dict(reader.browser.application.test_client().get(address, headers=headers).headers)


# ---- What is stored


def test_no_table_holds_in_the_clear_what_is_gone_or_shows_what_is_held(world: World) -> None:
    _follow(world)
    found = {(place, word) for place, word in _stored(world)}
    # The list is kept for each audience, and this is that of those who may.
    whole = {place for place, word in found if word.startswith("zqwhole")}
    assert whole <= {"address", "event", "story_list all", "story_topic", "saved_state", "mention", "remedy"}
    assert {word for _, word in found if word.startswith(("zqkilled", "zqredacted", "zqheld", "zqembargo"))} == set()


def _stored(world: World) -> Iterator[tuple[str, str]]:
    """Every planted word that stands in a row, and in which table."""
    with world.house.database.reading() as connection:
        for table in metadata.sorted_tables:
            if table.info.get("only") not in (None, world.house.database.kind):
                continue
            columns = [column for column in table.columns if isinstance(column.type, Text | LargeBinary)]
            for row in connection.execute(select(*columns)) if columns else ():
                told = " ".join(each.decode("latin-1") if isinstance(each, bytes) else str(each) for each in row)
                audience = f" {row._mapping['audience']}" if "audience" in table.columns else ""
                yield from ((f"{table.name}{audience}", word) for word in words_in(told, ()))


def test_the_file_holds_nothing_of_what_was_destroyed(world: World) -> None:
    url = make_url(world.house.settings.database_url)
    if url.get_backend_name() != "sqlite" or url.database is None:
        pytest.skip("the files of a server are its own")
    for path in Path(url.database).parent.glob(f"{Path(url.database).name}*"):
        assert b"zqredacted" not in path.read_bytes(), path


# ---- What is answered instead


def test_what_is_left_of_a_killed_report_is_its_tombstone(world: World) -> None:
    killed, held = world.planted.reports["killed"].report_id, world.planted.reports["held"].report_id
    address = f"/v1/stories/{world.planted.story}/reports/{killed}"
    for role, successor in ((Role.SUBSCRIBER, None), (Role.EDITOR, held)):
        for path in (address, f"{address}?version=2", f"{address}/versions"):
            left = json.loads(_body(world.readers[role], path))
            assert (left["status"], left["type"]) == (410, "/problems/report-killed")
            assert left["public_note"] == "It should not have been published."
            assert left["killed_at"] == "2020-01-03T00:44:00Z"
            assert left["successor"] == successor


# ---- What is written


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
