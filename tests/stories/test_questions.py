"""What a reader asks of a story: who says what on whose word, what happened when, and what the desk has to do."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from tests.stories.told import (
    BOLTON,
    CORRECTED,
    IMMINENT,
    JUNE,
    LONG,
    MATTIS,
    MATTIS_RESISTED,
    NBC,
    SPRING,
    TRUMP,
    UPDATED,
    disputes,
    said,
    told,
)
from tracker.stories.claims import Fate, Support
from tracker.stories.desk import KillAct
from tracker.stories.events import (
    ActDeclined,
    ActRequested,
    AnnotationWithdrawn,
    ClaimsRelated,
    ContentRedacted,
    Event,
    HoldPlaced,
    ReportKilled,
)
from tracker.stories.knowledge import Attribution, ClaimRef, HoldKind, HoldReason, RelationKind, Stance
from tracker.stories.parties import Party, Role
from tracker.stories.questions import desk
from tracker.stories.questions.causes import CauseOf
from tracker.stories.questions.claims import ClaimAnswer, claims, in_brief, matching
from tracker.stories.questions.corrections import Remedy, corrections
from tracker.stories.questions.disputes import disputes as disputes_of
from tracker.stories.questions.mentions import Part
from tracker.stories.questions.orphans import orphans
from tracker.stories.questions.people import people
from tracker.stories.questions.quotes import quotes
from tracker.stories.questions.relations import relations
from tracker.stories.questions.sources import SourceAnswer, sources
from tracker.stories.questions.timeline import EntryAnswer, EntryOf, timeline
from tracker.stories.story import Story

KILLED = ReportKilled(report_id="rpt_c", reason="It was invented.", public_note="Withdrawn by its outlet.")
REDACTED = ContentRedacted(target="rpt_c/1", reason="It names a source.", authority="A court", blocks_used=4)


def claim(story: Story, claim_id: str) -> ClaimAnswer:
    return claims(story, [story.claims[claim_id]])[0]


def source(story: Story, name: str) -> SourceAnswer:
    return next(each for each in sources(story) if each.source.name == name)


def entry(story: Story, name: str) -> EntryAnswer:
    return next(each for each in timeline(story) if each.id == name)


class TestClaims:
    def test_a_claim_tells_who_says_so_in_which_version_with_which_stance(self) -> None:
        made = claim(told(), LONG).appearances
        assert [(each.place.outlet.name, each.place.version, each.stance.value) for each in made if each.place] == [
            ("NBC News", 1, "reports"),
            ("The Washington Post", 1, "asserts"),
            ("The Digest", 1, "reports"),
        ]

    def test_the_chain_goes_from_the_source_to_the_outlet_that_printed_it(self) -> None:
        made = claim(told(), LONG).appearances
        assert [link.name for link in made[0].chain] == ["a second senior administration official", "NBC News"]
        assert [link.name for link in made[2].chain] == ["The Digest"]

    def test_it_tells_how_it_stands_in_a_sentence_and_by_whom_it_is_disputed(self) -> None:
        found = claim(told(), IMMINENT)
        assert [each.outlet.name if each.outlet else None for each in found.standing.disputed] == ["NBC News", None]
        assert found.words.endswith("disputed by NBC News and by our desk.")

    def test_its_history_tells_since_when_it_stood_so_and_what_brought_that(self) -> None:
        found = claim(told(), IMMINENT).history
        because = [[(cause.kind, cause.id) for cause in each.because] for each in found]
        assert because == [
            [(CauseOf.APPEARANCE, f"{IMMINENT}/1")],
            [(CauseOf.RELATION, "rel_nbc")],
            [(CauseOf.RELATION, "rel_desk")],
        ]
        assert [each.revision for each in found] == sorted(each.revision for each in found)

    def test_a_marking_that_was_withdrawn_leaves_the_history_and_the_withdrawal_as_a_cause(self) -> None:
        found = claim(told(AnnotationWithdrawn(target="rel_desk", reason="Too much.")), IMMINENT).history
        assert [len(each.standing.disputed) for each in found] == [0, 1, 2, 1]
        assert [[cause.kind for cause in each.because] for each in found][2:] == [[], [CauseOf.WITHDRAWAL]]

    def test_a_kill_is_the_cause_of_what_falls_with_it(self) -> None:
        last = claim(told(KILLED), SPRING).history[-1]
        assert last.standing.fate is Fate.FALLEN
        assert [(cause.kind, cause.id) for cause in last.because] == [(CauseOf.KILL, "rpt_c")]

    @pytest.mark.parametrize(
        ("asked", "expected"),
        [
            ({"standing": "disputed"}, [IMMINENT]),
            ({"standing": "corroborated"}, [LONG]),
            ({"standing": "superseded"}, []),
            ({"outlets": frozenset({"out_post"})}, [LONG, SPRING, MATTIS_RESISTED]),
            ({"parties": frozenset({MATTIS.id})}, [MATTIS_RESISTED]),
            ({"parties": frozenset({TRUMP.id}), "outlets": frozenset({NBC.id})}, [JUNE, LONG]),
            ({"outlets": frozenset()}, []),
        ],
        ids=str,
    )
    def test_claims_are_found_by_standing_outlet_and_party(self, asked: dict[str, object], expected: list[str]) -> None:
        assert [each.claim_id for each in matching(told(), **asked)] == expected  # type: ignore[arg-type]

    def test_in_brief_each_outlet_is_named_once(self) -> None:
        story = told(said(LONG, "", "rpt_b", "June", appearance=4))
        brief = in_brief(story, story.claims[LONG])
        assert brief.outlets == ("NBC News", "The Washington Post", "The Digest")
        assert (brief.appearances, brief.quotes, brief.standing.support) == (4, 1, Support.CORROBORATED)

    def test_a_relation_tells_both_claims_whose_judgement_it_is_and_on_which_words(self) -> None:
        by_nbc, ours = relations(told())
        assert (by_nbc.by, by_nbc.basis and by_nbc.basis.text) == (NBC, "could undermine")
        assert by_nbc.basis is not None
        assert by_nbc.basis.place is not None
        assert by_nbc.basis.place.report_id == "rpt_b"
        assert (ours.by, ours.basis, ours.source.claim_id, ours.target.claim_id) == (None, None, SPRING, IMMINENT)


class TestQuotes:
    def test_a_quote_keeps_its_parts_to_the_letter_and_its_one_speaker(self) -> None:
        found = quotes(told())[-1]
        assert found.quote.parts == ("batted around", "Not complicated.")
        assert [link.name for link in found.quote.chain] == ["a former senior Pentagon official", "The Washington Post"]

    def test_a_quote_within_a_quote_has_a_speaker_of_its_own(self) -> None:
        outer = quotes(told())[0].quote
        assert [link.name for link in outer.chain] == ["NBC News"]
        assert [link.name for link in outer.inner[0].chain] == [
            "Donald Trump",
            "a second senior administration official",
            "NBC News",
        ]

    def test_a_quote_on_which_two_claims_rest_is_told_once(self) -> None:
        story = told()
        again = story.claims[MATTIS_RESISTED].appearances[0].quotes
        found = quotes(told(said(JUNE, "", "rpt_c", "resisted", appearance=2, quotes=again)))
        assert [each.claims for each in found][-1] == (JUNE, MATTIS_RESISTED)
        assert len(found) == 2

    def test_it_tells_whether_the_words_still_stand(self) -> None:
        before, after = quotes(told())[0], quotes(told(UPDATED))[0]
        assert (before.stands, before.latest) == (True, 1)
        assert (after.stands, after.latest) == (False, 2)


class TestSources:
    def test_a_named_party_is_one_source_wherever_it_is_named(self) -> None:
        found = source(told(), "Donald Trump")
        assert found.named
        assert {each.place.outlet.name for each in found.said if each.place} == {"NBC News", "The Washington Post"}
        assert [each.part for each in found.said] == [Part.SPEAKER, Part.SOURCE]

    def test_the_same_label_at_two_outlets_is_two_sources(self) -> None:
        story = told(said(SPRING, "", "rpt_b", "June", appearance=2, attribution=Attribution(label="Officials ")))
        assert [each.claims for each in sources(story) if each.source.name.strip().lower() == "officials"] == [
            (IMMINENT,),
            (SPRING,),
        ]

    def test_a_source_without_a_name_keeps_its_number_and_why_it_has_none(self) -> None:
        found = source(told(), "a second senior administration official")
        assert (found.named, found.ordinal, found.said[0].anonymity_reason) == (False, 2, "not authorised")

    def test_a_count_is_what_the_outlet_says_and_never_made_up(self) -> None:
        assert source(told(), "officials").said[0].count is None
        counted = [each.count for each in source(told(), "Donald Trump").said]
        assert [each and (each.min, each.max) for each in counted] == [None, (1, None)]


class TestDisputes:
    def test_both_sides_are_told_and_whose_judgement_each_dispute_is(self) -> None:
        by_nbc, ours = disputes_of(told())
        assert by_nbc.disputed.outlets[0].name == "The Wire"
        assert by_nbc.disputing is not None
        assert by_nbc.disputing.statement == "The president approved the killing in June."
        assert by_nbc.relation is not None
        assert by_nbc.relation.basis is not None
        assert by_nbc.relation.basis.text == "could undermine"
        assert (ours.by.outlet, ours.by.party, ours.by.label) == (None, None, None)

    def test_a_denial_tells_who_denies_it_and_where(self) -> None:
        denial = said(JUNE, "", "rpt_a", "imminent", 2, stance=Stance.DENIES, attribution=Attribution(party=BOLTON))
        found = disputes_of(told(denial))[-1]
        assert (found.by.party, found.disputing, found.relation) == (BOLTON, None, None)
        assert found.denied is not None
        assert found.denied.place is not None
        assert (found.denied.text, found.denied.place.outlet.name) == ("imminent", "The Wire")

    def test_of_another_storys_claim_only_its_place_is_told(self) -> None:
        there = ClaimRef(claim_id="clm_x", story_id="sty_other")
        across = ClaimsRelated(
            relation_id="rel_x", source=there, target=ClaimRef(claim_id=JUNE), relation=RelationKind.DISPUTES
        )
        found = disputes_of(told(across))[-1].disputing
        assert found is not None
        assert (found.claim_id, found.story_id, found.statement) == ("clm_x", "sty_other", None)

    def test_a_dispute_that_nobody_keeps_up_is_none(self) -> None:
        assert [each.relation and each.relation.id for each in disputes_of(told(KILLED))] == ["rel_nbc"]


class TestTimeline:
    def test_what_happened_and_what_was_published_stand_in_order_of_time(self) -> None:
        assert [each.id for each in timeline(told())] == [
            "occ_office",
            "occ_idea",
            "occ_drone",
            "occ_contractor",
            "occ_strike",
            "rpt_a",
            "rpt_b",
            "rpt_c",
            "rpt_d",
        ]

    def test_a_phrase_is_kept_to_the_letter_beside_what_it_was_read_to_mean(self) -> None:
        when = entry(told(), "occ_drone").when
        assert when is not None
        assert (when.phrase, when.edtf, when.reading, when.earliest) == (
            "June",
            "2019-06",
            "June 2019",
            date(2019, 6, 1),
        )

    def test_two_accounts_that_do_not_meet_stand_side_by_side_with_the_convention(self) -> None:
        found = entry(told(), "occ_idea")
        assert [each.when and each.when.phrase for each in found.accounts] == [
            "in spring of 2017",
            "as early as five months after taking office",
        ]
        assert found.disagreement is not None
        assert "March to May 2017" in found.disagreement.readings
        assert "not anybody's error" in found.disagreement.sentence

    def test_what_has_only_an_order_stands_by_its_anchor(self) -> None:
        story = told()
        assert entry(story, "occ_strike").follows == ("occ_contractor",)
        assert entry(story, "occ_idea").follows == ("occ_office",)

    def test_a_publication_has_a_time_and_no_phrase(self) -> None:
        when = entry(told(), "rpt_b").when
        assert when is not None
        assert (when.phrase, when.reading) == (None, "13 January 2020, 18:00 UTC")
        assert when.time == datetime(2020, 1, 13, 18, tzinfo=UTC)

    def test_a_killed_report_and_one_without_a_time_are_not_on_it(self) -> None:
        assert "rpt_c" not in [each.id for each in timeline(told(KILLED))]
        assert "rpt_c" not in [each.id for each in timeline(told(REDACTED))]

    def test_only_one_kind_may_be_asked_for(self) -> None:
        assert {each.kind for each in timeline(told(), EntryOf.REPORT)} == {EntryOf.REPORT}
        assert len(timeline(told(), EntryOf.OCCURRENCE)) == 5


class TestPeople:
    KNOWN = {  # noqa: RUF012  (nobody changes it)
        party.party_id: party
        for party in (
            Party(
                party_id=BOLTON.id,
                name="John R. Bolton",
                roles=(Role(title="National Security Adviser", since="2018-04", until="2019-09"),),
                revision=1,
                added_at=datetime(2020, 1, 3, tzinfo=UTC),
                changed_at=datetime(2020, 1, 3, tzinfo=UTC),
            ),
        )
    }

    def test_somebody_is_told_with_his_role_then_and_now(self) -> None:
        found = next(each for each in people(told(), self.KNOWN) if each.id == BOLTON.id)
        assert [(each.occurrence_id, each.roles[0].title) for each in found.then] == [
            ("occ_drone", "National Security Adviser")
        ]
        assert (found.roles_now, [role.title for role in found.roles_before]) == ((), ["National Security Adviser"])
        assert found.name == "John R. Bolton"

    def test_of_whom_nothing_is_known_there_is_the_name_and_the_part(self) -> None:
        found = next(each for each in people(told(), {}) if each.id == TRUMP.id)
        assert (found.name, found.kind, found.then) == ("Donald Trump", None, ())
        assert set(found.parts) == {Part.ABOUT, Part.SPEAKER, Part.SOURCE}
        assert set(found.claims) == {JUNE, LONG, SPRING}

    def test_whoever_was_merged_into_another_is_told_as_that_one(self) -> None:
        at = datetime(2020, 1, 3, tzinfo=UTC)
        merged = Party(party_id=MATTIS.id, name="Mattis", merged_into=TRUMP.id, revision=2, added_at=at, changed_at=at)
        found = people(told(), {MATTIS.id: merged})
        assert MATTIS.id not in [each.id for each in found]
        assert MATTIS_RESISTED in next(each for each in found if each.id == TRUMP.id).claims


class TestCorrections:
    def test_a_correction_has_its_note_and_the_passages_that_it_is_about(self) -> None:
        found = corrections(told(CORRECTED))[0]
        assert (found.kind, found.versions, found.note and found.note.right) == (Remedy.CORRECTION, (2,), "June")
        assert [each.exact for each in found.passages] == ["batted around"]

    def test_kills_redactions_and_retractions_stand_among_them_in_order(self) -> None:
        retracts = ClaimsRelated(
            relation_id="rel_back",
            source=ClaimRef(claim_id=JUNE),
            target=ClaimRef(claim_id=LONG),
            relation=RelationKind.RETRACTS,
            by=NBC,
        )
        found = corrections(told(CORRECTED, REDACTED, retracts, KILLED))
        assert [each.kind.value for each in found] == ["correction", "redaction", "retraction", "kill"]
        assert (found[2].claim_id, found[2].outlet) == (LONG, NBC)
        assert (found[3].public_note, found[3].note) == ("Withdrawn by its outlet.", None)
        assert "invented" not in repr(found), "why it was killed is not for the public"


class TestOrphans:
    def test_words_that_are_lost_in_the_latest_version_are_work_for_an_editor(self) -> None:
        found = orphans(told(UPDATED))
        assert [(each.claim_id, each.latest, each.last_found) for each in found] == [(JUNE, 2, 1), (LONG, 2, 1)]

    def test_nobody_has_to_look_for_words_that_were_killed_or_redacted(self) -> None:
        gone = ContentRedacted(target="rpt_b", reason="x", authority="x", blocks_used=3)
        assert orphans(told(UPDATED, gone)) == []
        assert orphans(told(UPDATED, ReportKilled(report_id="rpt_b", reason="x", public_note="x"))) == []


class TestTheDesk:
    HELD: tuple[Event, ...] = (
        HoldPlaced(hold_id="hld_1", target="rpt_a", kind=HoldKind.PUBLICATION, reason=HoldReason.EMBARGO),
        HoldPlaced(hold_id="hld_2", target="rpt_a", kind=HoldKind.PUBLICATION, reason=HoldReason.LEGAL),
        HoldPlaced(hold_id="hld_3", target="rpt_a", kind=HoldKind.PRESERVATION, reason=HoldReason.LEGAL),
    )

    @pytest.mark.parametrize(
        ("sight", "expected"),
        [((), []), (("embargo",), ["hld_1"]), (("hold", "embargo"), ["hld_1", "hld_2", "hld_3"])],
        ids=str,
    )
    def test_each_knows_of_the_holds_that_he_sees_through(self, sight: tuple[str, ...], expected: list[str]) -> None:
        assert [each.hold_id for each in desk.holds(told(*self.HELD), sight)] == expected

    def test_what_waits_for_a_second_person_comes_first_and_is_the_newsrooms_own(self) -> None:
        act = KillAct(report_id="rpt_a", reason="x", public_note="x")
        asked = [ActRequested(act_id=f"act_{n}", target="rpt_a", version=1, act=act) for n in (1, 2)]
        story = told(*asked, ActDeclined(act_id="act_1", reason="No."))
        assert [each.act_id for each in desk.requests(story, {"request"})] == ["act_2", "act_1"]
        assert desk.requests(story, {"hold", "embargo"}) == []

    def test_the_stories_that_belong_together_are_told(self) -> None:
        assert [each.story_id for each in desk.related(told())] == ["sty_other"]


def test_disputes_written_here_are_those_that_are_told() -> None:
    again = disputes("rel_more", LONG, IMMINENT, NBC, None)
    assert [each.id for each in relations(told(again))] == ["rel_nbc", "rel_desk", "rel_more"]
