"""Names in commands, resolved before they are decided: a story's slug, outlets and parties mentioned by their names.

A name that is taken here stays taken only if the command is carried out: it is part of the same transaction. However
many are mentioned, it takes four statements at most, and one where all of them are known. Names are taken in their
order, outlets before parties, so that two who mention the same ones don't wait for each other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar

import msgspec
from sqlalchemy import Connection

from tracker.clock import Clock
from tracker.errors import Conflict, Fault, Invalid
from tracker.handling.mentions import filled, mentioned
from tracker.ids import looks_like_id, new_id
from tracker.store import addresses, register
from tracker.store.addresses import Wanted
from tracker.stories.commands import Command, EditStory, OpenStory
from tracker.stories.names import Kind, name_key, spelled
from tracker.stories.outlets import OutletAdded
from tracker.stories.parties import PartyAdded
from tracker.stories.values import OutletRef, PartyRef, slug_from

_Found = TypeVar("_Found")

#: What ids begin with.
_PREFIXES: Mapping[Kind, str] = {"outlet": "out", "party": "pty"}


class Added(NamedTuple):
    """What was mentioned for the first time: events for streams of their own."""

    outlets: Sequence[OutletAdded] = ()
    parties: Sequence[PartyAdded] = ()

    @property
    def ids(self) -> list[str]:
        """Of all of them."""
        return [*(each.outlet_id for each in self.outlets), *(each.party_id for each in self.parties)]


NOTHING_ADDED = Added()


def resolved(connection: Connection, clock: Clock, command: Command) -> tuple[Command, Added]:
    """``command`` with its names resolved, and the outlets and parties that it mentions for the first time.

    Raises ``Conflict`` for a slug that another story has or had, ``Invalid`` for an id that leads nowhere.
    """
    if isinstance(command, OpenStory):
        return _with_slug(connection, command), NOTHING_ADDED
    if isinstance(command, EditStory) and isinstance(command.slug, str):
        _take_slug(connection, command.slug, command.story_id)
    outlets, new_outlets = _outlets(connection, clock, mentioned(command, OutletRef))
    parties, new_parties = _parties(connection, clock, mentioned(command, PartyRef))
    if not outlets and not parties:
        return command, NOTHING_ADDED
    added = Added(new_outlets, new_parties) if new_outlets or new_parties else NOTHING_ADDED
    return filled(command, outlets, parties), added


def _outlets(
    connection: Connection, clock: Clock, asked: Sequence[str]
) -> tuple[dict[str, OutletRef], list[OutletAdded]]:
    """What these names and ids lead to, and the outlets that are mentioned for the first time."""
    if len(asked) == 1 and (known := register.outlet_of(connection, name_key(asked[0]))):
        # A filing mentions just one, and most commands are filings.
        return {asked[0]: known}, []
    found, added = outlets_named(connection, clock, _without_ids(asked)) if asked else ({}, [])
    by_id = {id: register.outlet_with_id(connection, id) for id in asked if id not in found}
    return found | {id: _led_to(each, "outlet", id) for id, each in by_id.items()}, added


def _parties(
    connection: Connection, clock: Clock, asked: Sequence[str]
) -> tuple[dict[str, PartyRef], list[PartyAdded]]:
    found, added = parties_named(connection, clock, _without_ids(asked)) if asked else ({}, [])
    return found | {id: _party_with_id(connection, id) for id in asked if id not in found}, added


def _without_ids(names: Iterable[str]) -> list[str]:
    return [name for name in names if not looks_like_id(name)]


def _party_with_id(connection: Connection, id: str) -> PartyRef:
    found = _led_to(register.entry(connection, "party", id), "party", id)
    return PartyRef(id=found.id, name=found.name)


def _led_to(found: _Found | None, kind: Kind, id: str) -> _Found:
    """What an id leads to. Raises ``Invalid`` where that is nothing."""
    if found is None:
        raise Invalid(f"There is no {kind} {id}; name it by its name to add it.", name=f"unknown-{kind}")
    return found


def takes_any(command: Command) -> bool:
    """Whether ``command`` takes a slug, which is written with it."""
    return isinstance(command, OpenStory) or (isinstance(command, EditStory) and isinstance(command.slug, str))


def known(connection: Connection, command: Command) -> Command | None:
    """``command`` with all that it mentions as it is known now, and nothing written; ``None`` where something is
    mentioned for the first time, or by an id.
    """
    outlets, parties = mentioned(command, OutletRef), mentioned(command, PartyRef)
    found = _known_outlets(connection, outlets)
    called = {name: name_key(name) for name in parties}
    there = register.parties_of(connection, set(called.values())) if called else {}
    if found is None or not set(called.values()) <= there.keys():
        return None
    if not outlets and not parties:
        return command
    return filled(command, found, {name: there[key] for name, key in called.items()})


def _known_outlets(connection: Connection, names: Collection[str]) -> dict[str, OutletRef] | None:
    if len(names) == 1:
        # A filing mentions just one, and most commands are filings.
        (name,) = names
        outlet = register.outlet_of(connection, name_key(name))
        return None if outlet is None else {name: outlet}
    called = {name: name_key(name) for name in names}
    there = register.outlets_of(connection, set(called.values())) if called else {}
    return {name: there[key] for name, key in called.items()} if set(called.values()) <= there.keys() else None


def renamed(connection: Connection, command: Command) -> None:
    """Let all names of a story that is edited lead to its new slug. The caller holds the story's lock: of two
    editors at once the second sees the first one's slug only then.
    """
    if isinstance(command, EditStory) and isinstance(command.slug, str):
        addresses.rename(connection, "story", command.story_id, command.slug)


def outlet_named(connection: Connection, clock: Clock, name: str) -> tuple[OutletRef, OutletAdded | None]:
    """The outlet of that name as it is known now, and that it was added, if nobody has mentioned it before."""
    known = register.outlet_of(connection, name_key(name))
    if known is not None:
        return known, None
    found, added = outlets_named(connection, clock, [name])
    return found[name], added[0] if added else None


def outlets_named(
    connection: Connection, clock: Clock, names: Iterable[str]
) -> tuple[dict[str, OutletRef], list[OutletAdded]]:
    """The outlets of these names, by the name as it was given, and those that nobody has mentioned before.

    The events of those are for the caller to append, each as the first of its stream, in this transaction.
    """
    keys = {name: name_key(name) for name in names}
    found = register.outlets_of(connection, set(keys.values())) if keys else {}
    new: Mapping[str, str] = {}
    if missing := _missing(keys, found):
        new = _take(connection, clock, "outlet", missing)
        found |= register.outlets_of(connection, missing.keys())
    added = [OutletAdded(outlet_id=id, name=missing[key]) for key, id in new.items() if found[key].id == id]
    return {name: found[key] for name, key in keys.items()}, added


def party_named(connection: Connection, clock: Clock, name: str) -> tuple[PartyRef, PartyAdded | None]:
    """The party of that name as it is called now, and that it was added, if nobody has mentioned it before."""
    found, added = parties_named(connection, clock, [name])
    return found[name], added[0] if added else None


def parties_named(
    connection: Connection, clock: Clock, names: Iterable[str]
) -> tuple[dict[str, PartyRef], list[PartyAdded]]:
    """The parties of these names, by the name as it was given, and those that nobody has mentioned before.

    The events of those are for the caller to append, each as the first of its stream, in this transaction.
    """
    keys = {name: name_key(name) for name in names}
    found = register.parties_of(connection, set(keys.values())) if keys else {}
    new: Mapping[str, str] = {}
    if missing := _missing(keys, found):
        new = _take(connection, clock, "party", missing)
        found |= register.parties_of(connection, missing.keys())
    added = [PartyAdded(party_id=id, name=missing[key]) for key, id in new.items() if found[key].id == id]
    return {name: found[key] for name, key in keys.items()}, added


def _missing(keys: Mapping[str, str], found: Mapping[str, object]) -> dict[str, str]:
    """The spelling of each name that isn't found, by its key."""
    missing: dict[str, str] = {}
    for name, key in keys.items():
        if key not in found:
            missing.setdefault(key, spelled(name))
    return missing


