"""What an event did, in one sentence of plain text: a row of a story's history.

    sentence(event, …)     the sentence
    edits                  what the desk says of the story itself, and what it said before
    reports, marks, desk   what was published; what was marked in it; what was held back and asked for
    together               what several events of one request are told as
    naming                 what things are called that events name only by their ids

A sentence needs only the event and what its caller knows: the name of the outlet on whose behalf it was done, what the
desk said before, the names of things. What isn't known, or is gone, is left out or told in general words.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, assert_never

from tracker.stories import events
from tracker.stories.events import DeskEvent, Event, MarkEvent, ReportEvent, StoryEvent
from tracker.stories.sentences import desk, marks, reports
from tracker.stories.sentences.edits import DeskValues, desk_values, edited
from tracker.stories.sentences.naming import NO_NAMES, Marking, Names, calls_by_state
from tracker.stories.sentences.together import told_together
from tracker.stories.sentences.words import noted

__all__ = [
    "NO_NAMES",
    "DeskValues",
    "Gone",
    "Marking",
    "Names",
    "calls_by_state",
    "desk_values",
    "sentence",
    "told_together",
]

#: Why an event's content is not told.
Gone: TypeAlias = Literal["redacted", "killed"]
_GONE = {"redacted": "what it said was redacted", "killed": "its words are gone with a killed report"}


def sentence(
    event: Event, *, outlet: str, former: DeskValues, names: Names = NO_NAMES, gone: Gone | None = None
) -> str:
    """What ``event`` did, for instance ``NBC News filed “Strike in Baghdad”.``

    ``outlet`` is the name of the outlet on whose behalf it was done, and ``former`` what the desk said before it.
    ``gone``: its content is, and ``event`` is blank (``stored.blank``).
    """
    said = _sentence(event, outlet, former, names)
    return f"{said.rstrip('.')}; {_GONE[gone]}." if gone else said


def _sentence(event: Event, outlet: str, former: DeskValues, names: Names) -> str:
    match event:
        case events.StoryOpened() | events.StoryEdited() | events.StoryClosed() | events.StoryReopened():
            return _of_story(event, former)
        case events.ReportFiled() | events.ReportUpdated() | events.ReportCorrected():
            return _of_report(event, outlet, names)
        case (
            events.ClaimAsserted()
            | events.ClaimsRelated()
            | events.OccurrenceRecorded()
            | events.AnnotationWithdrawn()
            | events.StoriesLinked()
        ):
            return _of_mark(event, outlet, names)
        case _:
            return _of_desk(event, outlet, names)


def _of_story(event: StoryEvent, former: DeskValues) -> str:
    match event:
        case events.StoryOpened():
            title = f" “{event.title}”" if event.title else ""
            return f"The desk opened the story{title}{f', for {event.desk}' if event.desk else ''}."
        case events.StoryEdited():
            return f"The desk {edited(event, former)}."
        case events.StoryClosed():
            return f"The desk closed the story{noted(event.reason)}"
        case events.StoryReopened():
            return f"The desk reopened the story{noted(event.reason)}"
        case _ as never:
            assert_never(never)


def _of_report(event: ReportEvent, outlet: str, names: Names) -> str:
    match event:
        case events.ReportFiled():
            return reports.filed(event, outlet, names)
        case events.ReportUpdated():
            return reports.updated(event, outlet)
        case events.ReportCorrected():
            return reports.corrected(event, outlet)
        case _ as never:
            assert_never(never)


def _of_mark(event: MarkEvent, outlet: str, names: Names) -> str:
    match event:
        case events.ClaimAsserted():
            return marks.asserted(event, outlet, names)
        case events.ClaimsRelated():
            return marks.related(event, names)
        case events.OccurrenceRecorded():
            return marks.recorded(event, names)
        case events.AnnotationWithdrawn():
            return marks.withdrew(event, names)
        case events.StoriesLinked():
            return marks.linked(event, names)
        case _ as never:
            assert_never(never)


def _of_desk(event: DeskEvent, outlet: str, names: Names) -> str:
    match event:
        case events.ReportKilled():
            return reports.killed(event, outlet, names)
        case events.ContentRedacted():
            return reports.redacted(event, names)
        case events.HoldPlaced():
            return desk.placed(event, names)
        case events.HoldLifted():
            return desk.lifted(event, names)
        case events.ActRequested():
            return desk.requested(event, names)
        case events.ActApproved():
            return desk.approved(event, names)
        case events.ActDeclined():
            return desk.declined(event, names)
        case _ as never:
            assert_never(never)
