"""A plain, slow reckoning of what supports a claim, written down from the rules: by repeated merging and by trying
every way in which unnamed sources may be the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tracker.stories.claims import Appearance, Interval, Support
from tracker.stories.knowledge import Attribution, RelationKind, Stance
from tracker.stories.reports import Report
from tracker.stories.story import Story
from tracker.stories.values import CorrectionKind, IssuedBy

_Found = tuple[Appearance, Report, bool]


def appearances_of(story: Story, claim_id: str) -> list[_Found]:
    """The appearances that don't deny the claim, and whether they count."""
    relations = [
        each
        for each in story.relations.values()
        if each.target.claim_id == claim_id and each.relation is RelationKind.RETRACTS and each.by
    ]
    found = []
    for appearance in story.claims[claim_id].appearances:
        report = story.reports[appearance.report_id]
        since = report.versions[appearance.version - 1].revision
        back = any(each.by and each.by.id == report.outlet.id and each.revision > since for each in relations)
        back |= any(
            each.kind is CorrectionKind.RETRACTION
            and each.issued_by is IssuedBy.OUTLET
            and each.version > appearance.version
            for each in report.corrections
        )
        if appearance.stance is not Stance.DENIES:
            found.append((appearance, report, not back and report.kill is None))
    return found


def reckoned(story: Story, claim_id: str) -> tuple[Support, Interval, Interval]:
    """The support of a claim, how many outlets, and how many sources."""
    found = appearances_of(story, claim_id)
    if not any(counts for _, _, counts in found):
        return Support.NONE, Interval(0, 0), Interval(0, 0)
    lending = dict.fromkeys(
        each.source.claim_id
        for each in story.relations.values()
        if each.target.claim_id == claim_id and each.relation is RelationKind.CORROBORATES
    )
    for other in lending:
        found += appearances_of(story, other)
    return _Reckoning(story, found).result()


class _Reckoning:
    def __init__(self, story: Story, found: list[_Found]) -> None:
        self.story, self.found = story, found
        self.reports = {report.report_id for _, report, _ in found}
        self.draws = self._draws()

    def result(self) -> tuple[Support, Interval, Interval]:
        groups, bridges = self._groups()
        backed = [_Backed.of(self, group) for group in groups]
        ways = [way for way in _partitions(backed) if all(map(_may_be_one, way))]
        fewest = min(len(way) for way in ways)
        least = min(sum(max(each.least for each in one) for one in way) for way in ways)
        most = None if any(each.most is None for each in backed) else sum(each.most or 0 for each in backed)
        if any(counts for _, _, counts in bridges):
            bridge = _Backed.of(self, bridges)
            least = max(least, bridge.least)
            most = None if most is None else max(most, bridge.most or 0)
            most = None if most is None or most < least else most
        if len(groups) > 1:
            support = Support.CORROBORATED
        elif any(counts and _is_attributed(made, report) for made, report, counts in self.found):
            support = Support.SINGLE_SOURCE
        else:
            support = Support.UNATTRIBUTED
        return support, Interval(fewest, len(groups)), Interval(least, most)

    def house(self, outlet_id: str) -> str:
        return "Group" if outlet_id in ("out_d", "out_e") else outlet_id

    def _draws(self) -> dict[str, set[str]]:
        draws: dict[str, set[str]] = {}
        for made, report, _ in self.found:
            others = [self.house(each) for each in _chain(made.attribution)]
            others += [self.house(self.story.reports[each].outlet.id) for each in report.cites if each in self.reports]
            house = self.house(report.outlet.id)
            draws.setdefault(house, set()).update(each for each in others if each != house)
            for each in others:
                draws.setdefault(each, set())
        return draws

    def reach(self, house: str) -> set[str]:
        """Itself, and whoever it has the claim from, through however many."""
        reached = {house}
        while more := {other for each in reached for other in self.draws[each]} - reached:
            reached |= more
        return reached

    def is_dark(self, house: str) -> bool:
        """Whether all that is known of it is that it passes something on, or its words are gone."""
        said = [(made, report) for made, report, _ in self.found if self.house(report.outlet.id) == house]
        vague = [
            (made.stance is Stance.REPORTS or report.kill is not None) and not _is_attributed(made, report)
            for made, report in said
        ]
        return bool(said) and not self.draws[house] and all(vague)

    def origin(self, house: str) -> frozenset[str] | None:
        reached = self.reach(house)
        ends = {each for each in reached if not self.draws[each]}
        if any(self.is_dark(each) for each in ends) or len(ends) > 1:
            return None
        return frozenset(ends or self._circle(house))

    def _circle(self, house: str) -> set[str]:
        """All that hangs together with it, of those that lead nowhere else."""
        lost = [each for each in self.draws if all(self.draws[end] for end in self.reach(each))]
        ring = {house}
        while (
            more := {each for each in lost for one in ring if each in self.draws[one] or one in self.draws[each]} - ring
        ):
            ring |= more
        return ring

    def _groups(self) -> tuple[list[list[_Found]], list[_Found]]:
        """What is said, by groups: origins are merged as long as two of them have a party in common; and by bridges."""
        merged: list[tuple[set[frozenset[str]], set[str]]] = []
        for made, report, _ in self.found:
            origin = self.origin(self.house(report.outlet.id))
            if origin is not None:
                merged.append(({origin}, _parties(made)))
        while pair := _overlapping(merged):
            one, other = pair
            merged = [each for each in merged if each is not one and each is not other]
            merged.append((one[0] | other[0], one[1] | other[1]))
        groups = [[each for each in self.found if self._origin_of(each) in origins] for origins, _ in merged]
        live = [group for group in groups if any(counts for _, _, counts in group)]
        bridges = [each for each in self.found if self._origin_of(each) is None]
        return live or [bridges], bridges

    def _origin_of(self, found: _Found) -> frozenset[str] | None:
        return self.origin(self.house(found[1].outlet.id))


