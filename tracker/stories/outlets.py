"""An outlet: who publishes. A small stream of its own, laid out like a story's.

An outlet comes into being when it is first mentioned, and is refined later: its aliases, who owns it, what of its text
may leave. Two that are found to be one are merged: the stream of the one that goes says into which. Its id stays valid
and its names lead to the other; what was filed for it stays filed for it. What it does badly: a merger is not undone.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeAlias, assert_never

import msgspec
from msgspec import UNSET, UnsetType

from tracker.stories.names import Merged, MergedIntoItself, NameTaken, Unknown, aliases_after, aliases_of, spelled


class Redistribute(enum.StrEnum):
    """What of an outlet's reports may leave this newsroom."""

    #: The headline, the address, our own statements, short quotes.
    HEADLINE = "headline"
    #: All that, and the full text.
    TEXT = "text"


# ---- What has happened


class OutletAdded(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An outlet was mentioned for the first time, or entered by an editor."""

    outlet_id: str
    name: str
    aliases: tuple[str, ...] = ()
    #: Who owns it; outlets of one owner are not independent of each other.
    owner: str | None = None
    redistribute: Redistribute = Redistribute.HEADLINE


class OutletEdited(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of the outlet was changed; an unset field stayed as it was."""

    name: str | UnsetType = UNSET
    aliases: tuple[str, ...] | UnsetType = UNSET
    owner: str | UnsetType | None = UNSET
    redistribute: Redistribute | UnsetType = UNSET


class OutletMerged(msgspec.Struct, frozen=True, kw_only=True):
    """The outlet was found to be another one, which is left."""

    into: str


OutletEvent: TypeAlias = OutletAdded | OutletEdited | OutletMerged


# ---- What may be asked


class AddOutlet(msgspec.Struct, frozen=True, kw_only=True):
    """Enter an outlet."""

    #: Of the one that has the name already, where there is one.
    outlet_id: str
    name: str
    aliases: tuple[str, ...] = ()
    owner: str | None = None
    redistribute: Redistribute = Redistribute.HEADLINE


class EditOutlet(msgspec.Struct, frozen=True, kw_only=True):
    """Change what is known of an outlet; an unset field stays as it is."""

    outlet_id: str
    name: str | UnsetType = UNSET
    #: All of them. Where they are unset and the name changes, the former name becomes one.
    aliases: tuple[str, ...] | UnsetType = UNSET
    owner: str | UnsetType | None = UNSET
    redistribute: Redistribute | UnsetType = UNSET


class MergeOutlet(msgspec.Struct, frozen=True, kw_only=True):
    """Have an outlet be the same as another one, which is left."""

    outlet_id: str
    #: The id of one that is there and was itself not merged.
    into: str


OutletCommand: TypeAlias = AddOutlet | EditOutlet | MergeOutlet


# ---- An outlet as it stands, and the rules


class Outlet(msgspec.Struct, frozen=True, kw_only=True):
    """An outlet, folded from its events."""

    outlet_id: str
    name: str
    aliases: tuple[str, ...] = ()
    owner: str | None = None
    redistribute: Redistribute = Redistribute.HEADLINE
    #: The outlet that it was found to be; that one may have been merged since.
    merged_into: str | None = None
    #: The number of its latest event.
    revision: int
    added_at: datetime
    changed_at: datetime


def decide(command: OutletCommand, outlet: Outlet | None) -> list[OutletEvent]:
    """The events that ``command`` leads to; none where it is already so.

    Raises ``Unknown``, ``NameTaken``, ``Merged`` and ``MergedIntoItself``. That no other outlet has the names is for
    whoever keeps the table of names.
    """
    if isinstance(command, AddOutlet):
        return _add(command, outlet)
    if outlet is None:
        raise Unknown("outlet", command.outlet_id)
    match command:
        case MergeOutlet():
            return _merge(command, outlet)
        case EditOutlet():
            return _edit(command, outlet)
        case _ as never:
            assert_never(never)


def evolve(outlet: Outlet | None, event: OutletEvent, at: datetime) -> Outlet:
    """The outlet after ``event``, which was recorded ``at``; ``outlet`` is ``None`` before its first."""
    if isinstance(event, OutletAdded):
        return Outlet(**msgspec.structs.asdict(event), revision=1, added_at=at, changed_at=at)
    if outlet is None:
        raise ValueError("an outlet begins by being added")
    moved = {"revision": outlet.revision + 1, "changed_at": at}
    match event:
        case OutletEdited():
            set_fields = {name: value for name, value in msgspec.structs.asdict(event).items() if value is not UNSET}
            return msgspec.structs.replace(outlet, **set_fields, **moved)
        case OutletMerged():
            return msgspec.structs.replace(outlet, merged_into=event.into, **moved)
        case _ as never:
            assert_never(never)


def fold(events: Iterable[tuple[OutletEvent, datetime]]) -> Outlet | None:
    """The outlet after ``events``, each with the time at which it was recorded; ``None`` after none."""
    outlet: Outlet | None = None
    for event, at in events:
        outlet = evolve(outlet, event, at)
    return outlet


def _add(command: AddOutlet, outlet: Outlet | None) -> list[OutletEvent]:
    name = spelled(command.name)
    asked: dict[str, Any] = {
        "name": name,
        "aliases": aliases_of(name, command.aliases),
        "owner": command.owner,
        "redistribute": command.redistribute,
    }
    if outlet is None:
        return [OutletAdded(outlet_id=command.outlet_id, **asked)]
    if any(getattr(outlet, field) != value for field, value in asked.items()):
        raise NameTaken("outlet", name, outlet.outlet_id, "/name")
    return []


def _edit(command: EditOutlet, outlet: Outlet) -> list[OutletEvent]:
    if outlet.merged_into is not None:
        raise Merged("outlet", outlet.outlet_id, outlet.merged_into)
    name = outlet.name if command.name is UNSET else spelled(command.name)
    aliases = outlet.aliases
    if command.aliases is not UNSET:
        aliases = aliases_of(name, command.aliases)
    elif name != outlet.name:
        aliases = aliases_after(name, outlet.name, aliases)
    asked: dict[str, Any] = {
        "name": name,
        "aliases": aliases,
        "owner": command.owner,
        "redistribute": command.redistribute,
    }
    changed = {field: value for field, value in asked.items() if value not in (UNSET, getattr(outlet, field))}
    return [OutletEdited(**changed)] if changed else []


def _merge(command: MergeOutlet, outlet: Outlet) -> list[OutletEvent]:
    if outlet.merged_into == command.into:
        return []
    if command.into == outlet.outlet_id:
        raise MergedIntoItself("outlet")
    if outlet.merged_into is not None:
        raise Merged("outlet", outlet.outlet_id, outlet.merged_into)
    return [OutletMerged(into=command.into)]
