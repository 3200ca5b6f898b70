"""Which events of a stream are withheld, from whom, and which holds are due to be lifted.

    withhold(connection, …)      in the transaction of the event that is withheld, or of the hold that withholds others
    lift(connection, …)          in the transaction of the event that lifts a hold
    hidden(connection, …)        the versions that somebody may not see now
    never_shown(connection, …)   those, and the ones that were withheld when they were appended: what a hold that is
                                 lifted brings comes with the event that lifts it, and never at its old number

To those without the right a withheld event is a gap in the numbers: neither its type nor its content is seen. What
somebody may see through is his *sight*: kinds of restriction ("hold", "embargo", "request").

A row is kept when its hold is lifted, since it tells who follows the log that the event was never shown at its place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, TypeAlias

from sqlalchemy import Connection

from tracker.clock import from_microseconds, to_microseconds
from tracker.db.prepared import Prepared

#: The kinds of restriction that somebody sees through.
Sight: TypeAlias = frozenset[str]

#: The program's own: it sees everything.
ALL: Sight = frozenset({"hold", "embargo", "request"})
#: Of whoever has no right to what is held back.
PUBLIC: Sight = frozenset()


class Withheld(NamedTuple):
    """That an event is withheld."""

    version: int
    #: The hold, or the request of the desk.
    by: str
    kind: str
    #: Whether it was so from the beginning.
    born: bool


class Due(NamedTuple):
    """A hold whose time has come."""

    stream_id: str
    hold_id: str


_insert = Prepared(
    'INSERT INTO withheld (stream_id, version, "by", kind, born) '
    "VALUES (:stream_id, :version, :by, :kind, :born) ON CONFLICT DO NOTHING"
)
_lift = Prepared('UPDATE withheld SET lifted = :lifted WHERE stream_id = :stream_id AND "by" = :by AND lifted IS NULL')
_of = Prepared("SELECT version, kind, born, lifted FROM withheld WHERE stream_id = :stream_id ORDER BY version")
_by = Prepared(
    'SELECT version FROM withheld w WHERE stream_id = :stream_id AND "by" = :by AND lifted IS NULL AND NOT EXISTS ('
    "SELECT 1 FROM withheld o WHERE o.stream_id = w.stream_id AND o.version = w.version "
    'AND o."by" <> w."by" AND o.lifted IS NULL) ORDER BY version'
)
_lift_once_shown = Prepared(
    'UPDATE withheld SET lifted = :lifted WHERE stream_id = :stream_id AND "by" = :by AND born = 0 AND lifted IS NULL'
)
_elsewhere = Prepared(
    'SELECT DISTINCT stream_id FROM withheld WHERE "by" = :by AND lifted IS NULL AND stream_id <> :stream_id '
    "ORDER BY stream_id"
)
_lift_elsewhere = Prepared(
    'UPDATE withheld SET lifted = 1 WHERE "by" = :by AND lifted IS NULL AND stream_id <> :stream_id'
)
_first_events = Prepared(
    "SELECT stream_id, kind FROM withheld WHERE version = 1 AND lifted IS NULL AND substr(stream_id, 1, 4) = :prefix"
)
_any = Prepared("SELECT 1 FROM withheld LIMIT 1")
_place_hold = Prepared(
    "INSERT INTO hold (stream_id, hold_id, until) VALUES (:stream_id, :hold_id, :until) ON CONFLICT DO NOTHING"
)
_lift_hold = Prepared("UPDATE hold SET lifted = :lifted WHERE stream_id = :stream_id AND hold_id = :hold_id")
_due = Prepared(
    "SELECT stream_id, hold_id FROM hold WHERE lifted IS NULL AND until IS NOT NULL AND until <= :now "
    "ORDER BY until, stream_id, hold_id LIMIT :most"
)
_overdue = Prepared("SELECT count(*) FROM hold WHERE lifted IS NULL AND until IS NOT NULL AND until <= :now")
_database_time = Prepared(
    sqlite="SELECT CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)",
    postgresql="SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)",
)
#: What may be shown of the stream has changed.
_count_up = Prepared("UPDATE stream SET redactions = redactions + 1 WHERE id = :stream_id")

#: Where nothing was ever restricted, nobody looks for what is withheld.
_count_first = Prepared("UPDATE stream SET redactions = 1 WHERE id = :stream_id AND redactions = 0")

_filed = Prepared(
    "SELECT DISTINCT w.stream_id, w.version, w.kind, e.on_behalf_of FROM withheld w "
    "JOIN event e ON e.stream_id = w.stream_id AND e.version = w.version "
    "JOIN event_order o ON o.stream_id = w.stream_id AND o.version = w.version "
    "WHERE w.lifted IS NULL AND e.type = 'report.filed' AND o.position <= :up_to"
)


def withhold(connection: Connection, stream_id: str, rows: Iterable[Withheld]) -> None:
    """Withhold events of a stream, whose lock the caller holds. Readers look for them from then on."""
    written = [{"stream_id": stream_id, **row._asdict(), "born": int(row.born)} for row in sorted(rows)]
    if written:
        _insert.run_many(connection, written)
        _count_first.run(connection, stream_id=stream_id)


def place(connection: Connection, stream_id: str, hold_id: str, until: datetime | None) -> None:
    """Note a hold, and when it lifts itself."""
    due = None if until is None else to_microseconds(until)
    _place_hold.run(connection, stream_id=stream_id, hold_id=hold_id, until=due)


def released_by(connection: Connection, stream_id: str, hold_id: str) -> tuple[int, ...]:
    """The versions that nothing withholds any more once that hold is lifted, in order."""
    return tuple(int(row[0]) for row in _by.all(connection, stream_id=stream_id, by=hold_id))


def lift(connection: Connection, stream_id: str, hold_id: str, version: int) -> list[str]:
    """Withhold nothing for that hold any more, from the event on that is the stream's ``version``, in other streams
    neither; the ids of those.
    """
    others = [str(row[0]) for row in _elsewhere.all(connection, by=hold_id, stream_id=stream_id)]
    _lift.run(connection, stream_id=stream_id, by=hold_id, lifted=version)
    _lift_elsewhere.run(connection, stream_id=stream_id, by=hold_id)
    close(connection, stream_id, hold_id, version)
    return others


def lift_once_shown(connection: Connection, stream_id: str, hold_id: str, version: int) -> None:
    """Withhold for that hold nothing more of what was shown before it, from the event on that is the ``version``."""
    _lift_once_shown.run(connection, stream_id=stream_id, by=hold_id, lifted=version)


def was_born(connection: Connection, stream_id: str, version: int) -> bool:
    """Whether an event was withheld when it was appended."""
    return any(found == version and born for found, _, born, _ in _of.all(connection, stream_id=stream_id))


def close(connection: Connection, stream_id: str, hold_id: str, version: int) -> None:
    """Note that a hold ended; what is withheld for it stays so."""
    _lift_hold.run(connection, stream_id=stream_id, hold_id=hold_id, lifted=version)


def changed(connection: Connection, stream_id: str) -> None:
    """Let everybody who remembers something of the stream know that what may be shown of it has changed."""
    _count_up.run(connection, stream_id=stream_id)


def hidden(connection: Connection, stream_id: str, sight: Sight) -> frozenset[int]:
    """The versions of the stream that may not be seen now by whoever has that sight."""
    rows = _of.all(connection, stream_id=stream_id)
    return frozenset(version for version, kind, _, lifted in rows if lifted is None and kind not in sight)


def never_shown(connection: Connection, stream_ids: Collection[str], sight: Sight) -> frozenset[tuple[str, int]]:
    """Of these streams, the (stream, version) that are not shown at their place in the order of the log to whoever
    has that sight: what is hidden now, and what was withheld when it was appended.
    """
    if _any.first(connection) is None:
        return frozenset()
    found: set[tuple[str, int]] = set()
    for stream_id in sorted(stream_ids):
        for version, kind, born, lifted in _of.all(connection, stream_id=stream_id):
            if kind not in sight and (born or lifted is None):
                found.add((stream_id, version))
    return frozenset(found)


def shown_by(connection: Connection, stream_id: str, version: int, sight: Sight) -> tuple[int, ...]:
    """The versions that the event of that version, which lifts a hold, brings to whoever has that sight, in order."""
    lifted: dict[int, list[int | None]] = {}
    for found, kind, _, by in _of.all(connection, stream_id=stream_id):
        if kind not in sight:
            lifted.setdefault(found, []).append(by)
    # The last of its holds is the one that counts.
    return tuple(found for found, by in lifted.items() if None not in by and max(each or 0 for each in by) == version)


def names_hidden(connection: Connection, prefix: str, sight: Sight) -> frozenset[str]:
    """The ids that begin with ``prefix`` ("out", "pty") of outlets or parties that were mentioned for the first time in
    what may not be seen now by whoever has that sight.
    """
    rows = _first_events.all(connection, prefix=f"{prefix}_")
    return frozenset(stream_id for stream_id, kind in rows if kind not in sight)


def once_shown(connection: Connection, stream_id: str, sight: Sight) -> tuple[int, ...]:
    """The hidden versions that were shown before they were withheld: what makes an answer another one."""
    rows = _of.all(connection, stream_id=stream_id)
    return tuple(version for version, kind, born, lifted in rows if lifted is None and not born and kind not in sight)


def reports_hidden(connection: Connection, sight: Sight, up_to: int) -> Counter[str]:
    """How many reports of each outlet, by its id, are hidden from whoever has that sight, among the events up to that
    position.
    """
    rows = _filed.all(connection, up_to=up_to)
    hidden = {(stream_id, version): outlet_id for stream_id, version, kind, outlet_id in rows if kind not in sight}
    return Counter(hidden.values())


def due(connection: Connection, now: datetime, most: int) -> Sequence[Due]:
    """The holds that are to be lifted, at most ``most``, the one that is due longest first."""
    return [Due(*row) for row in _due.all(connection, now=to_microseconds(now), most=most)]


def overdue(connection: Connection, now: datetime) -> int:
    """How many holds should have been lifted before ``now``."""
    row = _overdue.first(connection, now=to_microseconds(now))
    assert row is not None
    return int(row[0])


def database_time(connection: Connection) -> datetime:
    """What time it is where the database runs."""
    row = _database_time.first(connection)
    assert row is not None
    return from_microseconds(row[0])
