"""The events of the golden files about what is known, held back, killed and asked for (``test_stored``)."""

from __future__ import annotations

from datetime import UTC, date, datetime

from tracker.stories import events
from tracker.stories.dates import Anchor, When
from tracker.stories.desk import CorrectionAct, KillAct, RedactionAct
from tracker.stories.knowledge import (
    Attribution,
    ClaimRef,
    Count,
    GroundRule,
    HoldKind,
    HoldReason,
    Knowledge,
    LinkKind,
    Quote,
    RelationKind,
    Stance,
)
from tracker.stories.phrases import Qualifier
from tracker.stories.stored import Stored
from tracker.stories.values import Content, CorrectionKind, CorrectionNote, IssuedBy, OutletRef, PartyRef
from tracker.text.blocks import Block
from tracker.text.passages import Selector

REPORT = "rpt_01dxn7k3c8e5tb3s0w1x5w6q7t"
OTHER_REPORT = "rpt_01dxn7k3c8e5tb3s0w1x5w6q7u"
CLAIM = "clm_01dxn7k3c8e5tb3s0w1x5w6q7t"
OTHER_CLAIM = "clm_01dxn7k3c8e5tb3s0w1x5w6q7u"
RELATION = "rel_01dxn7k3c8e5tb3s0w1x5w6q7t"
OCCURRENCE = "occ_01dxn7k3c8e5tb3s0w1x5w6q7t"
VISIT = "occ_01dxn7k3c8e5tb3s0w1x5w6q7u"
LINK = "lnk_01dxn7k3c8e5tb3s0w1x5w6q7t"
STORY = "sty_01dxn7k3c8e5tb3s0w1x5w6q7t"
HOLD = "hld_01dxn7k3c8e5tb3s0w1x5w6q7t"
ACT = "act_01dxn7k3c8e5tb3s0w1x5w6q7t"
NBC = OutletRef(id="out_01dxn7k3c8e5tb3s0w1x5w6q7t", name="NBC News", owner="Comcast")
POMPEO = PartyRef(id="pty_01dxn7k3c8e5tb3s0w1x5w6q7t", name="Mike Pompeo")

_OFFICIAL = Attribution(
    label="a second senior administration official",
    named=False,
    count=Count(min=1, max=1),
    ordinal=2,
    knowledge=Knowledge.DIRECT,
    ground_rule=GroundRule.BACKGROUND,
    anonymity_reason="was not allowed to speak",
    via=(Attribution(outlet=NBC), Attribution(report_id=OTHER_REPORT)),
)
_THREATS = Selector(exact="very serious threats that didn't come to fruition", block="b3", prefix="on ", suffix=", a")
_CORRECTION = CorrectionAct(
    report_id=REPORT,
    content=Content(headline="Strike", blocks=(Block("b1", "paragraph", "It was Friday."),)),
    note=CorrectionNote(text="It was Friday.", wrong="Thursday", right="Friday"),
    kind=CorrectionKind.CLARIFICATION,
    passages=(Selector(exact="Thursday"),),
)

