"""The lists over all stories: whom events name, and what they set right; written anew they are the same."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from tests.chronicle import follow
from tests.rooms import Newsroom
from tests.stories.told import IMMINENT, TRUMP
from tracker.db.database import Database
from tracker.db.schema import mention, remedy
from tracker.projections import mentions, remedies
from tracker.projections.mentions import Mentions
from tracker.projections.remedies import Remedies
from tracker.store import rebuilding
from tracker.stories.commands import (
    AssertClaim,
    Assertion,
    CorrectReport,
    KillReport,
    RedactContent,
    WithdrawAnnotation,
)
from tracker.stories.knowledge import Attribution
from tracker.stories.questions.corrections import Remedy
from tracker.stories.values import Content, CorrectionKind, CorrectionNote, PartyRef
from tracker.text.blocks import paragraphs
from tracker.text.passages import Selector


class Marking:
    """A newsroom with one report, in which it marks claims."""

    def __init__(self, newsroom: Newsroom, database: Database) -> None:
        self.newsroom, self.database = newsroom, database
        self.story_id = newsroom.opens()
        self.report = newsroom.files(self.story_id, "One. Two. Three.")

    def marks(self, claim_id: str, exact: str, *about: str, source: str | None = None) -> None:
        assertion = Assertion(
            claim_id=claim_id,
            selector=Selector(exact=exact),
            attribution=Attribution(party=PartyRef(id="", name=source)) if source else None,
            about=tuple(PartyRef(id="", name=name) for name in about),
        )
        self.asks(AssertClaim, report_id=self.report.report_id, assertion=assertion, by=self.newsroom.token.person)

    def asks(self, command: type[Any], **fields: Any) -> None:
        self.newsroom.asks(command(story_id=self.story_id, **fields))

    def follow(self, page: int = 200) -> None:
        follow(self.database, Mentions(), Remedies(), page=page)

    def rows(self, table: Any, *columns: str) -> list[tuple[Any, ...]]:
        with self.database.reading() as connection:
            wanted = select(*(table.c[name] for name in columns)).order_by(table.c.position)
            return [tuple(row) for row in connection.execute(wanted)]


@pytest.fixture
def marking(newsroom: Newsroom, database: Database) -> Marking:
    return Marking(newsroom, database)


def test_each_marking_is_noted_for_those_it_names_once_as_saying_and_once_as_spoken_of(marking: Marking) -> None:
    marking.marks(IMMINENT, "One.", "Trump", "Bolton", source="Trump")
    marking.follow(page=1)
    assert sorted(marking.rows(mention, "subject", "said")) == [
        (f"{IMMINENT}/1", 0),
        (f"{IMMINENT}/1", 0),
        (f"{IMMINENT}/1", 1),
    ]


def test_what_a_marking_says_is_nowhere_in_the_table(marking: Marking) -> None:
    marking.marks(IMMINENT, "One.", "Trump")
    marking.follow()
    (row,) = marking.rows(mention, *mention.c.keys())
    assert "One" not in str(row)
    assert "Trump" not in str(row)
    assert TRUMP.name not in str(row)


def test_a_withdrawn_claim_goes_with_all_its_appearances_and_nothing_else_does(marking: Marking) -> None:
    marking.marks("clm_1", "One.", "Trump")
    marking.marks("clm_11", "Two.", "Trump")
    marking.asks(WithdrawAnnotation, target="clm_1", reason="Wrong.")
    marking.follow()
    assert marking.rows(mention, "subject") == [("clm_11/1",)]


def test_what_is_redacted_is_forgotten_at_once_and_not_noted_by_whoever_comes_later(marking: Marking) -> None:
    marking.marks("clm_1", "One.", "Trump")
    marking.follow()
    assert len(marking.rows(mention, "subject")) == 1
    marking.marks("clm_2", "Two.", "Trump")
    redacted = {"target": marking.report.report_id, "reason": "x", "authority": "x"}
    marking.asks(RedactContent, **redacted)
    assert marking.rows(mention, "subject") == []
    marking.follow()
    assert marking.rows(mention, "subject") == []


def test_corrections_kills_and_redactions_are_noted_by_kind(marking: Marking) -> None:
    report = {"report_id": marking.report.report_id, "by": marking.newsroom.token.person}
    content = Content(headline="Strike", blocks=paragraphs("Two."))
    marking.asks(CorrectReport, content=content, note=CorrectionNote(text="x"), **report)
    again = Content(headline="Strike", blocks=paragraphs("Three."))
    note = CorrectionNote(text="y")
    marking.asks(CorrectReport, content=again, note=note, kind=CorrectionKind.RETRACTION, **report)
    marking.asks(RedactContent, target=f"{marking.report.report_id}/1", reason="x", authority="x")
    marking.asks(KillReport, reason="x", public_note="x", **report)
    marking.follow(page=1)
    assert marking.rows(remedy, "kind") == [("correction",), ("retraction",), ("redaction",), ("kill",)]
    with marking.database.reading() as connection:
        found = remedies.find(connection, kind=Remedy.KILL, limit=5)
        later = remedies.find(connection, since=datetime(2021, 1, 1, tzinfo=UTC), limit=5)
    assert ([each.revision for each in found], later) == ([6], [])


def test_written_anew_both_lists_are_the_same(marking: Marking) -> None:
    marking.marks("clm_1", "One.", "Trump", source="Bolton")
    marking.marks("clm_2", "Two.", "Trump")
    marking.asks(WithdrawAnnotation, target="clm_2", reason="Wrong.")
    marking.asks(
        KillReport, report_id=marking.report.report_id, reason="x", public_note="x", by=marking.newsroom.token.person
    )
    marking.follow()
    before = [marking.rows(mention, "subject", "said"), marking.rows(remedy, "kind")]
    for projection in (Mentions(), Remedies()):
        assert rebuilding.rebuild(marking.database, projection).likeness
    with marking.database.reading() as connection:
        party = marking.rows(mention, "party_id")[0][0]
        found = mentions.find(connection, [party], said=False, before=None, limit=9)
    assert len(found) <= 1
    assert sorted({*marking.rows(mention, "subject", "said")}) == sorted({*before[0]})
