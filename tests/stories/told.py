"""A story of four reports, told in events: what three outlets said of one strike, and what a fourth made of it.

The desk marked who says what, on whose word and in which words. ``TOLD`` are the events, in order; the reports are
published at 3, 13, 14 and 15 January 2020.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from tests.stories.specification import story_of
from tracker.stories.dates import Anchor, When, resolve
from tracker.stories.events import (
    ClaimAsserted,
    ClaimsRelated,
    Event,
    OccurrenceRecorded,
    ReportCorrected,
    ReportFiled,
    ReportUpdated,
    StoriesLinked,
    StoryOpened,
)
from tracker.stories.knowledge import Attribution, ClaimRef, Count, LinkKind, Quote, RelationKind, Stance
from tracker.stories.story import Story
from tracker.stories.values import Content, CorrectionNote, OutletRef, PartyRef
from tracker.text.blocks import Block
from tracker.text.passages import Selector

WIRE = OutletRef(id="out_wire", name="The Wire")
NBC = OutletRef(id="out_nbc", name="NBC News")
POST = OutletRef(id="out_post", name="The Washington Post")
DIGEST = OutletRef(id="out_digest", name="The Digest")
TRUMP = PartyRef(id="pty_trump", name="Donald Trump")
BOLTON = PartyRef(id="pty_bolton", name="John Bolton")
MATTIS = PartyRef(id="pty_mattis", name="James Mattis")

IMMINENT, JUNE, LONG, SPRING, MATTIS_RESISTED = "clm_imminent", "clm_june", "clm_long", "clm_spring", "clm_mattis"
OFFICIAL = Attribution(label="a second senior administration official", ordinal=2, anonymity_reason="not authorised")
PENTAGON = Attribution(label="a former senior Pentagon official")
AT_NIGHT = datetime(2020, 1, 13, 23, tzinfo=UTC)


def _content(headline: str, published_at: datetime | None, *texts: str) -> Content:
    blocks = tuple(Block(f"b{number}", "paragraph", text) for number, text in enumerate(texts, start=1))
    return Content(headline=headline, blocks=blocks, published_at=published_at)


def _filed(report_id: str, outlet: OutletRef, content: Content, *cites: str) -> ReportFiled:
    return ReportFiled(report_id=report_id, outlet=outlet, uri=f"https://{outlet.id}/1", content=content, cites=cites)


def said(
    claim_id: str, statement: str, report_id: str, exact: str, appearance: int = 1, **fields: Any
) -> ClaimAsserted:
    return ClaimAsserted(
        claim_id=claim_id,
        appearance=appearance,
        statement=statement,
        report_id=report_id,
        version=fields.pop("version", 1),
        selector=Selector(exact=exact),
        **fields,
    )


def disputes(
    relation_id: str, source: str, target: str, by: OutletRef | None, basis: str | None, **fields: Any
) -> Event:
    return ClaimsRelated(
        relation_id=relation_id,
        source=ClaimRef(claim_id=source),
        target=ClaimRef(claim_id=target),
        relation=RelationKind.DISPUTES,
        by=by,
        basis=basis,
        **fields,
    )


def happened(name: str, title: str, when: When | None, report_id: str | None, *parties: PartyRef) -> OccurrenceRecorded:
    basis: dict[str, Any] = {"report_id": report_id, "version": 1, "basis": title} if report_id else {}
    return OccurrenceRecorded(occurrence_id=name, title=title, when=when, parties=parties, **basis)


_PUBLISHED = date(2020, 1, 13)
_OFFICE = resolve("took office", published=None, edtf="2017-01-20")
B_TEXT = ("The president approved it in June.", "The timing, however, could undermine it.", "if they hit Americans")
C_TEXT = ("as early as five months after taking office", "resisted any action", "batted around", "Not complicated.")

OPENED = StoryOpened(slug="strike", title="Strike in Baghdad")
A = _filed("rpt_a", WIRE, _content("Strike", datetime(2020, 1, 3, 3, tzinfo=UTC), "An attack was imminent."))
B = _filed("rpt_b", NBC, _content("Approved in June", datetime(2020, 1, 13, 18, tzinfo=UTC), *B_TEXT))
C = _filed("rpt_c", POST, _content("Weighed since 2017", datetime(2020, 1, 14, 1, tzinfo=UTC), *C_TEXT))
D = _filed(
    "rpt_d", DIGEST, _content("Both", datetime(2020, 1, 15, tzinfo=UTC), "NBC and the Post say."), "rpt_b", "rpt_c"
)

WEIGHED = "The killing was weighed long before January 2020."
TOLD: tuple[Event, ...] = (
    OPENED,
    A,
    said(
        IMMINENT,
        "The strike stopped an imminent attack.",
        "rpt_a",
        "imminent",
        attribution=Attribution(label="officials"),
    ),
    happened("occ_office", "The president takes office", _OFFICE, None, TRUMP),
    happened("occ_strike", "The strike", resolve("Jan. 3", published=_PUBLISHED), "rpt_a"),
    B,
    said(
        JUNE,
        "The president approved the killing in June.",
        "rpt_b",
        "The president approved it in June.",
        about=(TRUMP,),
    ),
    said(
        LONG,
        WEIGHED,
        "rpt_b",
        "approved it in June",
        stance=Stance.REPORTS,
        attribution=OFFICIAL,
        quotes=(
            Quote(
                parts=(Selector(exact="if they hit Americans"),),
                inner=(Quote(parts=(Selector(exact="hit"),), speaker=Attribution(party=TRUMP, via=(OFFICIAL,))),),
            ),
        ),
    ),
    disputes("rel_nbc", JUNE, IMMINENT, NBC, "could undermine", report_id="rpt_b", version=1),
    happened("occ_drone", "A drone is shot down", resolve("June", published=_PUBLISHED), "rpt_b", TRUMP, BOLTON),
    OccurrenceRecorded(
        occurrence_id="occ_contractor",
        title="A contractor is killed",
        when=When(phrase="", anchor=Anchor(occurrence="occ_strike", direction="before")),
    ),
    C,
    said(LONG, WEIGHED, "rpt_c", C_TEXT[0], appearance=2, attribution=Attribution(party=TRUMP, count=Count(min=1))),
    said(SPRING, "He floated it in spring of 2017.", "rpt_c", "batted around", about=(TRUMP,)),
    said(
        MATTIS_RESISTED,
        "Mattis resisted.",
        "rpt_c",
        "resisted any action",
        about=(MATTIS,),
        quotes=(Quote(parts=(Selector(exact="batted around"), Selector(exact="Not complicated.")), speaker=PENTAGON),),
    ),
    disputes("rel_desk", SPRING, IMMINENT, None, None),
    happened("occ_idea", "The idea is floated", resolve("in spring of 2017", published=None), "rpt_c", TRUMP),
    OccurrenceRecorded(
        occurrence_id="occ_idea",
        title="The idea is discussed",
        when=resolve(
            C_TEXT[0],
            published=None,
            anchor=Anchor(occurrence="occ_office", direction="after"),
            anchor_day=_OFFICE,
        ),
        parties=(TRUMP,),
        report_id="rpt_c",
        version=1,
        basis=C_TEXT[0],
    ),
    D,
    said(LONG, WEIGHED, "rpt_d", "NBC and the Post say.", appearance=3, stance=Stance.REPORTS),
    StoriesLinked(link_id="lnk_1", story_id="sty_other", relation=LinkKind.RELATED),
)

#: What comes later: a second version of B, in which words are lost, and a correction of C.
UPDATED = ReportUpdated(
    report_id="rpt_b",
    version=2,
    content=_content("Approved", datetime(2020, 1, 14, 12, tzinfo=UTC), B_TEXT[1], "It was approved last summer."),
)
CORRECTED = ReportCorrected(
    report_id="rpt_c",
    version=2,
    content=_content("Weighed since 2017", datetime(2020, 1, 16, tzinfo=UTC), *C_TEXT, "It was June."),
    note=CorrectionNote(text="It was June.", wrong="May", right="June"),
    passages=(Selector(exact="batted around"),),
)


def told(*more: Event) -> Story:
    """The story, and what happens after it."""
    return story_of(*TOLD, *more)
