"""A page of the log as the projections take it: the events of each story together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from tracker.store.log_events import LogEvent
from tracker.stories import stored
from tracker.stories.events import Event

#: The stored types of the events that make up a story; any other event is of an outlet or a party.
STORY_TYPES = frozenset(name for kind, (name, _) in stored.TYPES.items() if kind in get_args(Event))


def by_story(events: Sequence[LogEvent]) -> dict[str, list[LogEvent]]:
    """The events of stories among ``events``, by story id, in the log's order."""
    found: dict[str, list[LogEvent]] = {}
    for event in events:
        if event.type in STORY_TYPES:
            found.setdefault(event.stream_id, []).append(event)
    return found
