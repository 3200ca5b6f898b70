"""The register: outlets and parties as they are now, each in a row of its own, and as their streams tell them.

The rows of ``outlet`` and ``party`` are written in the transaction of the event that they follow from, so that a name
leads to what is known now in one look (``address`` joined with the row). A row whose outlet was merged says which one
is left, however many mergers that took. What the rows don't hold is folded from the stream, which is short.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple, TypeAlias, cast

import msgspec
from sqlalchemy import Connection

from tracker.clock import from_microseconds
from tracker.db.prepared import Prepared
from tracker.store import log
from tracker.stories import outlets, parties
from tracker.stories.names import Kind
from tracker.stories.outlets import Outlet, OutletEvent, Redistribute
from tracker.stories.parties import Party, PartyEvent
from tracker.stories.values import OutletRef, PartyRef

State: TypeAlias = Outlet | Party


class Entry(NamedTuple):
    """An outlet's or party's id, and its name now."""

    id: str
    name: str


def _listing(statement: str) -> Prepared:
    """``statement``, in which ``{ids}`` and ``{names}`` stand for the members of those lists, given as JSON."""
    sqlite = {each: f"(SELECT value FROM json_each(:{each}))" for each in ("ids", "names")}
    postgresql = {each: f"(SELECT json_array_elements_text(CAST(:{each} AS json)))" for each in ("ids", "names")}
    return Prepared(sqlite=statement.format(**sqlite), postgresql=statement.format(**postgresql))


class _Statements:
    """What is asked of both tables alike."""

    def __init__(self, kind: Kind) -> None:
        key = f"{kind}_id"
        self.begin = _listing(
            f"INSERT INTO {kind} ({key}, name) SELECT stream_id, label FROM address "
            f"WHERE kind = '{kind}' AND name IN {{names}} AND stream_id IN {{ids}}"
        )
        self.entry = Prepared(f"SELECT {key}, name, merged_into FROM {kind} WHERE {key} = :id")
        self.names = _listing(f"SELECT {key}, name FROM {kind} WHERE {key} IN {{ids}}")
        self.merged = _listing(
            f"SELECT {key}, merged_into FROM {kind} WHERE merged_into IS NOT NULL AND {key} IN {{ids}}"
        )
        self.merged_into = Prepared(f"SELECT {key}, name FROM {kind} WHERE merged_into = :id ORDER BY {key}")
        self.merge = Prepared(f"UPDATE {kind} SET merged_into = :into WHERE {key} = :gone OR merged_into = :gone")


_statements: Mapping[Kind, _Statements] = {"outlet": _Statements("outlet"), "party": _Statements("party")}

_OUTLETS = "FROM address a LEFT JOIN outlet o ON o.outlet_id = a.stream_id WHERE a.kind = 'outlet' AND a.name"
_find_outlet = Prepared(f"SELECT a.stream_id, a.label, o.owner {_OUTLETS} = :name")
_find_outlets = _listing(f"SELECT a.name, a.stream_id, a.label, o.owner {_OUTLETS} IN {{names}}")
_find_parties = _listing("SELECT name, stream_id, label FROM address WHERE kind = 'party' AND name IN {names}")
_redistribute = _listing(
    "SELECT o.outlet_id, coalesce(m.redistribute, o.redistribute) FROM outlet o "
    "LEFT JOIN outlet m ON m.outlet_id = o.merged_into WHERE o.outlet_id IN {ids}"
)
_owner = Prepared("SELECT owner FROM outlet WHERE outlet_id = :outlet_id")
_write_outlet = Prepared(
    "INSERT INTO outlet (outlet_id, name, owner, redistribute) VALUES (:outlet_id, :name, :owner, :redistribute) "
    "ON CONFLICT (outlet_id) DO UPDATE SET name = excluded.name, owner = excluded.owner, "
    "redistribute = excluded.redistribute"
)
_write_party = Prepared(
    "INSERT INTO party (party_id, name) VALUES (:party_id, :name) "
    "ON CONFLICT (party_id) DO UPDATE SET name = excluded.name"
)


# ---- By name. A name is handed over as its key (``stories.names.name_key``).


def outlet_of(connection: Connection, name: str) -> OutletRef | None:
    """The outlet that has that name, as it is known now; ``None`` where nobody has mentioned it."""
    row = _find_outlet.first(connection, name=name)
    return OutletRef(id=row[0], name=row[1], owner=row[2]) if row else None


def outlets_of(connection: Connection, names: Collection[str]) -> dict[str, OutletRef]:
    """The outlet of each name; names that nobody has are left out."""
    rows = _find_outlets.all(connection, names=_json(names))
    return {name: OutletRef(id=id, name=label, owner=owner) for name, id, label, owner in rows}


def parties_of(connection: Connection, names: Collection[str]) -> dict[str, PartyRef]:
    """The party of each name; names that nobody has are left out."""
    rows = _find_parties.all(connection, names=_json(names))
    return {name: PartyRef(id=id, name=label) for name, id, label in rows}


# ---- By id


def entry(connection: Connection, kind: Kind, id: str) -> Entry | None:
    """What is left of that id: itself, or what it was merged into; ``None`` where there is no such thing."""
    row = _statements[kind].entry.first(connection, id=id)
    if row is not None and row[2] is not None:
        row = _statements[kind].entry.first(connection, id=row[2])
    return Entry(row[0], row[1]) if row else None


def outlet_with_id(connection: Connection, outlet_id: str) -> OutletRef | None:
    """What is left of that outlet, as it is known now; ``None`` where there is no such thing."""
    found = entry(connection, "outlet", outlet_id)
    row = _owner.first(connection, outlet_id=found.id) if found else None
    return OutletRef(id=found.id, name=found.name, owner=row[0]) if found and row else None


def names_of(connection: Connection, kind: Kind, ids: Collection[str]) -> dict[str, str]:
    """What each is called now, also where it was merged."""
    return dict(cast(list[tuple[str, str]], _statements[kind].names.all(connection, ids=_json(ids))))


def merged_among(connection: Connection, kind: Kind, ids: Collection[str]) -> dict[str, str]:
    """Of ``ids`` those that were merged, and what is left of each."""
    return dict(cast(list[tuple[str, str]], _statements[kind].merged.all(connection, ids=_json(ids))))


def merged_into(connection: Connection, kind: Kind, id: str) -> list[Entry]:
    """What was merged into ``id``, at once or by way of another."""
    return [Entry(*row) for row in _statements[kind].merged_into.all(connection, id=id)]


def redistribution_of(connection: Connection, outlet_ids: Collection[str]) -> dict[str, Redistribute]:
    """What may leave of each outlet's text, as it is set now; of one that was merged, as what is left sets it."""
    if not outlet_ids:
        return {}
    rows = _redistribute.all(connection, ids=_json(outlet_ids))
    return {outlet_id: Redistribute(setting) for outlet_id, setting in rows}


