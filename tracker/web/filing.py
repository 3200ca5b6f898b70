"""What is done for an outlet: file a report, its next version, its correction.

A form holds text, not blocks. Of a report that is here already, a paragraph whose text stays the same keeps its kind
(heading, quote …); a new one is a paragraph. Whoever needs more sends blocks to the API.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from flask import url_for

from tracker import history
from tracker.api import gate
from tracker.api.reports import judged_content
from tracker.api.rooms import connection, handle, rooms
from tracker.api.schemas.reports import CorrectReportSchema, FileReportSchema, UpdateReportSchema
from tracker.clock import rfc3339
from tracker.handling import Asked
from tracker.ids import new_id
from tracker.projections import outlets
from tracker.stories.commands import CorrectReport, FileReport, UpdateReport
from tracker.stories.story import Report
from tracker.stories.values import Content, CorrectionKind, CorrectionNote, Extent, OutletRef
from tracker.web.acts import found_story
from tracker.web.blueprint import bp
from tracker.web.forms import NEXT_VERSION, act
from tracker.web.incoming import sent_form

_KINDS = [(kind.value, kind.value.replace("_", " ").replace("editors", "editor’s")) for kind in CorrectionKind]
_EXTENTS = [
    (Extent.FULL.value, "the full text"),
    (Extent.EXCERPT.value, "an excerpt"),
    (Extent.HEADLINE.value, "the headline only"),
]
_LINES = ("headline", "byline", "dateline", "language", "copyright_notice", "usage_terms")


@bp.route("/stories/<story>/file", methods=["GET", "POST"])
def file_report(story: str) -> Any:
    """File a report."""
    story_id, state = found_story(story)

    def work(body: dict[str, Any], asked: Asked) -> str:
        command = FileReport(
            story_id=story_id,
            report_id=new_id("rpt", rooms().clock),
            outlet=OutletRef(id="", name=body["outlet"]),
            content=judged_content(body),
            by=gate.token().person,
            uri=body.get("uri"),
            as_next_version=NEXT_VERSION in sent_form(),
        )
        return _report(story_id, handle(command, asked).report_id)

    return act("file_report.html", FileReportSchema(), work, story=state, story_id=story_id, **_choices())


@bp.route("/stories/<story>/reports/<report>/update", methods=["GET", "POST"])
def update_report(story: str, report: str) -> Any:
    """File a new version of a report."""
    story_id, state = found_story(story)
    found = state.report(report)

    def work(body: dict[str, Any], asked: Asked) -> str:
        command = UpdateReport(
            story_id=story_id,
            report_id=report,
            content=_with_kinds(judged_content(body), found),
            by=gate.token().person,
            note=body.get("note"),
        )
        return _report(story_id, handle(command, asked).report_id)

    shown = {"story": state, "story_id": story_id, "report": found, **_choices()}
    return act("update_report.html", UpdateReportSchema(), work, values=_written(found), seen=found.revision, **shown)


@bp.route("/stories/<story>/reports/<report>/correct", methods=["GET", "POST"])
def correct_report(story: str, report: str) -> Any:
    """File a correction of a report."""
    story_id, state = found_story(story)
    found = state.report(report)

    def work(body: dict[str, Any], asked: Asked) -> str:
        command = CorrectReport(
            story_id=story_id,
            report_id=report,
            content=_with_kinds(judged_content(body), found),
            note=CorrectionNote(**body["note"]),
            by=gate.token().person,
            kind=body["kind"],
        )
        return _report(story_id, handle(command, asked).report_id)

    shown = {"story": state, "story_id": story_id, "report": found, **_choices()}
    return act("correct_report.html", CorrectReportSchema(), work, values=_written(found), seen=found.revision, **shown)


def _choices() -> dict[str, Any]:
    return {"kinds": _KINDS, "extents": _EXTENTS, "outlets": _own_outlets()}


def _own_outlets() -> Sequence[tuple[str, str]] | None:
    """The only outlets that the visitor may file for, to choose from; ``None`` where there is no such limit."""
    limit = gate.token().outlets
    if limit is None:
        return None
    names = sorted(outlets.get(connection(), outlet_id).name for outlet_id in limit)
    return [(name, name) for name in names]


def _written(report: Report) -> dict[str, str]:
    """The report as a form shows it."""
    content = report.content
    lines = {name: getattr(content, name) or "" for name in _LINES}
    published = rfc3339(content.published_at) if content.published_at else ""
    text = "\n\n".join(block.text for block in content.blocks)
    return {**lines, "text": text, "published_at": published, "extent": content.extent.value}


def _with_kinds(content: Content, report: Report) -> Content:
    """``content`` with the kind of each block that ``report`` has too."""
    kinds = {block.text: block.kind for block in report.content.blocks}
    blocks = tuple(msgspec.structs.replace(b, kind=kinds.get(b.text, b.kind)) for b in content.blocks)
    return msgspec.structs.replace(content, blocks=blocks)


def _report(story_id: str, report_id: str | None) -> str:
    slug = history.at(connection(), story_id).slug
    return url_for("pages.show_report", story=slug, report=report_id)
