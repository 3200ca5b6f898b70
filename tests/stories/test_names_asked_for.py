"""Whoever tells events loads the story's state only for those that say that they look at it: they must say so."""

from __future__ import annotations

from typing import Any, cast, get_args

import pytest

from tests.stories.samples import filed
from tests.stories.test_stored import EVENTS
from tracker.stories.events import Event
from tracker.stories.sentences import DeskValues, Names, calls_by_state, sentence
from tracker.stories.story import Story

_KINDS = get_args(Event)
_TOLD = {name: event for name, event in EVENTS.items() if isinstance(event, _KINDS)}


class _Looked(Exception):
    """Somebody looked at the state."""


class _Unloaded:
    def __getattr__(self, name: str) -> Any:
        raise _Looked(name)


def _looks(event: Event) -> bool:
    names = Names(story=cast(Story, _Unloaded()))
    try:
        sentence(event, outlet="", former=DeskValues(), names=names)
    except _Looked:
        return True
    return False


@pytest.mark.parametrize("name", _TOLD)
def test_a_sentence_looks_at_no_state_unless_it_says_so(name: str) -> None:
    event = cast(Event, _TOLD[name])
    assert calls_by_state(event) or not _looks(event)


def test_what_a_long_story_is_mostly_made_of_needs_no_state() -> None:
    assert not calls_by_state(filed(b1="One."))
