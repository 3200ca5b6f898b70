"""The benchmark of long stories measures what it says, on a story of the shape that it says."""

from __future__ import annotations

from collections import Counter

from tests.benchmarks.story import pure
from tests.benchmarks.story_told import told
from tests.test_benchmarks import FIELDS
from tracker.stories.folding import fold
from tracker.stories.story import Story


def test_its_story_has_reports_claims_and_relations_in_the_proportion_of_a_large_one() -> None:
    history = told(50)
    story = fold(Story(), history)
    assert (len(story.reports), len(story.claims), len(story.relations)) == (53, 202, 299)
    assert (len(history), story.loose) == (1001, {})
    assert Counter(type(each.event).__name__ for each in history)["ReportUpdated"] > 90
    assert told(50) == history


def test_each_question_that_needs_no_server_gets_a_row_with_a_bar() -> None:
    rows = list(pure(20, 1))
    assert [row["name"].partition(" ")[0] for row in rows] == ["fold", "standings", "peak"]
    for row in rows:
        assert row.keys() == FIELDS
        assert row["ours"] > 0
        assert row["theirs"] > 0
        assert row["met"] == (row["ratio"] >= row["bar"]) or abs(row["ratio"] - row["bar"]) < 0.001