# ---- As the streams tell them


def load(connection: Connection, kind: Kind, id: str) -> State | None:
    """The outlet or party, folded from its stream; ``None`` where there is none."""
    return outlet(connection, id) if kind == "outlet" else party(connection, id)


def outlet(connection: Connection, outlet_id: str, up_to: int | None = None) -> Outlet | None:
    """The outlet, folded from its stream up to that revision; ``None`` where there is none."""
    events = log.read(connection, outlet_id, up_to=up_to, placed=False) if outlet_id.startswith("out_") else []
    return outlets.fold((cast(OutletEvent, each.open()), from_microseconds(each.recorded_at)) for each in events)


def party(connection: Connection, party_id: str, up_to: int | None = None) -> Party | None:
    """The party, folded from its stream up to that revision; ``None`` where there is none."""
    events = log.read(connection, party_id, up_to=up_to, placed=False) if party_id.startswith("pty_") else []
    return parties.fold((cast(PartyEvent, each.open()), from_microseconds(each.recorded_at)) for each in events)


# ---- Writing, in the transaction of the event


def begin(connection: Connection, kind: Kind, ids: Collection[str], names: Collection[str]) -> None:
    """Write the rows of those of ``ids`` that got one of ``names`` (``addresses.take_all``)."""
    _statements[kind].begin.run(connection, ids=_json(ids), names=_json(names))


def write(connection: Connection, state: State) -> None:
    """Write the row of an outlet or party as it is now."""
    if isinstance(state, Outlet):
        _write_outlet.run(
            connection,
            outlet_id=state.outlet_id,
            name=state.name,
            owner=state.owner,
            redistribute=state.redistribute.value,
        )
    else:
        _write_party.run(connection, party_id=state.party_id, name=state.name)


def merge(connection: Connection, kind: Kind, gone: str, into: str) -> None:
    """Let ``into`` be what is left of ``gone``, and of all that was merged into that before."""
    _statements[kind].merge.run(connection, gone=gone, into=into)


def _json(written: Iterable[str]) -> str:
    return msgspec.json.encode(sorted(written)).decode()
