"""What a handler looks up before a command is decided: older texts, and what is known of another story."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from tracker.stories.commands import (
    AssertClaim,
    Command,
    FileReport,
    OtherClaim,
    RecordOccurrence,
    RelateClaims,
)
from tracker.stories.events import Event, ReportCorrected, ReportFiled, ReportUpdated
from tracker.stories.knowledge import Basis
from tracker.stories.story import Story
from tracker.stories.values import Content


class Texts:
    """What each version of a report said, by "rpt_1/2"."""

    def __init__(self) -> None:
        self.known: dict[str, Content] = {}

    def add(self, events: Iterable[Event]) -> None:
        for event in events:
            match event:
                case ReportFiled():
                    self.known[f"{event.report_id}/1"] = event.content
                case ReportUpdated() | ReportCorrected():
                    self.known[f"{event.report_id}/{event.version}"] = event.content
                case _:
                    pass

    def of(self, report_id: str | None, version: int | None) -> Content | None:
        return self.known.get(f"{report_id}/{version}")

    def filled(self, command: Command, story: Story) -> Command:
        """``command`` with what a handler looks up before it is decided."""
        match command:
            case AssertClaim():
                return _with(command, text=self.of(command.report_id, command.version))
            case RelateClaims():
                return _with(command, text=self._of(command.relating.basis), other=_other(command, story))
            case RecordOccurrence():
                return _with(command, text=self._of(command.recording.basis))
            case FileReport():
                bases = [*(each.basis for each in command.relations), *(each.basis for each in command.occurrences)]
                found = {f"{each.report_id}/{each.version}": self._of(each) for each in bases if each}
                return _with(command, texts={name: text for name, text in found.items() if text})
            case _:
                return command

    def _of(self, basis: Basis | None) -> Content | None:
        return self.of(basis.report_id, basis.version) if basis else None


def _with(command: Command, **given: Any) -> Command:
    changed: Command = msgspec.structs.replace(command, **given)
    return changed


def _other(command: RelateClaims, story: Story) -> OtherClaim | None:
    """Of another story everything is there, if only it is linked."""
    ends = (command.relating.source, command.relating.target)
    other = next((end.story_id for end in ends if end.story_id), None)
    if other is None:
        return None
    return OtherClaim(story_id=other, there=True, linked=any(each.story_id == other for each in story.links.values()))


def actor_of(command: Command) -> str:
    """The token that asks."""
    person = getattr(command, "by", None) or getattr(command, "person", None)
    return person.id if person else "tok_desk"
