"""What is there already, where a command leads to nothing: asking twice gets the first answer."""

from __future__ import annotations

from tracker.stories import commands
from tracker.stories.commands import Command
from tracker.stories.decisions import claims, desk, marks
from tracker.stories.story import Story


def subject(command: Command, story: Story) -> str | None:
    """The id of the marking, hold or request that ``command``, which led to nothing on ``story``, would have made or
    is about; ``None`` for commands about reports and the story itself.
    """
    match command:
        case commands.AssertClaim():
            return claims.marked_by(command, story)
        case commands.RelateClaims():
            return claims.related_by(command, story)
        case commands.RecordOccurrence():
            return marks.recorded_by(command, story)
        case commands.LinkStories():
            return marks.linked_by(command, story)
        case commands.WithdrawAnnotation():
            return command.target
        case commands.PlaceHold():
            return desk.placed_by(command, story)
        case commands.LiftHold():
            return command.hold_id
        case commands.RequestAct():
            waiting = desk.waiting(command.act, story)
            return waiting.act_id if waiting else None
        case commands.ApproveAct() | commands.DeclineAct():
            return command.act_id
        case _:
            return None
