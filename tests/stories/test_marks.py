"""Occurrences with their dates, stories that belong together, and markings that are taken back."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from msgspec import structs

from tests.stories.samples import (
    OPENED,
    WIRE,
    claims,
    file,
    filed,
    link,
    mark,
    record,
    redacted,
    relate,
    updated,
    withdraw,
)
from tests.stories.specification import given, recorded
from tracker.errors import Refusal
from tracker.stories.claims import Support
from tracker.stories.commands import Recording
from tracker.stories.dates import Anchor, When
from tracker.stories.decisions import decide
from tracker.stories.edtf import BadDate
from tracker.stories.errors import (
    AnnotationIsWithdrawn,
    ContentIsRedacted,
    IdTaken,
    PassageNotFound,
    RelationToItself,
    UnknownAnnotation,
    UnknownReport,
    UnknownVersion,
)
from tracker.stories.events import AnnotationWithdrawn, Event, OccurrenceRecorded, StoriesLinked
from tracker.stories.folding import advanced
from tracker.stories.knowledge import Basis, LinkKind, RelationKind
from tracker.stories.values import PartyRef

BOLTON = PartyRef(id="pty_bolton", name="John Bolton")
#: Published on a Tuesday.
PUBLISHED = structs.replace(
    filed(b1="It happened on Jan. 3, after the drone was shot down in June."),
    content=structs.replace(
        filed(b1="It happened on Jan. 3, after the drone was shot down in June.").content,
        published_at=datetime(2020, 1, 14, 1, tzinfo=UTC),
    ),
)
REPORT: tuple[Event, ...] = (OPENED, PUBLISHED)
BASIS = Basis(text="It happened on Jan. 3", report_id="rpt_1")


def recorded_as(*history: Event, **fields: object) -> OccurrenceRecorded:
    [event] = given(*(history or REPORT)).when(record("occ_1", "The strike", **fields)).events()
    assert isinstance(event, OccurrenceRecorded)
    return event


# ---- Occurrences


def test_an_occurrence_is_recorded_by_its_title_alone() -> None:
    assert recorded_as() == OccurrenceRecorded(occurrence_id="occ_1", title="The strike")


def test_an_occurrence_has_a_place_parties_and_the_words_that_it_rests_on() -> None:
    event = recorded_as(place="Baghdad", parties=(BOLTON,), basis=BASIS)
    assert (event.place, event.parties) == ("Baghdad", (BOLTON,))
    assert (event.basis, event.report_id, event.version) == (BASIS.text, "rpt_1", 1)


@pytest.mark.parametrize(
    ("phrase", "edtf", "earliest", "latest"),
    [
        ("Jan. 3", "2020-01-03", date(2020, 1, 3), date(2020, 1, 3)),
        ("June", "2019-06", date(2019, 6, 1), date(2019, 6, 30)),
        ("Tuesday", "2020-01-14", date(2020, 1, 14), date(2020, 1, 14)),
        ("in spring of 2017", "2017-21", date(2017, 3, 1), date(2017, 5, 31)),
        ("during the campaign", None, None, None),
    ],
)
def test_a_phrase_is_read_by_the_day_on_which_its_report_was_published(
    phrase: str, edtf: str | None, earliest: date | None, latest: date | None
) -> None:
    when = recorded_as(when=When(phrase=phrase), basis=BASIS).when
    assert when is not None
    assert (when.phrase, when.edtf, when.earliest, when.latest) == (phrase, edtf, earliest, latest)


def test_the_day_is_that_of_the_version_on_which_it_rests() -> None:
    later = structs.replace(PUBLISHED.content, published_at=datetime(2021, 2, 1, tzinfo=UTC), headline="Year on")
    history = (*REPORT, structs.replace(updated(2), content=later))
    for version, year in ((1, 2020), (2, 2021), (None, 2021)):
        when = recorded_as(*history, when=When(phrase="Jan. 3"), basis=structs.replace(BASIS, version=version)).when
        assert when is not None
        assert when.earliest == date(year, 1, 3)


def test_without_a_report_a_phrase_that_needs_its_day_stays_unresolved() -> None:
    when = recorded_as(when=When(phrase="Jan. 3")).when
    assert when == When(phrase="Jan. 3")


def test_a_date_is_counted_from_the_occurrence_that_it_leans_on() -> None:
    office = record("occ_2", "He took office", when=When(phrase="Jan. 20, 2017"))
    later = When(phrase="five months after taking office", anchor=Anchor(occurrence="occ_2", direction="after"))
    [event] = given(*REPORT).when(office, record("occ_1", "The idea", when=later)).events()
    assert isinstance(event, OccurrenceRecorded)
    assert event.when is not None
    assert (event.when.edtf, event.when.anchor) == (
        "2017-06",
        Anchor(occurrence="occ_2", direction="after", offset="P5M"),
    )


def test_the_same_occurrence_twice_is_no_event_also_under_a_new_id() -> None:
    once = record("occ_1", "The strike", when=When(phrase="Jan. 3"), basis=BASIS)
    given(*REPORT).when(once, once).then_nothing()
    given(*REPORT).when(once, record("occ_2", "The strike", when=When(phrase="Jan. 3"), basis=BASIS)).then_nothing()


def test_an_occurrence_that_is_refined_keeps_what_was_recorded_before() -> None:
    first = record("occ_1", "The strike", when=When(phrase="Jan. 3"), basis=BASIS)
    story = given(*REPORT).when(first, record("occ_1", "The strike in Baghdad", is_here=True)).then_state()
    accounts = story.occurrences["occ_1"].accounts
    assert [(each.title, each.revision) for each in accounts] == [("The strike", 3), ("The strike in Baghdad", 4)]
    assert accounts[0].when is not None
    assert story.occurrences["occ_1"].now.when is None


def test_an_account_that_was_refined_may_be_given_again() -> None:
    both = (record("occ_1", "The strike"), record("occ_1", "The attack"))
    assert len(given(*REPORT).when(*both, both[0]).events()) == 1


def test_two_accounts_that_do_not_meet_stand_side_by_side() -> None:
    early, late = (record("occ_1", "The strike", when=When(phrase=each)) for each in ("June 2017", "spring of 2017"))
    accounts = given(*REPORT).when(early, late).then_state().occurrences["occ_1"].accounts
    assert [each.when.edtf for each in accounts if each.when] == ["2017-06", "2017-21"]


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"is_here": True}, UnknownAnnotation),
        ({"basis": Basis(text="It never happened", report_id="rpt_1")}, PassageNotFound),
        ({"basis": Basis(text="It happened", report_id="rpt_9")}, UnknownReport),
        ({"basis": Basis(text="It happened", report_id="rpt_1", version=7)}, UnknownVersion),
        ({"when": When(phrase="June", edtf="2019-13")}, BadDate),
        ({"when": When(phrase="x", anchor=Anchor(occurrence="occ_9", direction="after"))}, UnknownAnnotation),
        ({"when": When(phrase="x", anchor=Anchor(occurrence="occ_1", direction="after"))}, RelationToItself),
    ],
)
def test_what_an_occurrence_rests_on_has_to_be_there(fields: dict[str, object], kind: type[Refusal]) -> None:
    given(*REPORT).when(record("occ_1", "The strike", **fields)).refused(kind)


def test_a_date_that_is_none_is_refused_at_its_place_also_in_a_filing() -> None:
    wrong = When(phrase="June", edtf="2019-13")
    refusal = given(*REPORT).when(record("occ_1", "The strike", when=wrong)).refused(BadDate)
    assert refusal.faults[0].pointer == "/edtf"
    riding = Recording(occurrence_id="occ_1", title="The strike", when=wrong)
    asked = file("One.", uri="/c", report_id="rpt_2", occurrences=(riding,))
    assert given(*REPORT).when(asked).refused(BadDate).faults[0].pointer == "/occurrences/0/edtf"


def test_nothing_rests_on_words_that_were_destroyed() -> None:
    given(*REPORT, redacted()).when(record("occ_1", "The strike", basis=BASIS)).refused(ContentIsRedacted)


def test_occurrences_ride_along_and_lean_on_those_before_them() -> None:
    office = Recording(occurrence_id="occ_1", title="He took office", when=When(phrase="Jan. 20, 2017"))
    anchor = Anchor(occurrence="occ_1", direction="after")
    idea = Recording(
        occurrence_id="occ_2",
        title="The idea",
        when=When(phrase="five months after taking office", anchor=anchor),
        basis=Basis(text="five months after"),
    )
    asked = file("It came five months after.", uri="/c", report_id="rpt_2", occurrences=(office, idea))
    *_, event = given(*REPORT).when(asked).events()
    assert isinstance(event, OccurrenceRecorded)
    assert event.when is not None
    assert (event.when.edtf, event.report_id) == ("2017-06", "rpt_2")
    turned = structs.replace(asked, occurrences=(idea, office))
    given(*REPORT).when(turned).refused(UnknownAnnotation)


# ---- Links


def test_a_story_belongs_to_another_or_the_other_to_it() -> None:
    given(OPENED).when(link(relation=LinkKind.PART_OF)).then(
        StoriesLinked(link_id="lnk_1", story_id="sty_2", relation=LinkKind.PART_OF)
    )
    assert len(given(OPENED).when(link(relation=LinkKind.PART_OF), link("lnk_2", inverse=True)).events()) == 1


def test_the_same_link_twice_is_no_event_also_under_a_new_id() -> None:
    given(OPENED).when(link(), link()).then_nothing()
    given(OPENED).when(link(), link("lnk_2")).then_nothing()


def test_a_story_is_not_linked_with_itself() -> None:
    assert given(OPENED).when(link(other_id="sty_1")).refused(RelationToItself).faults[0].pointer == "/story"


def test_the_id_of_a_link_is_not_given_to_another() -> None:
    given(OPENED).when(link(), link(other_id="sty_3")).refused(IdTaken)
    given(OPENED).when(link(), withdraw("lnk_1"), link()).refused(AnnotationIsWithdrawn)


# ---- What is taken back

REPORTS = (*REPORT, filed("rpt_2", WIRE, "/b", b1="It was not so."))
MARKED = (
    mark("clm_1", "It happened on Jan. 3"),
    mark("clm_2", "It was not so", report_id="rpt_2"),
    mark("clm_1", "It was", report_id="rpt_2"),
    relate("clm_2", RelationKind.DISPUTES, "clm_1"),
    record("occ_1", "The strike"),
    link(),
)


@pytest.mark.parametrize("target", ["clm_1", "clm_1/2", "clm_2", "rel_1", "occ_1", "lnk_1"])
def test_a_marking_is_withdrawn_with_a_reason_once(target: str) -> None:
    given(*REPORTS).when(*MARKED, withdraw(target)).then(
        AnnotationWithdrawn(target=target, reason="It was ours, and wrong.")
    )
    given(*REPORTS).when(*MARKED, withdraw(target), withdraw(target)).then_nothing()


@pytest.mark.parametrize("target", ["clm_9", "clm_1/3", "clm_1/02", "clm_1/", "rel_2", "occ_9", "lnk_9", "rpt_1", ""])
def test_what_is_not_marked_is_not_withdrawn(target: str) -> None:
    given(*REPORTS).when(*MARKED, withdraw(target)).refused(UnknownAnnotation)


def test_what_is_withdrawn_leaves_the_state_and_stays_in_the_history() -> None:
    story = given(*REPORTS).when(*MARKED, withdraw("occ_1")).then_state()
    assert (story.occurrences, story.withdrawn) == ({}, {"occ_1": 10})


def test_with_a_claim_go_its_relations_and_how_others_stand_is_reckoned_anew() -> None:
    before = given(*REPORTS).when(*MARKED).then_state().claims["clm_1"]
    assert len(before.standing.disputed) == 1
    story = given(*REPORTS).when(*MARKED, withdraw("clm_2")).then_state()
    assert (story.relations, story.claims["clm_1"].relations) == ({}, [])
    assert story.claims["clm_1"].standing.disputed == ()
    assert story.claims_in == {"rpt_1": ("clm_1",), "rpt_2": ("clm_1",)}


def test_one_appearance_is_withdrawn_by_its_number_and_the_claim_with_the_last() -> None:
    story = given(*REPORTS).when(*MARKED, withdraw("clm_1/2")).then_state()
    assert [each.number for each in story.claims["clm_1"].appearances] == [1]
    assert story.claims["clm_1"].standing.support is not Support.CORROBORATED
    assert story.claims_in == {"rpt_1": ("clm_1",), "rpt_2": ("clm_2",)}
    gone = given(*REPORTS).when(*MARKED, withdraw("clm_1/2"), withdraw("clm_1/1")).then_state()
    assert gone.claims.keys() == {"clm_2"}
    assert gone.relations == {}


def test_a_statement_goes_with_the_last_appearance_that_can_be_read() -> None:
    marked = given(*REPORTS).when(*MARKED[:3]).then_state()
    assert marked.claims["clm_1"].statement == "It happened on Jan. 3"
    redaction = recorded([redacted()], after=marked.revision)
    left = advanced(marked, redaction)
    assert left.claims["clm_1"].statement == "It happened on Jan. 3"
    gone = advanced(left, recorded(decide(withdraw("clm_1/2"), left), after=left.revision))
    assert (gone.claims["clm_1"].statement, len(gone.claims["clm_1"].appearances)) == ("", 1)


def test_a_claim_rides_along_and_is_withdrawn_like_any_other() -> None:
    asked = file("It was so.", uri="/c", report_id="rpt_3", claims=(claims("clm_3", "It was so"),))
    assert len(given(*REPORT).when(asked, withdraw("clm_3")).events()) == 1
