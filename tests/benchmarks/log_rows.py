"""The rows of the log's benchmark: what each measures, and the bar that it is to reach.

A row starts from what ``prepared`` made: every side has a fresh database on the same disk, or in the same cluster. The
times of writing include ``settle``, so that no side leaves the ordering of events for later.
"""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from tests.benchmarks.log_reports import report, reports
from tests.benchmarks.log_sides import Kind, Place, Side, Writer
from tests.benchmarks.rounds import Bar, Crew, Job, Task, Threads, by_turns, processes, rows

#: Events of a story after its saved state.
_TAIL = 10
#: Reports in one append, where a database is only filled.
_FILL = 500


class Sizes(NamedTuple):
    """How much is measured."""

    rounds: int
    #: Reports that one writer appends in a round, alone; and each of several.
    alone: int
    each: int
    writers: int
    batches: int
    stream: int
    rebuild: int
    story: int
    #: Events of the two logs whose rebuild is measured for its memory.
    memory: tuple[int, int]


FULL = Sizes(
    rounds=7,
    alone=300,
    each=60,
    writers=8,
    batches=3,
    stream=10_000,
    rebuild=2000,
    story=1000,
    memory=(20_000, 200_000),
)
QUICK = Sizes(
    rounds=3, alone=50, each=10, writers=8, batches=1, stream=1500, rebuild=150, story=300, memory=(1000, 5000)
)
#: For a test of the benchmark itself.
TINY = Sizes(rounds=1, alone=3, each=2, writers=2, batches=1, stream=30, rebuild=20, story=20, memory=(50, 100))

_WRITING = "events/s"
_ONE = Bar("append, 1 writer", _WRITING, {"postgresql": 1.0, "sqlite": 1.0})
_OWN = Bar("append, {0} writers to {0} streams", _WRITING, {"postgresql": 4.0, "sqlite": 2.0})
_ANY = Bar("append, {0} writers to one stream, any", _WRITING, {"postgresql": 10.0, "sqlite": 2.0})
_DECIDING = Bar("append, {0} writers to one stream, deciding", _WRITING, {"postgresql": 6.0, "sqlite": 2.0})
_BATCHES = {
    size: Bar(f"append, a batch of {size:,}", _WRITING, {"postgresql": 4.0, "sqlite": 0.9}) for size in (100, 1000)
}
_STREAM = Bar("read a stream of {:,} events", _WRITING, {"postgresql": 2.0, "sqlite": 2.5})
_CATCH_UP = Bar("catch-up, content opened", _WRITING, {"postgresql": 2.0, "sqlite": 2.5})
_REBUILD = Bar("rebuild a projection", _WRITING, {"postgresql": 40.0, "sqlite": 20.0})
_REPLAY = Bar("load a story of {:,} events, full replay", "loads/s", {"postgresql": 2.0, "sqlite": 2.0})
_SAVED = Bar("load a story of {:,} events, saved state", "loads/s", {"postgresql": 8.0, "sqlite": 8.0})

_numbers = itertools.count(1)


def writing(engine: str, writers: Mapping[Kind, Writer], sizes: Sizes) -> Iterator[dict[str, Any]]:
    """One writer, and batches."""
    yield from rows(_ONE, engine, by_turns(writers, sizes.rounds, partial(_alone, count=sizes.alone)))
    for size, bar in _BATCHES.items():
        measure = partial(_batches, size=size, count=sizes.batches)
        yield from rows(bar, engine, by_turns(writers, sizes.rounds, measure))


def writing_together(
    engine: str, writers: Mapping[Kind, Writer], places: Mapping[Kind, Place], sizes: Sizes
) -> Iterator[dict[str, Any]]:
    """Several writers: in threads; on PostgreSQL also in processes. The bar is for the way that suits the peer best."""
    ways: dict[str, Mapping[Kind, Crew]] = {"threads": {kind: Threads(each) for kind, each in writers.items()}}
    with ExitStack() as stack:
        if engine == "postgresql":
            ways["processes"] = stack.enter_context(processes(writers, places, sizes.writers))
        for bar, task in _TOGETHER:
            measure = partial(_together, task=task, sizes=sizes)
            found = {way: by_turns(crews, sizes.rounds, measure) for way, crews in ways.items()}
            best = max(found, key=lambda way: statistics.median(found[way]["peer"]))
            for way, each in found.items():
                yield from rows(
                    bar._replace(name=f"{bar.name.format(sizes.writers)} ({way})"), engine, each, barred=way == best
                )


