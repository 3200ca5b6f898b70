"""How well a claim is supported: by how many independent outlets, and from how many sources.

Outlets that are not independent of each other (``independence``) are a group and count once. A group stands on what
its live sayings state; both numbers are intervals, as sources without a name leave them open:

- ``outlets.max`` is the number of groups, by all that is known to join outlets; two or more *corroborate*.
  ``outlets.min`` is what is left of it if unnamed sources of several groups are one and the same person: a group
  that rests on a single or uncounted unnamed source alone adds nothing to the others, as that one may be theirs.
- ``sources`` adds up what each group states: a named party is one, unnamed sources are as many as the outlet counts
  them. The numbers of several outlets are added (2 to 3 and 4 to 5 are 6 to 8), except that a single or uncounted
  one may be the same person everywhere. Within a group, unnamed sources may be the same in each saying, or not.
- Words without a source are the outlet's own: it has at least one source, and nobody knows how many. So ``max`` is
  ``None`` there, and wherever an outlet doesn't count its sources.
- What is passed on ("officials told the wire") speaks of the sources of the one it was drawn from, so it makes their
  number more exact and never adds to it. So do the sources that a bridge states; as an outlet it counts for nothing,
  unless nobody else says so.

What it does badly: two outlets that count two sources each are taken to have four, though the two may be the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple

from tracker.stories.claims import Interval, Support
from tracker.stories.independence import Origin, origins
from tracker.stories.sayings import Saying

_NOTHING = Interval(0, 0)


class Backing(NamedTuple):
    """What backs a claim."""

    support: Support
    outlets: Interval
    sources: Interval


class _Group(NamedTuple):
    """What backs a claim by the words of outlets that are not independent of each other."""

    sources: Interval
    #: Whether all of it may be the word of one unnamed person.
    elusive: bool
    #: Whether persons ever stood behind it, one of whom may be the unnamed source of others.
    has_persons: bool


NOBODY = Backing(Support.NONE, _NOTHING, _NOTHING)


def backing_of(sayings: Sequence[Saying]) -> Backing:
    """What backs a claim of which all ``sayings`` are given, also those that don't count; at least one does."""
    by_origin = _groups(sayings, origins(sayings))
    bridges = by_origin.pop(None, None)
    groups = list(by_origin.values()) or [group for group in [bridges] if group]
    sure = [group for group in groups if not group.elusive]
    adds = int(len(sure) < len(groups) and not any(group.has_persons for group in sure))
    outlets = Interval(len(sure) + adds, len(groups))
    stated = Interval(sum(group.sources.min for group in sure) + adds, _total(group.sources.max for group in groups))
    return Backing(_support(sayings, outlets), outlets, _made_exact(stated, bridges.sources) if bridges else stated)


def _made_exact(stated: Interval, passed_on: Interval) -> Interval:
    """What is known by ``passed_on`` as well: that there are as many, at least, and as many as it counts, at most."""
    least = max(stated.min, passed_on.min)
    most = None if stated.max is None else max(stated.max, passed_on.max or 0)
    return _interval(least, most)


def _support(sayings: Sequence[Saying], outlets: Interval) -> Support:
    if outlets.max != 1:
        return Support.CORROBORATED
    attributed = any(saying.attributed for saying in sayings if saying.live)
    return Support.SINGLE_SOURCE if attributed else Support.UNATTRIBUTED


def _groups(sayings: Sequence[Saying], found: Mapping[str, Origin]) -> dict[Hashable | None, _Group]:
    """What the groups of which at least one saying counts state; ``None``: what those of no group do."""
    grouped: dict[Hashable | None, list[Saying]] = defaultdict(list)
    for saying in sayings:
        grouped[found[saying.outlet.id].group].append(saying)
    return {origin: _group(said, found) for origin, said in grouped.items() if any(saying.live for saying in said)}


def _group(said: Sequence[Saying], found: Mapping[str, Origin]) -> _Group:
    live = [saying for saying in said if saying.live]
    own, passed_on = _parted(live, found)
    own_words = any(not saying.attributed and not saying.vague for saying in own)
    parties = len({saying.party for saying in live if saying.party})
    unnamed = max((saying.unnamed.min for saying in live if saying.unnamed), default=0)
    least = max(parties, unnamed, 1)
    most = None if own_words or not parties + unnamed else _total([parties, _most_unnamed(own, passed_on)])
    return _Group(
        sources=_interval(least, most),
        elusive=not own_words and not parties and unnamed < 2,
        has_persons=any(saying.party or saying.unnamed for saying in said),
    )


def _interval(least: int, most: int | None) -> Interval:
    """Where more are known to exist than were counted, nobody knows how many there are at most."""
    return Interval(least, most if most is None or most >= least else None)


def _parted(live: Collection[Saying], found: Mapping[str, Origin]) -> tuple[list[Saying], list[Saying]]:
    """Those of outlets that draw on nobody, and those of outlets that pass on what others said."""
    own = [saying for saying in live if found[saying.outlet.id].own]
    return own, [saying for saying in live if not found[saying.outlet.id].own]


def _most_unnamed(own: Collection[Saying], passed_on: Collection[Saying]) -> int | None:
    """How many unnamed sources there are at most; one that a report calls by the same words again is the same."""
    mentions: dict[object, list[int | None]] = defaultdict(list)
    for saying in own:
        if saying.unnamed:
            mentions[saying.report_id, saying.label].append(saying.unnamed.max)
    passed = [saying.unnamed.max for saying in passed_on if saying.unnamed]
    known = [most for most in passed if most is not None]
    stated = _total(_greatest(each) for each in mentions.values())
    if stated is None or (passed and not known and not mentions):
        return None
    return max(stated, *known, 0)


def _total(numbers: Iterable[int | None]) -> int | None:
    """Their sum; ``None``, unknown, if one of them is."""
    known = list(numbers)
    return None if None in known else sum(each for each in known if each is not None)


def _greatest(numbers: Collection[int | None]) -> int | None:
    return None if None in numbers else max(each for each in numbers if each is not None)
