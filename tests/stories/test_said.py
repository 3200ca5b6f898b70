"""A story as if only what had been published before a moment had been said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.stories.specification import BEGINNING, story_of
from tests.stories.told import (
    AT_NIGHT,
    CORRECTED,
    IMMINENT,
    JUNE,
    LONG,
    OPENED,
    TOLD,
    UPDATED,
    B,
    disputes,
    said,
    told,
)
from tracker.stories.events import Event, ReportFiled, ReportUpdated
from tracker.stories.questions.claims import claims
from tracker.stories.questions.quotes import quotes
from tracker.stories.questions.timeline import timeline
from tracker.stories.said import as_said_before, said_at
from tracker.stories.standing import standing_of
from tracker.stories.values import Content

LATE = datetime(2021, 1, 1, tzinfo=UTC)


def written(*answers: object) -> str:
    return msgspec.json.encode(answers).decode()


def test_on_the_night_of_13_january_nothing_of_the_post_had_been_said() -> None:
    story = as_said_before(told(UPDATED, CORRECTED), AT_NIGHT)
    shown = written(claims(story), quotes(story), timeline(story))
    for later in ("Washington Post", "spring", "Mattis", "batted around", "Digest", "summer"):
        assert later not in shown
    assert "NBC News" in shown


def test_the_claim_of_an_imminent_attack_was_disputed_by_nbc_alone_then() -> None:
    before, after = (as_said_before(told(), moment) for moment in (AT_NIGHT, LATE))
    assert [each.relation_id for each in before.claims[IMMINENT].standing.disputed] == ["rel_nbc"]
    assert [each.relation_id for each in after.claims[IMMINENT].standing.disputed] == ["rel_nbc", "rel_desk"]


def test_what_two_outlets_say_rested_on_one_then() -> None:
    before = as_said_before(told(), AT_NIGHT)
    assert [each.report_id for each in before.claims[LONG].appearances] == ["rpt_b"]
    assert before.claims[LONG].standing.support.value == "single-source"
    assert told().claims[LONG].standing.support.value == "corroborated"


def test_what_rests_on_no_report_stays() -> None:
    before = as_said_before(told(), datetime(2020, 1, 1, tzinfo=UTC))
    assert (before.claims, before.reports, before.relations) == ({}, {}, {})
    assert set(before.occurrences) == {"occ_office", "occ_contractor"}


def test_the_moment_itself_is_too_late() -> None:
    at = B.content.published_at
    assert at is not None
    assert "rpt_b" not in as_said_before(told(), at).reports
    assert "rpt_b" in as_said_before(told(), at + timedelta(microseconds=1)).reports


def test_after_everything_was_published_nothing_falls_away() -> None:
    story = told(UPDATED, CORRECTED)
    later = as_said_before(story, LATE)
    assert (later.reports, later.relations, later.occurrences) == (story.reports, story.relations, story.occurrences)
    assert {name: each.standing for name, each in later.claims.items()} == {
        name: each.standing for name, each in story.claims.items()
    }
    assert later.claims_in == story.claims_in


def test_the_story_that_is_asked_is_left_alone() -> None:
    story, same = told(UPDATED, CORRECTED), told(UPDATED, CORRECTED)
    as_said_before(story, AT_NIGHT)
    assert story == same


def test_a_later_version_takes_its_corrections_and_the_words_found_in_it_with_it() -> None:
    story = as_said_before(told(CORRECTED), datetime(2020, 1, 15, tzinfo=UTC))
    report = story.reports["rpt_c"]
    assert (report.version, report.corrections, report.content.headline) == (1, [], "Weighed since 2017")
    assert all(each.found_in == () for claim in story.claims.values() for each in claim.appearances)


def version(number: int, published_at: datetime | None) -> ReportFiled | ReportUpdated:
    content = Content(headline=f"Version {number}", published_at=published_at)
    if number == 1:
        return msgspec.structs.replace(B, content=content)
    return ReportUpdated(report_id="rpt_b", version=number, content=content)


JAN = [datetime(2020, 1, day, tzinfo=UTC) for day in range(1, 32)]


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        # The report is recorded on 3 January, each version a minute after the other.
        ([JAN[0]], [JAN[0]]),
        ([None], [BEGINNING + timedelta(minutes=2)]),
        ([JAN[0], JAN[0]], [JAN[0], BEGINNING + timedelta(minutes=3)]),
        ([JAN[0], JAN[1]], [JAN[0], JAN[1]]),
        ([None, JAN[0]], [JAN[0], JAN[0]]),
        ([JAN[20], JAN[10]], [BEGINNING + timedelta(minutes=3)] * 2),
    ],
    ids=["as it says", "unsaid", "the same again", "later", "no later than the next", "earlier than the one before"],
)
def test_a_version_counts_from_when_its_outlet_says_and_otherwise_from_when_it_was_recorded(
    published: list[datetime | None], expected: list[datetime]
) -> None:
    story = story_of(OPENED, *(version(n, at) for n, at in enumerate(published, start=1)))
    assert list(said_at(story.reports["rpt_b"]).values()) == expected


MORE = [
    UPDATED,
    CORRECTED,
    disputes("rel_x", JUNE, LONG, None, None),
    said(JUNE, "", "rpt_d", "NBC", 2),
]
MOMENTS = [datetime(2020, 1, day, hour, tzinfo=UTC) for day in range(2, 18) for hour in (0, 12)]


@given(st.permutations(MORE), st.sampled_from(MOMENTS))
def test_nothing_is_left_that_rests_on_what_was_not_out(more: list[Event], moment: datetime) -> None:
    story = story_of(*TOLD, *more)
    left = as_said_before(story, moment)
    out = {name: {n for n, at in said_at(each).items() if at < moment} for name, each in story.reports.items()}
    for name, report in left.reports.items():
        assert {each.version for each in report.versions} == out[name]
    for claim in left.claims.values():
        assert claim.appearances
        assert all({each.version, *each.found_in} <= out[each.report_id] for each in claim.appearances)
        assert claim.standing == standing_of(left, claim.claim_id)
        assert set(claim.relations) <= set(left.relations)
    for relation in left.relations.values():
        assert {relation.source.claim_id, relation.target.claim_id} <= set(left.claims)
    bases = [each.basis for each in left.relations.values()]
    bases += [account.basis for each in left.occurrences.values() for account in each.accounts]
    assert all(basis is None or basis.version in out[basis.report_id or ""] for basis in bases)
