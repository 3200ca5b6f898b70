"""Holds, from the command to the rows that keep something from being shown: all of it in one transaction."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from msgspec import structs

from tests.handling.stories import Work, Written
from tests.rooms import Newsroom, everything, make_token
from tests.stories.samples import claims, kill, mark, record, update
from tracker.access.permissions import Role
from tracker.clock import StoryClock, to_microseconds
from tracker.db.database import Database
from tracker.errors import Busy, Refusal
from tracker.handling import Handler
from tracker.handling.visible import NotNow
from tracker.store import seeing, verifying, withholding
from tracker.store.withholding import ALL
from tracker.stories.commands import PlaceHold
from tracker.stories.errors import UnknownClaim, UnknownReport, UnknownStory
from tracker.stories.events import HoldLifted
from tracker.stories.folding import fold
from tracker.stories.knowledge import Basis, HoldKind, HoldReason
from tracker.stories.story import Story

UNTIL = datetime(2020, 1, 13, 18, tzinfo=UTC)


@pytest.fixture
def work(newsroom: Newsroom, database: Database) -> Work:
    return Work(newsroom, database)


def revisions(work: Work) -> list[int]:
    return [each.revision for each in work.history()]


def test_a_hold_covers_just_the_events_of_what_it_holds_and_is_noted_with_them(work: Work) -> None:
    report, other = work.files("One. Two.", "One"), work.files("Three.", "Three", outlet="The Wire")
    hold_id = work.holds(report)
    rows = [(2, 0), (3, 0), (6, 1)]
    assert work.withheld() == [Written(version, hold_id, "hold", born, None) for version, born in rows]
    assert work.restricted() == {(report, "hold")}
    assert work.noted() == {hold_id: (None, None)}
    assert (revisions(work), list(work.seen().reports)) == ([1, 4, 5], [other])
    assert verifying.verify(work.database).findings.told == []


def test_what_is_filed_under_embargo_was_never_shown(work: Work) -> None:
    report = work.files("One.", "One", embargoed_until=UNTIL, hold_id="hld_1")
    assert [(each.version, each.kind, each.born) for each in work.withheld()] == [
        (2, "embargo", 1),
        (3, "embargo", 1),
        (4, "embargo", 1),
    ]
    assert work.restricted() == {(report, "embargo")}
    assert work.noted() == {"hld_1": (to_microseconds(UNTIL), None)}
    with work.database.reading() as connection:
        assert withholding.due(connection, UNTIL, 9) == [withholding.Due(work.id, "hld_1")]
        assert withholding.due(connection, datetime(2020, 1, 13, 17, tzinfo=UTC), 9) == []


def test_a_hold_that_is_lifted_names_what_it_releases_in_order(work: Work) -> None:
    report = work.files("One. Two.", "One")
    hold_id = work.holds(report)
    work.asks(update("One. Two. Three.", report_id=report))
    done = work.lifts(hold_id)
    [lifted] = [each.event for each in work.history() if isinstance(each.event, HoldLifted)]
    assert lifted.released == (2, 3, 4, 5)
    assert {each.lifted for each in work.withheld()} == {done.revision}
    assert (work.restricted(), work.noted()) == (set(), {hold_id: (None, done.revision)})
    assert work.seen() == fold(Story(), work.history(ALL))


def test_of_two_holds_on_one_report_the_last_releases(work: Work) -> None:
    report = work.files("One.")
    first, second = work.holds(report), work.holds(report, reason=HoldReason.EDITORIAL)
    work.lifts(first)
    assert work.history(ALL)[-1].event == structs.replace(_lifted(work), released=())
    assert (work.restricted(), revisions(work)) == ({(report, "hold")}, [1])
    work.lifts(second)
    assert _lifted(work).released == (2, 3, 4, 5)
    assert (work.restricted(), revisions(work)) == (set(), [1, 2, 3, 4, 5, 6])


def test_an_embargo_that_ends_leaves_the_hold_of_another_kind(work: Work) -> None:
    report = work.files("One.", embargoed_until=UNTIL, hold_id="hld_1")
    legal = work.holds(report)
    work.lifts("hld_1")
    assert work.restricted() == {(report, "hold")}
    assert (_lifted(work).released, revisions(work)) == ((), [1])
    work.lifts(legal)
    assert revisions(work) == [1, 2, 3, 4, 5, 6]


def test_of_a_hold_on_the_story_and_one_on_a_report_each_releases_its_own(work: Work) -> None:
    report = work.files("One.")
    whole, part = work.holds(), work.holds(report)
    assert revisions(work) == []
    with pytest.raises(UnknownStory), work.database.reading() as connection:
        seeing.require(connection, work.id, withholding.PUBLIC)
    work.lifts(whole)
    assert (_lifted(work).released, revisions(work)) == ((1, 3), [1, 3, 5])
    work.lifts(part)
    assert revisions(work) == [1, 2, 3, 4, 5, 6]


def test_a_preservation_hold_shows_everything_but_itself(work: Work) -> None:
    report = work.files("One.")
    kept = work.holds(report, kind=HoldKind.PRESERVATION)
    work.lifts(kept)
    assert (revisions(work), work.restricted()) == ([1, 2], set())
    assert _lifted(work).released == ()
    assert [each.lifted for each in work.withheld()] == [None, None]


def test_a_report_that_was_killed_while_it_was_held_shows_its_tombstone_and_nothing_else(work: Work) -> None:
    report = work.files("One.")
    hold_id = work.holds(report)
    work.asks(kill(report))
    assert work.restricted() == {(report, "hold"), (report, "kill")}
    # It was shown before: its filing stays where it was, blank, and the hold itself is a gap.
    assert revisions(work) == [1, 2, 4]
    assert work.seen().reports[report].content.blocks == ()
    work.lifts(hold_id)
    assert work.seen().reports[report].content.blocks == ()


def test_a_hold_of_which_one_row_can_not_be_written_is_not_placed(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    report = work.files("One.")
    before = everything(work.database)

    def fails(*_: Any, **__: Any) -> None:
        raise Busy("No row is written now.")

    for written in ("place", "withhold", "changed"):
        with monkeypatch.context() as patched:
            patched.setattr(f"tracker.store.withholding.{written}", fails)
            with pytest.raises(Busy):
                work.holds(report)
        assert everything(work.database) == before
    work.holds(report)


# ---- Whoever does not see through it


@pytest.fixture
def reporter(handler: Handler, database: Database, clock: StoryClock) -> Newsroom:
    return Newsroom(handler, make_token(database, clock, Role.REPORTER), clock)


def test_a_text_that_is_held_is_not_learned_from_refusals(work: Work, reporter: Newsroom) -> None:
    report, other = work.files("One. One."), work.files("Two.", "Two", outlet="The Wire")
    claim = work.marks(report, "One. One.")
    shown = next(iter(work.seen().claims_in[other]))
    work.holds(report)
    before = everything(work.database)
    basis = Basis(text="One", report_id=report)
    for command, kind in (
        (mark("clm_1", "One", report_id=report), UnknownReport),
        (mark("clm_1", "Four", report_id=report), UnknownReport),
        (mark(claim, "Two", report_id=other, is_here=True), UnknownClaim),
        (record("occ_1", "It happened", basis=basis), UnknownReport),
        (work.filing("Three.", cites=(report,)), UnknownReport),
    ):
        with pytest.raises(kind):
            reporter.asks(work.of_this(command))
        assert everything(work.database) == before
    with pytest.raises(Refusal, match="more than once"):
        work.asks(mark("clm_1", "One", report_id=report))
    assert reporter.asks(work.of_this(mark(shown, "Two.", report_id=other, is_here=True))).written


def test_work_under_embargo_goes_on_among_those_who_report(work: Work, reporter: Newsroom) -> None:
    report = work.files("One. Two.", embargoed_until=UNTIL, hold_id="hld_1")
    marked = reporter.asks(work.of_this(mark("clm_1", "One", report_id=report)))
    assert (marked.written, revisions(work)) == (True, [1])


def test_what_is_held_is_not_there_for_whoever_does_not_see_it(work: Work, reporter: Newsroom) -> None:
    report = work.files("One.", uri="/a")
    work.holds(report)
    before = everything(work.database)
    with pytest.raises(UnknownReport):
        reporter.asks(work.of_this(update("Two.", report_id=report)))
    for text in ("One.", "Two."):
        with pytest.raises(NotNow):
            reporter.asks(work.filing(text, uri="/a"))
    assert everything(work.database) == before


# ---- Eight who file while it is placed


@pytest.mark.parametrize("unseen", [True, False], ids=["reports", "claims"])
def test_nothing_is_filed_into_a_held_story_unseen(work: Work, unseen: bool) -> None:
    report, start = work.files("One."), threading.Barrier(9)
    placed: list[str] = []

    def files(number: int) -> None:
        start.wait(30)
        for each in range(6):
            words = f"Report {number} of {each}."
            command = work.filing(words, claims=() if unseen else (claims(work.newsroom.new_id("clm"), words),))
            again(partial(work.newsroom.asks, command))

    def holds() -> None:
        start.wait(30)
        placed.append(again(work.holds))

    with ThreadPoolExecutor(9) as pool:
        done = [pool.submit(files, number) for number in range(8)] + [pool.submit(holds)]
        for each in done:
            each.result(60)
    rows = {each.version for each in work.withheld() if each.by == placed[0]}
    assert rows == {each.revision for each in work.history(ALL)}
    assert (work.seen(), len(work.seen(ALL).reports), report in work.seen(ALL).reports) == (Story(), 49, True)
    assert verifying.verify(work.database).findings.told == []


def again(ask: Any) -> Any:
    """Ask as a client would who is told that somebody else is at it."""
    for _ in range(200):
        try:
            return ask()
        except Busy:
            continue
    raise AssertionError("always busy")


def _lifted(work: Work) -> HoldLifted:
    return [each.event for each in work.history(ALL) if isinstance(each.event, HoldLifted)][-1]


def test_the_same_hold_twice_writes_nothing(work: Work) -> None:
    report = work.files("One.")
    hold_id = work.holds(report)
    before = everything(work.database)
    asked = PlaceHold(
        story_id=work.id,
        hold_id="hld_9",
        target=report,
        kind=HoldKind.PUBLICATION,
        reason=HoldReason.LEGAL,
    )
    outcome = work.newsroom.asks(asked)
    assert (outcome.written, outcome.subject) == (False, hold_id)
    assert everything(work.database) == before
