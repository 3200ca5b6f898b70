"""Commands that concern two stories: a link, a relation between their claims, and taking one of those back.

Both streams are appended to in one transaction, each with its own side of it. The words that a relation rests on stand
in the story whose report says them, and nowhere else, so that they are forgotten there with the report.

When something is held back later, the other story's side of it is, too (``restricting``). What it does badly: what is
held back already can't be joined with another story before it is lifted.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection

from tracker.errors import Conflict, Contended
from tracker.store import loading, log, seeing
from tracker.store.log import Head
from tracker.store.withholding import Sight
from tracker.stories.commands import (
    Command,
    LiftHold,
    LinkStories,
    OtherClaim,
    PlaceHold,
    RelateClaims,
    WithdrawAnnotation,
)
from tracker.stories.errors import UnknownStory
from tracker.stories.events import AnnotationWithdrawn, ClaimsRelated, Event, StoriesLinked
from tracker.stories.knowledge import ClaimRef
from tracker.stories.story import Story


def other_story(command: Command, story: Story) -> str | None:
    """The other story that ``command`` concerns; ``story``: its own."""
    match command:
        case RelateClaims():
            ends = (command.relating.source, command.relating.target)
            return next((end.story_id for end in ends if end.story_id is not None), None)
        case LinkStories():
            return command.other_id
        case WithdrawAnnotation():
            return _of_marking(command.target, story)
        case _:
            return None


def _of_marking(target: str, story: Story) -> str | None:
    if target in story.links:
        return story.links[target].story_id
    relation = story.relations.get(target)
    ends = (relation.source, relation.target) if relation else ()
    return next((end.story_id for end in ends if end.story_id is not None), None)


def lock(connection: Connection, command: Command, sight: Sight) -> tuple[Head | None, str | None]:
    """Lock the streams of the stories that ``command`` concerns, by ascending id; where its own stands, and the other.

    Raises ``UnknownStory`` for the other one, also where whoever has ``sight`` doesn't see it.
    """
    if isinstance(command, PlaceHold | LiftHold):
        return _lock_with_joined(connection, command.story_id), None
    # What a marking joins doesn't change; whether it is there is looked up again under the lock.
    before = loading.load(connection, command.story_id) if isinstance(command, WithdrawAnnotation) else Story()
    other = other_story(command, before)
    if other in (None, command.story_id):
        return log.lock(connection, command.story_id), None
    heads = {each: log.lock(connection, each) for each in sorted((command.story_id, other or ""))}
    there = heads[other or ""]
    if there is None or not seeing.latest(connection, other or "", sight, head=there):
        raise UnknownStory(other or "")
    return heads[command.story_id], other


def _lock_with_joined(connection: Connection, story_id: str) -> Head | None:
    """Lock a story's stream, and those of the stories that it is joined with, which tell of what is held in it."""
    others = set(joined(loading.load(connection, story_id)).values())
    heads = {each: log.lock(connection, each) for each in sorted({story_id, *others})}
    return heads[story_id]


def joined(story: Story) -> dict[str, str]:
    """Which other story each link, and each relation with a claim of another story, joins it with, by its id."""
    links = {each.link_id: each.story_id for each in story.links.values()}
    relations = {
        each.relation_id: end.story_id
        for each in story.relations.values()
        for end in (each.source, each.target)
        if end.story_id is not None
    }
    return links | relations


def looked_up(connection: Connection, command: Command, story: Story, other: str | None, sight: Sight) -> Command:
    """``command`` with what it has to know of the other story, whose stream is locked, as its sender sees that."""
    if other_story(command, story) not in (other, command.story_id):
        raise Contended("Two requests met over the same thing; try again in a moment.")
    if not isinstance(command, RelateClaims) or other is None:
        return command
    there = seeing.seen(connection, other, sight)
    claim = next(end.claim_id for end in (command.relating.source, command.relating.target) if end.story_id == other)
    linked = any(each.story_id == other for each in story.links.values())
    return msgspec.structs.replace(
        command, other=OtherClaim(story_id=other, there=claim in there.claims, linked=linked)
    )


def mirrored(events: Sequence[Event], story_id: str) -> list[Event]:
    """The other story's side of ``events``."""
    return [side for event in events if (side := _mirrored(event, story_id))]


def _mirrored(event: Event, story_id: str) -> Event | None:
    match event:
        case StoriesLinked():
            return msgspec.structs.replace(event, story_id=story_id, inverse=not event.inverse)
        case ClaimsRelated():
            return ClaimsRelated(
                relation_id=event.relation_id,
                source=_from_there(event.source, story_id),
                target=_from_there(event.target, story_id),
                relation=event.relation,
                basis=None if event.report_id else event.basis,
                by=event.by,
            )
        case AnnotationWithdrawn():
            return event
        case _:
            return None


def _from_there(end: ClaimRef, story_id: str) -> ClaimRef:
    here = end.story_id is None
    return ClaimRef(claim_id=end.claim_id, story_id=story_id if here else None)


class HeldApart(Conflict):
    """What is held back in one story can't be joined with another."""

    name = "held-apart"

    def __init__(self) -> None:
        super().__init__(
            "Part of this is held back, and the other story would tell of it. Join them when it is lifted."
        )
