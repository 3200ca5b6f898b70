"""The story at a revision and at a moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.chronicle import tell
from tests.rooms import Newsroom
from tests.stories.sequences import histories
from tests.stories.specification import BEGINNING
from tracker import history
from tracker.access.sight import ALL
from tracker.clock import StoryClock
from tracker.db.database import Database
from tracker.errors import NotFound
from tracker.store import loading
from tracker.stories.events import Recorded
from tracker.stories.folding import fold, struck
from tracker.stories.story import Story

_AT_ELEVEN = datetime(2020, 1, 13, 23, tzinfo=UTC)


def test_as_of_a_moment_is_the_last_revision_recorded_at_it_or_before(
    database: Database, newsroom: Newsroom, clock: StoryClock
) -> None:
    story_id = newsroom.opens()
    clock.set(_AT_ELEVEN)
    newsroom.files(story_id, "One.")
    newsroom.files(story_id, "Two.")
    clock.set(_AT_ELEVEN + timedelta(microseconds=1))
    newsroom.files(story_id, "Three.")
    with database.reading() as connection:
        moments = [_AT_ELEVEN - timedelta(microseconds=1), _AT_ELEVEN, _AT_ELEVEN + timedelta(days=1)]
        found = [history.at(connection, story_id, as_of=moment, sight=ALL) for moment in moments]
        assert [story.revision for story in found] == [1, 3, 4]
        assert [len(story.reports) for story in found] == [0, 2, 3]
        assert history.at(connection, story_id, sight=ALL) == found[-1]


@pytest.mark.parametrize("revision", [-1, 0, 3, 2**62])
def test_a_revision_that_is_not_there_is_refused_with_those_that_are(
    database: Database, newsroom: Newsroom, revision: int
) -> None:
    story_id = newsroom.opens()
    newsroom.files(story_id)
    with database.reading() as connection, pytest.raises(NotFound) as refused:
        history.at(connection, story_id, revision=revision, sight=ALL)
    assert (refused.value.name, refused.value.facts) == ("unknown-revision", {"first": 1, "latest": 2})


def test_before_its_first_event_nothing_is_known_of_a_story(database: Database, newsroom: Newsroom) -> None:
    story_id = newsroom.opens()
    moment = datetime(2020, 1, 2, 23, 59, tzinfo=UTC)
    with database.reading() as connection, pytest.raises(NotFound) as refused:
        history.at(connection, story_id, as_of=moment, sight=ALL)
    assert (refused.value.name, refused.value.facts) == ("unknown-revision", {"first": 1, "latest": 1})
    assert str(refused.value) == (
        "Nothing was known of this story at 2020-01-02T23:59:00Z: "
        "its first revision was recorded at 2020-01-03T00:00:00Z."
    )


def test_a_story_that_is_not_there_is_refused_however_it_is_asked_for(database: Database) -> None:
    with database.reading() as connection:
        several: list[dict[str, Any]] = [{}, {"revision": 1}, {"revision": 0}, {"as_of": _AT_ELEVEN}]
        for asked in several:
            with pytest.raises(NotFound) as refused:
                history.at(connection, "sty_unknown", sight=ALL, **asked)
            assert refused.value.name == "unknown-story"


@given(told=histories, saved_after=st.integers(1, 20), minutes=st.integers(1, 30))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_revision_and_moment_is_what_a_fresh_replay_gives(
    database: Database, told: list[Recorded], saved_after: int, minutes: int
) -> None:
    with database.writing() as connection:
        story_id = tell(connection, told[:saved_after])
        assert loading.save(connection, story_id, 1)
        tell(connection, told[saved_after:], story_id)
    moment = BEGINNING + timedelta(minutes=minutes)
    with database.reading() as connection:
        # As it stands in the log now: what was redacted is gone at every revision, and what was killed is struck.
        left = loading.history(connection, story_id)
        reports = fold(Story(), left).reports.values()
        kills = {report.report_id: report.kill for report in reports if report.kill}
        for revision in range(1, len(left) + 1):
            found = history.at(connection, story_id, revision=revision, sight=ALL)
            assert found == struck(fold(Story(), left[:revision]), kills)
        then = [recorded for recorded in left if recorded.recorded_at <= moment]
        assert history.at(connection, story_id, as_of=moment, sight=ALL) == struck(fold(Story(), then), kills)
