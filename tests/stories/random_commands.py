"""Random commands to one story: few outlets, uris, texts and ids, so that everything meets everything."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from tests.stories.samples import ANYBODY, NBC, OF_THE_WIRE, SECOND, WIRE
from tracker.stories.commands import (
    ApproveAct,
    AssertClaim,
    Assertion,
    CloseStory,
    Command,
    CorrectReport,
    DeclineAct,
    EditStory,
    FileReport,
    KillReport,
    LiftHold,
    LinkStories,
    OpenStory,
    PlaceHold,
    Recording,
    RecordOccurrence,
    RedactContent,
    RelateClaims,
    Relating,
    ReopenStory,
    RequestAct,
    UpdateReport,
    WithdrawAnnotation,
)
from tracker.stories.dates import Anchor, When
from tracker.stories.desk import CorrectionAct, KillAct, RedactionAct
from tracker.stories.knowledge import (
    Approval,
    Attribution,
    Basis,
    ClaimRef,
    Count,
    HoldKind,
    HoldReason,
    LinkKind,
    Quote,
    RelationKind,
    Stance,
)
from tracker.stories.values import Content, CorrectionKind, CorrectionNote, PartyRef
from tracker.text.blocks import Block
from tracker.text.passages import Selector

BOLTON = PartyRef(id="pty_bolton", name="John Bolton")
POMPEO = PartyRef(id="pty_pompeo", name="Mike Pompeo")
REPORTS = ("rpt_1", "rpt_2", "rpt_3")
CLAIMS = ("clm_1", "clm_2", "clm_3")
OCCURRENCES = ("occ_1", "occ_2")
HOLDS = ("hld_1", "hld_2", "hld_3")
REQUESTS = ("act_1", "act_1", "act_2")
#: Words of which a text is made, so that a selector meets none, one or several places.
_TEXTS = ("One.", "Two.", "Three.", "One. Two.", "One. One.")

_people = st.sampled_from([ANYBODY, ANYBODY, SECOND, OF_THE_WIRE])
_report_ids = st.sampled_from([*REPORTS[:2] * 2, "rpt_3"])
_versions = st.sampled_from([None, None, None, None, 1, 2])
_offsets = st.sampled_from([0, 180, -300]).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_moments = st.datetimes(datetime(2020, 1, 1), datetime(2020, 2, 1), timezones=_offsets)
_blocks = st.lists(
    st.builds(Block, st.none(), st.sampled_from(["paragraph", "quote"]), st.sampled_from(_TEXTS)), max_size=4
)
_contents = st.builds(
    Content,
    headline=st.sampled_from(["Strike", "Strike kills general"]),
    blocks=_blocks.map(tuple),
    published_at=st.none() | _moments,
)
_notes = st.builds(CorrectionNote, text=st.sampled_from(["It was Thursday.", "It was Friday."]))
_story = {"story_id": st.just("sty_1")}
_report: dict[str, Any] = {**_story, "report_id": _report_ids, "content": _contents, "by": _people}
_edited: dict[str, Any] = {
    "slug": st.sampled_from(["strike", "baghdad"]),
    "title": st.sampled_from(["Strike", "Strike in Baghdad"]),
    "topics": st.sampled_from([(), ("war",)]),
    "urgency": st.sampled_from([None, 1, 9]),
}

# ---- What is marked

_selectors = st.builds(
    Selector, exact=st.sampled_from(["Two", "Two", "Three", "One"]), block=st.sampled_from([None, None, None, "b1"])
)
_outlets = st.sampled_from([None, None, NBC, WIRE])
_sources = st.sampled_from(
    [
        *[None] * 4,
        Attribution(party=BOLTON),
        Attribution(label="officials"),
        Attribution(label="officials", count=Count(min=2, max=3)),
        Attribution(label="officials", via=(Attribution(outlet=WIRE),)),
        Attribution(report_id="rpt_1"),
        Attribution(report_id="rpt_3"),
    ]
)
_quotes = st.sampled_from(
    [
        *[()] * 8,
        (Quote(parts=(Selector(exact="One"),), speaker=Attribution(party=BOLTON)),),
        (Quote(parts=(Selector(exact="One"), Selector(exact="Two"))),),
        (Quote(parts=(Selector(exact="One. Two"),), inner=(Quote(parts=(Selector(exact="Two"),)),)),),
    ]
)
_assertions = st.builds(
    Assertion,
    claim_id=st.sampled_from(CLAIMS),
    selector=_selectors,
    is_here=st.sampled_from([False, False, True]),
    statement=st.sampled_from([*[None] * 6, "It was so."]),
    stance=st.sampled_from(Stance),
    attribution=_sources,
    quotes=_quotes,
    about=st.sampled_from([(), (POMPEO,)]),
)
_ends = st.sampled_from([*CLAIMS[:2] * 4, "clm_3", "clm_9"]).map(
    lambda claim: ClaimRef(claim_id=claim, story_id="sty_2" if claim == "clm_9" else None)
)
_bases = st.none() | st.builds(
    Basis, text=st.sampled_from(["One", "Two"]), report_id=st.none() | _report_ids, version=st.none()
)
_older_bases = st.builds(
    Basis, text=st.sampled_from(["One", "Two"]), report_id=_report_ids, version=st.sampled_from([1, 2])
)
_relations = st.builds(
    Relating,
    relation_id=st.sampled_from(["rel_2", "rel_3", "rel_4", "rel_5"]),
    source=_ends,
    target=_ends,
    relation=st.sampled_from(RelationKind),
    basis=st.none() | st.none() | _bases | _older_bases,
    by=_outlets,
)
_whens = st.sampled_from(
    [
        None,
        When(phrase="Jan. 3"),
        When(phrase="in spring of 2017"),
        When(phrase="five months later", anchor=Anchor(occurrence="occ_1", direction="after", offset="P5M")),
    ]
)
_recordings = st.builds(
    Recording,
    occurrence_id=st.sampled_from(OCCURRENCES),
    title=st.sampled_from(["The strike", "The attack"]),
    is_here=st.sampled_from([False, False, True]),
    when=_whens,
    place=st.sampled_from([None, "Baghdad"]),
    parties=st.sampled_from([(), (BOLTON,)]),
    basis=_bases | _older_bases,
)
_markings = (*CLAIMS, "clm_1/1", "clm_1/2", "clm_2/1", "rel_1", "rel_2", *OCCURRENCES, "lnk_1")

_claim: st.SearchStrategy[Command] = st.builds(
    AssertClaim,
    **_story,
    report_id=_report_ids,
    assertion=_assertions,
    by=_people,
    version=_versions,
    text=st.none(),
)
_relation: st.SearchStrategy[Command] = st.builds(
    RelateClaims, **_story, relating=_relations, person=_people, text=st.none(), other=st.none()
)
marking: st.SearchStrategy[Command] = st.one_of(
    *[_claim] * 3,
    *[_relation] * 3,
    st.builds(RecordOccurrence, **_story, recording=_recordings, person=_people, text=st.none()),
    st.builds(WithdrawAnnotation, **_story, target=st.sampled_from(_markings), reason=st.just("It was wrong.")),
    st.builds(
        LinkStories,
        **_story,
        link_id=st.sampled_from(["lnk_1", "lnk_2"]),
        other_id=st.sampled_from(["sty_1", "sty_2", "sty_3"]),
        relation=st.sampled_from(LinkKind),
        inverse=st.booleans(),
    ),
)

# ---- What is reported

reporting: st.SearchStrategy[Command] = st.one_of(
    st.builds(
        FileReport,
        **_report,
        outlet=st.sampled_from([NBC, WIRE]),
        uri=st.sampled_from([None, "/a", "/b"]),
        as_next_version=st.booleans(),
        cites=st.sampled_from([(), ("rpt_1",)]),
        embargoed_until=st.none() | st.none() | _moments,
        hold_id=st.sampled_from(HOLDS),
        claims=st.lists(_assertions, max_size=2).map(tuple),
        relations=st.lists(_relations, max_size=1).map(tuple),
        occurrences=st.lists(_recordings, max_size=1).map(tuple),
        texts=st.just({}),
    ),
    st.builds(FileReport, **_report, outlet=st.sampled_from([NBC, WIRE]), uri=st.sampled_from([None, "/a", "/b"])),
    st.builds(UpdateReport, **_report, note=st.none() | st.just("adds a name")),
    st.builds(
        CorrectReport,
        **_report,
        note=_notes,
        kind=st.sampled_from(CorrectionKind),
        passages=st.lists(_selectors, max_size=1).map(tuple),
    ),
    st.builds(
        KillReport,
        **_story,
        report_id=_report_ids,
        by=_people,
        reason=st.just("It was made up."),
        public_note=st.sampled_from(["Withdrawn.", "Retracted."]),
        successor=st.sampled_from([None, None, "rpt_1"]),
    ),
)
telling: st.SearchStrategy[Command] = st.one_of(
    st.sampled_from(
        [
            CloseStory(story_id="sty_1", reason="Over."),
            *[ReopenStory(story_id="sty_1", reason="Not over.")] * 2,
            OpenStory(story_id="sty_1", slug="strike", title="Strike"),
        ]
    ),
    st.builds(EditStory, **_story, **_edited, summary=st.sampled_from([None, "It happened."])),
)

# ---- What the desk does

_targets = st.sampled_from(["rpt_1", "rpt_2", "rpt_1/1", "rpt_1/2", "rpt_2/2", "rpt_3/1"])
_redacted: dict[str, Any] = {
    "target": _targets,
    "reason": st.just("It names a source."),
    "authority": st.just("The editor"),
}
redacting: st.SearchStrategy[Command] = st.builds(RedactContent, **_story, **_redacted)
_acts = st.one_of(
    st.builds(
        CorrectionAct,
        report_id=_report_ids,
        content=_contents,
        note=_notes,
        kind=st.sampled_from(CorrectionKind),
        passages=st.just(()),
    ),
    st.builds(
        KillAct,
        report_id=_report_ids,
        reason=st.just("It was made up."),
        public_note=st.just("W."),
        successor=st.none(),
    ),
    st.builds(RedactionAct, **_redacted),
)
desk: st.SearchStrategy[Command] = st.one_of(
    st.builds(
        PlaceHold,
        **_story,
        hold_id=st.sampled_from(HOLDS),
        target=st.sampled_from([*REPORTS, *REPORTS, "sty_1"]),
        kind=st.sampled_from(HoldKind),
        reason=st.sampled_from(HoldReason),
        until=st.none() | _moments,
        authority=st.none(),
    ),
    st.builds(LiftHold, **_story, hold_id=st.sampled_from(HOLDS), authority=st.none()),
    st.builds(
        RequestAct,
        **_story,
        act_id=st.sampled_from(REQUESTS),
        act=_acts,
        by=_people,
        approval=st.sampled_from(Approval),
        alone_because=st.sampled_from([None, None, "Nobody else is here."]),
    ),
    st.builds(ApproveAct, **_story, act_id=st.sampled_from(REQUESTS), by=st.sampled_from([ANYBODY, SECOND, SECOND])),
    st.builds(DeclineAct, **_story, act_id=st.sampled_from(REQUESTS), by=_people, reason=st.just("It is right.")),
)
anything: st.SearchStrategy[Command] = st.one_of(reporting, marking, telling, desk)
