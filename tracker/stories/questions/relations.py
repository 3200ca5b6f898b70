"""What one claim does to another: whose judgement that is, and the words that it rests on."""

from __future__ import annotations

from datetime import datetime

import msgspec

from tracker.stories.claims import Relation
from tracker.stories.knowledge import ClaimRef, RelationKind
from tracker.stories.questions.places import Words, words
from tracker.stories.story import Story
from tracker.stories.values import OutletRef


class End(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One of the two claims."""

    claim_id: str
    #: Of which story, where it is another one.
    story_id: str | None
    #: ``None`` where it is another story's.
    statement: str | None


class RelationAnswer(msgspec.Struct, frozen=True, kw_only=True, gc=False, rename={"source": "from", "target": "to"}):
    """A relation between two claims."""

    id: str
    source: End
    target: End
    relation: RelationKind
    basis: Words | None
    #: Whose judgement it is; ``None``: our desk's.
    by: OutletRef | None
    revision: int
    recorded_at: datetime
    #: Whether its words were destroyed.
    redacted: bool


def relations(story: Story) -> list[RelationAnswer]:
    """All relations, in the order in which they were made."""
    return [relation_answer(story, each) for each in story.relations.values()]


def relation_answer(story: Story, relation: Relation) -> RelationAnswer:
    """One relation."""
    return RelationAnswer(
        id=relation.relation_id,
        source=_end(story, relation.source),
        target=_end(story, relation.target),
        relation=relation.relation,
        basis=words(story, relation.basis),
        by=relation.by,
        revision=relation.revision,
        recorded_at=relation.recorded_at,
        redacted=relation.redacted,
    )


def _end(story: Story, ref: ClaimRef) -> End:
    claim = story.claims.get(ref.claim_id) if ref.story_id is None else None
    return End(claim_id=ref.claim_id, story_id=ref.story_id, statement=claim.statement if claim else None)
