"""What occurrences, links and markings that are withdrawn do to a story."""

from __future__ import annotations

from tracker.stories.events import AnnotationWithdrawn, OccurrenceRecorded, Recorded, StoriesLinked
from tracker.stories.folding.claims import basis_of, forget_statement, stand_anew, unrelate
from tracker.stories.folding.draft import Draft
from tracker.stories.marks import Account, Link, Occurrence
from tracker.stories.story import Story


def record(draft: Draft, event: OccurrenceRecorded, recorded: Recorded) -> None:
    """Add an account of an occurrence."""
    account = Account(
        revision=recorded.revision,
        recorded_at=recorded.recorded_at,
        title=event.title,
        when=event.when,
        place=event.place,
        parties=event.parties,
        basis=basis_of(event),
        actor=recorded.actor,
        redacted=recorded.redacted,
    )
    if event.occurrence_id in draft.story.occurrences:
        draft.occurrence(event.occurrence_id).accounts.append(account)
    else:
        found = Occurrence(occurrence_id=event.occurrence_id, accounts=[account])
        draft.story.occurrences[event.occurrence_id] = found


def link(story: Story, event: StoriesLinked, recorded: Recorded) -> None:
    """Link the story with another."""
    story.links[event.link_id] = Link(
        link_id=event.link_id,
        revision=recorded.revision,
        recorded_at=recorded.recorded_at,
        story_id=event.story_id,
        relation=event.relation,
        inverse=event.inverse,
        actor=recorded.actor,
    )


def withdraw(draft: Draft, event: AnnotationWithdrawn, recorded: Recorded) -> None:
    """Take a marking out of the state, and what rested on it."""
    story, target = draft.story, event.target
    story.withdrawn[target] = recorded.revision
    if target in story.claims:
        touched = _without_claim(draft, target)
    elif target in story.relations:
        touched = unrelate(draft, target)
    elif target.partition("/")[0] in story.claims:
        touched = _without_appearance(draft, target)
    else:
        story.occurrences.pop(target, None)
        story.links.pop(target, None)
        for claim_id, loose in story.loose.items():
            story.loose[claim_id] = tuple(each for each in loose if each.relation_id != target)
        touched = []
    stand_anew(draft, touched, recorded.revision)


def _without_claim(draft: Draft, claim_id: str) -> list[str]:
    """The claims that are touched by its going."""
    joined = [other for relation in list(draft.story.claims[claim_id].relations) for other in unrelate(draft, relation)]
    claim = draft.story.claims.pop(claim_id)
    for report_id in {each.report_id for each in claim.appearances}:
        _forget_place(draft.story, claim_id, report_id)
    return [other for other in dict.fromkeys(joined) if other != claim_id]


def _without_appearance(draft: Draft, target: str) -> list[str]:
    claim_id, _, number = target.partition("/")
    claim = draft.claim(claim_id)
    left = [each for each in claim.appearances if each.number != int(number)]
    if not left:
        return _without_claim(draft, claim_id)
    for report_id in {each.report_id for each in claim.appearances} - {each.report_id for each in left}:
        _forget_place(draft.story, claim_id, report_id)
    claim.appearances = left
    forget_statement(claim, draft.story)
    return [claim_id]


def _forget_place(story: Story, claim_id: str, report_id: str) -> None:
    left = tuple(each for each in story.claims_in.get(report_id, ()) if each != claim_id)
    if left:
        story.claims_in[report_id] = left
    else:
        story.claims_in.pop(report_id, None)
