"""The page of one claim: how it stands and came to, each appearance with its words in place, what relates to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from flask import render_template

from tracker import history
from tracker.api.rooms import connection
from tracker.stories.claims import Claim
from tracker.stories.errors import UnknownClaim
from tracker.stories.knowledge import RelationKind
from tracker.stories.questions.causes import Cause, CauseOf
from tracker.stories.questions.claims import AppearanceAnswer, Stood, claims
from tracker.stories.story import Story
from tracker.text.passages import FoundMoreThanOnce, NotFoundInText, searchable
from tracker.web.blueprint import bp
from tracker.web.marking import report_choices
from tracker.web.states import Shown, part_of, shown

#: How many appearances, and relations and changes of its standing, are on one page.
_APPEARANCES, _CHANGES = 20, 30
_DONE = {
    RelationKind.DISPUTES: "disputed",
    RelationKind.CORROBORATES: "corroborated",
    RelationKind.REFINES: "refined",
    RelationKind.SUPERSEDES: "superseded",
    RelationKind.RETRACTS: "retracted",
}
#: How much of the paragraph is shown before and after the words, in characters.
_AROUND = 400


class InContext(NamedTuple):
    """The words of an appearance in the paragraph in which they stand."""

    before: str
    words: str
    after: str
    #: The id of the paragraph.
    block: str


@bp.get("/stories/<story>/claims/<claim>")
def show_claim(story: str, claim: str) -> str:
    """A claim: who says so, where, in which words, and how it stands."""
    seen = shown(story)
    found = seen.story.claims.get(claim)
    if found is None:
        raise UnknownClaim(claim)
    (answer,) = claims(seen.story, [found])
    appearances = part_of(answer.appearances, size=_APPEARANCES)
    return render_template(
        "claim.html",
        seen=seen,
        story=seen.story,
        slug=seen.slug,
        claim=answer,
        appearances=appearances,
        relations=part_of(answer.relations, parameter="relations", size=_CHANGES),
        other_reports=report_choices(seen.story),
        context={each.number: _in_context(seen, each) for each in appearances.items},
        history=part_of(answer.history[::-1], parameter="changes", size=_CHANGES),
        causes=_causes(answer.history, found, seen.story),
    )


def _causes(history: Sequence[Stood], claim: Claim, story: Story) -> dict[int, list[str]]:
    """What changed the standing at each revision."""
    return {
        stood.revision: [said for each in stood.because if (said := _cause(each, claim, story))] for stood in history
    }


def _in_context(seen: Shown, appearance: AppearanceAnswer) -> InContext | None:
    """``None`` where the words are not to be shown: their report was killed, or the version redacted."""
    place = appearance.place
    if place is None or place.killed or place.redacted or appearance.redacted:
        return None
    report = seen.story.reports[place.report_id]
    content = history.content(connection(), seen.story_id, report, place.version)
    try:
        found = searchable(content.blocks).locate(appearance.selector)
    except (NotFoundInText, FoundMoreThanOnce):
        return None
    text = next(block.text for block in content.blocks if block.id == found.block)
    return InContext(_last(text[: found.start]), found.exact, _first(text[found.end :]), found.block)


def _last(text: str) -> str:
    if len(text) <= _AROUND:
        return text
    return "… " + text[-_AROUND:].partition(" ")[2]


def _first(text: str) -> str:
    if len(text) <= _AROUND:
        return text
    return text[:_AROUND].rpartition(" ")[0] + " …"


def _cause(cause: Cause, claim: Claim, story: Story) -> str:
    """What changed a standing, for a reader; empty for what is about other claims."""
    match cause.kind:
        case CauseOf.APPEARANCE:
            return _appeared(cause.id, claim, story)
        case CauseOf.RELATION:
            return _related(cause.id, claim, story)
        case CauseOf.CORRECTION:
            return f"{_outlet(cause.id, story)} corrected its report"
        case CauseOf.KILL:
            return f"the report of {_outlet(cause.id, story)} was killed"
        case CauseOf.REDACTION:
            return f"what the report of {_outlet(cause.id, story)} said was redacted"
        case CauseOf.WITHDRAWAL:
            return "a marking of ours was withdrawn"


def _appeared(name: str, claim: Claim, story: Story) -> str:
    made = {f"{claim.claim_id}/{each.number}": each for each in claim.appearances}.get(name)
    return f"{story.reports[made.report_id].outlet.name} {made.stance.value} it" if made else ""


def _related(name: str, claim: Claim, story: Story) -> str:
    relation = story.relations[name]
    if name not in claim.relations:
        return ""
    if relation.source.claim_id == claim.claim_id:
        return f"it {relation.relation.value} another claim"
    return f"it was {_DONE[relation.relation]} by {relation.by.name if relation.by else 'our desk'}"


def _outlet(name: str, story: Story) -> str:
    return story.reports[name.partition("/")[0]].outlet.name
