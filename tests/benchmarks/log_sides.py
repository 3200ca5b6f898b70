"""What the sides of the log's benchmark have in common: ours, the peer with and without its cipher, and the floor.

A ``Side`` does what a row asks for through its own library's public functions; whatever a side can't do, no row asks of
it. A ``Place`` says where a side's database is, so that another process can open the same one.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Literal, NamedTuple, Protocol
from uuid import UUID

from tests.benchmarks.log_reports import Report

Kind = Literal["ours", "peer", "plain", "floor"]

#: What each side is called in a row.
NAMES: dict[Kind, str] = {
    "ours": "tracker",
    "peer": "eventsourcing 9.5.6, AES and zlib",
    "plain": "eventsourcing 9.5.6, neither cipher nor compressor",
    "floor": "INSERT of the same bytes",
}


class Writer(Protocol):
    """Who appends reports to stories. Safe to share between threads."""

    def open_story(self) -> UUID:
        """Begin a story; it is then at version 1."""
        ...

    def append_at(self, story: UUID, reports: Sequence[Report], version: int) -> None:
        """Append ``reports`` in one transaction, knowing that the story is at ``version``."""
        ...

    def append(self, story: UUID, report: Report) -> None:
        """Append ``report`` at whatever version the story is by now."""
        ...

    def decide(self, story: UUID, report: Report) -> None:
        """Look at the story's state, then append ``report`` to just that state."""
        ...

    def settle(self) -> None:
        """See to it that whatever was appended can be read by who follows the log."""
        ...

    def read_stream(self, story: UUID) -> int:
        """Read all of a story's events with their content; how many there were."""
        ...

    def catch_up(self) -> int:
        """Read the whole log with its content, by pages of ``PAGE``; how many events there were."""
        ...

    def close(self) -> None:
        """Give everything back."""
        ...


class Side(Writer, Protocol):
    """A whole event store."""

    def rebuild(self) -> int:
        """Count the reports of each outlet anew, exactly once by a checkpoint; how many were counted."""
        ...

    def load(self, story: UUID, version: int) -> int:
        """The story's state at ``version``, nothing of which is in memory; how many reports it holds."""
        ...

    def save_state(self, story: UUID) -> None:
        """Save the story's state, for ``load``."""
        ...

    def left_open(self, story: UUID, report: Report, version: int) -> AbstractContextManager[None]:
        """Within it, a transaction that has appended ``report`` stays open; then it is committed."""
        ...

    def following(self, heard: Hear) -> AbstractContextManager[None]:
        """Within it, ``heard`` is called with the id of each report that comes into the log, opened."""
        ...


class Hear(Protocol):
    def __call__(self, report_id: str, /) -> object: ...


#: Events on a page of the log: what the peer's subscription takes at once.
PAGE = 500


class Place(NamedTuple):
    """Which side, and where its database is."""

    kind: Kind
    #: "sqlite" or "postgresql".
    engine: str
    #: The SQLAlchemy URL.
    url: str
    #: How many connections a process keeps to it.
    connections: int = 16


def opened(place: Place) -> Side:
    """Open ``place``, which is prepared."""
    if place.kind == "ours":
        from tests.benchmarks.log_ours import Ours

        return Ours(place.url, place.connections)
    from tests.benchmarks.log_peer import Peer

    return Peer(place.engine, place.url, place.connections, sealed=place.kind == "peer")


def opened_writer(place: Place) -> Writer:
    """Open ``place``, which may be the floor."""
    if place.kind == "floor":
        from tests.benchmarks.log_floor import Floor

        return Floor(place.engine, place.url)
    return opened(place)
