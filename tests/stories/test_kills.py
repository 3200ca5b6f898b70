"""Rule 4: a killed report is final, leaves its public note, and takes with it what lived only there."""

from __future__ import annotations

import msgspec
import pytest
from msgspec import structs

from tests.stories.samples import (
    CLOSED,
    NBC,
    OF_THE_WIRE,
    OPENED,
    URI,
    WIRE,
    correct,
    file,
    filed,
    kill,
    mark,
    record,
    redact,
    redacted,
    relate,
    update,
    withdraw,
)
from tests.stories.specification import given
from tracker.stories.claims import Fate, Support
from tracker.stories.commands import Command
from tracker.stories.errors import (
    KilledAlready,
    OutletNotYours,
    RelationToItself,
    ReportIsKilled,
    UnknownReport,
)
from tracker.stories.events import Event, ReportKilled
from tracker.stories.folding import struck
from tracker.stories.knowledge import Attribution, Basis, RelationKind
from tracker.stories.story import Story
from tracker.stories.values import Content, IssuedBy, PartyRef

REPORTS: tuple[Event, ...] = (
    OPENED,
    filed(b1="The secret was planned."),
    filed("rpt_2", WIRE, "/b", b1="It was planned, some say."),
)
#: clm_1 in both, clm_2 in the wire's alone, clm_3 in NBC's alone.
MARKED: tuple[Command, ...] = (
    mark("clm_1", "was planned", attribution=Attribution(party=PartyRef(id="pty_1", name="Secretive"))),
    mark("clm_1", "It was planned", report_id="rpt_2"),
    mark("clm_2", "some say", report_id="rpt_2"),
    mark("clm_3", "The secret"),
    relate("clm_3", RelationKind.DISPUTES, "clm_2"),
    relate("clm_2", RelationKind.DISPUTES, "clm_1", "rel_2", basis=Basis(text="The secret", report_id="rpt_1")),
    record("occ_1", "A secret thing", basis=Basis(text="The secret", report_id="rpt_1")),
    record("occ_2", "It was planned", basis=Basis(text="some say", report_id="rpt_2")),
    record("occ_2", "A secret account", basis=Basis(text="The secret", report_id="rpt_1")),
)


def killed() -> Story:
    return given(*REPORTS).when(*MARKED, kill()).then_state()


def test_an_outlet_kills_its_own_report_at_once() -> None:
    given(*REPORTS).when(kill(successor="rpt_2")).then(
        ReportKilled(
            report_id="rpt_1",
            reason="It was made up.",
            public_note="Withdrawn.",
            issued_by=IssuedBy.OUTLET,
            successor="rpt_2",
        )
    )


def test_a_report_of_a_closed_story_is_killed_all_the_same() -> None:
    assert len(given(*REPORTS, CLOSED).when(kill()).events()) == 1


def test_the_same_kill_twice_is_no_event_whatever_its_reason() -> None:
    given(*REPORTS).when(kill(), kill(reason="Somebody else says so.")).then_nothing()


def test_a_kill_with_another_note_is_refused() -> None:
    refusal = given(*REPORTS).when(kill(), kill(public_note="Retracted.")).refused(KilledAlready)
    assert "final" in str(refusal)


def test_rule_8_a_limited_token_kills_no_report_of_another_outlet() -> None:
    given(*REPORTS).when(kill(by=OF_THE_WIRE)).refused(OutletNotYours)


def test_what_takes_its_place_is_another_report_of_the_story() -> None:
    given(*REPORTS).when(kill(successor="rpt_9")).refused(UnknownReport)
    assert given(*REPORTS).when(kill(successor="rpt_1")).refused(RelationToItself).faults[0].pointer == "/successor"
    given(*REPORTS).when(kill("rpt_9")).refused(UnknownReport)


@pytest.mark.parametrize(
    "command",
    [
        update("Two."),
        correct("Two."),
        file("Two."),
        file("The secret was planned."),
        file("Two.", as_next_version=True),
        mark("clm_9", "secret"),
        record("occ_9", "A thing", basis=Basis(text="secret", report_id="rpt_1")),
    ],
    ids=["update", "correct", "file", "the same", "lenient", "claim", "occurrence"],
)
def test_rule_4_nothing_is_added_to_a_killed_report(command: Command) -> None:
    refusal = given(*REPORTS).when(kill(), command).refused(ReportIsKilled)
    assert refusal.facts["report_id"] == "rpt_1"
    assert "final" in str(refusal)


