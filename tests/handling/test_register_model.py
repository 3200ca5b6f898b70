"""The register against a plain model of it: whatever is asked in whatever order, both do and refuse the same, and every
name and every id leads to the same one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import UNSET, UnsetType

from tests.desk import Desk
from tracker.errors import Refusal
from tracker.store import register
from tracker.stories.names import name_key
from tracker.stories.outlets import AddOutlet, EditOutlet, MergeOutlet, Outlet, OutletCommand

#: Names of which each stands for the same as the other spelling of its letter.
NAMES = ("A", "a", "B", " b", "C", "D")
_numbers = count(1)


@dataclass
class Known:
    """An outlet as the model knows it."""

    id: str
    name: str
    aliases: tuple[str, ...]
    owner: str | None
    into: str | None = None
    revision: int = 1


@dataclass
class Model:
    """All outlets, and where each name leads."""

    known: dict[str, Known] = field(default_factory=dict)
    leads: dict[str, str] = field(default_factory=dict)

    def does(self, command: OutletCommand) -> str:
        """What comes of it: "written", "nothing", or the name of the refusal."""
        match command:
            case AddOutlet():
                return self._add(command)
            case EditOutlet():
                return self._edit(command)
            case MergeOutlet():
                return self._merge(command)

    def left(self, id: str) -> str:
        """What is left of it, merger by merger."""
        into = self.known[id].into
        return id if into is None else self.left(into)

    def _add(self, command: AddOutlet) -> str:
        name, aliases = _kept(command.name, command.aliases)
        if holder := self.leads.get(name_key(name)):
            there = self.known[holder]
            same = (there.name, there.aliases, there.owner) == (name, aliases, command.owner)
            return "nothing" if same else "name-taken"
        if any(name_key(alias) in self.leads for alias in aliases):
            return "name-taken"
        self.known[command.outlet_id] = Known(command.outlet_id, name, aliases, command.owner)
        self.leads |= {name_key(each): command.outlet_id for each in (name, *aliases)}
        return "written"

    def _edit(self, command: EditOutlet) -> str:
        there = self.known[command.outlet_id]
        if there.into:
            return "merged"
        name = there.name if command.name is UNSET else command.name
        former = [there.name] if command.aliases is UNSET and command.name is not UNSET else []
        name, aliases = _kept(name, there.aliases if command.aliases is UNSET else command.aliases, former)
        if " ".join(name.split()) == there.name and command.aliases is UNSET:
            aliases = there.aliases
        owner = there.owner if command.owner is UNSET else command.owner
        if (name, aliases, owner) == (there.name, there.aliases, there.owner):
            return "nothing"
        before, after = _keys(there.name, there.aliases), _keys(name, aliases)
        if any(self.leads.get(key, there.id) != there.id for key in after):
            return "name-taken"
        self.leads = {key: id for key, id in self.leads.items() if key not in before - after}
        self.leads |= dict.fromkeys(after, there.id)
        there.name, there.aliases, there.owner, there.revision = name, aliases, owner, there.revision + 1
        return "written"

    def _merge(self, command: MergeOutlet) -> str:
        there, into = self.known[command.outlet_id], self.leads.get(name_key(command.into), command.into)
        if into not in self.known:
            return "invalid-request"
        into = self.left(into)
        if there.into:
            return "nothing" if self.left(there.id) == into else "merged"
        if into == there.id:
            return "merged-into-itself"
        there.into, there.revision = into, there.revision + 1
        self.leads = {key: into if id == there.id else id for key, id in self.leads.items()}
        return "written"


def _keys(name: str, aliases: Iterable[str]) -> set[str]:
    return {name_key(each) for each in (name, *aliases)}


def _kept(name: str, aliases: Iterable[str], former: Iterable[str] = ()) -> tuple[str, tuple[str, ...]]:
    """A name and its aliases as they are kept: single spaces, each once, none that is the name."""
    seen, kept = {name_key(name)}, []
    for alias in (*aliases, *former):
        if name_key(alias) not in seen:
            seen.add(name_key(alias))
            kept.append(" ".join(alias.split()))
    return " ".join(name.split()), tuple(kept)


_name = st.sampled_from(NAMES)
_aliases = st.lists(_name, max_size=2).map(tuple)
_owner = st.none() | st.just("Owner")
_nth = st.integers(0, 9)
_unset = st.just(UNSET)
#: What is asked; of the nth outlet that there is by then, where it is of one.
_asked = st.one_of(
    st.tuples(st.just("add"), _name, _aliases, _owner),
    st.tuples(st.just("edit"), _nth, _unset | _name, _unset | _aliases, _unset | _owner),
    st.tuples(st.just("merge"), _nth, _nth | _name),
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(asked=st.lists(_asked, max_size=14))
def test_the_register_does_what_a_plain_model_does(desk: Desk, asked: list[tuple[object, ...]]) -> None:
    model, run = Model(), f"Run {next(_numbers)}"
    for each in asked:
        command = _command(desk, model, run, each)
        if command is not None:
            assert _done(desk, command) == model.does(command), command
    for id, known in model.known.items():
        _compare(desk, model, id, known)
    spellings = [_of_run(run, name) for name in NAMES]
    with desk.database.reading() as connection:
        found = register.outlets_of(connection, {name_key(name) for name in spellings})
    assert {key: outlet.id for key, outlet in found.items()} == model.leads
    assert all(outlet.name == model.known[outlet.id].name for outlet in found.values())
    assert all(outlet.owner == model.known[outlet.id].owner for outlet in found.values())


def _compare(desk: Desk, model: Model, id: str, known: Known) -> None:
    with desk.database.reading() as connection:
        folded, left = register.outlet(connection, id), register.entry(connection, "outlet", id)
    assert isinstance(folded, Outlet)
    assert (folded.name, folded.aliases, folded.owner) == (known.name, known.aliases, known.owner)
    assert (folded.merged_into, folded.revision) == (known.into, known.revision)
    assert left == register.Entry(model.left(id), model.known[model.left(id)].name)


def _done(desk: Desk, command: OutletCommand) -> str:
    try:
        return "written" if desk.asks(command).written else "nothing"
    except Refusal as refusal:
        return refusal.name


def _command(desk: Desk, model: Model, run: str, asked: tuple[object, ...]) -> OutletCommand | None:
    """The command; ``None`` where there is no outlet yet that it could be about."""
    ids = list(model.known)
    match asked:
        case ("add", str(name), tuple(aliases), owner):
            given = tuple(_of_run(run, str(alias)) for alias in aliases)
            name = _of_run(run, name)
            return AddOutlet(
                outlet_id=desk.new_id("out"), name=name, aliases=given, owner=str(owner) if owner else None
            )
        case ("edit", int(nth), name, aliases, owner) if ids:
            return EditOutlet(
                outlet_id=ids[nth % len(ids)],
                name=_of_run(run, name) if isinstance(name, str) else UNSET,
                aliases=tuple(_of_run(run, str(alias)) for alias in aliases) if isinstance(aliases, tuple) else UNSET,
                owner=owner if isinstance(owner, str | UnsetType) else None,
            )
        case ("merge", int(nth), into) if ids:
            other = ids[into % len(ids)] if isinstance(into, int) else _of_run(run, str(into))
            return MergeOutlet(outlet_id=ids[nth % len(ids)], into=other)
    return None


def _of_run(run: str, name: str) -> str:
    """The name, apart from those of other runs on the same database."""
    return f"{run} {name}"
