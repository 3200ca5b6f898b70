"""Generations: a projection's tables can be written anew while the present rows are read and followed.

Each row of a projection names its generation. ``generation`` says which one is *live* (read, and moved along the log
under the projection's own name), which are *kept* to go back to, and which is *building*; those are moved along under
``name/number``, each with a checkpoint and parked streams of its own. Where a projection has no row there, generation 1
is live. To switch is one UPDATE, in a transaction that holds the live checkpoint; whoever applies events asks which
generation is live in the transaction that has moved that checkpoint.

Who works at a generation that is not live has a lease on it, renewed in every transaction that writes to it: a second
one is refused, and one that was overtaken writes nothing more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from sqlalchemy import Connection, Table

from tracker.clock import Clock, to_microseconds
from tracker.db.prepared import Prepared
from tracker.errors import Busy, NotFound
from tracker.store import followers, parking
from tracker.store.followers import Follower
from tracker.store.log_events import LogEvent

#: How long a rebuild that was killed keeps others from going on with it.
LEASE = timedelta(seconds=10)


class Projection(Follower, Protocol):
    """A follower whose rows name their generation. Its ``apply`` writes to the live one."""

    @property
    def tables(self) -> Sequence[Table]:
        """Its tables, each with a column ``generation`` in its primary key."""
        ...

    def write(self, connection: Connection, generation: int, events: Sequence[LogEvent]) -> None:
        """What ``apply`` does, to that generation: rows of its tables, and nothing else."""
        ...


class Generation(NamedTuple):
    """A generation of a projection."""

    projection: str
    number: int
    #: "building", "live", "kept" or "old".
    state: str
    #: Microseconds since 1970, UTC.
    began_at: int
    switched_at: int | None
    holder: str
    lease_until: int


class UnderWay(Busy):
    """Somebody else is rebuilding the projection."""


class Lease:
    """The right to write to a generation that is not live."""

    def __init__(self, projection: Projection, number: int, holder: str, clock: Clock) -> None:
        self.projection, self.number = projection, number
        self._holder, self._clock = holder, clock

    @property
    def name(self) -> str:
        """The name of the checkpoint."""
        return name_of(self.projection.name, self.number)

    def apply(self, connection: Connection, events: Sequence[LogEvent]) -> None:
        """Write what follows from ``events`` to the generation. Raises ``UnderWay`` if somebody else has taken over."""
        self.renew(connection)
        self.projection.write(connection, self.number, events)

    def renew(self, connection: Connection) -> None:
        """Keep the lease. Raises ``UnderWay`` if somebody else has taken over."""
        self._set(connection, to_microseconds(self._clock.now() + LEASE))

    def give_up(self, connection: Connection) -> None:
        """Let somebody else work at it."""
        _leave.run(connection, projection=self.projection.name, number=self.number, holder=self._holder)

    def _set(self, connection: Connection, until: int) -> None:
        mine = {"projection": self.projection.name, "number": self.number, "holder": self._holder}
        if _renew.run(connection, **mine, until=until) != 1:
            raise UnderWay(f"Somebody else has taken over generation {self.number} of {self.projection.name}.")


_COLUMNS = ", ".join(Generation._fields)
_all = Prepared(f"SELECT {_COLUMNS} FROM generation WHERE projection = :projection ORDER BY number")
_live = Prepared("SELECT number FROM generation WHERE projection = :projection AND state = 'live'")
_insert = Prepared(
    f"INSERT INTO generation ({_COLUMNS}) VALUES (:projection, :number, :state, :began_at, :switched_at, :holder, "
    ":lease_until)"
)
_claim = Prepared(
    "UPDATE generation SET holder = :holder, lease_until = :until WHERE projection = :projection AND number = :number"
)
_renew = Prepared(
    "UPDATE generation SET lease_until = :until WHERE projection = :projection AND number = :number "
    "AND holder = :holder AND state IN ('building', 'kept')"
)
_leave = Prepared(
    "UPDATE generation SET holder = '', lease_until = 0 WHERE projection = :projection AND number = :number "
    "AND holder = :holder"
)
_switch = Prepared(
    "UPDATE generation SET state = CASE number WHEN :number THEN 'live' ELSE 'kept' END, switched_at = :now, "
    "holder = '', lease_until = 0 WHERE projection = :projection AND (number = :number OR state = 'live')"
)
_retire = Prepared(
    "UPDATE generation SET state = 'old', holder = '', lease_until = 0 "
    "WHERE projection = :projection AND number = :number"
)
_remove = Prepared("DELETE FROM generation WHERE projection = :projection AND number = :number")


def live_number(projection: str) -> str:
    """An SQL expression: the number of the generation that readers of the projection are to read."""
    return f"coalesce((SELECT number FROM generation WHERE projection = '{projection}' AND state = 'live'), 1)"


def live(connection: Connection, projection: str) -> int:
    """The number of the live generation; it remains so while the projection's checkpoint is held."""
    row = _live.first(connection, projection=projection)
    return int(row[0]) if row else 1


