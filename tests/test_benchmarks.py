"""The log's benchmark runs to its end on both databases, and tells what it promises to tell."""

from __future__ import annotations

import importlib.util
import json

import pytest

from tests.postgres import Cluster
from tests.requirements import unavailable

FIELDS = {"name", "engine", "ours", "unit", "peer", "theirs", "ratio", "floor", "bar", "met"}
#: Every row that has a bar, by how its name begins.
_BARRED = (
    "append, 1 writer",
    "append, a batch of 100",
    "append, a batch of 1,000",
    "append, 2 writers to 2 streams",
    "append, 2 writers to one stream, any",
    "append, 2 writers to one stream, deciding",
    "read a stream",
    "catch-up",
    "rebuild a projection",
    "load a story of 20 events, full replay",
    "load a story of 20 events, saved state",
    "peak RSS",
)
_BARRED_ON_POSTGRESQL = (*_BARRED, "worst delivery lag")

# The peer leaves connections and threads to the collector.
pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture(autouse=True)
def peer() -> None:
    if importlib.util.find_spec("eventsourcing") is None:
        unavailable("the peer is not installed: pip install -e .[bench]")


def test_each_row_with_a_bar_is_measured_once_on_sqlite() -> None:
    from tests.benchmarks.log_places import grounds

    with grounds("sqlite") as fresh:
        _check("sqlite", fresh, _BARRED)


def test_each_row_with_a_bar_is_measured_once_on_postgresql(postgres: Cluster) -> None:
    from tests.benchmarks.log_places import databases_of

    _check("postgresql", databases_of(postgres), _BARRED_ON_POSTGRESQL)


def _check(engine: str, fresh: object, barred: tuple[str, ...]) -> None:
    from tests.benchmarks.log import measured
    from tests.benchmarks.log_rows import TINY

    rows = json.loads(json.dumps(list(measured(engine, fresh, TINY, open_seconds=0.2))))  # type: ignore[arg-type]
    for row in rows:
        assert row.keys() == FIELDS
        assert row["engine"] == engine
        assert row["ours"] > 0
        assert row["theirs"] > 0
        assert (row["met"] is None) == (row["bar"] is None)
    found = [row["name"] for row in rows if row["bar"] is not None]
    assert [sum(name.startswith(known) for name in found) for known in barred] == [1] * len(barred)
    assert len(found) == len(barred)
