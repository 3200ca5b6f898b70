"""The most memory that a rebuild takes, in a process that does nothing else.

    python -m tests.benchmarks.log_memory ENGINE URL

prints {"events": counted, "rss": bytes}. It is VmHWM of /proc (proc_pid_status(5)): ``getrusage`` would give a new
process the peak of the one that started it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.benchmarks.log_reports import reports
from tests.benchmarks.log_sides import Place, Side, opened
from tests.benchmarks.rounds import Bar, row

_BATCH = 1000
_MEMORY = Bar("peak RSS of a rebuild of {:,} events", "MB", {"postgresql": 1 / 1.2, "sqlite": 1 / 1.2}, False)


def remembering(place: Place, sizes: tuple[int, int]) -> Iterator[dict[str, Any]]:
    """The row: a rebuild of the larger log beside one of the smaller. Only ours: the peer would take too long."""
    small, large = sizes
    with closing(opened(place)) as side:
        _fill(side, small)
        before = _peak(place, small)
        _fill(side, large - small)
        after = _peak(place, large)
    bar = _MEMORY._replace(name=_MEMORY.name.format(large))
    least = bar.least[place.engine]
    yield row(bar, place.engine, f"tracker, {small:,} events", [after], [before], None, least)


def _fill(side: Side, count: int) -> None:
    """Add ``count`` reports, in stories of ``_BATCH``."""
    for start in range(0, count, _BATCH):
        story = side.open_story()
        side.append_at(story, reports(min(_BATCH, count - start), f"{story.hex}-"), 1)
    side.settle()


def _peak(place: Place, size: int) -> float:
    """MB."""
    command = [sys.executable, "-m", "tests.benchmarks.log_memory", place.engine, place.url]
    found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    if found["events"] != size:
        raise SystemExit(f"a rebuild counted {found['events']} of {size} events")
    return float(found["rss"]) / 1e6


def main() -> None:
    _, engine, url = sys.argv
    with closing(opened(Place("ours", engine, url))) as side:
        events = side.rebuild()
    high = re.search(r"^VmHWM:\s*(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert high is not None
    print(json.dumps({"events": events, "rss": int(high[1]) * 1024}))


if __name__ == "__main__":
    main()
