"""What claims and their relations do to a story, and what becomes of them on a new version of a report.

Words that were marked in one version are looked for in each later one. They are carried to it if they stand there
exactly once; otherwise they are orphaned there, which is work for an editor and never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from tracker.stories.claims import Appearance, Claim, Relation, StoodSince
from tracker.stories.events import ClaimAsserted, ClaimsRelated, OccurrenceRecorded, Recorded
from tracker.stories.folding.draft import Draft
from tracker.stories.knowledge import Basis, Quote
from tracker.stories.standing import standing_of, touched_by
from tracker.stories.story import Story
from tracker.text.passages import Searchable, searchable


def assert_claim(draft: Draft, event: ClaimAsserted, recorded: Recorded) -> None:
    """Add an appearance, and the claim, where it is the first."""
    story = draft.story
    touched = [event.claim_id]
    if event.claim_id not in story.claims:
        story.claims[event.claim_id] = _new(event, recorded)
        for relation in story.loose.pop(event.claim_id, ()):
            touched += _join(draft, relation)
    claim = draft.claim(event.claim_id)
    claim.statement = claim.statement or event.statement
    claim.numbered = event.appearance
    claim.appearances.append(_appearance(draft, event, recorded))
    there = story.claims_in.get(event.report_id, ())
    if event.claim_id not in there:
        story.claims_in[event.report_id] = (*there, event.claim_id)
    stand_anew(draft, touched, recorded.revision)


def _new(event: ClaimAsserted, recorded: Recorded) -> Claim:
    return Claim(
        claim_id=event.claim_id,
        statement=event.statement,
        revision=recorded.revision,
        appearances=[],
        numbered=0,
        relations=[],
        standings=[],
    )


def relate(draft: Draft, event: ClaimsRelated, recorded: Recorded) -> None:
    """Add a relation to the claims of this story that it joins."""
    relation = Relation(
        relation_id=event.relation_id,
        revision=recorded.revision,
        recorded_at=recorded.recorded_at,
        source=event.source,
        target=event.target,
        relation=event.relation,
        basis=basis_of(event),
        by=event.by,
        actor=recorded.actor,
        redacted=recorded.redacted,
    )
    stand_anew(draft, _join(draft, relation), recorded.revision)


def _join(draft: Draft, relation: Relation) -> list[str]:
    """Add ``relation`` to the claims that it joins; returns those. It stays loose as long as one of them is missing."""
    story, ends = draft.story, ends_here(relation)
    missing = next((claim_id for claim_id in ends if claim_id not in story.claims), None)
    if missing is not None:
        story.loose[missing] = (*story.loose.get(missing, ()), relation)
        return []
    story.relations[relation.relation_id] = relation
    for claim_id in ends:
        draft.claim(claim_id).relations.append(relation.relation_id)
    return ends


def basis_of(event: ClaimsRelated | OccurrenceRecorded) -> Basis | None:
    """What a marking rests on; its words are blank where they were redacted."""
    if event.basis is None and event.report_id is None:
        return None
    return Basis(text=event.basis or "", report_id=event.report_id, version=event.version)


def unrelate(draft: Draft, relation_id: str) -> list[str]:
    """Take a relation out of the state; returns the claims that it joined."""
    relation = draft.story.relations.pop(relation_id)
    joined = [claim_id for claim_id in ends_here(relation) if claim_id in draft.story.claims]
    for claim_id in joined:
        draft.claim(claim_id).relations.remove(relation_id)
    return joined


def forget_statement(claim: Claim, story: Story) -> None:
    """Take a claim's statement away where none of its appearances can be read any more."""
    if all(each.redacted or story.reports[each.report_id].kill for each in claim.appearances):
        claim.statement = ""


def ends_here(relation: Relation) -> list[str]:
    """The claims of this story that it joins."""
    return [end.claim_id for end in (relation.source, relation.target) if end.story_id is None]


def stand_anew(draft: Draft, claim_ids: Iterable[str], revision: int) -> None:
    """Derive the standing of claims, and of those that it touches, anew; what changed is noted at ``revision``."""
    story = draft.story
    changed = dict.fromkeys(claim_ids)
    beside = dict.fromkeys(other for claim_id in changed for other in touched_by(story, claim_id))
    for claim_id in changed | beside:
        found = standing_of(story, claim_id)
        if claim_id not in changed and story.claims[claim_id].standing == found:
            continue
        claim = draft.claim(claim_id)
        claim.revision = revision
        if not claim.standings or claim.standing != found:
            claim.standings.append(StoodSince(revision, found))


def carry(draft: Draft, report_id: str) -> None:
    """Look for the words that were marked in a report in the version that it just got."""
    claim_ids = draft.story.claims_in.get(report_id, ())
    if not claim_ids:
        return
    report = draft.story.reports[report_id]
    text = searchable(report.content.blocks)
    for claim_id in claim_ids:
        claim = draft.claim(claim_id)
        claim.appearances = [
            _carried(each, report.version, text) if each.report_id == report_id else each for each in claim.appearances
        ]


def _carried(appearance: Appearance, version: int, text: Searchable) -> Appearance:
    if appearance.redacted or not _stands_in(text, appearance):
        return appearance
    return msgspec.structs.replace(appearance, found_in=(*appearance.found_in, version))


def _stands_in(text: Searchable, appearance: Appearance) -> bool:
    selector = appearance.selector
    # Where the block told the place from others, none of these may be taken for it.
    if text.carried(selector, elsewhere=selector.block is None) is None:
        return False
    return all(_quote_stands_in(text, quote) for quote in appearance.quotes)


def _quote_stands_in(text: Searchable, quote: Quote) -> bool:
    if text.carried_in_parts(quote.parts) is None:
        return False
    return all(_quote_stands_in(text, inner) for inner in quote.inner)


def _appearance(draft: Draft, event: ClaimAsserted, recorded: Recorded) -> Appearance:
    appearance = Appearance(
        number=event.appearance,
        revision=recorded.revision,
        recorded_at=recorded.recorded_at,
        report_id=event.report_id,
        version=event.version,
        selector=event.selector,
        stance=event.stance,
        attribution=event.attribution,
        quotes=event.quotes,
        about=event.about,
        actor=recorded.actor,
        redacted=recorded.redacted,
    )
    report = draft.story.reports[event.report_id]
    # Of the versions between, only the log has the text.
    later = event.version < report.version and not report.redacted
    return _carried(appearance, report.version, searchable(report.content.blocks)) if later else appearance
