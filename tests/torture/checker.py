"""A plain model of the log: given what happened, it says in words everything that must not have happened.

It knows nothing of databases. A ``History`` is what writers were answered, what is stored, how it is numbered, and
what each follower was given; ``faults`` goes through it once, with dictionaries, and returns every fault. What it does
badly: it keeps a whole history in memory.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class Outcome(StrEnum):
    """What a writer knows of its transaction."""

    #: It was told yes: all of it is stored.
    ACKNOWLEDGED = "acknowledged"
    #: It was told no, or took it back: nothing of it is stored.
    REFUSED = "refused"
    #: It was killed, or told that nobody knows: all of it is stored, or nothing.
    UNKNOWN = "unknown"


class Key(NamedTuple):
    """Which event: ids are unique within a stream."""

    stream_id: str
    event_id: str


class Part(NamedTuple):
    """Events that were appended to one stream at once."""

    stream_id: str
    event_ids: tuple[str, ...]
    #: The version of the first one, as answered; ``None`` where there was no answer.
    first: int | None = None


@dataclass(frozen=True)
class Attempt:
    """One transaction of a writer."""

    outcome: Outcome
    parts: tuple[Part, ...]
    #: When it began, and when its outcome was known: any clock that all writers share and that doesn't run back.
    began: float | None = None
    ended: float | None = None


class Stored(NamedTuple):
    """An event as it is stored."""

    stream_id: str
    version: int
    event_id: str
    #: Microseconds since 1970.
    recorded_at: int = 0


class Place(NamedTuple):
    """A row of the order, or what a follower was given."""

    position: int
    stream_id: str
    version: int


@dataclass
class History:
    """What happened."""

    attempts: list[Attempt] = field(default_factory=list)
    stored: list[Stored] = field(default_factory=list)
    order: list[Place] = field(default_factory=list)
    #: By follower: what it was given, in the order in which it was given.
    taken: dict[str, list[Place]] = field(default_factory=dict)


class Kind(StrEnum):
    """What can be wrong."""

    LOST = "acknowledged, but not stored"
    MOVED = "not where the answer said"
    UNWANTED = "refused, but stored"
    HALF = "stored in part"
    FOREIGN = "stored, but nobody appended it"
    DOUBLED = "stored twice"
    GAP = "versions are not dense"
    TIME = "recorded time runs back"
    UNNUMBERED = "stored, but has no position"
    NUMBERED_TWICE = "has two positions"
    NOTHING_NUMBERED = "a position of no event"
    POSITIONS = "positions are not dense"
    REORDERED = "a stream is out of its order"
    EARLIER = "stands before what was acknowledged before it began"
    MISSED = "a follower never got it"
    TWICE = "a follower got it twice"
    ELSEWHERE = "a follower got it at another position"


class Fault(NamedTuple):
    """One thing that is wrong."""

    kind: Kind
    where: str

    def __str__(self) -> str:
        return f"{self.where}: {self.kind}"


def faults(history: History) -> list[Fault]:
    """Everything that is wrong with ``history``; empty where nothing is."""
    return [
        *_of_answers(history),
        *_of_what_is_stored(history),
        *_of_the_order(history),
        *_of_causes(history),
        *(fault for name, taken in history.taken.items() for fault in _of_a_follower(name, taken, history)),
    ]


def kinds(found: Iterable[Fault]) -> set[Kind]:
    """Which kinds of faults there are."""
    return {fault.kind for fault in found}


# ---- What was answered ---------------------------------------------------------------------------------------------


def _of_answers(history: History) -> Iterator[Fault]:
    versions = {Key(each.stream_id, each.event_id): each.version for each in history.stored}
    meant = _meant_to_be_stored(history.attempts)
    for attempt in history.attempts:
        match attempt.outcome:
            case Outcome.ACKNOWLEDGED:
                yield from _of_an_acknowledged(attempt, versions)
            case Outcome.REFUSED:
                yield from _of_a_refused(attempt, versions, meant)
            case Outcome.UNKNOWN:
                yield from _of_an_unknown(attempt, versions)


def _meant_to_be_stored(attempts: Iterable[Attempt]) -> set[Key]:
    """What somebody has tried to store: a refused attempt may have been a second try of the same events."""
    return {key for attempt in attempts if attempt.outcome != Outcome.REFUSED for key in _keys(attempt)}


def _of_an_acknowledged(attempt: Attempt, versions: Mapping[Key, int]) -> Iterator[Fault]:
    for part in attempt.parts:
        for offset, event_id in enumerate(part.event_ids):
            version = versions.get(Key(part.stream_id, event_id))
            if version is None:
                yield Fault(Kind.LOST, f"event {event_id} of stream {part.stream_id}")
            elif part.first is not None and version != part.first + offset:
                answered = f"event {event_id} of stream {part.stream_id} (answered {part.first + offset}, is {version})"
                yield Fault(Kind.MOVED, answered)


def _of_a_refused(attempt: Attempt, versions: Mapping[Key, int], meant: set[Key]) -> Iterator[Fault]:
    for key in _keys(attempt):
        if key in versions and key not in meant:
            yield Fault(Kind.UNWANTED, f"event {key.event_id} of stream {key.stream_id}")


def _of_an_unknown(attempt: Attempt, versions: Mapping[Key, int]) -> Iterator[Fault]:
    found = [[versions.get(Key(part.stream_id, event_id)) for event_id in part.event_ids] for part in attempt.parts]
    nothing = all(version is None for part in found for version in part)
    if not nothing and not all(map(_in_a_row, found)):
        events = sum(map(len, found))
        yield Fault(Kind.HALF, f"the {events} events that begin with {attempt.parts[0].event_ids[0]}")


def _keys(attempt: Attempt) -> list[Key]:
    return [Key(part.stream_id, event_id) for part in attempt.parts for event_id in part.event_ids]


def _in_a_row(versions: Sequence[int | None]) -> bool:
    first = versions[0]
    return first is not None and list(versions) == list(range(first, first + len(versions)))


# ---- What is stored ------------------------------------------------------------------------------------------------


def _of_what_is_stored(history: History) -> Iterator[Fault]:
    tried = {key for attempt in history.attempts for key in _keys(attempt)}
    counted = Counter(Key(each.stream_id, each.event_id) for each in history.stored)
    for key, times in counted.items():
        where = f"event {key.event_id} of stream {key.stream_id}"
        if times > 1:
            yield Fault(Kind.DOUBLED, where)
        if key not in tried:
            yield Fault(Kind.FOREIGN, where)
    for stream_id, events in _by_stream(history.stored).items():
        yield from _of_a_stream(stream_id, events)


def _of_a_stream(stream_id: str, events: list[Stored]) -> Iterator[Fault]:
    events = sorted(events, key=lambda each: each.version)
    versions = [each.version for each in events]
    if versions != list(range(1, len(events) + 1)):
        yield Fault(Kind.GAP, f"stream {stream_id} with versions {_shortly(versions)}")
    for before, after in itertools.pairwise(events):
        if after.recorded_at < before.recorded_at:
            yield Fault(Kind.TIME, f"stream {stream_id} at version {after.version}")


def _by_stream(stored: Iterable[Stored]) -> dict[str, list[Stored]]:
    streams: dict[str, list[Stored]] = defaultdict(list)
    for each in stored:
        streams[each.stream_id].append(each)
    return streams


# ---- The order -----------------------------------------------------------------------------------------------------


def _of_the_order(history: History) -> Iterator[Fault]:
    there = {(each.stream_id, each.version) for each in history.stored}
    numbered = Counter((place.stream_id, place.version) for place in history.order)
    for stream_id, version in there - numbered.keys():
        yield Fault(Kind.UNNUMBERED, f"version {version} of stream {stream_id}")
    for (stream_id, version), times in numbered.items():
        if (stream_id, version) not in there:
            yield Fault(Kind.NOTHING_NUMBERED, f"version {version} of stream {stream_id}")
        if times > 1:
            yield Fault(Kind.NUMBERED_TWICE, f"version {version} of stream {stream_id}")
    yield from _of_positions("the order", sorted(place.position for place in history.order))
    yield from _of_streams("the order", sorted(history.order))


def _of_positions(name: str, positions: list[int]) -> Iterator[Fault]:
    """``positions`` in the order in which they came: each must be one more than the one before."""
    for expected, found in enumerate(positions, start=1):
        if expected != found:
            yield Fault(Kind.POSITIONS, f"{name} at {found}, where {expected} was to come")
            return


def _of_streams(name: str, places: Iterable[Place]) -> Iterator[Fault]:
    """Each stream's versions must come in their order; one that comes again is another fault."""
    latest: dict[str, int] = {}
    for place in places:
        if place.version < latest.get(place.stream_id, 0):
            before = latest[place.stream_id]
            yield Fault(Kind.REORDERED, f"{name}: version {place.version} of stream {place.stream_id} after {before}")
        latest[place.stream_id] = max(place.version, latest.get(place.stream_id, 0))


