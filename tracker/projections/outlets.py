"""Which outlets there are, and how many reports each has: behind the list of outlets and the page of one.

An outlet is listed in the order in which outlets were first mentioned; its place never changes, so that paging misses
and repeats nothing. An outlet's name stands in the clear in the log: there is nothing here to forget. What it does
badly: the count of reports is that of the log as far as it was followed (``as_at_position``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection

from tracker.clock import from_microseconds
from tracker.db.prepared import Prepared, Row
from tracker.db.schema import outlet_list
from tracker.errors import NotFound
from tracker.store import followers, generations, log
from tracker.store.log_events import LogEvent

#: The checkpoint's name.
NAME = "outlets"

_add = Prepared(
    "INSERT INTO outlet_list (generation, outlet_id, name, added_at, reports, position) "
    "VALUES (:generation, :outlet_id, :name, :added_at, 0, :position) ON CONFLICT (generation, outlet_id) "
    "DO UPDATE SET name = excluded.name, added_at = excluded.added_at, position = excluded.position"
)
# The outlet's own event may come later, where it is parked: its reports are counted nevertheless.
_count = Prepared(
    "INSERT INTO outlet_list (generation, outlet_id, reports) VALUES (:generation, :outlet_id, :more) "
    "ON CONFLICT (generation, outlet_id) DO UPDATE SET reports = outlet_list.reports + excluded.reports"
)
_LIVE = f"generation = {generations.live_number(NAME)}"
_page = Prepared(
    "SELECT outlet_id, name, added_at, reports, position FROM outlet_list "
    f"WHERE {_LIVE} AND position > :after ORDER BY position LIMIT :most"
)
_one = Prepared(
    "SELECT outlet_id, name, added_at, reports, position FROM outlet_list "
    f"WHERE {_LIVE} AND outlet_id = :outlet_id AND position IS NOT NULL"
)


class OutletRow(msgspec.Struct, frozen=True, kw_only=True):
    """An outlet, and the number of its reports as far as the log was followed."""

    outlet_id: str
    name: str
    added_at: datetime
    reports: int
    #: The position at which the outlet was added: the list's order.
    position: int


class OutletPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some outlets, in the order in which they were added."""

    items: list[OutletRow]
    #: The log was followed up to here.
    as_at_position: int
    #: Whether more outlets follow the last one.
    more: bool


class OutletList:
    """Follows the log and keeps the table ``outlet_list``."""

    name = NAME
    tables = (outlet_list,)

    def apply(self, connection: Connection, events: Sequence[LogEvent]) -> None:
        """Carry the rows that are read forward."""
        self.write(connection, generations.live(connection, NAME), events)

    def write(self, connection: Connection, generation: int, events: Sequence[LogEvent]) -> None:
        """Add the outlets that ``events`` add, and count the reports that they file, in that generation."""
        added = [_added(event) for event in events if event.type == "outlet.added"]
        _add.run_many(connection, [{"generation": generation, **row} for row in added])
        filed = Counter(event.clear()["outlet"]["id"] for event in events if event.type == "report.filed")
        # By ascending id, as everybody who locks several rows.
        counts = [{"generation": generation, "outlet_id": id, "more": more} for id, more in sorted(filed.items())]
        _count.run_many(connection, counts)


def find(connection: Connection, *, after_position: int = 0, limit: int) -> OutletPage:
    """At most ``limit`` outlets that were added after ``after_position``, the oldest first."""
    as_at = followers.position_of(connection, NAME)
    rows = _page.all(connection, after=after_position, most=limit + 1)
    return OutletPage(items=[_outlet(row) for row in rows[:limit]], as_at_position=as_at, more=len(rows) > limit)


def get(connection: Connection, outlet_id: str) -> OutletRow:
    """One outlet, also where the list hasn't yet come to it. Raises ``NotFound`` (``unknown-outlet``)."""
    row = _one.first(connection, outlet_id=outlet_id)
    if row is not None:
        return _outlet(row)
    first = log.read(connection, outlet_id, limit=1)
    if not first or first[0].type != "outlet.added":
        raise NotFound(f"There is no outlet {outlet_id}; they are listed at …/outlets.", name="unknown-outlet")
    event = first[0]
    return _outlet((outlet_id, event.clear()["name"], event.recorded_at, 0, event.position))


def _added(event: LogEvent) -> Mapping[str, Any]:
    return {
        "outlet_id": event.stream_id,
        "name": event.clear()["name"],
        "added_at": event.recorded_at,
        "position": event.position,
    }


def _outlet(row: Row) -> OutletRow:
    outlet_id, name, added_at, reports, position = row
    return OutletRow(
        outlet_id=outlet_id,
        name=name,
        added_at=from_microseconds(added_at),
        reports=reports,
        position=position,
    )
