"""Whatever statement the database dies at: all or nothing is stored, and whoever asks again gets the first answer.

Each act is done again and again, and dies one statement later each time (tests/dying.py), until it passes clean. After
each death the same is asked again. What the death left is either what was there before, or all that the second time
would have left; and a third time changes nothing and is answered as the second.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.dying import How, Interrupted, Steps, interrupted, refused, unheard
from tests.handling.looking import key_of
from tests.rooms import Newsroom, everything
from tests.store.writing import NOW, read, saying, text_of
from tracker.config import Settings
from tracker.db.database import Database
from tracker.errors import Unavailable
from tracker.handling import Outcome
from tracker.store import log, redaction, verifying
from tracker.store.log import Appended
from tracker.store.log_events import NewEvent
from tracker.stories.commands import CloseStory, Command, OpenStory, RedactContent

WAYS: list[How] = [refused, unheard, interrupted]
URI = "https://nbc.example/strike"
Act = Callable[[], Any]


@pytest.fixture
def steps(database: Database) -> Steps:
    return Steps(database)


@pytest.fixture(params=WAYS, ids=lambda how: how.__name__)
def how(request: pytest.FixtureRequest) -> How:
    found: How = request.param
    return found


def survives(database: Database, steps: Steps, how: How, prepared: Callable[[int], Act]) -> int:
    """What ``prepared`` gives, each time anew, survives each death; returns how many statements it has."""
    for number in range(1, 200):
        act = prepared(number)
        before = everything(database)
        heard = steps.dying(number, how, act)
        died, left = steps.came, everything(database)
        answer = act()
        settled = everything(database)
        assert left in (before, settled), f"half of it is stored, after a death at {steps.seen[-1]}"
        assert heard is None or (left == settled and same(heard, answer)), (
            "it was acknowledged, and is not what is there"
        )
        assert same(act(), answer)
        assert everything(database) == settled
        if not died:
            assert verifying.verify(database, content=True).findings.told == []
            return number - 1
    raise AssertionError("it never passes clean")


def same(first: Any, second: Any) -> bool:
    """Whether two answers say the same, but for what only the first time can say."""
    return bool(_lasting(first) == _lasting(second))


def _lasting(answer: Any) -> Any:
    match answer:
        case Appended():
            return answer.first, answer.last, answer.recorded_at, answer.hash
        case Outcome():
            return answer.story_id, answer.revision, answer.report_id, answer.version
    return answer


# ---- Appending


def appending(database: Database, stream_id: str, events: Sequence[NewEvent], **given: Any) -> Act:
    def act() -> Appended:
        with database.writing() as connection:
            return log.append(connection, stream_id, "story", events, now=NOW, **{"expected": "any", **given})

    return act


def in_one_statement(database: Database, stream_id: str, event: NewEvent) -> Act:
    def act() -> Appended:
        with database.at_once() as connection:
            return log.append(connection, stream_id, "story", [event], expected="exists", now=NOW)

    return act


@pytest.mark.parametrize("how_many", [1, 3, 40])
def test_an_append_to_a_stream_that_is_there(database: Database, steps: Steps, how: How, how_many: int) -> None:
    appending(database, "sty_1", [saying("The first.")])()

    def prepared(number: int) -> Act:
        events = [saying(f"{number}, {each}", key_id=f"rpt_{number}/{each}") for each in range(how_many)]
        return appending(database, "sty_1", events)

    count = survives(database, steps, how, prepared)
    assert count >= 3
    # As many rounds as statements, and the clean one; each is there once, in its order.
    texts = [text_of(event) for event in read(database, "sty_1")]
    assert texts == ["The first.", *(f"{n}, {each}" for n in range(1, count + 2) for each in range(how_many))]


@pytest.mark.parametrize("how_many", [1, 3, 40])
def test_an_append_that_begins_a_stream(database: Database, steps: Steps, how: How, how_many: int) -> None:
    def prepared(number: int) -> Act:
        return appending(database, f"sty_{number}", [saying(str(each)) for each in range(how_many)], expected="none")

    assert survives(database, steps, how, prepared) >= 3


def test_an_append_of_one_statement(database: Database, steps: Steps, how: How) -> None:
    appending(database, "sty_1", [saying("The first.")])()
    survives(database, steps, how, lambda number: in_one_statement(database, "sty_1", saying(str(number))))


# ---- Through the handler


@pytest.mark.parametrize("with_key", [True, False])
@pytest.mark.parametrize("uri", [URI, None])
def test_a_filing_of_a_new_outlet(
    database: Database, newsroom: Newsroom, steps: Steps, how: How, with_key: bool, uri: str | None
) -> None:
    story_id = newsroom.opens()

    def prepared(number: int) -> Act:
        command = newsroom.filing(story_id, f"{number}.", outlet=f"Outlet {number}", uri=uri)
        return asking(newsroom, command, f"k-{number}" if with_key else None)

    assert survives(database, steps, how, prepared) >= 8


@pytest.mark.parametrize("with_key", [True, False])
def test_a_filing_of_a_known_outlet(
    database: Database, newsroom: Newsroom, steps: Steps, how: How, with_key: bool
) -> None:
    story_id = newsroom.opens()
    newsroom.files(story_id)

    def prepared(number: int) -> Act:
        command = newsroom.filing(story_id, f"{number}.", uri=f"{URI}/{number}")
        return asking(newsroom, command, f"k-{number}" if with_key else None)

    survives(database, steps, how, prepared)


def test_an_update_that_is_decided_without_a_lock(
    database: Database, newsroom: Newsroom, steps: Steps, how: How
) -> None:
    filed = newsroom.files(newsroom.opens())

    def prepared(number: int) -> Act:
        newsroom.updates(filed, f"Before {number}.")
        return lambda: newsroom.updates(filed, f"{number}.")

    survives(database, steps, how, prepared)


def test_opening_and_closing_a_story(database: Database, newsroom: Newsroom, steps: Steps, how: How) -> None:
    stories = [newsroom.new_id("sty") for _ in range(60)]
    slugs = [f"strike-{number}" for number in range(60)]

    def opening(number: int) -> Act:
        return asking(newsroom, OpenStory(story_id=stories[number], slug=slugs[number], title="Strike"), None)

    def closing(number: int) -> Act:
        opening(30 + number)()
        return asking(newsroom, CloseStory(story_id=stories[30 + number], reason="Over."), f"k-{number}")

    survives(database, steps, how, opening)
    survives(database, steps, how, closing)


def test_a_redaction(
    database: Database, settings: Settings, newsroom: Newsroom, steps: Steps, how: How, tmp_path: Path
) -> None:
    story_id = newsroom.opens()

    def prepared(number: int) -> Act:
        filed = newsroom.files(story_id, f"{number}.", uri=f"{URI}/{number}")
        assert filed.report_id is not None
        command = RedactContent(
            story_id=story_id, target=f"{filed.report_id}/1", reason="It names a source.", authority="The editor"
        )
        return asking(newsroom, command, f"k-{number}")

    count = survives(database, steps, how, prepared)
    events = [event for event in read(database, story_id) if event.type == "report.filed"]
    assert [event.redacted for event in events] == [True] * (count + 1)
    # What death kept from the list of destroyed keys is added to it by the worker.
    path = redaction.list_path(settings) or tmp_path / "list"
    redaction.complete_list(database, path)
    assert {each.key_id for each in redaction.read_list(path)} == {event.key_id for event in events}


def asking(newsroom: Newsroom, command: Command, key: str | None) -> Act:
    return lambda: newsroom.asks(command, key=key_of(newsroom, key) if key else None)


# ---- What all this rests on: half a deed is seen


def test_what_is_done_in_two_transactions_is_seen(database: Database, steps: Steps, how: How) -> None:
    def prepared(number: int) -> Act:
        both = [appending(database, f"{stream}_{number}", [saying("Half.")]) for stream in ("sty_1", "sty_2")]
        return lambda: [act().hash for act in both]

    with pytest.raises(AssertionError, match="half of it is stored"):
        survives(database, steps, how, prepared)


def test_what_is_done_twice_is_seen(database: Database, steps: Steps, how: How) -> None:
    def prepared(number: int) -> Act:
        return lambda: appending(database, "sty_1", [saying("Another id each time.")])()

    with pytest.raises(AssertionError):
        survives(database, steps, how, prepared)


def test_an_answer_before_the_commit_is_seen(database: Database, steps: Steps, how: How) -> None:
    def prepared(number: int) -> Act:
        act = appending(database, f"sty_{number}", [saying("Not yet.")])

        def hasty() -> Any:
            with contextlib.suppress(Unavailable, Interrupted):
                return act()
            return "yes"

        return hasty

    with pytest.raises(AssertionError, match="acknowledged"):
        survives(database, steps, how, prepared)
