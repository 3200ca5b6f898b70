"""What a writer is going to do next, drawn at random."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from tests.store.writing import saying
from tests.torture.checker import Part
from tracker.store.log_events import NewEvent

_SHARED_STREAMS = 4
#: How far a clock is put forward or back, mostly not at all.
_JUMPS = [timedelta()] * 12 + [timedelta(hours=1), timedelta(hours=-1), timedelta(days=365), timedelta(days=-365)]


@dataclass(frozen=True)
class Plan:
    """One transaction."""

    #: Its events by stream, in the order in which they are appended.
    events: dict[str, list[NewEvent]]
    #: How the writer knows where the streams are: not at all, by a look at them, or by a look under their locks.
    knows: Literal["nothing", "version", "locked version"] = "nothing"
    #: Whether ``append`` is the whole transaction, where the database lets it be one.
    alone: bool = False
    #: Events that are appended before, after a savepoint, and taken back to it.
    taken_back: list[NewEvent] = field(default_factory=list)
    #: Seconds from the transaction's number to its first append; ``None``: it gets its number by the append.
    early: float | None = None
    #: Seconds from the last append to COMMIT.
    slow: float = 0
    gives_up: bool = False
    #: Whether it comes after what another writer has just begun: the same events, by somebody who heard no answer.
    echoes: bool = False
    #: What the writer's clock shows, apart from the time of all others.
    jump: timedelta = timedelta()

    @property
    def parts(self) -> list[Part]:
        return [_part(stream_id, events) for stream_id, events in self.events.items()]

    @property
    def part_taken_back(self) -> Part:
        return _part(next(iter(self.events)), self.taken_back)

    def again(self) -> Plan:
        """The same events, in the plainest way."""
        return Plan(self.events)


def plans(name: str, seed: int) -> Iterator[Plan]:
    """The plans of the writer ``name``, without end."""
    draw = random.Random(f"{name} {seed}")
    number = 0
    while True:
        number += 1
        own = f"own-{name}-{draw.randrange(2)}"
        shared = [f"shared-{n}" for n in range(_SHARED_STREAMS)]
        # Whoever appends to several streams takes them by ascending id.
        streams = sorted(draw.sample([own, *shared], draw.choice([1, 1, 1, 2])))
        yield _plan(draw, f"{name}-{number}", streams)


def _plan(draw: random.Random, name: str, streams: list[str]) -> Plan:
    sizes = [draw.choice([1, 1, 1, 2, 5]) for _ in streams]
    alone = len(streams) == 1 and draw.random() < 0.4
    return Plan(
        events={
            stream: _events(f"{name}-{n}", size) for n, (stream, size) in enumerate(zip(streams, sizes, strict=True))
        },
        knows=draw.choice(["nothing", "nothing", "version", "locked version"]),
        alone=alone,
        taken_back=_events(f"{name}-back", 2) if not alone and draw.random() < 0.1 else [],
        early=draw.uniform(0, 0.05) if draw.random() < 0.15 else None,
        slow=draw.uniform(0, 0.03) if draw.random() < 0.15 else 0,
        gives_up=not alone and draw.random() < 0.1,
        echoes=draw.random() < 0.15,
        jump=draw.choice(_JUMPS),
    )


def _events(name: str, how_many: int) -> list[NewEvent]:
    return [saying("More.", event_id=f"{name}-{n}") for n in range(how_many)]


def _part(stream_id: str, events: list[NewEvent]) -> Part:
    return Part(stream_id, tuple(event.event_id for event in events))
