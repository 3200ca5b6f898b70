"""Which place of a request a refusal is about, as a JSON Pointer into what was sent.

The rules know a request as a command, which has one form; a client may have written it in another: words instead of an
object with words, a quote in one piece instead of parts. ``pointing`` brings the pointers of a refusal to what was
sent, and finds the place of an id that a refusal names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from flask import request

from tracker.api import door
from tracker.api.problems import pointer_to
from tracker.errors import Fault, Refusal

#: Members that hold the id or the name of something.
_REFERENCES = frozenset(
    {"about", "by", "cites", "claim", "from", "occurrence", "outlet", "parties", "party"}
    | {"report", "story", "successor", "target", "to"}
)
#: Of refusals that are about no id: the member that could be otherwise, the first of these that was sent.
_MEMBERS: Mapping[str, Sequence[str]] = {
    "relation-across-stories": ("relation", "relations"),
    "relation-goes-round": ("relation", "relations"),
    "not-the-asserter": ("by", "relation", "relations"),
    "second-person-needed": ("alone_because",),
    "killed-already": ("public_note",),
    "unknown-version": ("version", "basis"),
}


@contextmanager
def pointing() -> Iterator[None]:
    """Let a refusal that is raised within it name the places of the request's body that it is about."""
    try:
        yield
    except Refusal as refused:
        limits = door.limits()
        sent = door.read_json(request, max_bytes=limits.max_bytes, max_depth=limits.max_depth)
        refused.faults = tuple(faults_in(sent, refused))
        raise


def faults_in(body: Mapping[str, Any], refused: Refusal) -> Iterator[Fault]:
    """The faults of ``refused`` with pointers into ``body``, as it was sent; those that are found where it has none."""
    if not refused.faults:
        yield from _found(refused, body)
    for fault in refused.faults:
        yield Fault(_there(fault.pointer, body), fault.detail)


def _found(refused: Refusal, body: Mapping[str, Any]) -> Iterator[Fault]:
    named = [way for way, value in _references(body, ()) if f" {value}" in str(refused)]
    members = [(name,) for name in _MEMBERS.get(refused.name, ()) if name in body]
    for way in named or members[:1]:
        yield Fault(pointer_to(way), str(refused))


def _references(value: object, way: tuple[object, ...]) -> Iterator[tuple[tuple[object, ...], str]]:
    """Each id or name that stands in ``value``, with the way to it."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if not isinstance(inner, str) or key in _REFERENCES:
                yield from _references(inner, (*way, key))
    elif isinstance(value, list):
        if way and (way[-1] in _REFERENCES or not any(isinstance(each, str) for each in value)):
            for number, inner in enumerate(value):
                yield from _references(inner, (*way, number))
    elif isinstance(value, str):
        yield way, value


def _there(pointer: str, body: Mapping[str, Any]) -> str:
    """``pointer``, or where it leads to in what was sent: a shorter form has fewer places."""
    way = pointer.split("/")[1:]
    at: Any = body
    for number, step in enumerate(way):
        if isinstance(at, Mapping) and step in at:
            at = at[step]
        elif isinstance(at, list) and step.isdecimal() and int(step) < len(at):
            at = at[int(step)]
        else:
            return _nearest(way[:number], way[number:], at)
    return pointer


def _nearest(there: Sequence[str], missing: Sequence[str], at: object) -> str:
    if isinstance(at, Mapping) and (missing[-1] in at or len(missing) == 1):
        return pointer_to((*there, missing[-1]))
    return pointer_to(there)