EVENTS: dict[str, Stored] = {
    "story.opened.1.with-desk": events.StoryOpened(slug="strike", title="Strike", desk="National security"),
    "report.filed.1.with-cites": events.ReportFiled(
        report_id=REPORT,
        outlet=NBC,
        content=Content(headline="Strike"),
        cites=(OTHER_REPORT,),
        embargoed_until=datetime(2020, 1, 14, 1, tzinfo=UTC),
    ),
    "report.corrected.1.with-passages": events.ReportCorrected(
        report_id=REPORT,
        version=2,
        content=Content(headline="Strike"),
        note=CorrectionNote(text="It was Friday."),
        passages=(Selector(exact="Thursday", block="b1"), Selector(exact="killed")),
    ),
    "report.killed.1.whole": events.ReportKilled(
        report_id=REPORT,
        reason="The source is made up.",
        public_note="This report should not have been published.",
        issued_by=IssuedBy.DESK,
        successor=OTHER_REPORT,
    ),
    "report.killed.1.least": events.ReportKilled(report_id=REPORT, reason="Wrong.", public_note="It was wrong."),
    "hold.placed.1.whole": events.HoldPlaced(
        hold_id=HOLD,
        target=REPORT,
        kind=HoldKind.PUBLICATION,
        reason=HoldReason.EMBARGO,
        until=datetime(2020, 1, 14, 1, tzinfo=UTC),
        authority="The Washington Post",
    ),
    "hold.placed.1.least": events.HoldPlaced(
        hold_id=HOLD, target=STORY, kind=HoldKind.PRESERVATION, reason=HoldReason.LEGAL
    ),
    "hold.lifted.1.whole": events.HoldLifted(
        hold_id=HOLD,
        target=REPORT,
        kind=HoldKind.PUBLICATION,
        reason=HoldReason.EMBARGO,
        released=(3, 4, 6),
        authority="The editor in chief",
    ),
    "hold.lifted.1.least": events.HoldLifted(
        hold_id=HOLD, target=STORY, kind=HoldKind.PRESERVATION, reason=HoldReason.EDITORIAL
    ),
    "claim.asserted.1.whole": events.ClaimAsserted(
        claim_id=CLAIM,
        appearance=2,
        statement="Mr. Pompeo urged a more aggressive approach.",
        report_id=REPORT,
        version=3,
        selector=_THREATS,
        stance=Stance.REPORTS,
        attribution=_OFFICIAL,
        quotes=(
            Quote(
                parts=(_THREATS,),
                speaker=Attribution(party=POMPEO),
                language="en",
                inner=(Quote(parts=(Selector(exact="serious"),)),),
            ),
        ),
        about=(POMPEO,),
    ),
    "claim.asserted.1.least": events.ClaimAsserted(
        claim_id=CLAIM,
        appearance=1,
        statement="The attack was imminent.",
        report_id=REPORT,
        version=1,
        selector=Selector(exact="an attack that was imminent"),
    ),
    "claims.related.1.whole": events.ClaimsRelated(
        relation_id=RELATION,
        source=ClaimRef(claim_id=OTHER_CLAIM, story_id=STORY),
        target=ClaimRef(claim_id=CLAIM),
        relation=RelationKind.DISPUTES,
        basis="could undermine the Trump administration's stated justification",
        report_id=REPORT,
        version=1,
        by=NBC,
    ),
    "claims.related.1.least": events.ClaimsRelated(
        relation_id=RELATION,
        source=ClaimRef(claim_id=OTHER_CLAIM),
        target=ClaimRef(claim_id=CLAIM),
        relation=RelationKind.REFINES,
    ),
    "occurrence.recorded.1.whole": events.OccurrenceRecorded(
        occurrence_id=OCCURRENCE,
        title="The president floats the killing",
        when=When(
            phrase="in spring of 2017",
            edtf="2017-21",
            earliest=date(2017, 3, 1),
            latest=date(2017, 5, 31),
            qualifier=Qualifier.ABOUT,
            anchor=Anchor(occurrence=VISIT, direction="before", offset="P1M"),
            hemisphere="south",
            time=datetime(2017, 3, 1, 12, tzinfo=UTC),
        ),
        place="Washington",
        parties=(POMPEO,),
        basis="in spring of 2017",
        report_id=REPORT,
        version=1,
    ),
    "occurrence.recorded.1.unresolved": events.OccurrenceRecorded(
        occurrence_id=OCCURRENCE, title="He is tracked", when=When(phrase="for years")
    ),
    "occurrence.recorded.1.least": events.OccurrenceRecorded(occurrence_id=OCCURRENCE, title="The campaign"),
    "annotation.withdrawn.1.whole": events.AnnotationWithdrawn(
        target=f"{CLAIM}/2", reason="It is said of another general."
    ),
    "stories.linked.1.whole": events.StoriesLinked(
        link_id=LINK, story_id=STORY, relation=LinkKind.PART_OF, inverse=True
    ),
    "stories.linked.1.least": events.StoriesLinked(link_id=LINK, story_id=STORY, relation=LinkKind.RELATED),
    "act.requested.1.correction": events.ActRequested(act_id=ACT, target=REPORT, version=1, act=_CORRECTION),
    "act.requested.1.kill": events.ActRequested(
        act_id=ACT,
        target=REPORT,
        version=2,
        act=KillAct(report_id=REPORT, reason="Made up.", public_note="Taken back.", successor=OTHER_REPORT),
    ),
    "act.requested.1.redaction": events.ActRequested(
        act_id=ACT,
        target=f"{REPORT}/2",
        version=2,
        act=RedactionAct(target=f"{REPORT}/2", reason="It names a source.", authority="The editor in chief"),
    ),
    "act.approved.1.whole": events.ActApproved(act_id=ACT, alone_because="nobody else was awake"),
    "act.approved.1.least": events.ActApproved(act_id=ACT),
    "act.declined.1.whole": events.ActDeclined(act_id=ACT, reason="The report is right."),
}
