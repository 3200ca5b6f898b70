"""What was marked, held back, killed and asked for, each in a sentence."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from tests.stories.golden_knowledge import EVENTS
from tests.stories.samples import NBC, NOTE, WIRE, asks, content, file, filed, mark, numbered
from tests.stories.sequences import history_of
from tracker.stories import events, stored
from tracker.stories.commands import Command, OpenStory
from tracker.stories.dates import When
from tracker.stories.desk import CorrectionAct, KillAct, RedactionAct
from tracker.stories.events import Event
from tracker.stories.folding import fold
from tracker.stories.knowledge import (
    Attribution,
    ClaimRef,
    Count,
    HoldKind,
    HoldReason,
    LinkKind,
    RelationKind,
    Stance,
)
from tracker.stories.sentences import NO_NAMES, DeskValues, Names, sentence, told_together
from tracker.stories.sentences.words import MOST_REPEATED
from tracker.stories.story import Story
from tracker.stories.values import CorrectionKind, IssuedBy, PartyRef
from tracker.text.passages import Selector

_UNTIL = datetime(2020, 1, 13, 18, tzinfo=UTC)
_TRUMP = Attribution(party=PartyRef(id="pty_trump", name="Donald Trump"))
_KILL = KillAct(report_id="rpt_1", reason="It is made up.", public_note="Withdrawn.")
_COMMANDS: tuple[Command, ...] = (
    OpenStory(story_id="sty_1", slug="strike", title="Strike"),
    file("It was imminent. It was planned."),
    file("So it was.", outlet=WIRE, report_id="rpt_2", uri="/wire"),
    mark("clm_1", "It was imminent", statement="The attack was imminent."),
    mark("clm_2", "It was planned", statement="The strike was planned."),
    asks(_KILL),
)
_STORY = fold(Story(), history_of(_COMMANDS))
_NAMES = Names(story=_STORY, titles={"sty_2": "The crisis"})


def _asserted(statement: str = "He urged it", **fields: Any) -> events.ClaimAsserted:
    place: dict[str, Any] = {"claim_id": "clm_9", "appearance": 1, "report_id": "rpt_1", "version": 1}
    return events.ClaimAsserted(**place, statement=statement, selector=Selector(exact="urged"), **fields)


def _related(relation: RelationKind = RelationKind.DISPUTES, **fields: Any) -> events.ClaimsRelated:
    ends: dict[str, Any] = {"source": ClaimRef(claim_id="clm_2"), "target": ClaimRef(claim_id="clm_1")}
    return events.ClaimsRelated(relation_id="rel_1", relation=relation, **ends, **fields)


def _held(**fields: Any) -> events.HoldPlaced:
    usual = {"kind": HoldKind.PUBLICATION, "reason": HoldReason.EMBARGO, "target": "rpt_1"}
    return events.HoldPlaced(hold_id="hld_1", **{**usual, **fields})


def _lifted(**fields: Any) -> events.HoldLifted:
    usual = {"kind": HoldKind.PUBLICATION, "reason": HoldReason.EMBARGO, "target": "rpt_1"}
    return events.HoldLifted(hold_id="hld_1", **{**usual, **fields})


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (_asserted(), "NBC News asserts: He urged it."),
        (
            _asserted(attribution=Attribution(label="a second senior administration official")),
            "NBC News asserts, citing a second senior administration official: He urged it.",
        ),
        (
            _asserted(attribution=msgspec.structs.replace(_TRUMP, via=(Attribution(outlet=WIRE),))),
            "NBC News asserts, citing Donald Trump, through The Wire: He urged it.",
        ),
        (
            _asserted(attribution=Attribution(report_id="rpt_2"), stance=Stance.REPORTS),
            "NBC News reports, citing The Wire’s “Strike”: He urged it.",
        ),
        (
            _asserted(attribution=Attribution(count=Count(min=2))),
            "NBC News asserts, citing at least 2 unnamed sources: He urged it.",
        ),
        (_asserted(stance=Stance.DENIES), "NBC News denies: He urged it."),
        (
            _asserted(stance=Stance.DENIES, attribution=_TRUMP),
            "NBC News reports that Donald Trump denies: He urged it.",
        ),
        (
            _related(by=NBC, basis="The timing, however, could undermine it"),
            "The desk marked that NBC News disputes “The attack was imminent” with “The strike was planned”: "
            "“The timing, however, could undermine it”.",
        ),
        (
            _related(RelationKind.CORROBORATES),
            "The desk judged that “The strike was planned” corroborates “The attack was imminent”.",
        ),
        (
            events.OccurrenceRecorded(
                occurrence_id="occ_1",
                title="The idea",
                place="Washington",
                when=When(
                    phrase="in spring of 2017",
                    edtf="2017-21",
                    earliest=date(2017, 3, 1),
                    latest=date(2017, 5, 31),
                ),
            ),
            "The desk recorded “The idea”, in Washington: “in spring of 2017”, read as March to May 2017.",
        ),
        (
            events.OccurrenceRecorded(occurrence_id="occ_1", title="He is tracked", when=When(phrase="for years")),
            "The desk recorded “He is tracked”: “for years”, which has no date.",
        ),
        (
            events.AnnotationWithdrawn(target="clm_1/2", reason="It is another"),
            "The desk withdrew one appearance of “The attack was imminent”: It is another.",
        ),
        (events.AnnotationWithdrawn(target="rel_7", reason="No."), "The desk withdrew a relation: No."),
        (
            events.StoriesLinked(link_id="lnk_1", story_id="sty_2", relation=LinkKind.PART_OF),
            "The desk marked that this story is part of “The crisis”.",
        ),
        (
            events.StoriesLinked(link_id="lnk_1", story_id="sty_2", relation=LinkKind.PART_OF, inverse=True),
            "The desk marked that “The crisis” is part of this story.",
        ),
        (
            events.StoriesLinked(link_id="lnk_1", story_id="sty_3", relation=LinkKind.RELATED),
            "The desk marked that this story is related to another story.",
        ),
    ],
)
def test_what_is_marked_is_told_in_a_sentence(event: Event, said: str) -> None:
    assert _said(event) == said


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (
            events.ReportKilled(report_id="rpt_1", reason="It is made up.", public_note="Do not use it"),
            "NBC News killed its report: Do not use it.",
        ),
        (
            events.ReportKilled(
                report_id="rpt_1",
                reason="It is made up.",
                public_note="Do not use it.",
                issued_by=IssuedBy.DESK,
                successor="rpt_2",
            ),
            "The desk killed NBC News’s “Strike”, in whose place comes The Wire’s “Strike”: Do not use it.",
        ),
        (_held(until=_UNTIL), "The desk placed an embargo on NBC News’s “Strike” until 13 January 2020, 18:00 UTC."),
        (
            _held(reason=HoldReason.LEGAL, authority="The lawyer"),
            "The desk held NBC News’s “Strike” back, for legal reasons, on the authority of The lawyer.",
        ),
        (
            _held(kind=HoldKind.PRESERVATION, reason=HoldReason.LEGAL, target="sty_1"),
            "The desk had the story preserved, for legal reasons.",
        ),
        (
            _lifted(released=(4, 5, 6)),
            "The embargo on NBC News’s “Strike” was lifted, which released revisions 4 to 6.",
        ),
        (_lifted(released=(4,)), "The embargo on NBC News’s “Strike” was lifted, which released revision 4."),
        (_lifted(released=(4, 6, 7)), "The embargo on NBC News’s “Strike” was lifted, which released 3 revisions."),
        (
            _lifted(kind=HoldKind.PRESERVATION, reason=HoldReason.LEGAL, target="sty_1"),
            "The preservation hold on the story was lifted.",
        ),
        (
            events.ActRequested(act_id="act_1", target="rpt_1", version=1, act=_KILL),
            "The desk asked for the kill of NBC News’s “Strike”: It is made up.",
        ),
        (
            events.ActRequested(
                act_id="act_1",
                target="rpt_1",
                version=1,
                act=CorrectionAct(
                    report_id="rpt_1", content=content("One."), note=NOTE, kind=CorrectionKind.EDITORS_NOTE
                ),
            ),
            "The desk asked for an editor’s note on NBC News’s “Strike”: An earlier version misstated the day.",
        ),
        (
            events.ActRequested(
                act_id="act_1",
                target="rpt_1/1",
                version=1,
                act=RedactionAct(target="rpt_1/1", reason="It names a source.", authority="The editor"),
            ),
            "The desk asked for the redaction of version 1 of NBC News’s “Strike”: It names a source.",
        ),
        (events.ActApproved(act_id="act_1"), "The desk approved the kill of NBC News’s “Strike”."),
        (
            events.ActApproved(act_id="act_1", alone_because="Nobody else was there"),
            "The desk approved the kill of NBC News’s “Strike”, alone, because nobody else was there.",
        ),
        (
            events.ActApproved(act_id="act_1", alone_because="NBC called."),
            "The desk approved the kill of NBC News’s “Strike”, alone, because NBC called.",
        ),
        (
            events.ActDeclined(act_id="act_1", reason="It is true."),
            "The desk declined the kill of NBC News’s “Strike”: It is true.",
        ),
        (events.ActApproved(act_id="act_9"), "The desk approved what was asked for."),
    ],
)
def test_what_the_desk_does_is_told_in_a_sentence(event: Event, said: str) -> None:
    assert _said(event) == said


def test_a_filing_names_whom_it_cites_and_its_embargo() -> None:
    event = msgspec.structs.replace(filed("rpt_3", WIRE), cites=("rpt_1", "rpt_9"), embargoed_until=_UNTIL)
    assert sentence(event, outlet="The Wire", former=DeskValues(), names=_NAMES) == (
        "The Wire filed “Strike”, citing NBC News, under embargo until 13 January 2020, 18:00 UTC."
    )


def test_a_story_says_whose_desk_it_is() -> None:
    event = events.StoryOpened(slug="strike", title="Strike", desk="National security")
    assert _said(event) == "The desk opened the story “Strike”, for National security."


def test_an_occurrence_that_was_recorded_before_is_refined() -> None:
    event = events.OccurrenceRecorded(occurrence_id="occ_1", title="The idea")
    names = msgspec.structs.replace(_NAMES, refines=True)
    assert sentence(event, outlet="", former=DeskValues(), names=names) == (
        "The desk refined what it recorded of “The idea”."
    )


@pytest.mark.parametrize(
    ("target", "marked", "said"),
    [
        ("clm_9", _asserted(), "the claim “He urged it”"),
        ("clm_9/1", _asserted(), "one appearance of “He urged it”, in NBC News’s “Strike”"),
        ("rel_1", _related(by=NBC), "that NBC News disputes “The attack was imminent” with “The strike was planned”"),
        ("occ_1", events.OccurrenceRecorded(occurrence_id="occ_1", title="The idea"), "the occurrence “The idea”"),
        (
            "lnk_1",
            events.StoriesLinked(link_id="lnk_1", story_id="sty_2", relation=LinkKind.RELATED),
            "the link that this story is related to “The crisis”",
        ),
    ],
)
def test_what_was_withdrawn_is_named_by_what_marked_it(target: str, marked: Any, said: str) -> None:
    event = events.AnnotationWithdrawn(target=target, reason="It was wrong")
    names = msgspec.structs.replace(_NAMES, withdrawn=marked)
    assert sentence(event, outlet="", former=DeskValues(), names=names) == f"The desk withdrew {said}: It was wrong."


def test_words_that_are_repeated_are_shortened_at_a_word() -> None:
    long = events.StoriesLinked(link_id="lnk_1", story_id="sty_2", relation=LinkKind.RELATED)
    said = sentence(long, outlet="", former=DeskValues(), names=Names(titles={"sty_2": "crisis " * 100}))
    assert said.endswith("crisis…”.")
    assert len(said) < MOST_REPEATED + 60


@pytest.mark.parametrize("name", EVENTS)
@pytest.mark.parametrize("names", [NO_NAMES, _NAMES], ids=["nothing is known", "names are known"])
@pytest.mark.parametrize("gone", [None, "redacted", "killed"])
def test_every_event_reads_well_also_without_its_words(name: str, names: Names, gone: Any) -> None:
    event: Any = EVENTS[name]
    form = stored.write(event)
    if gone:
        event = stored.blank(form.type, form.schema_version, form.clear)
    said = sentence(event, outlet="NBC News", former=DeskValues(), names=names, gone=gone)
    assert said.startswith(("NBC News ", "The desk ", "The embargo ", "The preservation hold ", "A report "))
    assert "\n" not in said
    for wrong in ("“”", "None", "  ", ": .", "..", ",,", "’s ’s", " ,", " ."):
        assert wrong not in said
    assert said.endswith((".", "”"))
    if gone:
        assert said.endswith(
            {"redacted": "; what it said was redacted.", "killed": "; its words are gone with a killed report."}[gone]
        )


def test_several_events_of_one_request_are_told_as_one() -> None:
    others = ["claim.asserted", "claims.related", "claim.asserted", "hold.placed"]
    said = _said(filed(b1="One."))
    assert told_together(said, others) == f"{said} With it: 2 claims, 1 relation and 1 hold."
    assert told_together(said, []) == said


def test_a_blank_report_is_a_report() -> None:
    event = events.ReportUpdated(report_id="rpt_1", version=2, content=msgspec.structs.replace(numbered(), headline=""))
    assert _said(event) == "NBC News updated a report (version 2)."


def _said(event: Event) -> str:
    return sentence(event, outlet="NBC News", former=DeskValues(), names=_NAMES)
