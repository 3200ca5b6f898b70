"""A party: a person or organisation spoken of. A small stream of its own, as an outlet's is.

A party comes into being when it is first mentioned, and is refined later: its aliases, what it is, the roles that it
had and when. A role's ``from`` and ``to`` are as precise as is known (EDTF), so that who somebody was at a time can be
asked (``role_at``): National Security Adviser then, former adviser now. Two that are found to be one are merged, as
outlets are. Its names stand in the clear, because they are looked up; what else is said of it is sealed.

What it does badly: a merger is not undone, and the roles of the one that goes are not taken over.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, TypeAlias, assert_never

import msgspec
from msgspec import UNSET, UnsetType

from tracker.stories import edtf
from tracker.stories.edtf import BadDate, Day, Point
from tracker.stories.names import Merged, MergedIntoItself, NameTaken, Unknown, aliases_after, aliases_of, spelled


class PartyKind(enum.StrEnum):
    """What a party is."""

    PERSON = "person"
    ORGANISATION = "organisation"


class Role(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"since": "from", "until": "to"}):
    """What a party was, from when to when, as precisely as is known (EDTF, ISO 8601-2:2019)."""

    title: str
    organisation: str | None = None
    #: Unset: not known.
    since: str | None = None
    #: Unset: it still is, or nobody knows.
    until: str | None = None


# ---- What has happened


class PartyAdded(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A party was mentioned for the first time, or entered by an editor."""

    party_id: str
    name: str
    aliases: tuple[str, ...] = ()
    kind: PartyKind | None = None
    roles: tuple[Role, ...] = ()


