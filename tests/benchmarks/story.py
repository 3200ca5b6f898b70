"""What a long story costs: 500 reports, 2,000 claims, 3,000 relations, in 10,000 events.

    python -m tests.benchmarks.story [--json] [--quick] [--engine sqlite|postgresql]

Four questions. Does an event of a long story take longer to fold than one of a short one? Is it worth it to keep
standings up with each event, instead of reckoning all of them anew? What does the current story cost beside the same
bytes from one row, both served by the shipped server to somebody with a token? Does memory grow with the story, and
no faster? A ratio above 1 is better for ours, and a bar is the least ratio. ``--quick`` takes a fifth of the story.

What it does badly: the third needs servers and shares the machine with them; the others measure this process alone.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any

from sqlalchemy import text

from tests.benchmarks.http import Request, database_url, run, served
from tests.benchmarks.story_told import told
from tests.chronicle import follow, tell
from tracker.access import tokens
from tracker.access.permissions import Role
from tracker.clock import Clock
from tracker.config import load
from tracker.db import migrating
from tracker.db.database import Database
from tracker.projections.following import all_followers
from tracker.store import packed
from tracker.stories.events import ClaimAsserted, ClaimsRelated, Recorded
from tracker.stories.folding import fold
from tracker.stories.standing import standing_of
from tracker.stories.story import Story

REPORTS, QUICK_REPORTS = 500, 100
#: How much shorter the short story is.
_TIMES = 10
_LEAST = {"fold": 1 / 1.3, "standing": 50.0, "get": 1 / 3, "memory": _TIMES / 12}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help="a fifth of the story: within 60 seconds, and less exact")
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), help="only this database")
    options = parser.parse_args()
    engines = [options.engine] if options.engine else ["sqlite", "postgresql"]
    reports, rounds, requests = (QUICK_REPORTS, 3, 40) if options.quick else (REPORTS, 5, 120)
    found = [*pure(reports, rounds), *(serving(engine, reports, rounds, requests) for engine in engines)]
    print(json.dumps({"rows": found}) if options.json else _table(found))


# ---- In this process


def pure(reports: int, rounds: int) -> Iterator[dict[str, Any]]:
    """The rows that need no database."""
    short, long = told(reports // _TIMES), told(reports)
    yield folding(short, long, rounds)
    yield standing(long, rounds)
    yield remembering(short, long)


def folding(short: Sequence[Recorded], long: Sequence[Recorded], rounds: int) -> dict[str, Any]:
    """The CPU time of one event, in a long and in a short story."""
    pairs = []
    for _ in range(rounds):
        few = _microseconds(lambda: [fold(Story(), short) for _ in range(_TIMES)]) / len(short) / _TIMES
        pairs.append((_microseconds(lambda: fold(Story(), long)) / len(long), few))
    name = f"fold one of {len(long):,} events"
    return _row(name, "none", "µs/event", pairs, f"one of {len(short):,} events", _LEAST["fold"])


def standing(long: Sequence[Recorded], rounds: int) -> dict[str, Any]:
    """The CPU time to keep standings up with one claim or relation, and to reckon all of them anew."""
    marks = sum(isinstance(each.event, ClaimAsserted | ClaimsRelated) for each in long)
    story = fold(Story(), long)
    pairs = []
    for _ in range(rounds):
        kept_up = _microseconds(lambda: fold(Story(), long)) / marks
        anew = _microseconds(lambda: [standing_of(story, claim_id) for claim_id in story.claims])
        pairs.append((kept_up, anew))
    name = f"standings of {len(story.claims):,} claims after one more mark, all that folding it takes"
    return _row(name, "none", "µs", pairs, "reckoned anew", _LEAST["standing"])


def remembering(short: Sequence[Recorded], long: Sequence[Recorded]) -> dict[str, Any]:
    """The most memory that folding, writing down and reading back takes at one time."""
    name = f"peak memory of a story of {len(long):,} events, for each of {_TIMES} parts"
    pairs = [(_peak(long) / _TIMES, _peak(short))]
    return _row(name, "none", "KB", pairs, f"of {len(short):,} events", _LEAST["memory"])


def _peak(history: Sequence[Recorded]) -> float:
    """KB, besides the events themselves."""
    tracemalloc.start()
    story, _ = packed.unpack(packed.pack(fold(Story(), history)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert story.revision == len(history)
    return peak / 1e3


def _microseconds(task: Callable[[], object]) -> float:
    began = time.process_time()
    task()
    return (time.process_time() - began) * 1e6


# ---- Served


def serving(engine: str, reports: int, rounds: int, requests: int) -> dict[str, Any]:
    """The CPU of the server for the current story, and for the same bytes from one row."""
    with ExitStack() as stack:
        url = stack.enter_context(database_url(engine))
        story_id, token = _prepare(url, told(reports))
        ours = stack.enter_context(served(url, "tracker:create_app()"))
        headers = {"Authorization": f"Bearer {token}"}
        mine = Request("GET", f"/v1/stories/{story_id}", headers, lambda: None, 200)
        size = _keep(url, _body(ours.port, mine))
        floor = stack.enter_context(served(url, "tests.benchmarks.story_floor:app"))
        theirs = Request("GET", "/row", headers, lambda: None, 200)
        sides = [(ours, mine), (floor, theirs)]
        for side, request in sides:
            run(side, request, requests // 2)
        pairs = []
        for _ in range(rounds):
            cpu, floor_cpu = (run(side, request, requests)[0] for side, request in sides)
            pairs.append((cpu, floor_cpu))
    name = f"GET current, {size // 1000:,} KB: CPU"
    return _row(name, engine, "µs/request", pairs, "the same bytes from one row", _LEAST["get"], floor=True)


def _prepare(url: str, history: Sequence[Recorded]) -> tuple[str, str]:
    """Tell the story, follow it to its end; returns its id, and an editor's token."""
    settings = load({"TRACKER_DATABASE_URL": url, "TRACKER_SECRET_KEY": "x" * 40})
    database = Database(settings)
    migrating.upgrade_database(database)
    with database.writing() as connection:
        story_id = tell(connection, history)
        connection.exec_driver_sql("CREATE TABLE floor (id TEXT PRIMARY KEY, body TEXT NOT NULL)")
        _, written = tokens.create(connection, Clock(), name="benchmark", role=Role.EDITOR)
    follow(database, *all_followers(settings))
    database.close()
    return story_id, written


