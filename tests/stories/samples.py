"""Commands, events and values of one small story, for the tests of its rules."""

from __future__ import annotations

from typing import Any

from tracker.stories.commands import CorrectReport, FileReport, RedactContent, UpdateReport
from tracker.stories.events import (
    ContentRedacted,
    ReportCorrected,
    ReportFiled,
    ReportUpdated,
    StoryClosed,
    StoryOpened,
)
from tracker.stories.values import Content, CorrectionNote, OutletRef, Person
from tracker.text.blocks import Block, paragraphs

NBC = OutletRef(id="out_nbc", name="NBC News")
WIRE = OutletRef(id="out_wire", name="The Wire")
ANYBODY = Person(id="tok_anybody")
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
    usual = {"story_id": "sty_1", "report_id": "rpt_1", "outlet": NBC, "by": ANYBODY, "uri": URI}
    return FileReport(**{**usual, **fields}, content=content(text))


def update(text: str, **fields: Any) -> UpdateReport:
    usual = {"story_id": "sty_1", "report_id": "rpt_1", "by": ANYBODY}
    return UpdateReport(**{**usual, **fields}, content=content(text))


def correct(text: str, **fields: Any) -> CorrectReport:
    usual = {"story_id": "sty_1", "report_id": "rpt_1", "by": ANYBODY, "note": NOTE}
    return CorrectReport(**{**usual, **fields}, content=content(text))
