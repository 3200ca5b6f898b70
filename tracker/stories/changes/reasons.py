"""Why a claim stands otherwise than it did: what came between two states and touched it, in words.

What touches a claim is what is done to its own appearances and relations, and to those of the claims that dispute or
corroborate it (``stories.standing``). The words are the same whichever state is compared to which.
"""

from __future__ import annotations

from collections.abc import Iterator

from tracker.stories.changes.reports import killed_in
from tracker.stories.changes.values import Sides
from tracker.stories.claims import Appearance, Claim, Relation
from tracker.stories.knowledge import RelationKind, Stance
from tracker.stories.sentences.marks import relation as in_words
from tracker.stories.sentences.sources import cited
from tracker.stories.sentences.words import quoted
from tracker.stories.story import Story
from tracker.stories.values import CorrectionKind

_SAYS = {Stance.ASSERTS: "asserts", Stance.DENIES: "denies", Stance.REPORTS: "reports"}
_REACHING = frozenset({RelationKind.DISPUTES, RelationKind.CORROBORATES})


def reasons(sides: Sides, claim_id: str) -> Iterator[str]:
    """What touched the claim, each a clause, for instance ``The Washington Post asserts it``."""
    seen: dict[str, None] = {}
    for touching in _touching(sides, claim_id):
        it = "it" if touching == claim_id else sides.names.claim(touching)
        seen |= dict.fromkeys(_of_appearances(sides, touching, it))
        seen |= dict.fromkeys(_of_reports(sides, touching))
        seen |= dict.fromkeys(_of_relations(sides, touching))
    yield from seen


def _touching(sides: Sides, claim_id: str) -> list[str]:
    """The claim itself, and those that dispute or corroborate it in either state."""
    found = {claim_id: None}
    for story in sides.in_order:
        for relation in _relations_to(story, claim_id).values():
            if relation.relation in _REACHING and relation.source.story_id is None:
                found[relation.source.claim_id] = None
    return list(found)


def _of_appearances(sides: Sides, claim_id: str, it: str) -> Iterator[str]:
    earlier, later = (_appearances(story, claim_id) for story in sides.in_order)
    for number, made in later.items():
        if number not in earlier:
            yield f"{_says(sides, made)} {it}"
    for number, made in earlier.items():
        if number not in later:
            yield f"our marking of {it} in {sides.names.report(made.report_id)} was withdrawn"


def _says(sides: Sides, made: Appearance) -> str:
    outlet, source = sides.names.outlet_of(made.report_id), cited(made.attribution, sides.names)
    if source and made.stance is Stance.DENIES:
        return f"{outlet} reports that {source} denies"
    return f"{outlet}, citing {source}, {_SAYS[made.stance]}" if source else f"{outlet} {_SAYS[made.stance]}"


def _of_reports(sides: Sides, claim_id: str) -> Iterator[str]:
    """Kills, retractions and redactions of the reports in which the claim appears."""
    earlier, later = sides.in_order
    made = {**_appearances(earlier, claim_id), **_appearances(later, claim_id)}
    for report_id in dict.fromkeys(each.report_id for each in made.values()):
        report = sides.names.report(report_id)
        if killed_in(later, report_id) and not killed_in(earlier, report_id):
            yield f"{report} was killed"
        if _retractions(later, report_id) > _retractions(earlier, report_id):
            yield f"{report} was retracted"
        if _redactions(later, report_id) > _redactions(earlier, report_id):
            yield f"{report} was redacted"


def _of_relations(sides: Sides, claim_id: str) -> Iterator[str]:
    earlier, later = (_relations_to(story, claim_id) for story in sides.in_order)
    for relation_id, relation in later.items():
        if relation_id not in earlier:
            basis = f": {quoted(relation.basis.text)}" if relation.basis and relation.basis.text else ""
            judged = "" if relation.by else "the desk judged that "
            yield f"{judged}{in_words(relation, sides.names)}{basis}"
    for relation_id, relation in earlier.items():
        if relation_id not in later:
            yield f"it holds no more that {in_words(relation, sides.names)}"


def _appearances(story: Story, claim_id: str) -> dict[int, Appearance]:
    claim = story.claims.get(claim_id)
    return {each.number: each for each in claim.appearances} if claim else {}


def _relations_to(story: Story, claim_id: str) -> dict[str, Relation]:
    """The relations that lead to the claim."""
    claim: Claim | None = story.claims.get(claim_id)
    related = [story.relations[relation_id] for relation_id in claim.relations] if claim else []
    return {each.relation_id: each for each in related if each.target.claim_id == claim_id}


def _retractions(story: Story, report_id: str) -> int:
    report = story.reports.get(report_id)
    return sum(each.kind is CorrectionKind.RETRACTION for each in report.corrections) if report else 0


def _redactions(story: Story, report_id: str) -> int:
    report = story.reports.get(report_id)
    return len(report.redactions) if report else 0