@dataclass(frozen=True)
class _Backed:
    least: int
    most: int | None
    elusive: bool
    has_persons: bool

    @classmethod
    def of(cls, reckoning: _Reckoning, group: list[_Found]) -> _Backed:
        live = [(made, report) for made, report, counts in group if counts]
        own = [(made, report) for made, report in live if not reckoning.draws[reckoning.house(report.outlet.id)]]
        words = any(not _is_attributed(m, r) and m.stance is Stance.ASSERTS and not r.kill for m, r in own)
        parties = {party for made, _ in live for party in _parties(made)}
        unnamed = [found for made, _ in live if (found := _unnamed(made))]
        fewest = max([low for low, _ in unnamed], default=0)
        least = max(len(parties), fewest, 1)
        most = cls._most(live, own, parties) if not words and (parties or unnamed) else None
        persons = any(_parties(made) or _unnamed(made) for made, _, _ in group)
        return cls(
            least=least,
            most=most if most is not None and most >= least else None,
            elusive=not words and not parties and fewest < 2,
            has_persons=persons,
        )

    @staticmethod
    def _most(
        live: list[tuple[Appearance, Report]], own: list[tuple[Appearance, Report]], parties: set[str]
    ) -> int | None:
        mentions: dict[object, list[float]] = {}
        for made, report in own:
            if found := _unnamed(made):
                assert made.attribution
                mentions.setdefault((report.report_id, made.attribution.label, made.attribution.ordinal), []).append(
                    found[1]
                )
        passed = [found[1] for made, report in live if (made, report) not in own and (found := _unnamed(made))]
        stated = sum(max(each) for each in mentions.values())
        known = [each for each in passed if each != float("inf")]
        if passed and not known and not mentions:
            stated = float("inf")
        most = len(parties) + max([stated, *known])
        return None if most == float("inf") else int(most)


def _may_be_one(backed: Sequence[_Backed]) -> bool:
    """Whether all of it may come from the same persons: at most one is sure, and it has somebody to be the same as."""
    sure = [each for each in backed if not each.elusive]
    return len(backed) == 1 or not sure or (len(sure) == 1 and sure[0].has_persons)


def _partitions(things: list[_Backed]) -> Iterator[list[list[_Backed]]]:
    if not things:
        yield []
        return
    first, rest = things[0], things[1:]
    for parts in _partitions(rest):
        yield [[first], *parts]
        for place, part in enumerate(parts):
            yield [*parts[:place], [first, *part], *parts[place + 1 :]]


_Merged = tuple[set[frozenset[str]], set[str]]


def _overlapping(merged: list[_Merged]) -> tuple[_Merged, _Merged] | None:
    for place, one in enumerate(merged):
        for other in merged[place + 1 :]:
            if one[0] & other[0] or one[1] & other[1]:
                return one, other
    return None


def _chain(attribution: Attribution | None) -> list[str]:
    if attribution is None:
        return []
    named = [attribution.outlet.id] if attribution.outlet else []
    return named + [outlet_id for each in attribution.via for outlet_id in _chain(each)]


def _is_attributed(made: Appearance, report: Report) -> bool:
    elsewhere = any(each != report.outlet.id for each in _chain(made.attribution))
    return bool(elsewhere or _parties(made) or _unnamed(made))


def _parties(made: Appearance) -> set[str]:
    given = made.attribution
    return {given.party.id} if given and given.party and given.named is not False else set()


def _unnamed(made: Appearance) -> tuple[int, float] | None:
    given = made.attribution
    if given is None or _parties(made) or (given.party is None and given.label is None):
        return None
    if given.count is None:
        return 1, 1 if given.ordinal else float("inf")
    return given.count.min or 1, given.count.max or float("inf")