def _take(connection: Connection, clock: Clock, kind: Kind, spellings: Mapping[str, str]) -> dict[str, str]:
    """Take these names, given by their keys, for something new; the id that each leads to, unless another was first."""
    ids = {key: new_id(_PREFIXES[kind], clock) for key in spellings}
    addresses.take_all(connection, kind, [Wanted(key, ids[key], spelling) for key, spelling in spellings.items()])
    register.begin(connection, kind, ids.values(), ids.keys())
    return ids


def _with_slug(connection: Connection, command: OpenStory) -> OpenStory:
    if command.slug:
        _take_slug(connection, command.slug, command.story_id)
        return command
    stem = slug_from(command.title)
    if looks_like_id(stem.replace("-", "_")):
        # No editor could keep it: a slug may not look like an id.
        stem = f"story-{stem}"
    for slug in (stem, *(f"{stem}-{n}" for n in range(2, 10)), f"{stem}-{command.story_id[-12:]}"):
        if addresses.take(connection, "story", slug, command.story_id, slug).stream_id == command.story_id:
            return msgspec.structs.replace(command, slug=slug)
    raise AssertionError("a slug that ends on the story's own id is free")


def _take_slug(connection: Connection, slug: str, story_id: str) -> None:
    if addresses.take(connection, "story", slug, story_id, slug).stream_id != story_id:
        raise Conflict(
            f"Another story has, or had, the slug {slug}; choose a different one.",
            name="slug-taken",
            faults=[Fault("/slug", "is taken")],
        )
