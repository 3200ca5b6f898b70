"""How late events reach who follows the log while another append's transaction is left open.

One transaction has appended and is not committed for three seconds. Meanwhile a writer appends to another story every
25 ms, and a follower listens. The lag of a report runs from the moment at which its writer asked for it to be stored
until the follower has opened it: from its commit it would show nothing where the writer itself is made to wait. Each
side follows as its users would: ours asks every 5 ms, the peer has its subscription.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

from tests.benchmarks.log_reports import report
from tests.benchmarks.log_sides import Kind, Side
from tests.benchmarks.rounds import Bar, rows
from tests.waiting import wait_until

OPEN_SECONDS = 3.0
QUICK_OPEN_SECONDS = 1.5
_EVERY_SECONDS = 0.025
_LONGEST_SECONDS = 60.0

_LAG = Bar("worst delivery lag beside a transaction left open {:g} s", "ms", {"postgresql": 20.0}, more_is_better=False)


def lagging(engine: str, sides: Mapping[Kind, Side], seconds: float) -> Iterator[dict[str, Any]]:
    """The row; nothing is to be measured on SQLite, where one transaction writes at a time."""
    found = {kind: [worst_lag(side, seconds)] for kind, side in sides.items()}
    yield from rows(_LAG._replace(name=_LAG.name.format(seconds)), engine, found)


def worst_lag(side: Side, seconds: float) -> float:
    """Milliseconds."""
    asked: dict[str, float] = {}
    delivered: dict[str, float] = {}
    opened, other, ended = side.open_story(), side.open_story(), threading.Event()
    with side.following(lambda report_id: delivered.setdefault(report_id, time.perf_counter())):
        with side.left_open(opened, report(0, "open-"), 1):
            writer = threading.Thread(target=_write, args=(side, other, asked, ended))
            writer.start()
            time.sleep(seconds)
        ended.set()
        writer.join()
        wait_until(lambda: asked.keys() <= delivered.keys(), _LONGEST_SECONDS, "every report to be delivered")
    return max(delivered[report_id] - at for report_id, at in asked.items()) * 1000


def _write(side: Side, story: Any, asked: dict[str, float], ended: threading.Event) -> None:
    version = 0
    while not ended.wait(_EVERY_SECONDS):
        version += 1
        new = report(version, "beside-")
        asked[new.report_id] = time.perf_counter()
        side.append_at(story, [new], version)
