"""The rules: what a command leads to, given the story as it is.

``decide(command, story)`` returns the events that follow, or raises one of ``stories.errors``. It reads like a table
and touches nothing: asking twice decides to no events the second time. The rules stand where they are kept:

    reports   1. the same filing twice is one   2. versions without gaps   4. killed is final   8. limited tokens
    claims    6. quotes and selectors are exact in the named version   7. relations
    marks     occurrences, links, markings that are withdrawn
    desk      3. acts that need a second person   4. kills   9. preservation

Rule 5 (restricted material is seen by nobody without the right) is kept where things are read (``access.sight``).
"""

from __future__ import annotations

from typing import assert_never

from msgspec import UNSET

from tracker.stories import commands
from tracker.stories.commands import Command, DeskCommand, EditStory, MarkCommand, OpenStory
from tracker.stories.decisions import claims, desk, marks, reports
from tracker.stories.errors import StoryExists, UnknownStory
from tracker.stories.events import Event, StoryClosed, StoryEdited, StoryOpened, StoryReopened
from tracker.stories.story import Status, Story


def decide(command: Command, story: Story) -> list[Event]:
    """The events that ``command`` leads to; none where it is already so. Raises a refusal of ``stories.errors``."""
    if isinstance(command, OpenStory):
        return _open(command, story)
    if story.status is Status.UNOPENED:
        raise UnknownStory(command.story_id)
    match command:
        case EditStory():
            return _edit(command, story)
        case commands.CloseStory():
            return [] if story.status is Status.CLOSED else [StoryClosed(reason=command.reason)]
        case commands.ReopenStory():
            return [] if story.status is Status.OPEN else [StoryReopened(reason=command.reason)]
        case commands.FileReport():
            return reports.file(command, story)
        case commands.UpdateReport():
            return reports.update(command, story)
        case commands.CorrectReport():
            return reports.correct(command, story)
        case commands.KillReport():
            return desk.kill(command, story)
        case (
            commands.AssertClaim()
            | commands.RelateClaims()
            | commands.RecordOccurrence()
            | commands.WithdrawAnnotation()
            | commands.LinkStories()
        ):
            return _mark(command, story)
        case _:
            return _act(command, story)


def _mark(command: MarkCommand, story: Story) -> list[Event]:
    match command:
        case commands.AssertClaim():
            return claims.assert_claim(command, story)
        case commands.RelateClaims():
            return claims.relate(command, story)
        case commands.RecordOccurrence():
            return marks.record(command, story)
        case commands.WithdrawAnnotation():
            return marks.withdraw(command, story)
        case commands.LinkStories():
            return marks.link(command, story)
        case _ as never:
            assert_never(never)


def _act(command: DeskCommand, story: Story) -> list[Event]:
    match command:
        case commands.PlaceHold():
            return desk.place(command, story)
        case commands.LiftHold():
            return desk.lift(command, story)
        case commands.RequestAct():
            return desk.request(command, story)
        case commands.ApproveAct():
            return desk.approve(command, story)
        case commands.DeclineAct():
            return desk.decline(command, story)
        case commands.RedactContent():
            return desk.redact(command, story)
        case _ as never:
            assert_never(never)


def _open(command: OpenStory, story: Story) -> list[Event]:
    asked = {name: getattr(command, name) for name in StoryOpened.__struct_fields__}
    if story.status is Status.UNOPENED:
        return [StoryOpened(**asked)]
    if all(getattr(story, name) == value for name, value in asked.items()):
        return []
    raise StoryExists(command.story_id)


def _edit(command: EditStory, story: Story) -> list[Event]:
    changed = {
        name: value
        for name in StoryEdited.__struct_fields__
        if (value := getattr(command, name)) is not UNSET and value != getattr(story, name)
    }
    return [StoryEdited(**changed)] if changed else []
