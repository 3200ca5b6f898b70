"""Which parties there are: behind the list of parties.

A party is listed in the order in which parties were first mentioned; its place never changes, so that paging misses
and repeats nothing. Its names stand in the clear in the log: there is nothing here to forget. What it was merged into
is listed instead of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from tracker.access.sight import Sight
from tracker.clock import from_microseconds
from tracker.db.prepared import Prepared, Row
from tracker.db.schema import party_list
from tracker.projections.naming import NameList, aliases_in, names_written, of_types
from tracker.projections.unnamed import unnamed
from tracker.store import followers, generations
from tracker.store.log_events import LogEvent

#: The checkpoint's name.
NAME = "parties"

_names = NameList(NAME, "party_list", "party_id", "party_id, name, aliases, added_at, position")
_add = Prepared(
    "INSERT INTO party_list (generation, party_id, name, aliases, searched, added_at, position) "
    "VALUES (:generation, :party_id, :name, :aliases, :searched, :added_at, :position)"
)


class PartyRow(msgspec.Struct, frozen=True, kw_only=True):
    """A party, as far as the log was followed."""

    party_id: str
    name: str
    aliases: tuple[str, ...]
    added_at: datetime
    #: The position at which the party was added: the list's order.
    position: int


class PartyPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some parties, in the order in which they were added."""

    items: list[PartyRow]
    #: The log was followed up to here.
    as_at_position: int
    #: Whether more parties follow the last one.
    more: bool
    #: Where the page ends, also where its last parties may not be seen.
    last_position: int


class PartyList:
    """Follows the log and keeps the table ``party_list``."""

    name = NAME
    tables = (party_list,)

    def apply(self, connection: Connection, events: Sequence[LogEvent]) -> None:
        """Carry the rows that are read forward."""
        self.write(connection, generations.live(connection, NAME), events)

    def write(self, connection: Connection, generation: int, events: Sequence[LogEvent]) -> None:
        """Add the parties that ``events`` add, and carry forward those that they change, in that generation."""
        added = [{"generation": generation, **_added(event)} for event in of_types(events, "party.added")]
        _add.run_many(connection, added)
        for event in of_types(events, "party.edited"):
            _names.edit(connection, generation, event)
        for event in of_types(events, "party.merged"):
            _names.merge(connection, generation, event)


def find(
    connection: Connection, *, sight: Sight, q: str | None = None, after_position: int = 0, limit: int
) -> PartyPage:
    """At most ``limit`` parties that were added after ``after_position``, the oldest first; without those that were
    mentioned for the first time in what whoever has ``sight`` may not see.

    ``q`` occurs in one of a party's names, without regard to case and spacing.
    """
    as_at = followers.position_of(connection, NAME)
    rows = _names.page(connection, q, after_position, limit + 1)
    hidden_names = unnamed(connection, "party", sight)
    items = [_party(row) for row in rows[:limit] if row[0] not in hidden_names]
    last = rows[:limit][-1][-1] if rows else after_position
    return PartyPage(items=items, as_at_position=as_at, more=len(rows) > limit, last_position=last)


def _added(event: LogEvent) -> dict[str, object]:
    said = event.clear()
    names = names_written(said["name"], said.get("aliases", ()))
    times = {"added_at": event.recorded_at, "position": event.position}
    return {"party_id": event.stream_id, "name": said["name"], **names, **times}


def _party(row: Row) -> PartyRow:
    party_id, name, aliases, added_at, position = row
    return PartyRow(
        party_id=party_id,
        name=name,
        aliases=aliases_in(aliases),
        added_at=from_microseconds(added_at),
        position=position,
    )
