"""A report in one of its versions, and the list of its versions."""

from __future__ import annotations

import pytest

from tests.rooms import Newsroom
from tracker import history
from tracker.access.sight import ALL
from tracker.db.database import Database
from tracker.errors import NotFound
from tracker.handling import Outcome
from tracker.store import loading
from tracker.stories.reports import Act
from tracker.text.blocks import Block


def test_every_version_is_read_whole(database: Database, newsroom: Newsroom) -> None:
    report = _report(newsroom)
    with database.reading() as connection:
        found = [
            history.report_version(connection, report.story_id, _id(report), number, sight=ALL) for number in (1, 2, 3)
        ]
        latest = history.report_version(connection, report.story_id, _id(report), sight=ALL)
    assert latest == found[2]
    assert [[block.text for block in version.content.blocks] for version in found] == [["One."], ["Two."], ["One."]]
    assert [(version.version, version.latest, version.revision) for version in found] == [
        (1, 3, 2),
        (2, 3, 4),
        (3, 3, 5),
    ]
    assert [version.act for version in found] == [Act.FILED, Act.CORRECTED, Act.UPDATED]
    assert {(version.outlet.name, version.uri, version.actor) for version in found} == {
        ("NBC News", "https://nbc.example/1", newsroom.token.id)
    }
    corrections = [version.correction.note.text if version.correction else None for version in found]
    assert corrections == [None, "It was Thursday.", None]
    assert found[0].content.blocks == (Block("b1", "paragraph", "One."),)


def test_content_is_the_same_for_whoever_holds_the_report_already(database: Database, newsroom: Newsroom) -> None:
    report = _report(newsroom)
    with database.reading() as connection:
        held = loading.load(connection, report.story_id).report(_id(report))
        for version in (1, 2, 3, None):
            whole = history.report_version(connection, report.story_id, _id(report), version, sight=ALL)
            assert history.content(connection, report.story_id, held, version) == whole.content


@pytest.mark.parametrize("version", [-1, 0, 4, 2**62])
def test_a_version_that_is_not_there_is_refused_with_those_that_are(
    database: Database, newsroom: Newsroom, version: int
) -> None:
    report = _report(newsroom)
    with database.reading() as connection:
        held = loading.load(connection, report.story_id).report(_id(report))
        with pytest.raises(NotFound) as refused:
            history.report_version(connection, report.story_id, _id(report), version, sight=ALL)
        with pytest.raises(NotFound):
            history.content(connection, report.story_id, held, version)
    assert (refused.value.name, refused.value.facts) == ("unknown-version", {"first": 1, "latest": 3})


def test_an_unknown_report_or_story_is_refused(database: Database, newsroom: Newsroom) -> None:
    story_id = newsroom.opens()
    with database.reading() as connection:
        for story, name in ((story_id, "unknown-report"), ("sty_unknown", "unknown-story")):
            with pytest.raises(NotFound) as refused:
                history.report_version(connection, story, "rpt_unknown", sight=ALL)
            assert refused.value.name == name


def test_versions_are_listed_in_order_with_corrections_and_returns(database: Database, newsroom: Newsroom) -> None:
    report = _report(newsroom)
    with database.reading() as connection:
        listed = history.versions(connection, report.story_id, _id(report), sight=ALL)
        assert history.versions(connection, report.story_id, _id(report), after=1, limit=1, sight=ALL) == listed[1:2]
        assert history.versions(connection, report.story_id, _id(report), after=3, sight=ALL) == ()
    assert [(row.version, row.revision, row.act, row.same_as) for row in listed] == [
        (1, 2, Act.FILED, None),
        (2, 4, Act.CORRECTED, None),
        (3, 5, Act.UPDATED, 1),
    ]
    assert [row.correction is not None for row in listed] == [False, True, False]


def _report(newsroom: Newsroom) -> Outcome:
    """A report of three versions, the last a return to the first; another report came between."""
    story_id = newsroom.opens()
    report = newsroom.files(story_id, "One.", uri="https://nbc.example/1")
    newsroom.files(story_id, "Another.")
    newsroom.corrects(report, "Two.")
    newsroom.updates(report, "One.")
    return report


def _id(report: Outcome) -> str:
    assert report.report_id is not None
    return report.report_id