def reading(engine: str, writers: Mapping[Kind, Writer], sizes: Sizes) -> Iterator[dict[str, Any]]:
    """One long stream, which is the whole log, by itself and as who follows the log."""
    streams = {kind: _filled(writer, sizes.stream) for kind, writer in writers.items()}
    sides = {kind: (writer, streams[kind]) for kind, writer in writers.items()}
    found = by_turns(sides, sizes.rounds, lambda side: _rate(sizes.stream, lambda: side[0].read_stream(side[1])))
    yield from rows(_STREAM._replace(name=_STREAM.name.format(sizes.stream)), engine, found)
    yield from rows(
        _CATCH_UP, engine, by_turns(writers, sizes.rounds, lambda writer: _rate(sizes.stream, writer.catch_up))
    )


def rebuilding(engine: str, sides: Mapping[Kind, Side], sizes: Sizes) -> Iterator[dict[str, Any]]:
    """Count the reports of each outlet, exactly once. Ours leaves the content sealed: the outlet is in the clear."""
    for side in sides.values():
        # Its opening is an event too, and no report.
        _filled(side, sizes.rebuild + 1)
    found = by_turns(sides, sizes.rounds, lambda side: _rate(sizes.rebuild, side.rebuild))
    yield from rows(_REBUILD, engine, found)


def loading(engine: str, sides: Mapping[Kind, Side], sizes: Sizes) -> Iterator[dict[str, Any]]:
    """A story's state: by all its events, and from a state that was saved ten events before."""
    for bar, saved in ((_REPLAY, False), (_SAVED, True)):
        stories = {kind: (side, _story(side, sizes.story, saved)) for kind, side in sides.items()}
        found = by_turns(stories, sizes.rounds, partial(_loads, sizes=sizes))
        yield from rows(bar._replace(name=bar.name.format(sizes.story)), engine, found)


def _alone(writer: Writer, count: int) -> float:
    story, batch = writer.open_story(), f"{next(_numbers)}-"
    filed = reports(count, batch)

    def write() -> None:
        for version, each in enumerate(filed, start=1):
            writer.append_at(story, [each], version)
        writer.settle()

    return count / _seconds(write)


def _batches(writer: Writer, size: int, count: int) -> float:
    story = writer.open_story()
    batches = [reports(size, f"{next(_numbers)}-") for _ in range(count)]

    def write() -> None:
        for number, batch in enumerate(batches):
            writer.append_at(story, batch, 1 + number * size)
        writer.settle()

    return count * size / _seconds(write)


def write_own(writer: Writer, job: Job) -> None:
    """Append to a stream that nobody else writes to."""
    for number in range(job.reports):
        writer.append_at(job.story, [report(number, job.batch)], number + 1)


def write_any(writer: Writer, job: Job) -> None:
    """Append to a stream that others write to, wherever it is."""
    for number in range(job.reports):
        writer.append(job.story, report(number, job.batch))


def write_deciding(writer: Writer, job: Job) -> None:
    """Append to a stream that others write to, after a look at its state."""
    for number in range(job.reports):
        writer.decide(job.story, report(number, job.batch))


_TOGETHER: tuple[tuple[Bar, Task], ...] = ((_OWN, write_own), (_ANY, write_any), (_DECIDING, write_deciding))


def _together(crew: Crew, task: Task, sizes: Sizes) -> float:
    if task is write_own:
        stories = [crew.writer.open_story() for _ in range(sizes.writers)]
    else:
        stories = [crew.writer.open_story()] * sizes.writers
    jobs = [Job(story, f"{next(_numbers)}-", sizes.each) for story in stories]
    return sizes.each * sizes.writers / crew.seconds(task, jobs)


def _story(side: Side, count: int, saved: bool) -> UUID:
    story = _filled(side, count - _TAIL)
    if saved:
        side.save_state(story)
    side.append_at(story, reports(_TAIL, "tail-"), count - _TAIL)
    side.settle()
    return story


def _loads(known: tuple[Side, UUID], sizes: Sizes) -> float:
    side, story = known
    return 1 / _seconds(lambda: _require(sizes.story - 1, side.load(story, sizes.story)))


def _filled(writer: Writer, count: int) -> UUID:
    """A story of ``count`` events, its opening among them."""
    story = writer.open_story()
    rest = reports(count - 1, "filled-")
    for start in range(0, len(rest), _FILL):
        writer.append_at(story, rest[start : start + _FILL], start + 1)
    writer.settle()
    return story


def _rate(expected: int, work: Callable[[], int]) -> float:
    return expected / _seconds(lambda: _require(expected, work()))


def _require(expected: int, found: int) -> None:
    if found != expected:
        raise SystemExit(f"a side found {found} events where there are {expected}")


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
