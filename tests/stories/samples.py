"""Commands, events and values of one small story, for the tests of its rules."""

from __future__ import annotations

from typing import Any

from tracker.stories.commands import (
    ApproveAct,
    AssertClaim,
    Assertion,
    CorrectReport,
    FileReport,
    KillReport,
    LinkStories,
    PlaceHold,
    Recording,
    RecordOccurrence,
    RedactContent,
    RelateClaims,
    Relating,
    RequestAct,
    UpdateReport,
    WithdrawAnnotation,
)
from tracker.stories.desk import DeskAct
from tracker.stories.events import (
    ContentRedacted,
    ReportCorrected,
    ReportFiled,
    ReportUpdated,
    StoryClosed,
    StoryOpened,
)
from tracker.stories.knowledge import ClaimRef, HoldKind, HoldReason, LinkKind, RelationKind
from tracker.stories.values import Content, CorrectionNote, OutletRef, Person
from tracker.text.blocks import Block, paragraphs
from tracker.text.passages import Selector

NBC = OutletRef(id="out_nbc", name="NBC News")
WIRE = OutletRef(id="out_wire", name="The Wire")
ANYBODY = Person(id="tok_anybody")
#: Who approves what the first one asked for.
SECOND = Person(id="tok_second")
OF_THE_WIRE = Person(id="tok_wire", outlets=frozenset({WIRE.id}))
URI = "https://nbc.example/strike"
NOTE = CorrectionNote(text="An earlier version misstated the day.", wrong="Friday", right="Thursday")

OPENED = StoryOpened(slug="strike", title="Strike in Baghdad")
CLOSED = StoryClosed(reason="It is over.")


def content(text: str, **fields: Any) -> Content:
    """What somebody sends: paragraphs without ids."""
    return Content(**{"headline": "Strike", **fields}, blocks=paragraphs(text))


def numbered(**blocks: str) -> Content:
    """What stands in an event: paragraphs with ids, as ``numbered(b1="One.")``."""
    return Content(headline="Strike", blocks=tuple(Block(id, "paragraph", text) for id, text in blocks.items()))


def filed(report_id: str = "rpt_1", outlet: OutletRef = NBC, uri: str | None = URI, **blocks: str) -> ReportFiled:
    return ReportFiled(report_id=report_id, outlet=outlet, uri=uri, content=numbered(**blocks))


def updated(version: int, **blocks: str) -> ReportUpdated:
    return ReportUpdated(report_id="rpt_1", version=version, content=numbered(**blocks))


def corrected(version: int, note: CorrectionNote = NOTE, **blocks: str) -> ReportCorrected:
    return ReportCorrected(report_id="rpt_1", version=version, content=numbered(**blocks), note=note)


def redacted(target: str = "rpt_1", blocks_used: int = 1) -> ContentRedacted:
    return ContentRedacted(target=target, reason="It names a source.", authority="The editor", blocks_used=blocks_used)


def redact(target: str = "rpt_1") -> RedactContent:
    return RedactContent(story_id="sty_1", target=target, reason="It names a source.", authority="The editor")


def file(text: str, **fields: Any) -> FileReport:
    """File a report of NBC at ``URI``, unless said otherwise."""
    usual: dict[str, Any] = {"story_id": "sty_1", "report_id": "rpt_1", "outlet": NBC, "by": ANYBODY, "uri": URI}
    return FileReport(**{**usual, **fields}, content=content(text))


def update(text: str, **fields: Any) -> UpdateReport:
    usual: dict[str, Any] = {"story_id": "sty_1", "report_id": "rpt_1", "by": ANYBODY}
    return UpdateReport(**{**usual, **fields}, content=content(text))


def correct(text: str, **fields: Any) -> CorrectReport:
    usual: dict[str, Any] = {"story_id": "sty_1", "report_id": "rpt_1", "by": ANYBODY, "note": NOTE}
    return CorrectReport(**{**usual, **fields}, content=content(text))


# ---- Marks


def claims(claim_id: str, exact: str, **fields: Any) -> Assertion:
    """That the words ``exact`` make a claim."""
    usual: dict[str, Any] = {"selector": Selector(exact=exact)}
    return Assertion(**{**usual, **fields}, claim_id=claim_id)


def mark(claim_id: str, exact: str, **fields: Any) -> AssertClaim:
    """Mark a claim in ``rpt_1``, unless said otherwise; what isn't of the command is of the assertion."""
    own: dict[str, Any] = {name: fields.pop(name) for name in ("report_id", "version", "text", "by") if name in fields}
    usual: dict[str, Any] = {"story_id": "sty_1", "report_id": "rpt_1", "by": ANYBODY}
    return AssertClaim(**{**usual, **own}, assertion=claims(claim_id, exact, **fields))


def relates(source: str, relation: RelationKind, target: str, relation_id: str = "rel_1", **fields: Any) -> Relating:
    """That one claim does something to another; one of another story is written "sty_2/clm_1"."""
    return Relating(relation_id=relation_id, source=end(source), target=end(target), relation=relation, **fields)


def end(written: str) -> ClaimRef:
    story_id, _, claim_id = written.rpartition("/")
    return ClaimRef(claim_id=claim_id, story_id=story_id or None)


def relate(source: str, relation: RelationKind, target: str, relation_id: str = "rel_1", **fields: Any) -> RelateClaims:
    own: dict[str, Any] = {name: fields.pop(name) for name in ("text", "other", "person") if name in fields}
    relating = relates(source, relation, target, relation_id, **fields)
    usual: dict[str, Any] = {"story_id": "sty_1", "person": ANYBODY}
    return RelateClaims(**{**usual, **own}, relating=relating)


def record(occurrence_id: str, title: str, **fields: Any) -> RecordOccurrence:
    own: dict[str, Any] = {name: fields.pop(name) for name in ("text",) if name in fields}
    recording = Recording(occurrence_id=occurrence_id, title=title, **fields)
    return RecordOccurrence(story_id="sty_1", recording=recording, person=ANYBODY, **own)


def link(link_id: str = "lnk_1", other_id: str = "sty_2", **fields: Any) -> LinkStories:
    return LinkStories(
        **{"story_id": "sty_1", "relation": LinkKind.RELATED, **fields}, link_id=link_id, other_id=other_id
    )


def withdraw(target: str) -> WithdrawAnnotation:
    return WithdrawAnnotation(story_id="sty_1", target=target, reason="It was ours, and wrong.")


# ---- The desk


def hold(hold_id: str = "hld_1", target: str = "rpt_1", **fields: Any) -> PlaceHold:
    """Hold a report from being shown, for a legal reason, unless said otherwise."""
    usual: dict[str, Any] = {"story_id": "sty_1", "kind": HoldKind.PUBLICATION, "reason": HoldReason.LEGAL}
    return PlaceHold(**{**usual, **fields}, hold_id=hold_id, target=target)


def kill(report_id: str = "rpt_1", **fields: Any) -> KillReport:
    usual: dict[str, Any] = {
        "story_id": "sty_1",
        "reason": "It was made up.",
        "public_note": "Withdrawn.",
        "by": ANYBODY,
    }
    return KillReport(**{**usual, **fields}, report_id=report_id)


def asks(act: DeskAct, act_id: str = "act_1", **fields: Any) -> RequestAct:
    return RequestAct(**{"story_id": "sty_1", "by": ANYBODY, **fields}, act_id=act_id, act=act)


def approve(act_id: str = "act_1", **fields: Any) -> ApproveAct:
    return ApproveAct(**{"story_id": "sty_1", "by": SECOND, **fields}, act_id=act_id)
