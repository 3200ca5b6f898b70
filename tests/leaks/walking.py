"""Everything that can be asked for: every route with every parameter that it takes.

A part of an address, or a parameter, that is not known here fails the test that walks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from urllib.parse import quote, urlencode

from werkzeug.routing import Rule

from tests.leaks.world import Reader, Reply, World, get
from tests.planted import MORNING
from tracker.access.permissions import ROUTES, Permission, Role, allowed
from tracker.api.problems import is_api
from tracker.clock import rfc3339


def replies(world: World, rules: Sequence[Rule]) -> Iterator[Reply]:
    for rule in rules:
        permission = ROUTES.get(rule.endpoint)
        for role, reader in world.readers.items():
            if permission and allowed(role, permission):
                yield from _asked(world, rule, reader)


def rules(world: World) -> list[Rule]:
    """Everything that can be asked for."""
    return [rule for rule in world.house.app.url_map.iter_rules() if "GET" in (rule.methods or ())]


def _asked(world: World, rule: Rule, reader: Reader) -> Iterator[Reply]:
    for path in _paths(world, rule):
        yield get(reader, path)
        if ROUTES[rule.endpoint] is Permission.NONE:
            continue  # Documentation and health are the same whatever they are asked.
        # Who may see all but what is gone sees it everywhere alike; and of what isn't seen there is nothing to ask.
        if reader.role in (Role.SUBSCRIBER, Role.REPORTER) and (
            world.planted.story in path or "story" not in rule.arguments
        ):
            for query in _queries(world, rule):
                yield get(reader, f"{path}?{urlencode(query)}")


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
