"""Which outlets there are, and how many reports each has: behind the list of outlets and the page of one.

An outlet is listed in the order in which outlets were first mentioned; its place never changes, so that paging misses
and repeats nothing. What it was merged into is listed instead of it, with the reports of both. What is known of an
outlet stands in the clear in the log: there is nothing here to forget. What it does badly: the count of reports is that
of the log as far as it was followed (``as_at_position``).
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
from tracker.projections.naming import NameList, aliases_in, names_written, of_types
from tracker.projections.unnamed import unnamed
from tracker.store import followers, generations, withholding
from tracker.store.log_events import LogEvent
from tracker.store.withholding import Sight
from tracker.stories.outlets import Redistribute

#: The checkpoint's name.
NAME = "outlets"

_add = Prepared(
    "INSERT INTO outlet_list (generation, outlet_id, name, aliases, searched, owner, redistribute, added_at, reports, "
    "position) VALUES (:generation, :outlet_id, :name, :aliases, :searched, :owner, :redistribute, :added_at, 0, "
    ":position) ON CONFLICT (generation, outlet_id) DO UPDATE SET name = excluded.name, aliases = excluded.aliases, "
    "searched = excluded.searched, owner = excluded.owner, redistribute = excluded.redistribute, "
    "added_at = excluded.added_at, position = excluded.position"
)
# The outlet's own event may come later, where it is parked: its reports are counted nevertheless.
_count = Prepared(
    "INSERT INTO outlet_list (generation, outlet_id, reports) VALUES (:generation, :outlet_id, :more) "
    "ON CONFLICT (generation, outlet_id) DO UPDATE SET reports = outlet_list.reports + excluded.reports"
)
_refine = Prepared(
    "UPDATE outlet_list SET owner = CASE WHEN :owner_given = 1 THEN :owner ELSE owner END, "
    "redistribute = coalesce(:redistribute, redistribute) WHERE generation = :generation AND outlet_id = :outlet_id"
)
_LIVE = f"generation = {generations.live_number(NAME)}"
# The reports of those that were merged into it are its own.
_REPORTS = (
    f"reports + coalesce((SELECT sum(reports) FROM outlet_list WHERE {_LIVE} AND merged_into = listed.outlet_id), 0)"
)
_names = NameList(
    NAME,
    "outlet_list",
    "outlet_id",
    f"outlet_id, name, aliases, owner, redistribute, added_at, {_REPORTS}, position",
)
_reports = Prepared(f"SELECT {_REPORTS} FROM outlet_list AS listed WHERE {_LIVE} AND outlet_id = :id")

_merged = Prepared(f"SELECT outlet_id, merged_into FROM outlet_list WHERE {_LIVE} AND merged_into IS NOT NULL")


class OutletRow(msgspec.Struct, frozen=True, kw_only=True):
    """An outlet, and the number of its reports that are seen, as far as the log was followed."""

    outlet_id: str
    name: str
    aliases: tuple[str, ...]
    owner: str | None
    redistribute: Redistribute
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
    #: Where the page ends, also where its last outlets may not be seen.
    last_position: int


class OutletList:
    """Follows the log and keeps the table ``outlet_list``."""

    name = NAME
    tables = (outlet_list,)

    def apply(self, connection: Connection, events: Sequence[LogEvent]) -> None:
        """Carry the rows that are read forward."""
        self.write(connection, generations.live(connection, NAME), events)

    def write(self, connection: Connection, generation: int, events: Sequence[LogEvent]) -> None:
        """Carry the outlets forward, and count the reports that ``events`` file, in that generation."""
        _add.run_many(connection, [_added(event, generation) for event in of_types(events, "outlet.added")])
        for event in of_types(events, "outlet.edited"):
            _names.edit(connection, generation, event)
            _refine.run(connection, **_refined(event, generation))
        for event in of_types(events, "outlet.merged"):
            _names.merge(connection, generation, event)
        filed = Counter(event.clear()["outlet"]["id"] for event in of_types(events, "report.filed"))
        # By ascending id, as everybody who locks several rows.
        counts = [{"generation": generation, "outlet_id": id, "more": more} for id, more in sorted(filed.items())]
        _count.run_many(connection, counts)


def find(
    connection: Connection, *, sight: Sight, q: str | None = None, after_position: int = 0, limit: int
) -> OutletPage:
    """At most ``limit`` outlets that were added after ``after_position``, the oldest first, each with the number of its
    reports that are seen by whoever has ``sight``.

    ``q`` occurs in one of an outlet's names, without regard to case and spacing.
    """
    as_at = followers.position_of(connection, NAME)
    rows = _names.page(connection, q, after_position, limit + 1)
    hidden = _hidden(connection, sight, as_at)
    hidden_names = unnamed(connection, "outlet", sight)
    items = [_outlet(row, hidden) for row in rows[:limit] if row[0] not in hidden_names]
    last = rows[:limit][-1][-1] if rows else after_position
    return OutletPage(items=items, as_at_position=as_at, more=len(rows) > limit, last_position=last)


def reports_of(connection: Connection, outlet_id: str, *, sight: Sight) -> int:
    """How many reports of the outlet are seen, with those of the ones that were merged into it, as far as followed."""
    row = _reports.first(connection, id=outlet_id)
    hidden = _hidden(connection, sight, followers.position_of(connection, NAME))
    return int(row[0]) - hidden[outlet_id] if row else 0


def _hidden(connection: Connection, sight: Sight, up_to: int) -> Counter[str]:
    """How many of the reports that were counted are not seen, by what is left of their outlets."""
    found = withholding.reports_hidden(connection, sight, up_to)
    left: dict[str, str] = dict(_merged.all(connection)) if found else {}
    hidden: Counter[str] = Counter()
    for outlet_id, reports in found.items():
        hidden[left.get(outlet_id, outlet_id)] += reports
    return hidden


def _added(event: LogEvent, generation: int) -> Mapping[str, Any]:
    said = event.clear()
    return {
        "generation": generation,
        "outlet_id": event.stream_id,
        "name": said["name"],
        **names_written(said["name"], said.get("aliases", ())),
        "owner": said.get("owner"),
        "redistribute": said.get("redistribute", Redistribute.HEADLINE.value),
        "added_at": event.recorded_at,
        "position": event.position,
    }


def _refined(event: LogEvent, generation: int) -> Mapping[str, Any]:
    said = event.clear()
    return {
        "generation": generation,
        "outlet_id": event.stream_id,
        "owner": said.get("owner"),
        "owner_given": int("owner" in said),
        "redistribute": said.get("redistribute"),
    }


def _outlet(row: Row, hidden: Counter[str]) -> OutletRow:
    outlet_id, name, aliases, owner, redistribute, added_at, reports, position = row
    return OutletRow(
        outlet_id=outlet_id,
        name=name,
        aliases=aliases_in(aliases),
        owner=owner,
        redistribute=Redistribute(redistribute),
        added_at=from_microseconds(added_at),
        reports=int(reports) - hidden[outlet_id],
        position=position,
    )
