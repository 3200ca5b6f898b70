"""Random work on one story, for properties: few outlets, uris, texts and ids, so that everything meets everything."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

from hypothesis import strategies as st

from tests.stories.samples import ANYBODY, NBC, OF_THE_WIRE, WIRE
from tests.stories.specification import recorded
from tracker.errors import Refusal
from tracker.stories.commands import (
    CloseStory,
    Command,
    CorrectReport,
    EditStory,
    FileReport,
    OpenStory,
    RedactContent,
    ReopenStory,
    UpdateReport,
)
from tracker.stories.decisions import decide
from tracker.stories.events import Recorded
from tracker.stories.story import Story, evolve
from tracker.stories.values import Content, CorrectionKind, CorrectionNote
from tracker.text.blocks import Block

_people = st.sampled_from([ANYBODY, ANYBODY, OF_THE_WIRE])
_report_ids = st.sampled_from(["rpt_1", "rpt_2", "rpt_3"])
_offsets = st.sampled_from([0, 180, -300]).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_moments = st.datetimes(datetime(2020, 1, 1), datetime(2020, 2, 1), timezones=_offsets)
_blocks = st.lists(
    st.builds(Block, st.none(), st.sampled_from(["paragraph", "quote"]), st.sampled_from(["One.", "Two.", "Three."])),
    max_size=4,
)
_contents = st.builds(
    Content,
    headline=st.sampled_from(["Strike", "Strike kills general"]),
    blocks=_blocks.map(tuple),
    published_at=st.none() | _moments,
)
_notes = st.builds(CorrectionNote, text=st.sampled_from(["It was Thursday.", "It was Friday."]))
_story = {"story_id": st.just("sty_1")}
_report: dict[str, Any] = {**_story, "report_id": _report_ids, "content": _contents, "by": _people}
_edited: dict[str, Any] = {
    "slug": st.sampled_from(["strike", "baghdad"]),
    "title": st.sampled_from(["Strike", "Strike in Baghdad"]),
    "topics": st.sampled_from([(), ("war",)]),
    "urgency": st.sampled_from([None, 1, 9]),
}

_commands: st.SearchStrategy[Command] = st.one_of(
    st.builds(
        FileReport,
        **_report,
        outlet=st.sampled_from([NBC, WIRE]),
        uri=st.sampled_from([None, "/a", "/b"]),
        as_next_version=st.booleans(),
    ),
    st.builds(UpdateReport, **_report, note=st.none() | st.just("adds a name")),
    st.builds(CorrectReport, **_report, note=_notes, kind=st.sampled_from(CorrectionKind)),
    st.builds(EditStory, **_story, **_edited, summary=st.sampled_from([None, "It happened."])),
    st.builds(OpenStory, **_story, **_edited),
    st.builds(CloseStory, **_story, reason=st.just("Over.")),
    st.builds(ReopenStory, **_story, reason=st.just("Not over.")),
)

_redactions = st.builds(
    RedactContent,
    **_story,
    target=st.sampled_from(["rpt_1", "rpt_2", "rpt_1/1", "rpt_1/2", "rpt_2/2", "rpt_3/1"]),
    reason=st.just("It names a source."),
    authority=st.just("The editor"),
)

_OPENING = OpenStory(story_id="sty_1", slug="strike", title="Strike in Baghdad")

#: What is asked of a story, the first that it be opened.
command_lists = st.lists(_commands, max_size=25).map(lambda commands: [_OPENING, *commands])


class Step(NamedTuple):
    """A command, the state before it, and what it led to; nothing also where it was refused."""

    command: Command
    before: Story
    events: list[Recorded]
    after: Story


def steps_of(commands: list[Command]) -> list[Step]:
    """Carry out ``commands``, going on after a refusal."""
    steps, story = [], Story()
    for command in commands:
        try:
            events = recorded(decide(command, story), after=story.revision)
        except Refusal:
            events = []
        after = story
        for event in events:
            after = evolve(after, event)
        steps.append(Step(command, story, events, after))
        story = after
    return steps


def history_of(commands: list[Command]) -> list[Recorded]:
    """The events that ``commands`` lead to."""
    return [event for step in steps_of(commands) for event in step.events]


#: What has happened to a story, redactions too.
histories = st.lists(_commands | _redactions, max_size=25).map(lambda commands: history_of([_OPENING, *commands]))
