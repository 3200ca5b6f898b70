"""Names that lead to a stream: a story's slugs, also the old ones, and an outlet's names.

The row itself keeps the rule that a name leads to one stream: whoever inserts it first has it. A name, once given,
stays with its stream, so that an old address leads where it led.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from sqlalchemy import Connection

from tracker.db.prepared import Prepared

Kind: TypeAlias = Literal["story", "outlet"]

_find = Prepared("SELECT stream_id, label FROM address WHERE kind = :kind AND name = :name")
_take = Prepared(
    "INSERT INTO address (kind, name, stream_id, label) VALUES (:kind, :name, :stream_id, :label) "
    "ON CONFLICT DO NOTHING"
)
_rename = Prepared("UPDATE address SET label = :label WHERE kind = :kind AND stream_id = :stream_id")


class Address(NamedTuple):
    """Where a name leads, and what goes by it is called now: an old slug has the new one as its label."""

    stream_id: str
    label: str


def find(connection: Connection, kind: Kind, name: str) -> Address | None:
    """Where ``name`` leads; ``None`` where nobody has it."""
    row = _find.first(connection, kind=kind, name=name)
    return Address(*row) if row else None


def take(connection: Connection, kind: Kind, name: str, stream_id: str, label: str) -> Address:
    """Let ``name`` lead to ``stream_id``, or find where it leads already; waits for whoever is just taking it."""
    if _take.run(connection, kind=kind, name=name, stream_id=stream_id, label=label):
        return Address(stream_id, label)
    found = find(connection, kind, name)
    assert found is not None
    return found


def rename(connection: Connection, kind: Kind, stream_id: str, label: str) -> None:
    """What ``stream_id`` is called from now on, whichever of its names is asked for."""
    _rename.run(connection, kind=kind, stream_id=stream_id, label=label)
