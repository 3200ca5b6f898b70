"""Rules as sentences: given what has happened, when something is asked, then this follows.

given(opened, filed).when(FileReport(…)).then(ReportUpdated(…))
given(opened, closed).when(FileReport(…)).refused(StoryIsClosed)
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from tracker.errors import Refusal
from tracker.stories.commands import Command
from tracker.stories.decisions import decide
from tracker.stories.events import Event, Recorded
from tracker.stories.story import Story, fold

#: When the first event is recorded; each further one comes a minute later.
BEGINNING = datetime(2020, 1, 3, tzinfo=UTC)


def recorded(events: Iterable[Event], after: int = 0) -> list[Recorded]:
    """``events`` with their revisions, from ``after + 1``, and times."""
    return [
        Recorded(revision=revision, recorded_at=BEGINNING + timedelta(minutes=revision), event=event)
        for revision, event in enumerate(events, start=after + 1)
    ]


def story_of(*events: Event) -> Story:
    """The state that ``events`` add up to."""
    return fold(Story(), recorded(events))


class Given:
    """What has happened so far."""

    def __init__(self, events: tuple[Event, ...]) -> None:
        self._events = events

    def when(self, *commands: Command) -> Asked:
        """Then these are asked, one after the other."""
        return Asked(self._events, commands)


class Asked:
    """The last command is the one that is looked at; what those before it lead to has happened."""

    def __init__(self, events: tuple[Event, ...], commands: tuple[Command, ...]) -> None:
        *before, self._command = commands
        for command in before:
            events = (*events, *decide(command, story_of(*events)))
        self._events = events

    def then(self, *expected: Event) -> None:
        """It leads to these events."""
        assert decide(self._command, story_of(*self._events)) == list(expected)

    def then_nothing(self) -> None:
        """It is already so: nothing is added, and nothing refused."""
        self.then()

    def then_state(self) -> Story:
        """The state that it leads to."""
        return story_of(*self._events, *decide(self._command, story_of(*self._events)))

    def refused(self, kind: type[Refusal]) -> Refusal:
        """It is refused by an error of exactly this type, which is returned."""
        with pytest.raises(kind) as caught:
            decide(self._command, story_of(*self._events))
        assert type(caught.value) is kind
        return caught.value


def given(*events: Event) -> Given:
    """What has happened, in order; nothing: the story isn't opened."""
    return Given(events)
