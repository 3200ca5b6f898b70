"""Eight at once, again and again: who asks for the same gets the same, who asks for another thing hears so, and nothing
is lost."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest

from tests.handling.looking import key_of, story_of
from tests.rooms import Newsroom
from tests.store.writing import read
from tracker.db.database import Database
from tracker.errors import Busy, Conflict, Refusal, Stale
from tracker.handling import Outcome
from tracker.store import verifying
from tracker.stories.commands import CloseStory, Command, EditStory, OpenStory
from tracker.stories.errors import ReportExists, StoryIsClosed

ROUNDS, EIGHT = 50, 8
#: For those whose rounds are longer.
FEW = 12
URI = "https://nbc.example/strike"


class Crowd:
    """Eight threads that begin each round at the same moment."""

    def __init__(self, newsroom: Newsroom) -> None:
        self._newsroom = newsroom
        self._pool = ThreadPoolExecutor(EIGHT)
        self._start = threading.Barrier(EIGHT)

    def ask(self, commands: Sequence[Command], **given: Any) -> list[Outcome | Exception]:
        """What each of eight commands was answered, or refused with."""
        assert len(commands) == EIGHT
        return list(self._pool.map(lambda command: self._ask(command, given), commands))

    def close(self) -> None:
        self._pool.shutdown()

    def _ask(self, command: Command, given: dict[str, Any]) -> Outcome | Exception:
        self._start.wait(30)
        # Whoever is told that somebody else is at it comes again, as a client would.
        for _ in range(200):
            try:
                return self._newsroom.asks(command, **given)
            except Refusal as refusal:
                return refusal
            except Busy:
                continue
        raise AssertionError("always busy")


@pytest.fixture
def crowd(newsroom: Newsroom) -> Iterator[Crowd]:
    opened = Crowd(newsroom)
    yield opened
    opened.close()


def done(answers: Sequence[Outcome | Exception]) -> list[Outcome]:
    return [answer for answer in answers if isinstance(answer, Outcome)]


def refused(answers: Sequence[Outcome | Exception], kind: type[Exception]) -> list[Exception]:
    found = [answer for answer in answers if not isinstance(answer, Outcome)]
    assert {type(each) for each in found} <= {kind}, found
    return found


def check(database: Database) -> None:
    """The log is whole: chains, dense revisions, positions."""
    assert verifying.verify(database).findings.told == []


# ---- Filing


def test_of_eight_who_file_the_same_one_writes_and_all_are_told_the_same(
    database: Database, newsroom: Newsroom, crowd: Crowd
) -> None:
    story_id = newsroom.opens()
    for number in range(ROUNDS):
        commands = [newsroom.filing(story_id, "One.", uri=f"{URI}/{number}") for _ in range(EIGHT)]
        answers = done(crowd.ask(commands))
        assert len(answers) == EIGHT
        assert sum(answer.written for answer in answers) == 1
        assert {(answer.revision, answer.version) for answer in answers} == {(number + 2, 1)}
        assert len({answer.report_id for answer in answers}) == 1
    assert [event.version for event in read(database, story_id)] == list(range(1, ROUNDS + 2))
    check(database)


def test_of_eight_who_file_different_content_under_one_uri_one_wins_and_the_others_are_told_of_it(
    database: Database, newsroom: Newsroom, crowd: Crowd
) -> None:
    story_id = newsroom.opens()
    for number in range(ROUNDS):
        commands = [newsroom.filing(story_id, f"{each}.", uri=f"{URI}/{number}") for each in range(EIGHT)]
        answers = crowd.ask(commands)
        (winner,) = done(answers)
        losers = refused(answers, ReportExists)
        assert winner.written
        assert {each.facts["report_id"] for each in losers if isinstance(each, ReportExists)} == {winner.report_id}
        report = story_of(database, story_id).reports[str(winner.report_id)]
        assert report.versions[0].digest == commands[answers.index(winner)].content.digest()
    assert [event.version for event in read(database, story_id)] == list(range(1, ROUNDS + 2))
    check(database)


def test_eight_who_file_different_content_with_leniency_make_eight_versions(
    database: Database, newsroom: Newsroom, crowd: Crowd
) -> None:
    story_id = newsroom.opens()
    for number in range(FEW):
        filed = [newsroom.filing(story_id, f"{each}.", uri=f"{URI}/{number}") for each in range(EIGHT)]
        commands = [msgspec.structs.replace(command, as_next_version=True) for command in filed]
        answers = done(crowd.ask(commands))
        assert sorted(answer.version or 0 for answer in answers) == list(range(1, EIGHT + 1))
        assert len({answer.report_id for answer in answers}) == 1
        report = story_of(database, story_id).reports[str(answers[0].report_id)]
        for answer, command in zip(answers, commands, strict=True):
            assert report.versions[(answer.version or 0) - 1].digest == command.content.digest()
    assert [event.version for event in read(database, story_id)] == list(range(1, FEW * EIGHT + 2))
    check(database)


def test_a_filing_is_before_the_close_or_is_refused(database: Database, newsroom: Newsroom, crowd: Crowd) -> None:
    for number in range(ROUNDS):
        story_id = newsroom.opens(f"Story {number}")
        filed: list[Command] = [newsroom.filing(story_id, f"{each}.") for each in range(EIGHT - 1)]
        # Somewhere in the middle of the crowd, each time in another place.
        filed.insert(number % EIGHT, CloseStory(story_id=story_id, reason="Over."))
        answers = crowd.ask(filed)
        refused(answers, StoryIsClosed)
        types = [event.type for event in read(database, story_id)]
        assert types[-1] == "story.closed"
        assert types.count("report.filed") == len(done(answers)) - 1
        assert sorted(answer.revision for answer in done(answers)) == list(range(2, len(types) + 1))
        story = story_of(database, story_id)
        assert set(story.reports) == {answer.report_id for answer in done(answers) if answer.report_id}
    check(database)


# ---- Opening


def test_of_eight_who_open_with_one_slug_one_gets_it(database: Database, newsroom: Newsroom, crowd: Crowd) -> None:
    for number in range(ROUNDS):
        commands = [
            OpenStory(story_id=newsroom.new_id("sty"), slug=f"strike-{number}", title="Strike") for _ in range(EIGHT)
        ]
        answers = crowd.ask(commands)
        (winner,) = done(answers)
        losers = refused(answers, Conflict)
        assert {each.name for each in losers if isinstance(each, Conflict)} == {"slug-taken"}
        there = [command for command in commands if read(database, command.story_id)]
        assert [command.story_id for command in there] == [winner.story_id]
    check(database)


# ---- Deciding against deciding


def test_of_eight_who_edit_what_they_have_read_one_wins_each_revision(
    database: Database, newsroom: Newsroom, crowd: Crowd
) -> None:
    story_id = newsroom.opens()
    for revision in range(1, ROUNDS + 1):
        edits = [EditStory(story_id=story_id, title=f"Title {revision}, {each}") for each in range(EIGHT)]
        answers = crowd.ask(edits, seen=revision)
        (winner,) = done(answers)
        refused(answers, Stale)
        assert winner.revision == revision + 1
        assert story_of(database, story_id).title == edits[answers.index(winner)].title
    check(database)


def test_eight_who_edit_without_having_read_are_all_there_one_after_the_other(
    database: Database, newsroom: Newsroom, crowd: Crowd
) -> None:
    story_id = newsroom.opens()
    for number in range(FEW):
        edits = [EditStory(story_id=story_id, title=f"Title {number}, {each}") for each in range(EIGHT)]
        answers = done(crowd.ask(edits))
        revisions = sorted(answer.revision for answer in answers)
        assert revisions == list(range(2 + number * EIGHT, 2 + (number + 1) * EIGHT))
        last = max(zip(answers, edits, strict=True), key=lambda each: each[0].revision)
        assert story_of(database, story_id).title == last[1].title
    check(database)


# ---- One Idempotency-Key


def test_of_eight_with_one_key_one_writes_and_the_others_are_given_its_answer(
    database: Database, newsroom: Newsroom, crowd: Crowd
) -> None:
    story_id = newsroom.opens()
    for number in range(ROUNDS):
        commands = [newsroom.filing(story_id, "One.") for _ in range(EIGHT)]
        answers = done(crowd.ask(commands, key=key_of(newsroom, f"k-{number}")))
        assert len(answers) == EIGHT
        assert Counter(answer.replayed for answer in answers) == {True: EIGHT - 1, False: 1}
        assert len({msgspec.structs.replace(answer, replayed=False) for answer in answers}) == 1
    assert [event.version for event in read(database, story_id)] == list(range(1, ROUNDS + 2))
    check(database)
