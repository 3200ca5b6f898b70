"""Both sides of each dispute, whose judgement it is, and the words that it rests on.

What is told here is what the claims' standings hold: a dispute that nobody keeps up any more is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias

import msgspec

from tracker.stories.claims import Appearance, Claim, Disputant
from tracker.stories.questions.places import Place, Words, place
from tracker.stories.questions.relations import RelationAnswer, relation_answer
from tracker.stories.standing_in_words import in_words
from tracker.stories.story import Story
from tracker.stories.values import OutletRef


class Side(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one side says."""

    claim_id: str
    #: Of which story, where it is another one; it is not told here what that one says.
    story_id: str | None
    statement: str | None
    #: How it stands, in a sentence.
    words: str | None
    #: The outlets in whose reports it is made.
    outlets: tuple[OutletRef, ...]


class DisputeAnswer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """That somebody disputes a claim."""

    disputed: Side
    #: ``None`` where a party denies it, and nothing is said instead.
    disputing: Side | None
    #: An outlet, a party or a label; our own desk where it is none of them.
    by: Disputant
    #: The relation by which it is disputed.
    relation: RelationAnswer | None
    #: Where it is denied, and the words there.
    denied: Words | None
    revision: int
    recorded_at: datetime


#: A claim, and one who disputes it.
Disputed: TypeAlias = tuple[Claim, Disputant]


def disputes(story: Story, wanted: Sequence[Disputed] | None = None) -> list[DisputeAnswer]:
    """Those disputes, or all, in the order of the claims that are disputed."""
    return [_answer(story, claim, by) for claim, by in (disputed(story) if wanted is None else wanted)]


def disputed(story: Story) -> list[Disputed]:
    """Which claims are disputed, and by whom: once for each dispute."""
    return [(claim, by) for claim in story.claims.values() for by in claim.standing.disputed]


def _answer(story: Story, claim: Claim, by: Disputant) -> DisputeAnswer:
    relation = story.relations[by.relation_id] if by.relation_id else None
    made = _made(claim, by)
    happened = relation or made
    assert happened is not None, "whoever disputes does so by a relation or by an appearance"
    return DisputeAnswer(
        disputed=_side(story, claim),
        disputing=_other(story, by),
        by=by,
        relation=relation_answer(story, relation) if relation else None,
        denied=Words(text=made.selector.exact, place=_place(story, made)) if made else None,
        revision=happened.revision,
        recorded_at=happened.recorded_at,
    )


def _made(claim: Claim, by: Disputant) -> Appearance | None:
    """The appearance by which it is denied."""
    if by.appearance is None:
        return None
    return next(each for each in claim.appearances if each.number == by.appearance)


def _place(story: Story, made: Appearance) -> Place | None:
    return place(story, made.report_id, made.version)


def _other(story: Story, by: Disputant) -> Side | None:
    if by.claim is None:
        return None
    here = story.claims.get(by.claim.claim_id) if by.claim.story_id is None else None
    if here is not None:
        return _side(story, here)
    return Side(claim_id=by.claim.claim_id, story_id=by.claim.story_id, statement=None, words=None, outlets=())


def _side(story: Story, claim: Claim) -> Side:
    outlets = dict.fromkeys(story.reports[each.report_id].outlet for each in claim.appearances)
    return Side(
        claim_id=claim.claim_id,
        story_id=None,
        statement=claim.statement,
        words=in_words(claim.standing),
        outlets=tuple(outlets),
    )