class PartyEdited(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of the party was changed; an unset field stayed as it was."""

    name: str | UnsetType = UNSET
    aliases: tuple[str, ...] | UnsetType = UNSET
    kind: PartyKind | UnsetType | None = UNSET
    roles: tuple[Role, ...] | UnsetType = UNSET


class PartyMerged(msgspec.Struct, frozen=True, kw_only=True):
    """The party was found to be another one, which is left."""

    into: str


PartyEvent: TypeAlias = PartyAdded | PartyEdited | PartyMerged


# ---- What may be asked


class AddParty(msgspec.Struct, frozen=True, kw_only=True):
    """Enter a party."""

    #: Of the one that has the name already, where there is one.
    party_id: str
    name: str
    aliases: tuple[str, ...] = ()
    kind: PartyKind | None = None
    roles: tuple[Role, ...] = ()


class EditParty(msgspec.Struct, frozen=True, kw_only=True):
    """Change what is known of a party; an unset field stays as it is."""

    party_id: str
    name: str | UnsetType = UNSET
    #: All of them. Where they are unset and the name changes, the former name becomes one.
    aliases: tuple[str, ...] | UnsetType = UNSET
    kind: PartyKind | UnsetType | None = UNSET
    #: All of them.
    roles: tuple[Role, ...] | UnsetType = UNSET


class MergeParty(msgspec.Struct, frozen=True, kw_only=True):
    """Have a party be the same as another one, which is left."""

    party_id: str
    #: The id of one that is there and was itself not merged.
    into: str


PartyCommand: TypeAlias = AddParty | EditParty | MergeParty


# ---- A party as it stands, and the rules


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """A party, folded from its events."""

    party_id: str
    name: str
    aliases: tuple[str, ...] = ()
    kind: PartyKind | None = None
    #: In the order in which they were given.
    roles: tuple[Role, ...] = ()
    #: The party that it was found to be; that one may have been merged since.
    merged_into: str | None = None
    #: The number of its latest event.
    revision: int
    added_at: datetime
    changed_at: datetime


def role_at(party: Party, earliest: date, latest: date) -> tuple[Role, ...]:
    """The roles that the party may have had at some time from ``earliest`` to ``latest``, both days included.

    Of a role whose ends are known only to the month, each day of that month counts: on the day of a change there are
    two, and where nothing is known of a role's time it is always among them.
    """
    first, last = _day(earliest), _day(latest)
    return tuple(role for role in party.roles if _may_begin(role) <= last and first <= _may_end(role))


def check_roles(roles: Iterable[Role]) -> None:
    """Raises ``BadDate`` where a role's ``from`` or ``to`` is no date, or it ends before it begins."""
    for number, role in enumerate(roles):
        place = f"/roles/{number}"
        since = _checked(role.since, f"{place}/from")
        until = _checked(role.until, f"{place}/to")
        if since and until and until.span()[1] < since.span()[0]:
            raise BadDate("A role doesn't end before it begins.", pointer=f"{place}/to")


def decide(command: PartyCommand, party: Party | None) -> list[PartyEvent]:
    """The events that ``command`` leads to; none where it is already so.

    Raises ``Unknown``, ``NameTaken``, ``Merged``, ``MergedIntoItself`` and ``BadDate``. That no other party has the
    names is for whoever keeps the table of names.
    """
    if isinstance(command, AddParty):
        return _add(command, party)
    if party is None:
        raise Unknown("party", command.party_id)
    match command:
        case MergeParty():
            return _merge(command, party)
        case EditParty():
            return _edit(command, party)
        case _ as never:
            assert_never(never)


def evolve(party: Party | None, event: PartyEvent, at: datetime) -> Party:
    """The party after ``event``, which was recorded ``at``; ``party`` is ``None`` before its first."""
    if isinstance(event, PartyAdded):
        return Party(**msgspec.structs.asdict(event), revision=1, added_at=at, changed_at=at)
    if party is None:
        raise ValueError("a party begins by being added")
    moved = {"revision": party.revision + 1, "changed_at": at}
    match event:
        case PartyEdited():
            set_fields = {name: value for name, value in msgspec.structs.asdict(event).items() if value is not UNSET}
            return msgspec.structs.replace(party, **set_fields, **moved)
        case PartyMerged():
            return msgspec.structs.replace(party, merged_into=event.into, **moved)
        case _ as never:
            assert_never(never)


def fold(events: Iterable[tuple[PartyEvent, datetime]]) -> Party | None:
    """The party after ``events``, each with the time at which it was recorded; ``None`` after none."""
    party: Party | None = None
    for event, at in events:
        party = evolve(party, event, at)
    return party


def _add(command: AddParty, party: Party | None) -> list[PartyEvent]:
    check_roles(command.roles)
    name = spelled(command.name)
    asked: dict[str, Any] = {
        "name": name,
        "aliases": aliases_of(name, command.aliases),
        "kind": command.kind,
        "roles": command.roles,
    }
    if party is None:
        return [PartyAdded(party_id=command.party_id, **asked)]
    if any(getattr(party, field) != value for field, value in asked.items()):
        raise NameTaken("party", name, party.party_id, "/name")
    return []


def _edit(command: EditParty, party: Party) -> list[PartyEvent]:
    if party.merged_into is not None:
        raise Merged("party", party.party_id, party.merged_into)
    check_roles(() if command.roles is UNSET else command.roles)
    name = party.name if command.name is UNSET else spelled(command.name)
    aliases = party.aliases
    if command.aliases is not UNSET:
        aliases = aliases_of(name, command.aliases)
    elif name != party.name:
        aliases = aliases_after(name, party.name, aliases)
    asked: dict[str, Any] = {"name": name, "aliases": aliases, "kind": command.kind, "roles": command.roles}
    changed = {field: value for field, value in asked.items() if value not in (UNSET, getattr(party, field))}
    return [PartyEdited(**changed)] if changed else []


def _merge(command: MergeParty, party: Party) -> list[PartyEvent]:
    if party.merged_into == command.into:
        return []
    if command.into == party.party_id:
        raise MergedIntoItself("party")
    if party.merged_into is not None:
        raise Merged("party", party.party_id, party.merged_into)
    return [PartyMerged(into=command.into)]


def _checked(written: str | None, pointer: str) -> Point | None:
    if written is None:
        return None
    try:
        read = edtf.parse(written)
    except BadDate as error:
        raise BadDate(str(error), pointer=pointer) from None
    if not isinstance(read, Point):
        raise BadDate("Write the one day, month, season or year.", pointer=pointer)
    return read


def _may_begin(role: Role) -> Day:
    """The first day on which it may have begun; before all others where that isn't known."""
    return _day(date.min) if role.since is None else _point(role.since).span()[0]


def _may_end(role: Role) -> Day:
    """The last day on which it may have ended; after all others where that isn't known, or it goes on."""
    return _day(date.max) if role.until is None else _point(role.until).span()[1]


def _point(written: str) -> Point:
    read = edtf.parse(written)
    assert isinstance(read, Point), "roles are checked before they are recorded"
    return read


def _day(day: date) -> Day:
    return day.year, day.month, day.day
