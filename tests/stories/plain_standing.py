"""How a claim of a plain story stands, reckoned anew from all that is known (``plain_story``).

How many outlets it has is left to ``standing_reckoning``, which is as plain; where words were destroyed, that says
nothing, and nothing is compared.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import msgspec

from tests.stories.plain_parts import Appearance, Relation
from tests.stories.standing_reckoning import reckoned
from tracker.stories.knowledge import Attribution, RelationKind, Stance
from tracker.stories.story import Story
from tracker.stories.values import CorrectionKind, IssuedBy

if TYPE_CHECKING:
    from tests.stories.plain_story import PlainStory


def of(plain: PlainStory, claim_id: str) -> tuple[Any, ...]:
    """Its fate, who disputes it, and its support."""
    return _fate(plain, claim_id), _disputed(plain, claim_id), _support(plain, claim_id)


def shown(plain: PlainStory, story: Story, claim_id: str) -> tuple[Any, ...]:
    """The same of the tracker's own."""
    standing = story.claims[claim_id].standing
    disputed = {each.relation_id or each.appearance for each in standing.disputed}
    known = claim_id in plain.claims and not _is_dark(plain, claim_id)
    return standing.fate.value, disputed, (standing.support, standing.outlets) if known else None


def _to(plain: PlainStory, claim_id: str, kind: RelationKind) -> list[tuple[str, Relation]]:
    return [
        (name, each)
        for name, each in plain.relations.items()
        if each.kind is kind and (each.target.claim_id, each.target.story_id) == (claim_id, None)
    ]


def _is_taken_back(plain: PlainStory, claim_id: str, made: Appearance) -> bool:
    report = plain.reports[made.report_id]
    if any(
        kind is CorrectionKind.RETRACTION and issued_by == "outlet" and version > made.version
        for version, _, kind, issued_by in report.corrections
    ):
        return True
    since = report.versions[made.version - 1].revision
    return made.stance is not Stance.DENIES and any(
        each.by is not None and each.by.id == report.outlet.id and each.revision > since
        for _, each in _to(plain, claim_id, RelationKind.RETRACTS)
    )


def _counts(plain: PlainStory, claim_id: str, made: Appearance) -> bool:
    return not plain.reports[made.report_id].killed and not _is_taken_back(plain, claim_id, made)


def _is_said(plain: PlainStory, claim_id: str) -> bool:
    made = plain.claims[claim_id].appearances
    return any(each.stance is not Stance.DENIES and _counts(plain, claim_id, each) for each in made)


def _fate(plain: PlainStory, claim_id: str) -> str:
    made = plain.claims[claim_id].appearances
    if plain.has_fallen(claim_id):
        return "fallen"
    said = [each for each in made if each.stance is not Stance.DENIES]
    if not _is_said(plain, claim_id) and any(_is_taken_back(plain, claim_id, each) for each in said):
        return "retracted"
    return "superseded" if _to(plain, claim_id, RelationKind.SUPERSEDES) else "current"


def _disputed(plain: PlainStory, claim_id: str) -> set[Any]:
    denied = {
        each.number
        for each in plain.claims[claim_id].appearances
        if each.stance is Stance.DENIES and _counts(plain, claim_id, each)
    }
    return denied | {
        name
        for name, each in _to(plain, claim_id, RelationKind.DISPUTES)
        if each.source.story_id or _is_said(plain, each.source.claim_id)
    }


def _is_dark(plain: PlainStory, claim_id: str) -> bool:
    """Whether words were destroyed, or a killed report named a source, that the reckoning would need."""
    lending = [each.source.claim_id for _, each in _to(plain, claim_id, RelationKind.CORROBORATES)]
    made = [each for name in (claim_id, *lending) if name in plain.claims for each in plain.claims[name].appearances]
    return any(plain.is_gone(each) for each in made)


def _support(plain: PlainStory, claim_id: str) -> tuple[Any, ...] | None:
    if _is_dark(plain, claim_id):
        return None
    support, outlets, _ = reckoned(cast(Story, _told(plain)), claim_id)
    return support, outlets


def _told(plain: PlainStory) -> SimpleNamespace:
    """As much of a story as the reckoning looks at."""
    reports = {
        name: SimpleNamespace(
            report_id=name,
            outlet=report.outlet,
            cites=report.cites,
            kill=report.killed,
            versions=report.versions,
            corrections=[
                SimpleNamespace(kind=kind, issued_by=IssuedBy(issued_by), version=version)
                for version, _, kind, issued_by in report.corrections
            ],
        )
        for name, report in plain.reports.items()
    }
    relations = {
        name: SimpleNamespace(
            source=each.source, target=each.target, relation=each.kind, by=each.by, revision=each.revision
        )
        for name, each in plain.relations.items()
        if each.source.story_id is None and each.target.story_id is None
    }
    claims = {
        name: SimpleNamespace(
            **{
                **_fields(claim),
                "appearances": [
                    SimpleNamespace(**{**_fields(made), "attribution": _by_outlets(plain, made.attribution)})
                    for made in claim.appearances
                ],
            }
        )
        for name, claim in plain.claims.items()
    }
    return SimpleNamespace(reports=reports, relations=relations, claims=claims)


def _fields(value: Any) -> dict[str, Any]:
    names = getattr(value, "__struct_fields__", None) or vars(value)
    return {name: getattr(value, name) for name in names}


def _by_outlets(plain: PlainStory, attribution: Attribution | None) -> Attribution | None:
    """``attribution`` with the outlets of the reports that it names: the reckoning knows outlets alone."""
    if attribution is None:
        return None
    outlet = plain.reports[attribution.report_id].outlet if attribution.report_id else attribution.outlet
    via = tuple(each for through in attribution.via if (each := _by_outlets(plain, through)))
    return msgspec.structs.replace(attribution, outlet=outlet, report_id=None, via=via)
