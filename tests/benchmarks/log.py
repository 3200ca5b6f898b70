"""The log beside PyPI's ``eventsourcing`` 9.5.6 and beside the bare driver.

    python -m tests.benchmarks.log [--json] [--quick] [--engine sqlite|postgresql]

All sides are durable when they acknowledge, store the same reports of 1.5 KB, and are measured by turns in one run
(``rounds``); every group of rows starts from fresh databases (``log_places``). The peer has its AES cipher and zlib
compressor on, since ours seals and compresses; a second row, without a bar, has both off. A ratio above 1 is better
for ours. ``log_rows``, ``log_lag`` and ``log_memory`` say what each row measures, ``log_ours`` and ``log_peer`` how
each side does it; ``docs/performance.md`` explains them to a reader. What it does badly: the database's server and the
writers share the machine, so that on few cores the figures hide how far each would go alone.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from tests.benchmarks.log_lag import OPEN_SECONDS, QUICK_OPEN_SECONDS, lagging
from tests.benchmarks.log_memory import remembering
from tests.benchmarks.log_places import Fresh, grounds
from tests.benchmarks.log_rows import FULL, QUICK, Sizes, loading, reading, rebuilding, writing, writing_together
from tests.benchmarks.log_sides import Kind, Place, Side, Writer, opened, opened_writer

_STORES: tuple[Kind, ...] = ("ours", "peer", "plain")
_ALL: tuple[Kind, ...] = (*_STORES, "floor")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help="smaller sizes: within 60 seconds, and less exact")
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), help="only this database")
    options = parser.parse_args()
    engines = [options.engine] if options.engine else ["sqlite", "postgresql"]
    sizes, open_seconds = (QUICK, QUICK_OPEN_SECONDS) if options.quick else (FULL, OPEN_SECONDS)
    found: list[dict[str, Any]] = []
    for engine in engines:
        with grounds(engine) as fresh:
            found += measured(engine, fresh, sizes, open_seconds)
    print(json.dumps({"rows": found}) if options.json else _table(found))


def measured(engine: str, fresh: Fresh, sizes: Sizes, open_seconds: float) -> Iterator[dict[str, Any]]:
    """The rows of one database."""
    places = fresh(_ALL)
    with _writers(places) as writers:
        yield from writing(engine, writers, sizes)
        yield from writing_together(engine, writers, places, sizes)
    with _writers(fresh(_ALL)) as writers:
        yield from reading(engine, writers, sizes)
    with _sides(fresh, _STORES) as sides:
        yield from rebuilding(engine, sides, sizes)
    with _sides(fresh, _STORES) as sides:
        yield from loading(engine, sides, sizes)
    if engine == "postgresql":
        with _sides(fresh, ("ours", "peer")) as sides:
            yield from lagging(engine, sides, open_seconds)
    yield from remembering(fresh(["ours"])["ours"], sizes.memory)


@contextmanager
def _writers(places: Mapping[Kind, Place]) -> Iterator[dict[Kind, Writer]]:
    with ExitStack() as stack:
        writers = {kind: opened_writer(place) for kind, place in places.items()}
        for writer in writers.values():
            stack.callback(writer.close)
        yield writers


@contextmanager
def _sides(fresh: Fresh, kinds: Sequence[Kind]) -> Iterator[dict[Kind, Side]]:
    with ExitStack() as stack:
        sides = {kind: opened(place) for kind, place in fresh(kinds).items()}
        for side in sides.values():
            stack.callback(side.close)
        yield sides


def _table(found: list[dict[str, Any]]) -> str:
    head = f"{'':62}{'ours':>9}{'theirs':>9}{'floor':>9}  {'unit':9}{'ratio':>8}{'bar':>7}"
    return "\n".join([head, *map(_line, found)])


def _line(row: dict[str, Any]) -> str:
    plain = ", beside the plain peer" if "neither" in row["peer"] else ""
    name = f"{row['engine']}: {row['name']}{plain}"
    floor = "" if row["floor"] is None else f"{row['floor']:g}"
    bar = "" if row["bar"] is None else f"{row['bar']:.2f}"
    met = {None: "", True: " met", False: " NOT MET"}[row["met"]]
    figures = f"{row['ours']:>9g}{row['theirs']:>9g}{floor:>9}  {row['unit']:9}{row['ratio']:>8.2f}{bar:>7}"
    return f"{name:62.62}{figures}{met}"


if __name__ == "__main__":
    main()