def _of_causes(history: History) -> Iterator[Fault]:
    """Whoever began after somebody was told yes comes after him."""
    keys = {(each.stream_id, each.version): Key(each.stream_id, each.event_id) for each in history.stored}
    began, told = _times(history.attempts)
    latest_begin = float("-inf")
    for place in sorted(history.order):
        key = keys.get((place.stream_id, place.version))
        if key is not None and told.get(key, latest_begin) < latest_begin:
            yield Fault(Kind.EARLIER, f"an event whose position is below {place.position}, which {key.event_id} has")
        latest_begin = max(latest_begin, began.get(key, latest_begin) if key else latest_begin)


def _times(attempts: Iterable[Attempt]) -> tuple[dict[Key, float], dict[Key, float]]:
    """When the first try of each event began, and when somebody was first told that it is stored."""
    began: dict[Key, float] = {}
    told: dict[Key, float] = {}
    for attempt in attempts:
        for key in _keys(attempt):
            if attempt.began is not None:
                began[key] = min(attempt.began, began.get(key, attempt.began))
            if attempt.ended is not None and attempt.outcome == Outcome.ACKNOWLEDGED:
                told[key] = min(attempt.ended, told.get(key, attempt.ended))
    return began, told


# ---- What a follower was given -------------------------------------------------------------------------------------


def _of_a_follower(name: str, taken: list[Place], history: History) -> Iterator[Fault]:
    there = {(each.stream_id, each.version) for each in history.stored}
    counted = Counter((place.stream_id, place.version) for place in taken)
    for stream_id, version in there - counted.keys():
        yield Fault(Kind.MISSED, f"follower {name}, version {version} of stream {stream_id}")
    for (stream_id, version), times in counted.items():
        if times > 1:
            yield Fault(Kind.TWICE, f"follower {name}, version {version} of stream {stream_id}")
    for place in set(taken) - set(history.order):
        yield Fault(Kind.ELSEWHERE, f"follower {name}, version {place.version} of stream {place.stream_id}")
    yield from _of_positions(f"follower {name}", [place.position for place in taken])
    yield from _of_streams(f"follower {name}", taken)


def _shortly(numbers: Sequence[int]) -> str:
    return str(list(numbers)) if len(numbers) <= 12 else f"{list(numbers[:6])} … {list(numbers[-6:])}"
