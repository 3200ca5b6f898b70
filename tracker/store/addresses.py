"""Names that lead to a stream: a story's slugs, also the old ones, and the names of outlets and parties.

The row itself keeps the rule that a name leads to one stream: whoever inserts it first has it. A slug, once given,
stays with its stream, so that an old address leads where it led; an alias may be given up. Whoever takes several names
takes them in their order, so that two who want the same ones don't wait for each other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Literal, NamedTuple, TypeAlias

import msgspec
from sqlalchemy import Connection

from tracker.db.prepared import Prepared

Kind: TypeAlias = Literal["story", "outlet", "party"]

_find = Prepared("SELECT stream_id, label FROM address WHERE kind = :kind AND name = :name")
_take = Prepared(
    "INSERT INTO address (kind, name, stream_id, label) VALUES (:kind, :name, :stream_id, :label) "
    "ON CONFLICT DO NOTHING"
)
_rename = Prepared("UPDATE address SET label = :label WHERE kind = :kind AND stream_id = :stream_id")
_move = Prepared("UPDATE address SET stream_id = :into, label = :label WHERE kind = :kind AND stream_id = :stream_id")
# A list of names is handed over as one text of JSON: a statement takes it whatever its length.
_NAMES = {
    "sqlite": "SELECT value FROM json_each(:names)",
    "postgresql": "SELECT json_array_elements_text(CAST(:names AS json))",
}
_find_all = Prepared(
    **{
        database: f"SELECT name, stream_id, label FROM address WHERE kind = :kind AND name IN ({names})"
        for database, names in _NAMES.items()
    }
)
_release = Prepared(
    **{
        database: f"DELETE FROM address WHERE kind = :kind AND stream_id = :stream_id AND name IN ({names})"
        for database, names in _NAMES.items()
    }
)
_take_all = Prepared(
    sqlite="INSERT INTO address (kind, name, stream_id, label) SELECT :kind, value ->> 0, value ->> 1, value ->> 2 "
    "FROM json_each(:wanted) WHERE true ON CONFLICT DO NOTHING",
    postgresql="INSERT INTO address (kind, name, stream_id, label) "
    "SELECT :kind, value ->> 0, value ->> 1, value ->> 2 "
    "FROM json_array_elements(CAST(:wanted AS json)) WITH ORDINALITY AS wanted(value, place) ORDER BY place "
    "ON CONFLICT DO NOTHING",
)


class Wanted(NamedTuple):
    """A name that is to lead to a stream, and what the stream is called."""

    name: str
    stream_id: str
    label: str


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


def find_all(connection: Connection, kind: Kind, names: Collection[str]) -> dict[str, Address]:
    """Where each of ``names`` leads; those that nobody has are left out."""
    rows = _find_all.all(connection, kind=kind, names=_json(sorted(names)))
    return {name: Address(stream_id, label) for name, stream_id, label in rows}


def take_all(connection: Connection, kind: Kind, wanted: Iterable[Wanted]) -> None:
    """Let each name lead to its stream, unless it leads somewhere already; waits for whoever is just taking one."""
    _take_all.run(connection, kind=kind, wanted=_json(sorted(wanted)))


def release(connection: Connection, kind: Kind, stream_id: str, names: Collection[str]) -> None:
    """Let nobody be found by those of ``names`` that led to ``stream_id``. The caller holds the stream's lock."""
    _release.run(connection, kind=kind, stream_id=stream_id, names=_json(sorted(names)))


def move(connection: Connection, kind: Kind, stream_id: str, into: str, label: str) -> None:
    """Let all names of ``stream_id`` lead to ``into``, which is called ``label``. The caller holds both locks."""
    _move.run(connection, kind=kind, stream_id=stream_id, into=into, label=label)


def _json(written: Iterable[object]) -> str:
    return msgspec.json.encode(list(written)).decode()