def every(connection: Connection, projection: str) -> list[Generation]:
    """The projection's generations by their numbers; none where it was never rebuilt."""
    return [Generation(*row) for row in _all.all(connection, projection=projection)]


def name_of(projection: str, number: int) -> str:
    """The name under which a generation that is not live follows the log."""
    return f"{projection}/{number}"


def claim_building(connection: Connection, projection: Projection, clock: Clock, holder: str, *, anew: bool) -> Lease:
    """A lease on the generation that is building: the one that somebody left unfinished, or a new one.

    ``anew``: never that of somebody else. Raises ``UnderWay`` while somebody works at it.
    """
    found = _free(connection, projection.name, clock)
    unfinished = next((each for each in found if each.state == "building"), None)
    if unfinished and anew:
        _retire.run(connection, projection=projection.name, number=unfinished.number)
    if unfinished is None or anew:
        number = found[-1].number + 1
        _insert.run(connection, **_new(projection.name, number, "building", clock.now())._asdict())
        followers.begin(connection, name_of(projection.name, number), 0)
    else:
        number = unfinished.number
    return _claimed(connection, projection, number, clock, holder)


def claim_kept(connection: Connection, projection: Projection, clock: Clock, holder: str) -> Lease:
    """A lease on the generation that was live before. Raises ``NotFound`` if none was kept, ``UnderWay`` as above."""
    kept = [each for each in _free(connection, projection.name, clock) if each.state == "kept"]
    if not kept:
        raise NotFound(f"No generation of {projection.name} was kept that one could go back to.")
    newest = max(kept, key=lambda each: each.switched_at or 0)
    return _claimed(connection, projection, newest.number, clock, holder)


def switch(connection: Connection, lease: Lease, now: datetime, *, keep: int) -> None:
    """Make the leased generation the live one, and keep the last ``keep`` that were so before.

    In a transaction that holds the live checkpoint, and with the generation no less far than that.
    """
    name, number = lease.projection.name, lease.number
    before, position = live(connection, name), followers.position_of(connection, name)
    lease.renew(connection)
    _switch.run(connection, projection=name, number=number, now=to_microseconds(now))
    followers.begin(connection, name_of(name, before), position)
    followers.move(connection, name, position, followers.position_of(connection, lease.name))
    followers.forget(connection, lease.name)
    parking.rename(connection, name, name_of(name, before))
    parking.rename(connection, lease.name, name)
    kept = [each for each in every(connection, name) if each.state == "kept"]
    # By number where two switches are of the same moment.
    kept.sort(key=lambda each: (each.switched_at or 0, each.number), reverse=True)
    for each in kept[keep:]:
        _retire.run(connection, projection=name, number=each.number)


def retire(connection: Connection, lease: Lease) -> None:
    """Nobody will read the leased generation, nor go on with it: its rows are to be deleted."""
    lease.renew(connection)
    _retire.run(connection, projection=lease.projection.name, number=lease.number)


def old(connection: Connection, projection: str) -> list[int]:
    """The generations that nobody reads or goes back to, whose rows are to be deleted."""
    return [each.number for each in every(connection, projection) if each.state == "old"]


def remove(connection: Connection, projection: str, number: int) -> None:
    """Forget an old generation whose rows are deleted."""
    _remove.run(connection, projection=projection, number=number)
    followers.forget(connection, name_of(projection, number))
    parking.forget(connection, name_of(projection, number))


def _free(connection: Connection, projection: str, clock: Clock) -> list[Generation]:
    """All generations, at least one. Nobody else claims one until the transaction ends."""
    followers.hold(connection, projection)
    if not every(connection, projection):
        _insert.run(connection, **_new(projection, 1, "live", clock.now())._asdict())
    found, now = every(connection, projection), to_microseconds(clock.now())
    lease = LEASE // timedelta(microseconds=1)
    for each in found:
        # A lease that lies further ahead than any was written by a clock that has been set back since.
        if now < each.lease_until <= now + lease:
            seconds = -(-(each.lease_until - now) // 1_000_000)
            raise UnderWay(
                f"Somebody is at generation {each.number} of {projection} already. If that process was killed, try "
                f"again in {seconds} s."
            )
    return found


def _claimed(connection: Connection, projection: Projection, number: int, clock: Clock, holder: str) -> Lease:
    until = to_microseconds(clock.now() + LEASE)
    _claim.run(connection, projection=projection.name, number=number, holder=holder, until=until)
    return Lease(projection, number, holder, clock)


def _new(projection: str, number: int, state: str, now: datetime) -> Generation:
    return Generation(projection, number, state, to_microseconds(now), None, "", 0)
