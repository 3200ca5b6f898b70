"""Whatever is asked in whichever order, the tracker does what a slow and plain story does that is told by the rules:
the same state, the same standings, the same refusals, on both databases. And it remembers what it answered.
"""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.handling.looking import story_of
from tests.handling.stories import Work
from tests.rooms import Newsroom, make_token
from tests.store.writing import forget
from tests.stories.plain_story import PlainStory, Refused, view_of
from tests.stories.random_commands import anything, redacting
from tests.stories.samples import ANYBODY, OF_THE_WIRE, SECOND
from tests.stories.sequences import all_commands
from tracker.access.permissions import Role
from tracker.clock import StoryClock
from tracker.db.database import Database
from tracker.errors import Refusal
from tracker.handling import Handler
from tracker.store import loading
from tracker.stories.commands import Command, CorrectReport, EditStory, FileReport, OpenStory
from tracker.stories.events import ContentRedacted
from tracker.stories.story import Story
from tracker.stories.values import CorrectionKind

EXAMPLES = 20


class Room:
    """A newsroom of three, two stories besides the one that is worked on, and one of them with a claim."""

    def __init__(self, handler: Handler, database: Database, clock: StoryClock) -> None:
        self.database = database
        self.people = {
            person.id: Newsroom(handler, make_token(database, clock, Role.EDITOR, **limits), clock)
            for person, limits in ((ANYBODY, {}), (SECOND, {}), (OF_THE_WIRE, {"outlets": OF_THE_WIRE.outlets}))
        }
        desk = self.people[ANYBODY.id]
        there, third = Work(desk, database), Work(desk, database)
        self.claim = there.marks(there.files("Nine."), "Nine")
        self.ids = {"sty_2": there.id, "sty_3": third.id, "clm_9": self.claim}
        self.ids |= {name: newsroom.token.id for name, newsroom in self.people.items()}

    def opens(self) -> tuple[str, PlainStory]:
        """A new story, and the plain one."""
        story_id = self.people[ANYBODY.id].opens("Strike")
        plain = PlainStory(story_id)
        plain.others = {self.ids["sty_2"]: {self.claim}, self.ids["sty_3"]: set()}
        return story_id, plain

    def told(self, command: Command, story_id: str) -> Command:
        """``command`` with the ids of this newsroom."""
        written = msgspec.json.encode(command)
        for name, id in {**self.ids, "sty_1": story_id}.items():
            written = written.replace(f'"{name}"'.encode(), f'"{id}"'.encode())
        told: Command = msgspec.json.decode(written, type=type(command))
        return told

    def asks(self, command: Command) -> tuple[int, str | None]:
        """How many events it made; or the name of its refusal."""
        person = getattr(command, "by", None) or getattr(command, "person", None)
        token_id = person.id if person else self.people[ANYBODY.id].token.id
        newsroom = next(each for each in self.people.values() if each.token.id == token_id)
        before = story_of(self.database, command.story_id).revision
        try:
            newsroom.asks(command)
        except Refusal as refusal:
            return 0, refusal.name
        return story_of(self.database, command.story_id).revision - before, None


@pytest.fixture
def room(handler: Handler, database: Database, clock: StoryClock) -> Room:
    return Room(handler, database, clock)


def _asked(command: Command, plain: PlainStory) -> Command:
    """As it is asked here: slugs are taken once in a newsroom, a new report gets an id that no other has, and what of
    a report is retracted by passages is a test of standing.
    """
    match command:
        case EditStory():
            return msgspec.structs.replace(command, slug=msgspec.UNSET)
        case CorrectReport(kind=CorrectionKind.RETRACTION):
            return msgspec.structs.replace(command, passages=())
        case FileReport() if command.report_id in plain.reports:
            return msgspec.structs.replace(command, report_id=f"rpt_{len(plain.reports) + 1}")
        case _:
            return command


@settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(commands=all_commands, more=st.lists(st.one_of(anything, redacting), min_size=5, max_size=10))
def test_it_does_what_the_plain_story_does_and_remembers_what_it_answered(
    room: Room, commands: list[Command], more: list[Command]
) -> None:
    story_id, plain = room.opens()
    answered: dict[int, Story] = {}
    for each in [*commands, *more]:
        if isinstance(each, OpenStory):
            continue
        command = room.told(_asked(each, plain), story_id)
        assert room.asks(command) == _plainly(plain, command), command
        story = story_of(room.database, story_id)
        assert view_of(story, plain) == plain.view(), command
        answered[story.revision] = story
    _check_memory(room, story_id, answered)


def _plainly(plain: PlainStory, command: Command) -> tuple[int, str | None]:
    try:
        return plain.do(command), None
    except Refused as refused:
        return 0, refused.name


def _check_memory(room: Room, story_id: str, answered: dict[int, Story]) -> None:
    """Each revision is still what was answered then, since the last redaction: that changes what was before, too."""
    forget(room.database)
    with room.database.reading() as connection:
        history = loading.history(connection, story_id)
        since = max((each.revision for each in history if isinstance(each.event, ContentRedacted)), default=0)
        for revision, story in answered.items():
            if revision >= since:
                found: Any = loading.load(connection, story_id, revision)
                assert _plain(found) == _plain(story)


def _plain(story: Story) -> Story:
    """``story`` without how its claims stood, which is reckoned from what can be read."""
    return msgspec.structs.replace(
        story,
        claims={name: msgspec.structs.replace(claim, standings=[], revision=0) for name, claim in story.claims.items()},
    )
