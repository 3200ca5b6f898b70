"""Rebuild a projection from the beginning of the log, while it is read and followed; go back to the one before.

    rebuild(database, StoryList())            builds, compares and switches
    clear(database, StoryList())              deletes what is no longer kept

    with building(database, StoryList()) as new:
        new.catch_up()                        page by page, until it is where the live one is
        new.compare()                         both at one position of the log
        new.switch(keep=1)                    readers read the new one

Each page is a transaction of its own with the generation's checkpoint, so that a rebuild may be killed at any moment:
the next one goes on where it was. Nothing but the projection's own rows is written. What follows the log goes on
meanwhile; no transaction holds it up longer than its own pages do (``pace``). Comparing reads the live generation as of
one moment and lets the new one come to the same position, which nobody else moves.

What it does badly: an unfinished generation is gone on with also where the program has changed in between; ``anew``
begins again. An event that an operator had dropped is tried again, and its stream parked if it fails again.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from sqlalchemy import Connection, Table, delete, select, tuple_

from tracker.clock import Clock
from tracker.db.database import Database
from tracker.errors import Conflict
from tracker.store import followers, generations, likeness, log, order, sequencer
from tracker.store.generations import LEASE, Lease, Projection
from tracker.store.likeness import Likeness
from tracker.store.pace import Pace

#: How many events are taken in one transaction at most, and rows deleted.
_MOST = 2000


class Differs(Conflict):
    """The generation that was built is not what the live one is, and nobody has said that it may be."""

    def __init__(self, projection: str, found: Likeness) -> None:
        super().__init__(
            f"{projection} as rebuilt differs from what is read, at position {found.position}: {found.differing} rows "
            f"differ, the first is {found.first}. Nothing was switched; what was rebuilt is kept."
        )
        self.found = found


class Rebuilt(NamedTuple):
    """What a rebuild did."""

    #: The generation that is live now.
    number: int
    #: How many events it took; fewer than the log has where somebody had begun it before.
    events: int
    #: ``None`` where there was nothing to compare with: what was read had not come as far.
    likeness: Likeness | None


def rebuild(
    database: Database,
    projection: Projection,
    *,
    clock: Clock | None = None,
    keep: int = 1,
    accept: bool = False,
    anew: bool = False,
    expect: Callable[[int], None] = lambda count: None,
    advance: Callable[[int], None] = lambda count: None,
) -> Rebuilt:
    """Rebuild ``projection`` and switch to what was built; ``clear`` then deletes what is no longer kept.

    ``keep``: how many generations to go back to. ``accept``: switch also where the new one differs. ``anew``: don't go
    on with an unfinished one. ``expect`` is called once with the number of events to take, ``advance`` with how many
    were just taken. Raises ``Differs``, and ``UnderWay`` where somebody else is rebuilding it.
    """
    with building(database, projection, clock=clock, anew=anew) as new:
        expect(new.left())
        events = new.catch_up(advance)
        found = new.compare()
        if found is not None and not found and not accept:
            raise Differs(projection.name, found)
        new.switch(keep=keep)
    return Rebuilt(new.number, events, found)


def roll_back(
    database: Database,
    projection: Projection,
    *,
    clock: Clock | None = None,
    advance: Callable[[int], None] = lambda count: None,
) -> int:
    """Go back to the generation that was live before, and keep the present one; returns its number.

    It takes first what came since it was left. Raises ``NotFound`` where none was kept, ``UnderWay`` as ``rebuild``.
    """
    clock = clock or Clock()
    with database.writing() as connection:
        lease = generations.claim_kept(connection, projection, clock, uuid.uuid4().hex)
        kept = sum(each.state == "kept" for each in generations.every(connection, projection.name))
    with _leased(database, lease):
        former = Building(database, lease, clock)
        former.catch_up(advance)
        former.switch(keep=kept)
    return former.number


@contextmanager
def building(
    database: Database, projection: Projection, *, clock: Clock | None = None, anew: bool = False
) -> Iterator[Building]:
    """A generation to build, which nobody else builds meanwhile: an unfinished one, unless ``anew``, or the next.

    Raises ``UnderWay``.
    """
    clock = clock or Clock()
    with database.writing() as connection:
        lease = generations.claim_building(connection, projection, clock, uuid.uuid4().hex, anew=anew)
    with _leased(database, lease):
        yield Building(database, lease, clock)


@contextmanager
def _leased(database: Database, lease: Lease) -> Iterator[None]:
    try:
        yield
    finally:
        with database.writing() as connection:
            lease.give_up(connection)


class Building:
    """A generation that is not live, and that its lease's holder moves along the log."""

    def __init__(self, database: Database, lease: Lease, clock: Clock) -> None:
        self._database, self._lease, self._clock = database, lease, clock
        self._live = lease.projection.name
        self._pace = Pace(database.kind, most=_MOST, clock=clock)
        self._renewed = clock.monotonic()

    @property
    def number(self) -> int:
        """Which generation it is."""
        return self._lease.number

    def left(self) -> int:
        """How many events it has yet to take."""
        with self._database.reading() as connection:
            return max(0, self._goal(connection) - followers.position_of(connection, self._lease.name))

    def catch_up(self, advance: Callable[[int], None] = lambda count: None) -> int:
        """Take events until it is where the live one is, or the whole log where that is nowhere; returns how many.

        ``advance`` is called with how many were just taken.
        """
        sequencer.tick(self._database)
        taken = 0
        while left := self.left():
            count = self._advance(left)
            taken += count
            advance(count)
        return taken

    def compare(self) -> Likeness | None:
        """Compare with the live one, both at one position; ``None`` where that has not come as far as this one.

        It never has where it was not followed at all, and this one has taken the whole log.
        """
        with self._database.snapshot() as then:
            position, live = followers.position_of(then, self._live), generations.live(then, self._live)
            with self._database.reading() as connection:
                while (left := position - followers.position_of(connection, self._lease.name)) > 0:
                    self._advance(left)
                if left < 0:
                    return None
                tables = self._lease.projection.tables
                return likeness.compare((then, live), (connection, self.number), tables, position, self._beat)

    def switch(self, *, keep: int = 1) -> None:
        """Make it the live one, no less far than that is; keep the last ``keep`` that were live before it."""
        while True:
            self.catch_up()
            with self._database.writing() as connection:
                if self._is_level(connection):
                    generations.switch(connection, self._lease, self._clock.now(), keep=keep)
                    return

    def discard(self) -> None:
        """Never read it, nor go on with it: it was built to be compared. ``clear`` deletes its rows."""
        with self._database.writing() as connection:
            generations.retire(connection, self._lease)

    def _is_level(self, connection: Connection) -> bool:
        """Hold the live checkpoint, and take the page that it may be ahead by; ``False`` where it is more than that."""
        goal = followers.hold(connection, self._live)
        position = followers.hold(connection, self._lease.name)
        if position >= goal:
            return True
        if goal - position > self._pace.limit:
            return False
        page = log.read_all(connection, after=position, limit=goal - position)
        return followers.take(connection, self._lease, position, page) and page[-1].position == goal

    def _goal(self, connection: Connection) -> int:
        return followers.position_of(connection, self._live) or order.last_position(connection)

    def _advance(self, most: int) -> int:
        self._renewed = self._clock.monotonic()
        return followers.advance(self._database, self._lease, min(most, _MOST), pace=self._pace, clock=self._clock)

    def _beat(self) -> None:
        """Keep the lease while nothing is written."""
        if self._clock.monotonic() - self._renewed > LEASE.total_seconds() / 4:
            with self._database.writing() as connection:
                self._lease.renew(connection)
            self._renewed = self._clock.monotonic()


def clear(
    database: Database,
    projection: Projection,
    *,
    clock: Clock | None = None,
    advance: Callable[[int], None] = lambda count: None,
) -> int:
    """Delete the rows of generations that are no longer kept, some at a time; returns how many.

    ``advance`` is called with how many were just deleted.
    """
    pace, rows = Pace(database.kind, most=_MOST, clock=clock), 0
    with database.reading() as connection:
        numbers = generations.old(connection, projection.name)
    for number in numbers:
        for table in projection.tables:
            while deleted := _deleted(database, table, number, pace):
                rows += deleted
                advance(deleted)
        with database.writing() as connection:
            generations.remove(connection, projection.name, number)
    return rows


def _deleted(database: Database, table: Table, number: int, pace: Pace) -> int:
    key = list(table.primary_key.columns)
    some = select(*key).where(table.c.generation == number).limit(pace.limit)
    with database.writing() as connection, pace.taking(pace.limit):
        return int(connection.execute(delete(table).where(tuple_(*key).in_(some))).rowcount)
