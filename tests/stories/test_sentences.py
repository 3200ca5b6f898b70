"""What an event did, in a sentence."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from tests.stories.samples import NOTE, OPENED, content, filed, numbered, redacted
from tests.stories.sequences import histories
from tracker.stories.events import (
    Event,
    Recorded,
    ReportCorrected,
    ReportUpdated,
    StoryClosed,
    StoryEdited,
    StoryOpened,
    StoryReopened,
)
from tracker.stories.folding import evolve
from tracker.stories.sentences import DeskValues, desk_values, sentence
from tracker.stories.story import Story
from tracker.stories.values import CorrectionKind, CorrectionNote, IssuedBy

_FORMER = DeskValues(title="Strike", slug="strike", summary=None, topics=("War", "Iran"), urgency=None)


def _corrected(text: str = "It was Thursday.", **fields: Any) -> ReportCorrected:
    return ReportCorrected(
        report_id="rpt_1", version=2, content=numbered(b1="One."), note=CorrectionNote(text=text), **fields
    )


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (OPENED, "The desk opened the story “Strike in Baghdad”."),
        (StoryClosed(reason="It is over"), "The desk closed the story: It is over."),
        (StoryClosed(reason="Is it\nover?"), "The desk closed the story: Is it over?"),
        (StoryReopened(reason="It goes on."), "The desk reopened the story: It goes on."),
        (filed(b1="One."), "NBC News filed “Strike”."),
        (
            ReportUpdated(report_id="rpt_1", version=3, content=content("Two.", headline="Two dead")),
            "NBC News updated “Two dead” (version 3).",
        ),
        (
            ReportUpdated(report_id="rpt_1", version=3, content=content("Two."), note="adds a name"),
            "NBC News updated “Strike” (version 3): adds a name.",
        ),
        (_corrected(), "NBC News corrected “Strike” (version 2): It was Thursday."),
        (
            _corrected(kind=CorrectionKind.CLARIFICATION),
            "NBC News clarified “Strike” (version 2): It was Thursday.",
        ),
        (
            _corrected(kind=CorrectionKind.EDITORS_NOTE),
            "NBC News added an editor’s note to “Strike” (version 2): It was Thursday.",
        ),
        (
            redacted("rpt_1/2"),
            "The desk redacted version 2 of a report, on the authority of The editor: It names a source.",
        ),
        (
            redacted(),
            "The desk redacted a report, in all its versions, on the authority of The editor: It names a source.",
        ),
        (_corrected(kind=CorrectionKind.RETRACTION), "NBC News retracted “Strike” (version 2): It was Thursday."),
        (_corrected(issued_by=IssuedBy.DESK), "The desk corrected “Strike” (version 2): It was Thursday."),
    ],
)
def test_an_event_is_told_in_a_sentence(event: Event, said: str) -> None:
    assert sentence(event, outlet="NBC News", former=DeskValues()) == said


@pytest.mark.parametrize(
    ("edited", "said", "said_without_the_former"),
    [
        (
            StoryEdited(title="Killed"),
            "changed the title from “Strike” to “Killed”",
            "changed the title to “Killed”",
        ),
        (StoryEdited(slug="killed"), "changed the slug from strike to killed", "changed the slug to killed"),
        (StoryEdited(summary="It is so."), "changed the summary", "changed the summary"),
        (StoryEdited(summary=None), "removed the summary", "removed the summary"),
        (StoryEdited(topics=()), "removed all topics", "removed all topics"),
        (
            StoryEdited(topics=("Iran", "Iraq", "Oil")),
            "added the topics “Iraq” and “Oil” and removed the topic “War”",
            "set the topics to “Iran”, “Iraq” and “Oil”",
        ),
        (
            StoryEdited(topics=("Iran", "War")),
            "set the topics to “Iran” and “War”",
            "set the topics to “Iran” and “War”",
        ),
        (StoryEdited(topics=("War", "Iran", "Oil")), "added the topic “Oil”", None),
        (StoryEdited(topics=("War",)), "removed the topic “Iran”", None),
        (StoryEdited(urgency=2), "set the urgency to 2", "set the urgency to 2"),
        (StoryEdited(urgency=None), "removed the urgency", "removed the urgency"),
        (
            StoryEdited(title="Killed", summary="It is so.", urgency=1),
            "changed the title from “Strike” to “Killed”, changed the summary and set the urgency to 1",
            None,
        ),
    ],
)
def test_the_desks_changes_name_the_former_value_where_it_is_known(
    edited: StoryEdited, said: str, said_without_the_former: str | None
) -> None:
    assert sentence(edited, outlet="", former=_FORMER) == f"The desk {said}."
    if said_without_the_former:
        assert sentence(edited, outlet="", former=DeskValues()) == f"The desk {said_without_the_former}."


def test_a_changed_urgency_names_both() -> None:
    said = sentence(StoryEdited(urgency=2), outlet="", former=DeskValues(urgency=5))
    assert said == "The desk changed the urgency from 5 to 2."


@given(histories)
def test_every_event_is_told_on_one_line_that_ends(history: list[Recorded]) -> None:
    for recorded in history:
        said = sentence(recorded.event, outlet="NBC News", former=DeskValues())
        assert said.startswith(
            ("NBC News ", "The desk ", "The embargo ", "The hold ", "The preservation ", "A report ")
        )
        assert "\n" not in said
        assert said.endswith((".", "”"))
        assert not said.endswith("..")


@given(histories)
def test_what_the_desk_said_adds_up_to_the_storys_values(history: list[Recorded]) -> None:
    story, said = Story(), DeskValues()
    for recorded in history:
        story = evolve(story, recorded)
        if isinstance(recorded.event, StoryOpened | StoryEdited):
            said = {**said, **desk_values(recorded.event)}
    assert said == {name: getattr(story, name) for name in DeskValues.__annotations__}


def test_the_note_of_a_correction_is_told_as_published() -> None:
    event = ReportCorrected(report_id="rpt_1", version=2, content=numbered(b1="One."), note=NOTE)
    assert sentence(event, outlet="NBC News", former=DeskValues()).endswith(": An earlier version misstated the day.")
