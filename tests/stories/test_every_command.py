"""What holds of every command: asked twice it changes nothing twice, and the story that it is given stays as it is."""

from __future__ import annotations

from typing import get_args

import pytest
from msgspec import structs

from tests.stories.samples import (
    CLOSED,
    OPENED,
    SECOND,
    approve,
    asks,
    correct,
    file,
    filed,
    hold,
    kill,
    link,
    mark,
    record,
    redact,
    relate,
    update,
    withdraw,
)
from tests.stories.specification import given, story_of
from tracker.stories.commands import (
    CloseStory,
    Command,
    DeclineAct,
    EditStory,
    LiftHold,
    OpenStory,
    ReopenStory,
)
from tracker.stories.decisions import decide, existing
from tracker.stories.desk import KillAct
from tracker.stories.errors import UnknownStory
from tracker.stories.events import ActRequested, ClaimAsserted, Event, HoldPlaced
from tracker.stories.knowledge import HoldKind, HoldReason, RelationKind
from tracker.text.passages import Selector

REPORT: tuple[Event, ...] = (OPENED, filed(b1="One. Two."))
KILL = KillAct(report_id="rpt_1", reason="It was made up.", public_note="Withdrawn.")
ASKED: tuple[Event, ...] = (*REPORT, ActRequested(act_id="act_1", target="rpt_1", version=1, act=KILL))
HELD = HoldPlaced(hold_id="hld_1", target="rpt_1", kind=HoldKind.PUBLICATION, reason=HoldReason.LEGAL)
FIRST = ClaimAsserted(
    claim_id="clm_1", appearance=1, statement="One", report_id="rpt_1", version=1, selector=Selector(exact="One")
)
MARKED: tuple[Event, ...] = (
    *REPORT,
    FIRST,
    structs.replace(FIRST, claim_id="clm_2", statement="Two", selector=Selector(exact="Two")),
)

#: One of each command, with a history in which it has something to do, and what it makes or is about.
EVERY_COMMAND: list[tuple[Command, tuple[Event, ...], str | None]] = [
    (OpenStory(story_id="sty_1", slug="strike", title="Strike in Baghdad"), (), None),
    (EditStory(story_id="sty_1", title="Strike near Baghdad"), (OPENED,), None),
    (CloseStory(story_id="sty_1", reason="It is over."), (OPENED,), None),
    (ReopenStory(story_id="sty_1", reason="It is not."), (OPENED, CLOSED), None),
    (file("One."), (OPENED,), None),
    (update("Two."), REPORT, None),
    (correct("Two."), REPORT, None),
    (redact(), REPORT, None),
    (kill(), REPORT, None),
    (mark("clm_1", "One"), REPORT, "clm_1/1"),
    (relate("clm_1", RelationKind.DISPUTES, "clm_2"), MARKED, "rel_1"),
    (record("occ_1", "The strike"), (OPENED,), "occ_1"),
    (withdraw("clm_1"), MARKED, "clm_1"),
    (link(), (OPENED,), "lnk_1"),
    (hold(), REPORT, "hld_1"),
    (LiftHold(story_id="sty_1", hold_id="hld_1"), (*REPORT, HELD), "hld_1"),
    (asks(KILL), REPORT, "act_1"),
    (approve(), ASKED, "act_1"),
    (DeclineAct(story_id="sty_1", act_id="act_1", reason="It is right.", by=SECOND), ASKED, "act_1"),
]
OTHER_THAN_OPENING = [command for command, *_ in EVERY_COMMAND if not isinstance(command, OpenStory)]


def _name(value: object) -> str:
    return type(value).__name__ if isinstance(value, get_args(Command)) else ""


def test_every_command_is_among_those_tried_here() -> None:
    assert {type(command) for command, *_ in EVERY_COMMAND} == set(get_args(Command))


@pytest.mark.parametrize(("command", "history", "subject"), EVERY_COMMAND, ids=_name)
def test_asking_once_changes_something_and_asking_twice_changes_nothing_more(
    command: Command, history: tuple[Event, ...], subject: str | None
) -> None:
    assert given(*history).when(command).events()
    given(*history).when(command, command).then_nothing()
    again = given(*history).when(command).then_state()
    assert existing.subject(command, again) == subject


@pytest.mark.parametrize("command", OTHER_THAN_OPENING, ids=_name)
def test_a_story_that_is_not_there_is_not_found(command: Command) -> None:
    assert given().when(command).refused(UnknownStory).name == "unknown-story"


@pytest.mark.parametrize(("command", "history", "subject"), EVERY_COMMAND, ids=_name)
def test_deciding_leaves_the_story_alone(command: Command, history: tuple[Event, ...], subject: str | None) -> None:
    story = story_of(*history)
    decide(command, story)
    assert story == story_of(*history), subject
