"""Which outlets have a claim independently of each other, by what their reports tell.

Each outlet is traced to the origin from which it has the claim. An outlet that draws on no other is an origin; one
that draws on others has what they have. Outlets of one owner are one from the beginning, and origins that rest on the
word of the same named party are one at the end.

- Five copies of one wire have one origin, the wire, also where the wire itself isn't in the story.
- An outlet that draws on several origins, as a bridge does that sums up two others, adds nothing to any of them,
  and does not join them. The same holds for one of which nobody knows where it has the claim from.
- Outlets that have it from one another in a circle are one origin, together with those that draw on them alone.
- That outlets are joined is learned from all that they say, also from what doesn't count any more: two copies do not
  become independent of each other when what they copied falls.

It takes a constant number of steps for each saying, and for each outlet that it draws on (nearly: union-find).

What it does badly: it is careful. An outlet that once drew on another for this claim is joined with it for good,
even if it has confirmed the claim since from sources of its own. And two outlets, or parties, that were found to be
one later are still two here: a report holds its outlet, and the owner, as known then.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from tracker.stories.names import name_key
from tracker.stories.sayings import Saying

#: Outlets that are one by their owner, by the id of one of them.
_House: TypeAlias = Hashable


class Origin(NamedTuple):
    """Where an outlet has a claim from."""

    #: Equal for outlets that are not independent of each other; ``None``: from several, or nobody knows.
    group: Hashable | None
    #: Whether it draws on nobody else.
    own: bool


class Joined:
    """Things that were found to be one (union-find); what was never joined is by itself."""

    def __init__(self) -> None:
        self._above: dict[Hashable, Hashable] = {}

    def of(self, thing: Hashable) -> Hashable:
        """The one that stands for all that ``thing`` is one with."""
        above = self._above
        while (up := above.setdefault(thing, thing)) != thing:
            above[thing] = above[up]
            thing = up
        return thing

    def join(self, one: Hashable, other: Hashable) -> None:
        """From now on the two are one."""
        self._above[self.of(one)] = self.of(other)


def origins(sayings: Sequence[Saying]) -> dict[str, Origin]:
    """Where each outlet of ``sayings`` has the claim from, by the outlet's id."""
    houses = _houses(sayings)
    draws = _draws(sayings, houses)
    traced = _traced(draws, _in_the_dark(sayings, houses))
    joined = Joined()
    found = {saying.outlet.id: houses[saying.outlet.id] for saying in sayings}
    for saying in sayings:
        origin = traced[found[saying.outlet.id]]
        if saying.party is not None and origin is not None:
            joined.join(origin, ("party", saying.party))
    return {
        outlet_id: Origin(None if traced[house] is None else joined.of(traced[house]), own=not draws[house])
        for outlet_id, house in found.items()
    }


def _houses(sayings: Sequence[Saying]) -> dict[str, _House]:
    """The house of each outlet that says it or is drawn on, by the outlet's id."""
    joined = Joined()
    outlets = {outlet.id: None for saying in sayings for outlet in (saying.outlet, *saying.draws_on)}
    owned = {(each.id, each.owner) for saying in sayings for each in (saying.outlet, *saying.draws_on) if each.owner}
    for outlet_id, owner in owned:
        joined.join(outlet_id, ("owner", name_key(owner)))
    return {outlet_id: joined.of(outlet_id) for outlet_id in outlets}


def _draws(sayings: Sequence[Saying], houses: Mapping[str, _House]) -> dict[_House, set[_House]]:
    """The other houses that each house draws on."""
    draws: dict[_House, set[_House]] = {house: set() for house in houses.values()}
    for saying in sayings:
        house = houses[saying.outlet.id]
        draws[house].update(houses[outlet.id] for outlet in saying.draws_on)
        draws[house].discard(house)
    return draws


def _in_the_dark(sayings: Sequence[Saying], houses: Mapping[str, _House]) -> set[_House]:
    """Houses of which nobody knows where they have the claim from."""
    known = {houses[saying.outlet.id] for saying in sayings if not saying.vague}
    return {houses[saying.outlet.id] for saying in sayings} - known


def _traced(draws: Mapping[_House, Collection[_House]], dark: Collection[_House]) -> dict[_House, _House | None]:
    """The origin of each house; ``None`` where it has several, or an unknown one.

    What a house knows goes to those that draw on it, and on from there. A house is passed at most twice: when its
    first origin is found, and when another one is.
    """
    drawing = defaultdict(list)
    for house, others in draws.items():
        for other in others:
            drawing[other].append(house)
    traced: dict[_House, _House | None] = {
        house: None if house in dark else house for house, others in draws.items() if not others
    }
    left = deque(traced)
    while left:
        house = left.popleft()
        for follower in drawing[house]:
            if follower not in traced or traced[follower] not in (None, traced[house]):
                traced[follower] = None if follower in traced else traced[house]
                left.append(follower)
    return traced | _circles(draws, traced)


def _circles(
    draws: Mapping[_House, Collection[_House]], traced: Mapping[_House, object]
) -> dict[_House, _House | None]:
    """Those that draw on nobody but one another, in circles: what hangs together is one."""
    joined = Joined()
    round_and_round = [house for house in draws if house not in traced]
    for house in round_and_round:
        for other in draws[house]:
            joined.join(house, other)
    return {house: joined.of(house) for house in round_and_round}
