"""Several dates together: whether they can be the same, how they disagree, and in which order they stand.

Two dates *meet* if one day lies within the bounds of both. Dates that don't meet are shown as a difference of wording,
each with its phrase, its reading and the convention by which it was read; they are never averaged and none is called
wrong. Where a date is unresolved, or only about right, it isn't known whether they meet.

A timeline follows the dates, and what the caller says of order where there is none: something unresolved stands right
after the last of what it follows, or right before the first of what follows it. Said order wins over dates.

What it does badly: a date whose bounds can't be held (before the year 1) stands where an unresolved one would.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TypeAlias

import msgspec

from tracker.stories import edtf
from tracker.stories.dates import When, bounds
from tracker.stories.edtf import Bounds
from tracker.stories.phrases import Qualifier, Reading
from tracker.stories.readings import convention, reading

#: Compares as the dates do; see ``order_key``.
OrderKey: TypeAlias = tuple[date, int, date, int, str]
#: Its id, when it was, and the ids of those that it is said to follow.
Item: TypeAlias = tuple[str, When, Sequence[str]]

_END_OF_TIME: OrderKey = (date.max, 3, date.max, 0, "")
_PARTS = {Qualifier.EARLY: -1, Qualifier.LATE: 1}


class Disagreement(msgspec.Struct, frozen=True, kw_only=True):
    """Two dates of one thing that don't meet; the earlier one first."""

    phrases: tuple[str, str]
    readings: tuple[str, str]
    #: How the two were read, and whether another convention would let them touch, in whole sentences.
    convention: str

    @property
    def sentence(self) -> str:
        """All of it for a reader."""
        sides = [f"“{said}” ({read})" for said, read in zip(self.phrases, self.readings, strict=True)]
        return f"{' and '.join(sides)} do not meet. {self.convention}"


def meets(a: When, b: When) -> bool | None:
    """Whether ``a`` and ``b`` can be the same day; ``None`` if that isn't known."""
    if not (_is_bounded(a) and _is_bounded(b)):
        return None
    if _overlap((a.earliest, a.latest), (b.earliest, b.latest)):
        return True
    return False if _is_firm(a) and _is_firm(b) else None


def disagreement(whens: Iterable[When]) -> Disagreement | None:
    """The two of ``whens`` that are furthest from meeting; ``None`` if no two are known not to meet."""
    firm = [when for when in whens if _is_bounded(when) and _is_firm(when)]
    ending = [when for when in firm if when.latest]
    beginning = [when for when in firm if when.earliest]
    if not ending or not beginning:
        return None
    first = min(ending, key=lambda when: when.latest or date.max)
    last = max(beginning, key=lambda when: when.earliest or date.min)
    if meets(first, last) is not False:
        return None
    return Disagreement(
        phrases=(first.phrase, last.phrase),
        readings=(reading(first), reading(last)),
        convention=_conventions(first, last),
    )


def order_key(when: When) -> OrderKey:
    """A key by which dates sort: by first day, then last day, then exact moment; the unresolved ones at the end.

    What has only a last day stands right before what begins on it.
    """
    moment = when.time.isoformat() if when.time else ""
    part = _PARTS.get(when.qualifier, 0) if when.qualifier else 0
    if when.earliest:
        return when.earliest, 1 if when.latest else 2, when.latest or date.max, part, moment
    if when.latest:
        return when.latest, 0, when.latest, part, moment
    return _END_OF_TIME


def sorted_by_time(items: Iterable[Item]) -> list[str]:
    """The ids of ``items`` in order of time. Each id stands once.

    Those that a date doesn't tell apart keep the order given. An id that an item is said to follow and isn't among
    ``items`` is ignored, and so is one that would close a circle.
    """
    listed = list(items)
    known = {name: order_key(when) for name, when, _ in listed}
    follows = {name: [other for other in after if other in known] for name, _, after in listed}
    order = _in_said_order(follows)
    keys = _keys(order, known, follows)
    # Sorting is stable, and no key is less than that of what it follows: said order holds.
    return sorted(order, key=keys.__getitem__)


def _in_said_order(follows: Mapping[str, Sequence[str]]) -> list[str]:
    """The ids so that each stands after those it follows, otherwise as given (depth first, without recursion)."""
    order: list[str] = []
    begun: set[str] = set()
    for name in follows:
        if name in begun:
            continue
        begun.add(name)
        path = [(name, iter(follows[name]))]
        while path:
            current, others = path[-1]
            other = next((each for each in others if each not in begun), None)
            if other is None:
                order.append(current)
                path.pop()
            else:
                begun.add(other)
                path.append((other, iter(follows[other])))
    return order


def _keys(
    order: Sequence[str], known: Mapping[str, OrderKey], follows: Mapping[str, Sequence[str]]
) -> dict[str, OrderKey]:
    """A key for each: its own, but never less than that of what it follows; without one, that of what follows it."""
    place = {name: number for number, name in enumerate(order)}
    edges = {name: [other for other in follows[name] if place[other] < place[name]] for name in order}
    keys: dict[str, OrderKey] = {}
    for name in order:
        dated = [keys[other] for other in edges[name] if keys[other] != _END_OF_TIME]
        own = [known[name]] if known[name] != _END_OF_TIME else []
        keys[name] = max([*own, *dated], default=_END_OF_TIME)
    for name in reversed(order):
        for other in edges[name]:
            if known[other] == _END_OF_TIME:
                keys[other] = min(keys[other], keys[name])
    return keys


def _is_bounded(when: When) -> bool:
    return when.earliest is not None or when.latest is not None


def _is_firm(when: When) -> bool:
    read = when.read()
    return read is not None and edtf.is_firm(read)


def _overlap(a: Bounds, b: Bounds) -> bool:
    first = max(a[0] or date.min, b[0] or date.min)
    return first <= min(a[1] or date.max, b[1] or date.max)


def _conventions(a: When, b: When) -> str:
    said = dict.fromkeys(text for text in (convention(a), convention(b)) if text)
    if not said:
        return "Both are read as they are written; which of them is right is not judged here."
    touching = _by_astronomers(a, b)
    return " ".join([*said, *([touching] if touching else []), "It is a difference of wording, not anybody's error."])


def _by_astronomers(a: When, b: When) -> str | None:
    """What to say if two dates meet once their seasons are counted from equinox and solstice."""
    if not _overlap(_astronomical(a), _astronomical(b)):
        return None
    earlier, later = _astronomical(a)[1], _astronomical(b)[0]
    if earlier != a.latest and earlier:
        return f"By the astronomical season, to {_day(earlier)}, they touch."
    return f"By the astronomical season, from {_day(later)}, they touch." if later else None


def _astronomical(when: When) -> Bounds:
    read = when.read()
    if read is None or when.qualifier in (Qualifier.BEFORE, Qualifier.AFTER):
        return when.earliest, when.latest
    return bounds(Reading(read, when.qualifier), when.hemisphere, astronomical=True)


def _day(day: date) -> str:
    return reading(When(phrase="", edtf=day.isoformat())).rsplit(" ", 1)[0]