def _keep(url: str, body: bytes) -> int:
    database = Database(load({"TRACKER_DATABASE_URL": url, "TRACKER_SECRET_KEY": "x" * 40}))
    with database.writing() as connection:
        connection.execute(text("INSERT INTO floor (id, body) VALUES ('first', :body)"), {"body": body.decode()})
    database.close()
    return len(body)


def _body(port: int, request: Request) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(request.method, request.path, headers=request.headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != request.status:
        raise SystemExit(f"{request.method} {request.path} answered {answer.status}: {body[:300]!r}")
    return body


# ---- Rows


def _row(
    name: str,
    engine: str,
    unit: str,
    pairs: Sequence[tuple[float, float]],
    peer: str,
    bar: float,
    *,
    floor: bool = False,
) -> dict[str, Any]:
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(one[1] / one[0] for one in pairs)
    return {
        "name": name,
        "engine": engine,
        "ours": round(ours, 1),
        "unit": unit,
        "peer": peer,
        "theirs": round(theirs, 1),
        "ratio": round(ratio, 3),
        "floor": floor,
        "bar": round(bar, 3),
        "met": ratio >= bar,
    }


def _table(found: Sequence[dict[str, Any]]) -> str:
    head = f"{'':80}{'engine':12}{'ours':>12}{'theirs':>12}{'ratio':>10}{'bar':>8}"
    return "\n".join([head, *map(_line, found)])


def _line(row: dict[str, Any]) -> str:
    met = "met" if row["met"] else "NOT MET"
    figures = f"{row['ours']:>12}{row['theirs']:>12}{row['ratio']:>10}{row['bar']:>8}"
    return f"{row['name']:80.80}{row['engine']:12}{figures} {met}  {row['unit']}, beside {row['peer']}"


if __name__ == "__main__":
    main()
