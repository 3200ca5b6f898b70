"""The rules of claims and relations.

6.  A quote's parts, and the words in which a claim is made, stand in the version that is named.
7.  Relations join claims of this story, never one with itself; *disputes* and *corroborates* also those of a linked
    story. *supersedes* and *retracts* don't go round in a circle, and only the outlet that asserted a claim retracts
    it: from anybody else it is *disputes*.
"""

from __future__ import annotations

from collections.abc import Iterator

from tracker.stories.claims import Appearance, Claim, Fate, Relation
from tracker.stories.commands import AssertClaim, Assertion, OtherClaim, RelateClaims, Relating
from tracker.stories.decisions.passages import Text, settled
from tracker.stories.decisions.rights import require_right
from tracker.stories.errors import (
    AnnotationIsWithdrawn,
    AppearanceExists,
    ClaimHasFallen,
    IdTaken,
    NotTheAsserter,
    OutletNotYours,
    RelationAcross,
    RelationGoesRound,
    RelationToItself,
    StatementDiffers,
    UnknownClaim,
)
from tracker.stories.events import ClaimAsserted, ClaimsRelated, Event
from tracker.stories.folding.claims import basis_of
from tracker.stories.knowledge import ACROSS_STORIES, ACYCLIC, Attribution, Quote, RelationKind, Stance
from tracker.stories.story import Story
from tracker.stories.values import Content, OutletRef, Person


def assert_claim(command: AssertClaim, story: Story) -> list[Event]:
    """Mark a claim in a report."""
    report = story.report(command.report_id)
    require_right(command.by, report.outlet)
    return asserted(command.assertion, _text(command, story), story, pointer="")


def _text(command: AssertClaim, story: Story) -> Text:
    return Text(story.report(command.report_id), command.version, command.text)


def asserted(asked: Assertion, text: Text, story: Story, *, pointer: str) -> list[Event]:
    """The event of one assertion; none where it is marked already. ``pointer``: where it stands in the request."""
    if asked.claim_id not in story.claims:
        # Also one of which each appearance was withdrawn.
        if any(target.partition("/")[0] == asked.claim_id for target in story.withdrawn):
            raise AnnotationIsWithdrawn(asked.claim_id)
        if asked.is_here:
            raise UnknownClaim(asked.claim_id)
    _require_sources(asked, story)
    event = _event(asked, text, story, pointer)
    return [] if _marked(event, story) else [event]


def marked_by(command: AssertClaim, story: Story) -> str:
    """The appearance ("clm_…/2") that is there already, where ``command`` leads to nothing."""
    return marked(command.assertion, _text(command, story), story)


def marked(asked: Assertion, text: Text, story: Story) -> str:
    """The appearance that is there already, where ``asked`` leads to nothing."""
    found = _marked(_event(asked, text, story, ""), story)
    assert found is not None
    return found


def _event(asked: Assertion, text: Text, story: Story, pointer: str) -> ClaimAsserted:
    claim = story.claims.get(asked.claim_id)
    selector = text.located(asked.selector, f"{pointer}/exact")
    return ClaimAsserted(
        claim_id=asked.claim_id,
        appearance=claim.numbered + 1 if claim else 1,
        statement=_statement(asked, claim, selector.exact, pointer),
        report_id=text.report_id,
        version=text.version,
        selector=selector,
        stance=asked.stance,
        attribution=asked.attribution,
        quotes=text.quoted(asked.quotes, f"{pointer}/quotes"),
        about=asked.about,
    )


def _statement(asked: Assertion, claim: Claim | None, words: str, pointer: str) -> str:
    """A claim's own; of a new one what is given, or else the words that make it."""
    if claim is None or not claim.statement:
        return asked.statement or words
    if asked.statement not in (None, claim.statement):
        raise StatementDiffers(f"{pointer}/statement", claim.claim_id, claim.statement)
    return claim.statement


def _marked(event: ClaimAsserted, story: Story) -> str | None:
    """The appearance that is there already, of a claim of another id too, where this one would be new.

    Raises ``AppearanceExists`` where the claim's words are marked otherwise.
    """
    claim = story.claims.get(event.claim_id)
    if claim is None:
        return next(filter(None, (_twin(event, story.claims[each]) for each in _claims_beside(event, story))), None)
    place = (event.report_id, event.version, event.selector)
    for each in claim.appearances:
        if (each.report_id, each.version, each.selector) == place:
            if _footing(each) != _footing(event):
                raise AppearanceExists(claim.claim_id, each.number)
            return f"{claim.claim_id}/{each.number}"
    return None


def _claims_beside(event: ClaimAsserted, story: Story) -> tuple[str, ...]:
    return story.claims_in.get(event.report_id, ())


def _twin(event: ClaimAsserted, claim: Claim) -> str | None:
    """The appearance by which another claim says just the same at the same place."""
    said = (event.report_id, event.version, event.selector, _footing(event))
    for each in claim.appearances:
        found = (each.report_id, each.version, each.selector, _footing(each))
        if claim.statement == event.statement and found == said:
            return f"{claim.claim_id}/{each.number}"
    return None


def _footing(made: Appearance | ClaimAsserted) -> tuple[object, ...]:
    return made.stance, made.attribution, made.quotes, made.about


def _require_sources(asked: Assertion, story: Story) -> None:
    """The reports that are named as sources are here."""
    for attribution in _attributions(asked.attribution, asked.quotes):
        if attribution.report_id is not None:
            story.report(attribution.report_id)


