"""The register: outlets and parties are entered, edited, and merged where two are found to be one.

    register.handle(command, asked) -> Entered

In one transaction, in this order, which is also the order of locks: take the Idempotency-Key; take the names of
something new; lock the streams, by ascending id; fold them; compare what the caller has seen; ``decide``; take the
names that an edit brings and let go of those that it takes away; write what is known now; append. A refusal rolls all
of it back. A transaction that gave way to another is tried again, a bounded number of times.

A name leads to one outlet: one that is another's is refused, and the refusal names whose it is. After a merger both ids
are valid, and all names lead to the one that is left; a token that was limited to either may file for both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias, assert_never

import msgspec
from msgspec import UNSET
from sqlalchemy import Connection

from tracker.access import tokens
from tracker.clock import Clock
from tracker.config import Settings
from tracker.db.database import Database
from tracker.errors import Contended, Fault, Invalid, Stale
from tracker.handling import envelopes
from tracker.handling.asking import Asked
from tracker.ids import looks_like_id
from tracker.store import addresses, log, register, requests
from tracker.store.addresses import Address, Wanted
from tracker.store.log import Expected
from tracker.store.register import Entry, State
from tracker.stories import outlets, parties
from tracker.stories.names import Kind, NameTaken, name_key, spelled
from tracker.stories.outlets import AddOutlet, EditOutlet, MergeOutlet, Outlet, OutletCommand, OutletEvent
from tracker.stories.parties import AddParty, EditParty, MergeParty, Party, PartyCommand, PartyEvent

Command: TypeAlias = OutletCommand | PartyCommand
Event: TypeAlias = OutletEvent | PartyEvent

#: How often a transaction that gave way to another is begun again.
_TRIES = 4


class Entered(msgspec.Struct, frozen=True):
    """What became of a command."""

    #: Of the outlet or party; after a merger, of the one that is left.
    id: str
    #: Its revision after the first answer to it.
    revision: int
    #: Whether the first answer wrote anything.
    written: bool = False
    #: Whether this answers a request that was answered before.
    replayed: bool = False


class Register:
    """Handles commands about outlets and parties on one database."""

    def __init__(
        self, database: Database, clock: Clock, settings: Settings, on_append: Callable[[], None] = lambda: None
    ) -> None:
        self._database = database
        self._clock = clock
        self._lifetime = timedelta(hours=settings.idempotency_hours)
        #: Called after each commit that appended, to wake a worker in this process.
        self._on_append = on_append

    def handle(self, command: Command, asked: Asked, reading: Connection | None = None) -> Entered:
        """Carry out ``command``. Raises a refusal, with nothing written, or trouble.

        ``into`` of a merger may be a name. ``reading``: a connection of the caller's that may be used up for it.
        """
        entered = self._tried(command, asked, reading)
        if entered.written and not entered.replayed:
            self._on_append()
        return entered

    def _tried(self, command: Command, asked: Asked, reading: Connection | None) -> Entered:
        for _ in range(_TRIES - 1):
            try:
                return self._once(command, asked, reading)
            except Contended:
                continue
        return self._once(command, asked, reading)

    def _once(self, command: Command, asked: Asked, reading: Connection | None) -> Entered:
        with self._database.writing(reading) as connection:
            earlier = self._claim(connection, asked)
            if earlier is not None:
                return Entered(**{**earlier, "replayed": True})
            entered = self._carry_out(connection, command, asked)
            if asked.key:
                requests.settle(connection, asked.key, msgspec.structs.asdict(entered))
        return entered

    def _claim(self, connection: Connection, asked: Asked) -> Mapping[str, Any] | None:
        if asked.key is None:
            return None
        return requests.claim(connection, asked.key, self._clock.now(), self._lifetime)

    def _carry_out(self, connection: Connection, command: Command, asked: Asked) -> Entered:
        match command:
            case AddOutlet() | AddParty():
                command = _entering(connection, command)
            case MergeOutlet() | MergeParty():
                return self._merge(connection, command, asked)
            case EditOutlet() | EditParty():
                pass
            case _ as never:
                assert_never(never)
        log.lock(connection, id_of(command))
        return self._change(connection, command, asked)

    def _change(self, connection: Connection, command: Command, asked: Asked) -> Entered:
        kind, id = kind_of(command), id_of(command)
        before = register.load(connection, kind, id)
        _require_seen(before, asked.seen)
        events = _decide(command, before)
        if events:
            after = _after(before, events, self._clock.recorded_now())
            _change_names(connection, command, before, after)
            register.write(connection, after)
            self._append(connection, command, events, before, asked)
        return Entered(id, revision=(before.revision if before else 0) + len(events), written=bool(events))

    def _merge(self, connection: Connection, command: MergeOutlet | MergeParty, asked: Asked) -> Entered:
        kind, gone = kind_of(command), id_of(command)
        left = _left(connection, kind, command.into)
        heads = {id: log.lock(connection, id) for id in sorted({gone, left.id})}
        head = heads[left.id]
        if head is None or register.entry(connection, kind, left.id) != left:
            # It was itself merged, or renamed, before its stream was locked.
            raise Contended("Two requests met over the same thing; try again in a moment.")
        before = register.load(connection, kind, gone)
        _require_seen(before, asked.seen)
        if before and before.merged_into and register.entry(connection, kind, gone) == left:
            return Entered(left.id, head.version)
        events = _decide(msgspec.structs.replace(command, into=left.id), before)
        self._append(connection, command, events, before, asked)
        register.merge(connection, kind, gone, left.id)
        addresses.move(connection, kind, gone, left.id, left.name)
        if kind == "outlet":
            tokens.join_outlets(connection, gone, left.id)
        return Entered(left.id, head.version, written=True)

    def _append(
        self, connection: Connection, command: Command, events: Sequence[Event], before: State | None, asked: Asked
    ) -> None:
        new = [
            envelopes.register_event(self._clock, event, asked.token.id, asked.correlation_id, asked.traceparent)
            for event in events
        ]
        expected: Expected = before.revision if before else "none"
        now = self._clock.recorded_now()
        log.append(connection, id_of(command), kind_of(command), new, expected=expected, now=now)


def id_of(command: Command) -> str:
    """The id of the outlet or party that ``command`` is about."""
    return command.outlet_id if isinstance(command, OutletCommand) else command.party_id


def kind_of(command: Command) -> Kind:
    """What ``command`` is about."""
    return "outlet" if isinstance(command, OutletCommand) else "party"


def _decide(command: Command, before: State | None) -> Sequence[Event]:
    if isinstance(command, OutletCommand):
        assert not isinstance(before, Party)
        return outlets.decide(command, before)
    assert not isinstance(before, Outlet)
    return parties.decide(command, before)


def _after(before: State | None, events: Sequence[Event], now: datetime) -> State:
    """The state after ``events``; its times are those of now, and are not kept."""
    state = before
    for event in events:
        if isinstance(event, OutletEvent):
            assert not isinstance(state, Party)
            state = outlets.evolve(state, event, now)
        else:
            assert not isinstance(state, Outlet)
            state = parties.evolve(state, event, now)
    assert state is not None
    return state


def _require_seen(before: State | None, seen: int | None) -> None:
    """Raises ``Stale`` where it has changed since revision ``seen``; ``None``: don't care."""
    if before is None or seen in (None, before.revision):
        return
    raise Stale(
        f"You have read revision {seen}; {before.revision} is the latest. "
        "Read it again and repeat the request with its ETag.",
        facts={"expected": seen, "found": before.revision},
    )