def test_the_outlet_files_what_takes_its_place_elsewhere() -> None:
    assert len(given(*REPORTS).when(kill(), file("Two.", report_id="rpt_3", uri="/c")).events()) == 1


# ---- What is left


def test_rule_4_a_tombstone_with_its_public_note_is_left() -> None:
    report = killed().reports["rpt_1"]
    assert report.kill is not None
    assert (report.kill.public_note, report.kill.issued_by, report.revision) == ("Withdrawn.", IssuedBy.OUTLET, 13)
    assert (report.uri, report.content, report.outlet) == (None, Content(headline=""), NBC)
    assert [(each.headline, each.digest) for each in report.versions] == [("", "")]


def test_rule_4_claims_that_appear_only_there_fall_and_their_relations_go() -> None:
    claim = killed().claims["clm_3"]
    assert (claim.standing.fate, claim.standing.support, claim.statement) == (Fate.FALLEN, Support.NONE, "")
    assert claim.relations == []


def test_rule_4_claims_that_appear_elsewhere_stand_on_what_is_left() -> None:
    claims = killed().claims
    assert claims["clm_1"].standing.fate is Fate.CURRENT
    assert claims["clm_1"].standing.outlets.max == 1
    assert claims["clm_2"].standing.disputed == ()


def test_rule_4_what_rests_on_its_words_goes_with_it() -> None:
    story = killed()
    assert story.relations == {}
    assert story.occurrences.keys() == {"occ_2"}
    assert [each.title for each in story.occurrences["occ_2"].accounts] == ["It was planned"]


@pytest.mark.parametrize("word", [b"secret", b"Secretive", URI.encode()])
def test_rule_4_no_word_of_it_is_left_in_the_state(word: bytes) -> None:
    story = killed()
    shown = msgspec.json.encode(structs.replace(story, report_ids={}))
    assert word not in shown


def test_rule_4_it_is_out_of_older_states_too() -> None:
    kill_of_today = killed().reports["rpt_1"].kill
    assert kill_of_today is not None
    for cut in range(len(MARKED)):
        before = given(*REPORTS).when(*MARKED[: cut + 1]).then_state()
        shown = struck(before, {"rpt_1": kill_of_today})
        assert b"ecret" not in msgspec.json.encode(structs.replace(shown, report_ids={}))
        assert before.reports["rpt_1"].kill is None


def test_what_is_not_here_yet_is_not_struck() -> None:
    story = given(OPENED).when(file("One.", report_id="rpt_5")).then_state()
    kill_of_today = killed().reports["rpt_1"].kill
    assert kill_of_today is not None
    assert struck(story, {"rpt_1": kill_of_today}) is story


def test_a_claim_is_not_said_by_words_that_were_killed_or_destroyed() -> None:
    both = MARKED[:2]
    story = given(*REPORTS).when(*both, kill(), redact("rpt_2")).then_state()
    assert story.claims["clm_1"].statement == ""
    turned = given(*REPORTS).when(*both, redact("rpt_2"), kill()).then_state()
    assert turned.claims["clm_1"].statement == ""


def test_a_killed_report_is_destroyed_like_any_other_and_its_address_leads_nowhere() -> None:
    story = given(*REPORTS).when(kill(), redact()).then_state()
    assert story.report_at(NBC.id, URI) is None
    given(*REPORTS).when(kill(), redact()).then(redacted())


def test_a_claim_that_has_fallen_can_be_withdrawn_and_said_anew_elsewhere() -> None:
    anew = mark("clm_3", "some say", report_id="rpt_2", statement="It was said before.")
    story = given(*REPORTS).when(*MARKED, kill(), anew).then_state()
    claim = story.claims["clm_3"]
    assert (claim.statement, claim.standing.fate) == ("It was said before.", Fate.CURRENT)
    assert len(given(*REPORTS).when(*MARKED, kill(), withdraw("clm_3")).events()) == 1