def _attributions(attribution: Attribution | None, quotes: tuple[Quote, ...]) -> Iterator[Attribution]:
    if attribution is not None:
        yield attribution
        for each in attribution.via:
            yield from _attributions(each, ())
    for quote in quotes:
        yield from _attributions(quote.speaker, quote.inner)


# ---- Relations


def relate(command: RelateClaims, story: Story) -> list[Event]:
    """Relate two claims."""
    return related(command.relating, story, command.person, command.text, command.other, pointer="")


def related(
    asked: Relating,
    story: Story,
    person: Person,
    text: Text | Content | None,
    other: OtherClaim | None,
    *,
    pointer: str,
) -> list[Event]:
    """The event of one relation; none where it is marked already."""
    if asked.relation_id in story.withdrawn:
        raise AnnotationIsWithdrawn(asked.relation_id)
    _require_voice(person, asked.by)
    if asked.source == asked.target:
        raise RelationToItself(f"{pointer}/to")
    _require_ends(asked, story, other)
    if asked.relation is RelationKind.RETRACTS:
        _require_asserter(asked, story)
    if asked.relation in ACYCLIC:
        _require_no_circle(asked, story)
    event = _relation(asked, story, text, pointer)
    if _same(event, story):
        return []
    if asked.relation_id in story.relations:
        raise IdTaken(asked.relation_id)
    return [event]


def related_by(command: RelateClaims, story: Story) -> str:
    """The relation that is there already, where ``command`` leads to nothing."""
    found = _same(_relation(command.relating, story, command.text, ""), story)
    assert found is not None
    return found


def _relation(asked: Relating, story: Story, text: Text | Content | None, pointer: str) -> ClaimsRelated:
    basis = settled(asked.basis, story, text, f"{pointer}/basis")
    return ClaimsRelated(
        relation_id=asked.relation_id,
        source=asked.source,
        target=asked.target,
        relation=asked.relation,
        basis=basis.text if basis else None,
        report_id=basis.report_id if basis else None,
        version=basis.version if basis else None,
        by=asked.by,
    )


def _same(event: ClaimsRelated, story: Story) -> str | None:
    """The relation of the story that says the same."""
    here = event.source if event.source.story_id is None else event.target
    said = (event.source, event.target, event.relation, event.by, basis_of(event))
    for relation_id in story.claims[here.claim_id].relations:
        each = story.relations[relation_id]
        if (each.source, each.target, each.relation, each.by, each.basis) == said:
            return relation_id
    return None


def _require_voice(person: Person, outlet: OutletRef | None) -> None:
    """Raises ``OutletNotYours``: who files for some outlets only does not speak for others, nor for the desk."""
    if outlet is not None:
        require_right(person, outlet)
    elif person.outlets is not None:
        raise OutletNotYours("the desk")


def _require_ends(asked: Relating, story: Story, other: OtherClaim | None) -> None:
    here = [end for end in (asked.source, asked.target) if end.story_id is None]
    if not here:
        raise RelationAcross("One of the two claims has to be of this story.")
    for end in here:
        if end.claim_id not in story.claims:
            raise UnknownClaim(end.claim_id)
        if story.claims[end.claim_id].standing.fate is Fate.FALLEN:
            raise ClaimHasFallen(end.claim_id)
    if len(here) == 1:
        _require_linked(asked, other)


def _require_linked(asked: Relating, other: OtherClaim | None) -> None:
    if asked.relation not in ACROSS_STORIES:
        words = " and ".join(sorted(ACROSS_STORIES))
        raise RelationAcross(f"Only {words} join claims of two stories; mark the claim in this story too.")
    if other is None or not other.there:
        there = asked.source if asked.source.story_id else asked.target
        raise UnknownClaim(there.claim_id)
    if not other.linked:
        raise RelationAcross(f"This story isn't linked with {other.story_id}; link them first.")


def _require_asserter(asked: Relating, story: Story) -> None:
    outlets = {story.reports[each.report_id].outlet.id for each in _asserting(story.claims[asked.target.claim_id])}
    if asked.by is None or asked.by.id not in outlets:
        raise NotTheAsserter(asked.by.name if asked.by else None)


def _asserting(claim: Claim) -> Iterator[Appearance]:
    return (each for each in claim.appearances if each.stance is not Stance.DENIES)


def _require_no_circle(asked: Relating, story: Story) -> None:
    """Follow relations of the kind from the target; if they lead to the source, that would close the circle."""
    paths: list[tuple[str, tuple[str, ...]]] = [(asked.target.claim_id, ())]
    seen = {asked.target.claim_id}
    while paths:
        claim_id, path = paths.pop()
        for relation in _leaving(story, claim_id, asked.relation):
            if relation.target.claim_id == asked.source.claim_id:
                raise RelationGoesRound(asked.relation.value, (*path, relation.relation_id))
            if relation.target.claim_id not in seen:
                seen.add(relation.target.claim_id)
                paths.append((relation.target.claim_id, (*path, relation.relation_id)))


def _leaving(story: Story, claim_id: str, kind: RelationKind) -> Iterator[Relation]:
    for relation_id in story.claims[claim_id].relations:
        relation = story.relations[relation_id]
        if relation.relation is kind and relation.source.claim_id == claim_id and relation.source.story_id is None:
            yield relation
