"""Which events of a story a hold withholds: those about what is held, and those that would tell of it.

A hold on a report withholds what was filed of it, what is marked in it, what rests on it, and all work that goes on
under the hold; a claim is held with the last report that still shows it. A hold on the story withholds everything. The
events of a preservation hold, and of acts of the desk that wait for a second person, are the newsroom's own.

``withheld`` says it of events that are being appended, ``covered`` of those that were there when the hold is placed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from tracker.stories import events
from tracker.stories.claims import Appearance
from tracker.stories.desk import Hold
from tracker.stories.events import Event, Recorded
from tracker.stories.knowledge import Attribution, HoldKind, HoldReason, Quote
from tracker.stories.story import Story

#: What is withheld for it is for the newsroom alone.
REQUEST = "request"


class Withheld(NamedTuple):
    """That an event is withheld."""

    revision: int
    #: The hold, or the request.
    by: str
    #: "hold", "embargo" or "request".
    kind: str


class Marks:
    """Which reports a story's markings and requests rest on."""

    def __init__(self) -> None:
        #: Of each claim, what each of its appearances rests on; one of a killed report only where there is no other.
        self._claims: dict[str, list[set[str]]] = {}
        self._others: dict[str, set[str]] = {}

    @classmethod
    def of(cls, story: Story) -> Marks:
        """Those of a state."""
        marks = cls()
        for claim in story.claims.values():
            rests = {each.number: _rests_on(each) for each in claim.appearances}
            alive = [each.number for each in claim.appearances if story.reports[each.report_id].kill is None]
            marks._claims[claim.claim_id] = [rests[number] for number in alive or rests]
            marks._others |= {f"{claim.claim_id}/{number}": each for number, each in rests.items()}
        for relation in story.relations.values():
            ends = [end.claim_id for end in (relation.source, relation.target) if end.story_id is None]
            marks._others[relation.relation_id] = {*ends, relation.basis.report_id or "" if relation.basis else ""}
        for occurrence in story.occurrences.values():
            marks._others[occurrence.occurrence_id] = {
                account.basis.report_id or "" if account.basis else "" for account in occurrence.accounts
            }
        marks._others |= {act_id: {request.target.partition("/")[0]} for act_id, request in story.requests.items()}
        return marks

    def add(self, event: Event) -> None:
        """Note what ``event`` marks."""
        match event:
            case events.ClaimAsserted():
                self._claims.setdefault(event.claim_id, []).append(_rests_on(event))
                self._others[f"{event.claim_id}/{event.appearance}"] = _rests_on(event)
            case events.ClaimsRelated():
                self._others[event.relation_id] = set(_named(event))
            case events.OccurrenceRecorded():
                self._others.setdefault(event.occurrence_id, set()).add(event.report_id or "")
            case events.ActRequested():
                self._others[event.act_id] = {event.target.partition("/")[0]}
            case _:
                pass

    def reports_of(self, name: str, held: frozenset[str]) -> set[str]:
        """The held reports that ``name`` (a report, or a marking) can't be seen without."""
        if name in self._claims:
            hidden = [rests & held for rests in self._claims[name]]
            return set().union(*hidden) if all(hidden) else set()
        if name in self._others:
            return {report for each in self._others[name] if each != name for report in self.reports_of(each, held)}
        return {name} & held


def withheld(appended: Sequence[Recorded], before: Story, after: Story, story_id: str) -> list[Withheld]:
    """What is withheld of events that are being ``appended``, which make ``before`` into ``after``."""
    found = [each for recorded in appended for each in _own(recorded)]
    holds = active(after)
    if holds:
        held = frozenset(each.target for each in holds)
        marks = (Marks.of(before), Marks.of(after))
        found += [
            Withheld(recorded.revision, each.hold_id, kind_of(each))
            for recorded in appended
            for each in holds
            if any(_concerns(recorded.event, each.target, which, held, story_id) for which in marks)
        ]
    return found


def covered(history: Iterable[Recorded], placed: Hold, story: Story, story_id: str) -> list[Withheld]:
    """What a hold withholds of the ``history`` before it; ``story``: with the hold."""
    held = frozenset(each.target for each in active(story))
    known = list(history)
    marked = Marks()
    for recorded in known:
        marked.add(recorded.event)
    marks = (marked, Marks.of(story))
    return [
        Withheld(recorded.revision, placed.hold_id, kind_of(placed))
        for recorded in known
        if any(_concerns(recorded.event, placed.target, which, held, story_id) for which in marks)
    ]


def active(story: Story) -> list[Hold]:
    """The holds that keep something from being shown."""
    return [each for each in story.holds.values() if each.lifted is None and each.kind is HoldKind.PUBLICATION]


def is_held(story: Story, story_id: str) -> bool:
    """Whether the whole story is held."""
    return any(each.target == story_id for each in active(story))


def kind_of(held: Hold) -> str:
    """The kind of restriction that a hold is."""
    return "embargo" if held.reason is HoldReason.EMBARGO else "hold"


def _own(recorded: Recorded) -> Iterator[Withheld]:
    """What is withheld for its own sake, and for good."""
    match recorded.event:
        case events.HoldPlaced(kind=HoldKind.PRESERVATION) | events.HoldLifted(kind=HoldKind.PRESERVATION):
            yield Withheld(recorded.revision, recorded.event.hold_id, "hold")
        case events.ActRequested() | events.ActApproved() | events.ActDeclined():
            yield Withheld(recorded.revision, recorded.event.act_id, REQUEST)
        case _:
            pass


def _concerns(event: Event, target: str, marks: Marks, held: frozenset[str], story_id: str) -> bool:
    if target == story_id:
        # What lifts one hold on the story is withheld by another, as long as that is there.
        return True
    return any(target in marks.reports_of(name, held) for name in _named(event))


def _named(event: Event) -> Iterator[str]:
    """What ``event`` names: reports, claims, other markings and requests, by their ids."""
    for name in ("report_id", "claim_id", "relation_id", "occurrence_id", "act_id"):
        if isinstance(event, events.ClaimAsserted) and name == "claim_id":
            continue
        if found := getattr(event, name, None):
            yield found
    match event:
        case events.ClaimAsserted():
            yield from _rests_on(event)
        case events.ClaimsRelated():
            yield from (end.claim_id for end in (event.source, event.target) if end.story_id is None)
        case events.AnnotationWithdrawn():
            yield event.target
        case events.HoldPlaced() | events.HoldLifted() | events.ContentRedacted() | events.ActRequested():
            yield event.target.partition("/")[0]
        case _:
            pass


def _rests_on(made: Appearance | events.ClaimAsserted) -> set[str]:
    """The reports without which an appearance isn't seen: its own, and those that it names as sources."""
    return {made.report_id, *_sources(made.attribution, made.quotes)}


def _sources(attribution: Attribution | None, quotes: tuple[Quote, ...]) -> Iterator[str]:
    """The reports that are named as sources."""
    if attribution is not None:
        if attribution.report_id:
            yield attribution.report_id
        for each in attribution.via:
            yield from _sources(each, ())
    for quote in quotes:
        yield from _sources(quote.speaker, quote.inner)
