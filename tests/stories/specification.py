"""Rules as sentences: given what has happened, when something is asked, then this follows.

given(opened, filed).when(FileReport(…)).then(ReportUpdated(…))
given(opened, closed).when(FileReport(…)).refused(StoryIsClosed)
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from tests.stories.prepared import Texts, actor_of
from tracker.errors import Refusal
from tracker.stories.commands import Command
from tracker.stories.decisions import decide
from tracker.stories.events import Event, Recorded
from tracker.stories.folding import fold
from tracker.stories.story import Story

#: When the first event is recorded; each further one comes a minute later.
BEGINNING = datetime(2020, 1, 3, tzinfo=UTC)


def recorded(events: Iterable[Event], after: int = 0, actor: str = "") -> list[Recorded]:
    """``events`` with their revisions, from ``after + 1``, and times."""
    return [
        Recorded(revision=revision, recorded_at=BEGINNING + timedelta(minutes=revision), event=event, actor=actor)
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
    """The last command is the one that is looked at; what those before it lead to has happened.

    Each is decided with what a handler looks up for it.
    """

    def __init__(self, events: tuple[Event, ...], commands: tuple[Command, ...]) -> None:
        self._history, self._texts = recorded(events), Texts()
        self._texts.add(events)
        for command in commands[:-1]:
            self._add(command, self._decided(command))
        self._command = commands[-1]

    def _decided(self, command: Command) -> list[Event]:
        story = fold(Story(), self._history)
        return decide(self._texts.filled(command, story), story)

    def _add(self, command: Command, events: list[Event]) -> None:
        self._history += recorded(events, after=len(self._history), actor=actor_of(command))
        self._texts.add(events)

    def events(self) -> list[Event]:
        """What it leads to."""
        return self._decided(self._command)

    def then(self, *expected: Event) -> None:
        """It leads to these events."""
        assert self.events() == list(expected)

    def then_nothing(self) -> None:
        """It is already so: nothing is added, and nothing refused."""
        self.then()

    def then_state(self) -> Story:
        """The state that it leads to."""
        self._add(self._command, self.events())
        return fold(Story(), self._history)

    def refused(self, kind: type[Refusal]) -> Refusal:
        """It is refused by an error of exactly this type, which is returned."""
        with pytest.raises(kind) as caught:
            self.events()
        assert type(caught.value) is kind
        return caught.value


def given(*events: Event) -> Given:
    """What has happened, in order; nothing: the story isn't opened."""
    return Given(events)
