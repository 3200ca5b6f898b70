"""Outlets and parties that a command mentions by name, wherever in it they stand.

A reference without an id holds what the caller wrote: a name, or an id. ``mentioned`` lists them, ``filled`` puts what
they lead to in their places.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

import msgspec

from tracker.stories.commands import Command
from tracker.stories.values import Content, OutletRef, PartyRef

Ref = OutletRef | PartyRef
_Kind = TypeVar("_Kind", OutletRef, PartyRef)


def mentioned(command: Command, kind: type[_Kind]) -> list[str]:
    """The names of that kind in ``command`` that nothing was found for yet, in the order in which they stand there."""
    return list(dict.fromkeys(ref.name for ref in _refs(command) if isinstance(ref, kind) and not ref.id))


def filled(command: Command, outlets: Mapping[str, OutletRef], parties: Mapping[str, PartyRef]) -> Command:
    """``command`` with what its names lead to."""
    result: Command = _filled(command, outlets, parties)
    return result


def _refs(value: Any) -> Iterator[Ref]:
    if isinstance(value, OutletRef | PartyRef):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from _refs(each)
    elif isinstance(value, msgspec.Struct) and not isinstance(value, Content):
        for name in value.__struct_fields__:
            yield from _refs(getattr(value, name))


def _filled(value: Any, outlets: Mapping[str, OutletRef], parties: Mapping[str, PartyRef]) -> Any:
    if isinstance(value, OutletRef):
        return value if value.id else outlets[value.name]
    if isinstance(value, PartyRef):
        return value if value.id else parties[value.name]
    if isinstance(value, tuple):
        several = tuple(_filled(each, outlets, parties) for each in value)
        return value if all(map(operator.is_, several, value)) else several
    if isinstance(value, msgspec.Struct) and not isinstance(value, Content):
        fields = {name: getattr(value, name) for name in value.__struct_fields__}
        made = {name: _filled(each, outlets, parties) for name, each in fields.items()}
        changed = {name: each for name, each in made.items() if each is not fields[name]}
        return msgspec.structs.replace(value, **changed) if changed else value
    return value
