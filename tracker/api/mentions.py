"""How many outlets, parties and passages one request may mention: each has to be looked up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tracker.errors import Fault, Invalid

_MOST = 500
_NAMES = frozenset({"party", "outlet", "about", "parties", "by"})
_PASSAGES = frozenset({"exact", "parts", "basis"})


def require_few(body: Mapping[str, Any]) -> None:
    """Raises ``Invalid`` where ``body`` mentions more than 500 outlets and parties, or more than 500 passages."""
    for members, what in ((_NAMES, "outlets and parties"), (_PASSAGES, "passages")):
        counts = {name: sum(_mentions({name: value}, members)) for name, value in body.items()}
        if sum(counts.values()) > _MOST:
            detail = f"One request mentions at most {_MOST} {what}; mark the rest in requests of their own."
            most = max(counts, key=lambda name: counts[name])
            raise Invalid(detail, faults=[Fault(f"/{most}", detail)])


def _mentions(value: object, members: frozenset[str]) -> Iterator[int]:
    """How many things each of ``members`` in ``value`` holds."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name in members:
                yield len(inner) if isinstance(inner, list) else 1
            yield from _mentions(inner, members)
    elif isinstance(value, list):
        for inner in value:
            yield from _mentions(inner, members)
