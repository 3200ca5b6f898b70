"""The sentences of a story's history name what events name only by their ids, as far as it may be told now."""

from __future__ import annotations

import pytest

from tests.history.knowing import IMMINENT, WEIGHED, disputes, kills, marks
from tests.rooms import Newsroom
from tracker import history
from tracker.access.sight import ALL
from tracker.db.database import Database
from tracker.history import naming
from tracker.stories.commands import LinkStories, Recording, RecordOccurrence, WithdrawAnnotation
from tracker.stories.knowledge import LinkKind

_TEXT = "It was imminent, officials said. It was weighed long before. The timing could undermine it."


def test_claims_and_relations_are_told_with_their_statements(database: Database, newsroom: Newsroom) -> None:
    report = newsroom.files(newsroom.opens(), _TEXT)
    imminent = marks(newsroom, report, "It was imminent", IMMINENT, label="officials")
    weighed = marks(newsroom, report, "It was weighed long before", WEIGHED)
    disputes(newsroom, report, weighed, imminent, "The timing could undermine it")
    assert _sentences(database, report.story_id)[:3] == [
        "The desk marked that NBC News disputes “The attack was imminent” with “The killing was weighed long before”: "
        "“The timing could undermine it”.",
        f"NBC News asserts: {WEIGHED}",
        f"NBC News asserts, citing officials: {IMMINENT}",
    ]


def test_a_withdrawal_names_what_it_withdrew_though_no_state_has_it(database: Database, newsroom: Newsroom) -> None:
    report = newsroom.files(newsroom.opens(), _TEXT)
    imminent = marks(newsroom, report, "It was imminent", IMMINENT)
    weighed = marks(newsroom, report, "It was weighed long before", WEIGHED)
    relation = disputes(newsroom, report, weighed, imminent, "The timing could undermine it")
    for target in (relation, f"{weighed}/1", imminent):
        newsroom.asks(WithdrawAnnotation(story_id=report.story_id, target=target, reason="It was ours, and wrong."))
    assert _sentences(database, report.story_id)[:3] == [
        "The desk withdrew the claim “The attack was imminent.”: It was ours, and wrong.",
        "The desk withdrew one appearance of “The killing was weighed long before.”, in NBC News’s “Strike”: "
        "It was ours, and wrong.",
        "The desk withdrew that NBC News disputes a claim with another: It was ours, and wrong.",
    ]


def test_a_withdrawal_of_something_too_far_back_is_told_in_general_words(
    database: Database, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(naming, "_LOOK_BACK", 1)
    report = newsroom.files(newsroom.opens(), _TEXT)
    imminent = marks(newsroom, report, "It was imminent", IMMINENT)
    marks(newsroom, report, "It was weighed long before", WEIGHED)
    newsroom.asks(WithdrawAnnotation(story_id=report.story_id, target=imminent, reason="No."))
    assert _sentences(database, report.story_id)[0] == "The desk withdrew a claim: No."


def test_an_occurrence_that_is_recorded_again_is_refined_and_a_link_names_the_other_story(
    database: Database, newsroom: Newsroom
) -> None:
    story_id, other = newsroom.opens(), newsroom.opens("The crisis")
    occurrence = newsroom.new_id("occ")
    for title in ("The idea", "The idea comes up"):
        recording = Recording(occurrence_id=occurrence, title=title)
        newsroom.asks(RecordOccurrence(story_id=story_id, recording=recording, person=newsroom.token.person))
    link = LinkStories(story_id=story_id, link_id=newsroom.new_id("lnk"), other_id=other, relation=LinkKind.PART_OF)
    newsroom.asks(link)
    assert _sentences(database, story_id)[:3] == [
        "The desk marked that this story is part of “The crisis”.",
        "The desk refined what it recorded of “The idea comes up”.",
        "The desk recorded “The idea”.",
    ]
    assert _sentences(database, other)[0] == "The desk marked that “Strike in Baghdad” is part of this story."


def test_of_a_killed_report_only_the_public_note_is_told(database: Database, newsroom: Newsroom) -> None:
    report = newsroom.files(newsroom.opens(), _TEXT)
    imminent = marks(newsroom, report, "It was imminent", IMMINENT)
    newsroom.updates(report, "It was imminent, again.")
    kills(newsroom, report)
    newsroom.asks(WithdrawAnnotation(story_id=report.story_id, target=imminent, reason="It fell."))
    assert _sentences(database, report.story_id)[:-1] == [
        "The desk withdrew a claim; its words are gone with a killed report.",
        "NBC News killed its report: It should not have been published.",
        "NBC News updated a report (version 2); its words are gone with a killed report.",
        "NBC News asserts something; its words are gone with a killed report.",
        "NBC News filed a report; its words are gone with a killed report.",
    ]


def _sentences(database: Database, story_id: str) -> list[str]:
    with database.reading() as connection:
        return [row.sentence for row in history.revisions(connection, story_id, sight=ALL, limit=50).items]