# ---- Names


def _entering(connection: Connection, command: AddOutlet | AddParty) -> AddOutlet | AddParty:
    """``command`` with its names taken; where its name leads to something already, with the id of that."""
    held = _take(connection, command, spelled(command.name))
    holder = held[name_key(command.name)].stream_id
    if holder == id_of(command):
        _require_ours(command, held)
        return command
    if isinstance(command, AddOutlet):
        return msgspec.structs.replace(command, outlet_id=holder)
    return msgspec.structs.replace(command, party_id=holder)


def _change_names(connection: Connection, command: Command, before: State | None, after: State) -> None:
    """Take the names that an edit brings, and let go of those that it takes away."""
    if before is None:
        return
    _require_ours(command, _take(connection, command, after.name))
    kind, id = kind_of(command), id_of(command)
    if gone := _keys(before) - _keys(after):
        addresses.release(connection, kind, id, gone)
    if after.name != before.name:
        addresses.rename(connection, kind, id, after.name)


def _take(connection: Connection, command: Command, label: str) -> dict[str, Address]:
    """Take the names that ``command`` gives, and say where each leads, by its key."""
    kind, keys = kind_of(command), {name_key(name) for _, name in _names(command)}
    addresses.take_all(connection, kind, [Wanted(key, id_of(command), label) for key in keys])
    return addresses.find_all(connection, kind, keys)


def _require_ours(command: Command, held: Mapping[str, Address]) -> None:
    for pointer, name in _names(command):
        holder = held[name_key(name)].stream_id
        if holder != id_of(command):
            raise NameTaken(kind_of(command), name, holder, pointer)


def _names(command: Command) -> Iterator[tuple[str, str]]:
    """The names that ``command`` gives, each with its place in the request."""
    if isinstance(command, MergeOutlet | MergeParty):
        return
    if command.name is not UNSET:
        yield "/name", command.name
    if command.aliases is not UNSET:
        yield from ((f"/aliases/{number}", alias) for number, alias in enumerate(command.aliases))


def _keys(state: State) -> set[str]:
    return {name_key(name) for name in (state.name, *state.aliases)}


def _left(connection: Connection, kind: Kind, into: str) -> Entry:
    """What ``into``, an id or a name, leads to. Raises ``Invalid`` where it is nothing that is known."""
    found: Entry | None
    if looks_like_id(into):
        found = register.entry(connection, kind, into)
    else:
        address = addresses.find(connection, kind, name_key(into))
        found = Entry(*address) if address else None
    if found is None:
        raise Invalid(f"There is no {kind} {into}.", faults=[Fault("/into", f"There is no such {kind}.")])
    return found
