"""Histories of stories, for how their claims stand: each step is sensible, or is left out where it isn't."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from tests.stories.standings import ESPER, IRAN, Telling, by, outlet, sources, via
from tracker.stories.knowledge import Attribution, RelationKind, Stance

OUTLETS = [outlet("a"), outlet("b"), outlet("c"), outlet("d", "Group"), outlet("e", "Group")]
CLAIMS = ["clm_1", "clm_2", "clm_3"]
ATTRIBUTIONS: list[Attribution | None] = [
    None,
    by(ESPER),
    by(IRAN),
    by(IRAN, named=False),
    sources(),
    sources(1, 1),
    sources(2, 3),
    sources(1, 2, label="aides"),
    sources(label="a second official", ordinal=2),
    *(via(each) for each in OUTLETS),
    sources(1, 1, via=(via(OUTLETS[0]),)),
    by(ESPER, via=(via(OUTLETS[1]),)),
    via(OUTLETS[0], via=(via(OUTLETS[1]),)),
    via(outlet("elsewhere")),
]


@dataclass(frozen=True)
class Filed:
    """A report that makes claims."""

    outlet: int
    #: Reports counted back from this one.
    cites: tuple[int, ...]
    says: tuple[tuple[int, Stance, Attribution | None], ...]


@dataclass(frozen=True)
class Said:
    report: int
    claim: int
    stance: Stance
    attribution: Attribution | None


@dataclass(frozen=True)
class Related:
    source: int
    relation: RelationKind
    target: int
    outlet: int | None


@dataclass(frozen=True)
class Killed:
    report: int


@dataclass(frozen=True)
class Retracted:
    report: int


Step = Filed | Said | Related | Killed | Retracted

_claims = st.integers(0, len(CLAIMS) - 1)
_reports = st.integers(0, 6)
_stances = st.sampled_from([Stance.ASSERTS, Stance.ASSERTS, Stance.ASSERTS, Stance.REPORTS, Stance.DENIES])
_attributions = st.sampled_from(ATTRIBUTIONS)
_outlets = st.integers(0, len(OUTLETS) - 1)
_made = st.tuples(_claims | st.just(0), _stances, _attributions)
filings = st.builds(
    Filed,
    _outlets,
    st.lists(st.integers(1, 4), max_size=2).map(tuple),
    st.lists(_made, min_size=1, max_size=2).map(tuple),
)
relatings = st.builds(Related, _claims, st.sampled_from(RelationKind), _claims, st.none() | _outlets)
steps = st.one_of(
    filings, filings, st.builds(Said, _reports, _claims, _stances, _attributions), relatings,
    st.builds(Killed, _reports), st.builds(Retracted, _reports),
)  # fmt: skip
histories = st.lists(filings, min_size=1, max_size=4).flatmap(
    lambda first: st.lists(steps, max_size=8).map(lambda more: [*first, *more])
)


def take(telling: Telling, step: Step) -> set[str]:
    """Take one step, unless it is senseless here; returns the claims that it is about."""
    report_ids = list(telling.story.reports)
    match step:
        case Filed():
            cites = {report_ids[-back] for back in step.cites if back <= len(report_ids)}
            report_id = telling.report(OUTLETS[step.outlet], *sorted(cites))
            for claim, stance, attribution in step.says:
                telling.says(report_id, attribution, CLAIMS[claim], stance)
            return {CLAIMS[claim] for claim, _, _ in step.says}
        case Said() if step.report < len(report_ids):
            telling.says(report_ids[step.report], step.attribution, CLAIMS[step.claim], step.stance)
            return {CLAIMS[step.claim]}
        case Related() if step.source != step.target and telling.story.claims.keys() >= {
            CLAIMS[step.source],
            CLAIMS[step.target],
        }:
            outlet = None if step.outlet is None else OUTLETS[step.outlet]
            telling.relate(CLAIMS[step.source], step.relation, CLAIMS[step.target], outlet)
            return {CLAIMS[step.source], CLAIMS[step.target]}
        case Killed() if step.report < len(report_ids):
            telling.kill(report_ids[step.report])
            return set(telling.story.claims_in.get(report_ids[step.report], ()))
        case Retracted() if step.report < len(report_ids):
            telling.retract(report_ids[step.report])
            return set(telling.story.claims_in.get(report_ids[step.report], ()))
    return set()


def told(history: Sequence[Step]) -> Telling:
    telling = Telling()
    for step in history:
        take(telling, step)
    return telling
