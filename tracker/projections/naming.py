"""What the lists of outlets and parties have in common: names that are searched for, and mergers.

What was merged into another is no longer listed: it is found by its names, and so is what is left. A merger is written
down by what is left at the end, in whichever order mergers are taken (a parked stream's come late). What it does badly:
a search reads the names of all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, TypeAlias

import msgspec
from sqlalchemy import Connection

from tracker.db.prepared import Prepared, Row
from tracker.store import generations
from tracker.store.log_events import LogEvent
from tracker.stories.names import name_key

Table: TypeAlias = Literal["outlet_list", "party_list"]

_aliases = msgspec.json.Decoder(tuple[str, ...])


class NameList:
    """The statements on one of the two tables."""

    def __init__(self, projection: str, table: Table, key: str, columns: str) -> None:
        """``key`` is the column of ids; ``columns`` are those that a row is read with, the position last."""
        live = f"generation = {generations.live_number(projection)}"
        listed = f"{live} AND position IS NOT NULL"
        self._page = Prepared(
            f"SELECT {columns} FROM {table} AS listed WHERE {listed} AND merged_into IS NULL "
            "AND position > :after ORDER BY position LIMIT :most"
        )
        # Names that were merged into it are its names, too.
        self._search = Prepared(
            f"SELECT {columns} FROM {table} AS listed WHERE {listed} AND merged_into IS NULL AND position > :after "
            f"AND {key} IN (SELECT coalesce(merged_into, {key}) FROM {table} "
            f"WHERE {live} AND searched LIKE :pattern ESCAPE '!') ORDER BY position LIMIT :most"
        )
        self._names = Prepared(f"SELECT name, aliases FROM {table} WHERE generation = :generation AND {key} = :id")
        self._rename = Prepared(
            f"UPDATE {table} SET name = :name, aliases = :aliases, searched = :searched "
            f"WHERE generation = :generation AND {key} = :id"
        )
        self._merge = Prepared(
            f"UPDATE {table} SET merged_into = coalesce((SELECT merged_into FROM {table} "
            f"WHERE generation = :generation AND {key} = :into), :into) "
            f"WHERE generation = :generation AND ({key} = :id OR merged_into = :id)"
        )

    def page(self, connection: Connection, q: str | None, after: int, most: int) -> list[Row]:
        """The rows after that position, in its order; with ``q`` those with a name in which that stands."""
        if not q:
            return self._page.all(connection, after=after, most=most)
        return self._search.all(connection, pattern=_pattern(q), after=after, most=most)

    def edit(self, connection: Connection, generation: int, event: LogEvent) -> None:
        """Write the names that ``event`` changes."""
        changed = event.clear()
        row = self._names.first(connection, generation=generation, id=event.stream_id)
        if row is None or changed.keys().isdisjoint(("name", "aliases")):
            return
        name, aliases = changed.get("name", row[0]), changed.get("aliases", aliases_in(row[1]))
        written = names_written(name, aliases)
        self._rename.run(connection, generation=generation, id=event.stream_id, name=name, **written)

    def merge(self, connection: Connection, generation: int, event: LogEvent) -> None:
        """Write what is left of that which ``event`` merges into another."""
        into = event.clear()["into"]
        self._merge.run(connection, generation=generation, id=event.stream_id, into=into)


def names_written(name: str, aliases: Sequence[str]) -> dict[str, Any]:
    """The columns ``aliases`` and ``searched``."""
    searched = "\n".join(name_key(each) for each in (name, *aliases))
    return {"aliases": msgspec.json.encode(aliases).decode(), "searched": searched}


def aliases_in(column: str | None) -> tuple[str, ...]:
    """The aliases in the column of that name."""
    return _aliases.decode(column) if column else ()


def of_types(events: Iterable[LogEvent], type: str) -> list[LogEvent]:
    """Those of ``events`` that are of that type."""
    return [event for event in events if event.type == type]


def _pattern(q: str) -> str:
    folded = name_key(q)
    for special in ("!", "%", "_"):
        folded = folded.replace(special, f"!{special}")
    return f"%{folded}%"
