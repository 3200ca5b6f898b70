"""Whoever was told of a report is told that it was killed, also where it was held in the meantime."""

from __future__ import annotations

import pytest

from tests.rooms import Newsroom
from tracker.access.sight import PUBLIC
from tracker.db.database import Database
from tracker.handling import Outcome
from tracker.store import seeing, withholding
from tracker.stories.commands import KillReport, PlaceHold
from tracker.stories.knowledge import HoldKind, HoldReason
from tracker.stories.story import Story


@pytest.fixture
def report(newsroom: Newsroom) -> Outcome:
    """A report that was shown."""
    return newsroom.files(newsroom.opens())


def test_a_kill_of_what_was_shown_before_it_was_held_leaves_its_tombstone(
    database: Database, newsroom: Newsroom, report: Outcome
) -> None:
    _hold(newsroom, report)
    assert report.report_id not in _as_anybody_sees(database, report).reports
    killed = _kill(newsroom, report)
    seen = _as_anybody_sees(database, report)
    tombstone = seen.reports[str(report.report_id)].kill
    assert tombstone is not None
    assert (tombstone.public_note, seen.revision) == ("It was wrong.", killed.revision)
    with database.reading() as connection:
        assert (report.story_id, killed.revision) not in withholding.never_shown(connection, [report.story_id], PUBLIC)


def test_a_hold_on_what_is_killed_hides_no_tombstone(database: Database, newsroom: Newsroom, report: Outcome) -> None:
    _kill(newsroom, report)
    _hold(newsroom, report)
    assert _as_anybody_sees(database, report).reports[str(report.report_id)].kill is not None


def test_what_was_filed_into_a_held_story_stays_hidden_when_it_is_killed(
    database: Database, newsroom: Newsroom
) -> None:
    story_id = newsroom.opens()
    _hold(newsroom, Outcome(story_id, 1), story_id)
    report = newsroom.files(story_id)
    _kill(newsroom, report)
    assert _as_anybody_sees(database, report).revision == 0


def _hold(newsroom: Newsroom, report: Outcome, target: str | None = None) -> None:
    newsroom.asks(
        PlaceHold(
            story_id=report.story_id,
            hold_id=newsroom.new_id("hld"),
            target=target or str(report.report_id),
            kind=HoldKind.PUBLICATION,
            reason=HoldReason.LEGAL,
        )
    )


def _kill(newsroom: Newsroom, report: Outcome) -> Outcome:
    return newsroom.asks(
        KillReport(
            story_id=report.story_id,
            report_id=str(report.report_id),
            reason="A source made it up.",
            public_note="It was wrong.",
            by=newsroom.token.person,
        )
    )


def _as_anybody_sees(database: Database, report: Outcome) -> Story:
    with database.reading() as connection:
        return seeing.seen(connection, report.story_id, PUBLIC)
