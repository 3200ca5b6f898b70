"""Random work on one story, for properties: commands one after the other, and what they led to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from hypothesis import settings
from hypothesis import strategies as st

from tests.stories.prepared import Texts, actor_of
from tests.stories.random_commands import anything, redacting
from tests.stories.samples import NBC, WIRE, asks, claims, file, relates
from tests.stories.specification import recorded
from tracker.errors import Refusal
from tracker.stories.commands import Command, LinkStories, OpenStory, Recording
from tracker.stories.decisions import decide
from tracker.stories.desk import KillAct
from tracker.stories.events import Recorded
from tracker.stories.folding import evolve
from tracker.stories.knowledge import Basis, LinkKind, RelationKind
from tracker.stories.story import Story

#: For laws that are one of many on the same sequences.
FEW = settings(max_examples=40)
_OPENING = OpenStory(story_id="sty_1", slug="strike", title="Strike in Baghdad")
#: Reports that most of what is asked about is found in, and something that is marked in them.
_FILED: tuple[Command, ...] = (
    file("One.\n\nTwo.", outlet=NBC, uri="/a", claims=(claims("clm_1", "Two"),)),
    file(
        "One. Three.",
        outlet=WIRE,
        report_id="rpt_2",
        uri="/b",
        cites=("rpt_1",),
        claims=(claims("clm_2", "Three"), claims("clm_1", "One. Three")),
        relations=(relates("clm_2", RelationKind.DISPUTES, "clm_1", basis=Basis(text="Three")),),
        occurrences=(Recording(occurrence_id="occ_1", title="The strike", basis=Basis(text="One")),),
    ),
)
#: What waits to be decided.
_ASKED: tuple[Command, ...] = (
    *_FILED,
    LinkStories(story_id="sty_1", link_id="lnk_1", other_id="sty_2", relation=LinkKind.RELATED),
    asks(KillAct(report_id="rpt_1", reason="It was made up.", public_note="Withdrawn.")),
)


def _opened(commands: Sequence[Command], filed: Sequence[Command]) -> list[Command]:
    return [_OPENING, *filed, *commands]


#: A story with something in it.
BEGINNING: tuple[Command, ...] = (_OPENING, *_FILED)
_beginnings: st.SearchStrategy[Sequence[Command]] = st.sampled_from([_FILED, _FILED, _ASKED, _ASKED, ()])

_any_redactions = st.one_of(*[anything] * 9, redacting)

#: What is asked of a story, the first that it be opened.
command_lists = st.builds(_opened, st.lists(anything, min_size=8, max_size=20), _beginnings)
#: The same, and redactions that nobody asked another for.
all_commands = st.builds(_opened, st.lists(_any_redactions, min_size=8, max_size=20), _beginnings)


class Step(NamedTuple):
    """A command, the state before it, and what it led to; nothing also where it was refused."""

    command: Command
    before: Story
    events: list[Recorded]
    after: Story
    refusal: Refusal | None = None


def steps_of(commands: Sequence[Command]) -> list[Step]:
    """Carry out ``commands``, going on after a refusal."""
    steps, story, texts = [], Story(), Texts()
    for each in commands:
        command, refusal = texts.filled(each, story), None
        try:
            events = recorded(decide(command, story), after=story.revision, actor=actor_of(command))
        except Refusal as refused:
            events, refusal = [], refused
        texts.add(each.event for each in events)
        after = story
        for event in events:
            after = evolve(after, event)
        steps.append(Step(command, story, events, after, refusal))
        story = after
    return steps


def history_of(commands: Sequence[Command]) -> list[Recorded]:
    """The events that ``commands`` lead to."""
    return [event for step in steps_of(commands) for event in step.events]


#: What has happened to a story, redactions too.
histories = all_commands.map(history_of)
