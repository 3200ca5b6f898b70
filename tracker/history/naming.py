"""What the sentences of a page of history call things, as its reader sees them now.

Reports, claims and requests are called what they are called in the story's latest state, which is loaded only where a
sentence of the page asks for it. What was withdrawn is in no state any more: the event that marked it is looked up,
among the ``_LOOK_BACK`` markings before the last withdrawal of the page. What isn't found is told in general words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

import msgspec
from sqlalchemy import Connection

from tracker.store import entries, seeing
from tracker.store.log_events import LogEvent
from tracker.store.veils import Veil
from tracker.store.withholding import Sight
from tracker.stories.events import AnnotationWithdrawn, Event, OccurrenceRecorded, StoriesLinked
from tracker.stories.sentences import Marking, Names, calls_by_state
from tracker.stories.story import Story

_LOOK_BACK = 100
_MARKS = ("claim.asserted", "claims.related", "occurrence.recorded", "stories.linked")
#: The field by which each marking is named.
_IDS = ("claim_id", "relation_id", "occurrence_id", "link_id")


def names_of(
    connection: Connection, story_id: str, sight: Sight, veil: Veil, page: Mapping[int, Event]
) -> dict[int, Names]:
    """What things are called in the sentence of each event of ``page``, by its revision.

    ``veil``: what is before the story's events, for whoever has ``sight``.
    """
    asked = any(calls_by_state(event) for event in page.values())
    story = seeing.seen(connection, story_id, sight) if asked else Story()
    withdrawn = _withdrawn(connection, story_id, sight, veil, page)
    common = Names(story=story, titles=_titles(connection, sight, [*page.values(), *withdrawn.values()]))
    return {revision: _names(common, revision, event, withdrawn) for revision, event in page.items()}


def _names(common: Names, revision: int, event: Event, withdrawn: Mapping[str, Marking]) -> Names:
    match event:
        case AnnotationWithdrawn():
            return msgspec.structs.replace(common, withdrawn=withdrawn.get(event.target))
        case OccurrenceRecorded():
            known = common.story.occurrences.get(event.occurrence_id)
            return msgspec.structs.replace(common, refines=known is not None and known.accounts[0].revision < revision)
        case _:
            return common


def _withdrawn(
    connection: Connection, story_id: str, sight: Sight, veil: Veil, page: Mapping[int, Event]
) -> dict[str, Marking]:
    """What made each marking that the events of ``page`` withdraw, as far as it is found."""
    targets = {event.target: revision for revision, event in page.items() if isinstance(event, AnnotationWithdrawn)}
    if not targets:
        return {}
    marks = entries.newest(
        connection, story_id, sight=sight, before=max(targets.values()), types=_MARKS, limit=_LOOK_BACK
    )
    made = {target: mark for mark in reversed(marks) for target in _targets(mark) if target in targets}
    return {target: cast(Marking, veil.opened(mark)) for target, mark in made.items()}


def _targets(mark: LogEvent) -> list[str]:
    """By what a withdrawal names what ``mark`` marked."""
    clear = mark.clear()
    names = [clear[name] for name in _IDS if name in clear]
    return [*names, f"{names[0]}/{clear['appearance']}"] if "appearance" in clear else names


def _titles(connection: Connection, sight: Sight, told: Iterable[Event]) -> dict[str, str]:
    """The titles of the stories that the events link with."""
    linked = {event.story_id for event in told if isinstance(event, StoriesLinked)}
    return {story_id: seeing.seen(connection, story_id, sight).title for story_id in sorted(linked)}
