"""Measures sides by turns, and makes a row of what was found.

In every round each side is measured once, in the one order and then in the other, so that whatever else the machine
does weighs on all alike. A row has the medians; its ratio is the median of the rounds' own ratios. A ``Crew`` sets
several writers to work at one moment, in threads or in processes, and tells how long all of them took.
"""

from __future__ import annotations

import multiprocessing
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Any, NamedTuple, Protocol, TypeVar
from uuid import UUID

from tests.benchmarks.log_sides import NAMES, Kind, Place, Writer, opened_writer

T = TypeVar("T")

_FORKED = multiprocessing.get_context("forkserver")
_PATIENCE_SECONDS = 300


class Job(NamedTuple):
    """What one writer of a crew is to write."""

    story: UUID
    #: Keeps its reports' ids apart from all others.
    batch: str
    reports: int


Task = Callable[[Writer, Job], None]


class Crew(Protocol):
    """Several writers of one side."""

    #: One more writer, who prepares and settles what the crew does.
    writer: Writer

    def seconds(self, task: Task, jobs: Sequence[Job]) -> float:
        """How long it takes them to do all ``jobs``, one each, and to settle."""
        ...


class Bar(NamedTuple):
    """What is measured, and what it is to reach."""

    name: str
    unit: str
    #: The least ratio on each engine; none where there is no bar.
    least: Mapping[str, float]
    more_is_better: bool = True


class Threads:
    """Writers in threads of this process, which share one opened side."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer

    def seconds(self, task: Task, jobs: Sequence[Job]) -> float:
        errors: list[BaseException] = []
        together = threading.Barrier(len(jobs) + 1)

        def work(job: Job) -> None:
            together.wait()
            try:
                task(self.writer, job)
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=work, args=(job,)) for job in jobs]
        for thread in threads:
            thread.start()
        together.wait()
        began = time.perf_counter()
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]
        self.writer.settle()
        return time.perf_counter() - began


class Processes:
    """Writers in processes of their own, each with a database opened for itself."""

    def __init__(self, writer: Writer, place: Place, count: int) -> None:
        self.writer = writer
        _FORKED.set_forkserver_preload(["tests.benchmarks.log_ours", "tests.benchmarks.log_peer"])
        self._lines: list[Connection[Any, Any]] = []
        self._workers = [self._started(place) for _ in range(count)]

    def seconds(self, task: Task, jobs: Sequence[Job]) -> float:
        began = time.perf_counter()
        for line, job in zip(self._lines, jobs, strict=True):
            line.send((task, job))
        for line in self._lines:
            _answer(line)
        self.writer.settle()
        return time.perf_counter() - began

    def close(self) -> None:
        """End the processes."""
        for line in self._lines:
            # One that failed is gone already, and has said so.
            with suppress(BrokenPipeError):
                line.send(None)
        for worker in self._workers:
            worker.join(_PATIENCE_SECONDS)

    def _started(self, place: Place) -> Any:
        here, there = _FORKED.Pipe()
        worker = _FORKED.Process(target=_serve, args=(place, there), daemon=True)
        worker.start()
        there.close()
        # One after the other: the peer looks for its tables when it is opened, and not all at once.
        _answer(here)
        self._lines.append(here)
        return worker


def _serve(place: Place, line: Connection[Any, Any]) -> None:
    writer = opened_writer(place)
    line.send(None)
    while work := line.recv():
        task, job = work
        try:
            task(writer, job)
        except BaseException as error:
            line.send(repr(error))
            raise
        line.send(None)
    writer.close()


def _answer(line: Connection[Any, Any]) -> None:
    if not line.poll(_PATIENCE_SECONDS):
        raise SystemExit("a writer's process does not answer")
    try:
        failure = line.recv()
    except EOFError:
        failure = "it ended"
    if failure:
        raise SystemExit(f"a writer's process failed: {failure}")


@contextmanager
def processes(writers: Mapping[Kind, Writer], places: Mapping[Kind, Place], count: int) -> Iterator[dict[Kind, Crew]]:
    """A crew of ``count`` processes for each side."""
    with ExitStack() as stack:
        crews: dict[Kind, Crew] = {}
        for kind, writer in writers.items():
            crew = Processes(writer, places[kind]._replace(connections=2), count)
            stack.callback(crew.close)
            crews[kind] = crew
        yield crews


def by_turns(sides: Mapping[Kind, T], rounds: int, measure: Callable[[T], float]) -> dict[Kind, list[float]]:
    """What ``measure`` finds for each side, once a round."""
    found: dict[Kind, list[float]] = {kind: [] for kind in sides}
    for number in range(rounds):
        for kind in sides if number % 2 == 0 else reversed(list(sides)):
            found[kind].append(measure(sides[kind]))
    return found


def rows(bar: Bar, engine: str, found: Mapping[Kind, Sequence[float]], *, barred: bool = True) -> list[dict[str, Any]]:
    """The row of each peer in ``found``; only the sealed one's has the bar, and only if ``barred``."""
    ours, floor = found["ours"], found.get("floor")
    made = []
    for kind in ("peer", "plain"):
        if kind in found:
            least = bar.least.get(engine) if barred and kind == "peer" else None
            made.append(row(bar, engine, NAMES[kind], ours, found[kind], floor, least))
    return made


def row(
    bar: Bar,
    engine: str,
    peer: str,
    ours: Sequence[float],
    theirs: Sequence[float],
    floor: Sequence[float] | None,
    least: float | None,
) -> dict[str, Any]:
    """One row, of what was found in the same rounds."""
    pairs = list(zip(ours, theirs, strict=True))
    ratio = statistics.median(a / b if bar.more_is_better else b / a for a, b in pairs)
    made = {
        "name": bar.name,
        "engine": engine,
        "ours": _rounded(statistics.median(ours)),
        "unit": bar.unit,
        "peer": peer,
        "theirs": _rounded(statistics.median(theirs)),
        "ratio": round(ratio, 3),
        "floor": None if floor is None else _rounded(statistics.median(floor)),
        "bar": least,
        "met": None if least is None else ratio >= least,
    }
    _say(made)
    return made


def _rounded(value: float) -> float:
    return round(value, 0 if value >= 100 else 2)


_began = time.perf_counter()


def _say(row: Mapping[str, Any]) -> None:
    since = time.perf_counter() - _began
    print(
        f"[{since:5.0f} s] {row['engine']}: {row['name']}: {row['ours']:g} {row['unit']}, "
        f"{row['peer']} {row['theirs']:g}: {row['ratio']:g} × (bar {row['bar']})",
        file=sys.stderr,
        flush=True,
    )
