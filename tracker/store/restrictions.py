"""What may not be shown now, of each stream: held, under embargo, killed, redacted.

A restriction is written in the transaction of the event that brings it, and every reader asks for it in the same
breath as for what it would show; no follower stands between. Locks are taken in this order: the idempotency key,
streams by ascending id, restrictions, derived rows; whoever places or lifts one holds its stream's lock already.

A *target* is a report ("rpt_…"), one version of it ("rpt_…/2"), the event of some words of its own, or the stream
itself by its id. What was known is asked of the past; what may be seen is judged by what stands here today.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable

import msgspec
from sqlalchemy import Connection

from tracker.db.prepared import Prepared

_place = Prepared(
    "INSERT INTO restriction (stream_id, target, kind, version, placed_at) "
    "VALUES (:stream_id, :target, :kind, :version, :placed_at) ON CONFLICT DO NOTHING"
)
_lift = Prepared("DELETE FROM restriction WHERE stream_id = :stream_id AND target = :target AND kind = :kind")
_of = Prepared(
    "SELECT target, kind, version, placed_at FROM restriction WHERE stream_id = :stream_id "
    "ORDER BY version, target, kind"
)
_count = Prepared("SELECT kind, count(*) FROM restriction GROUP BY kind")


class Kind(enum.StrEnum):
    """Why something may not be shown."""

    HOLD = "hold"
    EMBARGO = "embargo"
    KILL = "kill"
    REDACTION = "redaction"


class Restriction(msgspec.Struct, frozen=True):
    """That something may not be shown now."""

    target: str
    kind: Kind
    #: The version of the stream that brought it.
    version: int
    #: Microseconds since 1970, UTC.
    placed_at: int


class Restrictions(msgspec.Struct, frozen=True):
    """All that may not be shown of one stream."""

    stream_id: str
    all: tuple[Restriction, ...] = ()

    def on(self, target: str) -> tuple[Restriction, ...]:
        """Those that ``target`` is under: its own, its report's where it is a version, the stream's."""
        above = {target, target.partition("/")[0], self.stream_id}
        return tuple(each for each in self.all if each.target in above)

    def forbid(self, target: str) -> bool:
        """Whether ``target`` may not be shown."""
        return bool(self.on(target))


def place(
    connection: Connection, stream_id: str, targets: Iterable[str], kind: Kind, *, version: int, placed_at: int
) -> None:
    """Restrict ``targets``, from the event on that is the stream's ``version``; where it is so already, it stays."""
    common = {"stream_id": stream_id, "kind": kind.value, "version": version, "placed_at": placed_at}
    _place.run_many(connection, [{**common, "target": target} for target in sorted(targets)])


def lift(connection: Connection, stream_id: str, targets: Iterable[str], kind: Kind) -> None:
    """Take restrictions of that kind away again. A redaction is never lifted: what it forbids is gone."""
    if kind is Kind.REDACTION:
        raise ValueError("a redaction can't be lifted")
    _lift.run_many(
        connection, [{"stream_id": stream_id, "target": each, "kind": kind.value} for each in sorted(targets)]
    )


def of(connection: Connection, stream_id: str) -> Restrictions:
    """All that may not be shown of the stream now."""
    rows = _of.all(connection, stream_id=stream_id)
    return Restrictions(stream_id, tuple(Restriction(target, Kind(kind), *rest) for target, kind, *rest in rows))


def any_on(connection: Connection, stream_id: str, targets: Collection[str]) -> bool:
    """Whether one of ``targets`` may not be shown now."""
    found = of(connection, stream_id)
    return any(found.forbid(target) for target in targets)


def counts(connection: Connection) -> dict[Kind, int]:
    """How many restrictions of each kind there are, over all streams."""
    return {Kind(kind): int(count) for kind, count in _count.all(connection)}
