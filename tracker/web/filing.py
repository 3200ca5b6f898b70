"""What is done for an outlet: file a report (and mark a claim in it), its next version, its correction.

A form holds text, not blocks. Of a report that is here already, a paragraph whose text stays the same keeps its kind
(heading, quote …); a new one is a paragraph. Whoever needs more sends blocks to the API.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import marshmallow as ma
import msgspec
from flask import url_for

from tracker import history
from tracker.api import gate
from tracker.api.filing import filing
from tracker.api.reports import judged_content
from tracker.api.rooms import connection, handle
from tracker.api.schemas.passages import selector_of
from tracker.api.schemas.reports import CorrectReportSchema, FileReportSchema, UpdateReportSchema
from tracker.api.sights import sight
from tracker.clock import rfc3339
from tracker.handling import Asked
from tracker.store import register
from tracker.stories.commands import CorrectReport, UpdateReport
from tracker.stories.desk import CorrectionAct
from tracker.stories.reports import Report
from tracker.stories.values import Content, CorrectionKind, CorrectionNote, Extent, IssuedBy
from tracker.web import asking
from tracker.web.acts import found_story
from tracker.web.blueprint import bp
from tracker.web.claim_form import at_utc, claim_of, is_empty, with_places
from tracker.web.forms import NEXT_VERSION, act
from tracker.web.incoming import sent_form
from tracker.web.marking import CLAIM_CHOICES, report_choices
from tracker.web.naming import with_lines

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
        again = NEXT_VERSION in sent_form()
        command = filing(body, story_id, judged_content(body), as_next_version=again)
        return _report(story_id, handle(command, asked).report_id)

    shown = {"story": state, "reports": report_choices(state), **CLAIM_CHOICES, **_choices()}
    values = {"claim.speaks": "source"}
    return act("file_report.html", _FileForm(), work, values=values, story_id=story_id, **shown)


@bp.route("/stories/<story>/reports/<report>/update", methods=["GET", "POST"])
def update_report(story: str, report: str) -> Any:
    """File a new version of a report."""
    story_id, state = found_story(story)
    found = history.living(state, report)

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
    found = history.living(state, report)

    def work(body: dict[str, Any], asked: Asked) -> str:
        wanted = _correction(body, found)
        if body["issued_by"] is IssuedBy.DESK:
            return asking.ask(story_id, wanted, body, asked)
        said = {name: getattr(wanted, name) for name in wanted.__struct_fields__}
        return _report(
            story_id, handle(CorrectReport(story_id=story_id, by=gate.token().person, **said), asked).report_id
        )

    shown = {"story": state, "story_id": story_id, "report": found, **_choices(), **asking.choices()}
    return act("correct_report.html", _CorrectForm(), work, values=_written(found), seen=found.revision, **shown)


class _FileForm(FileReportSchema):
    """With a report one claim may be marked, and the reports that it draws on be chosen."""

    @ma.pre_load
    def as_sent(self, data: dict[str, Any], **_options: Any) -> dict[str, Any]:
        body = dict(data)
        claim, places = body.pop("claim", None), body.pop("at", None)
        if isinstance(claim, dict) and not is_empty(claim):
            body["claims"] = [claim_of(claim)]
        if isinstance(body.get("embargoed_until"), str):
            body["embargoed_until"] = at_utc(body["embargoed_until"])
        return with_places(body, places)


class _CorrectForm(CorrectReportSchema):
    """The words that are corrected are written one passage to a line."""

    @ma.pre_load
    def as_sent(self, data: dict[str, Any], **_options: Any) -> dict[str, Any]:
        body = dict(data)
        places = body.pop("at", None)
        return with_places(with_lines(body, "passages"), places)


def _correction(body: dict[str, Any], report: Report) -> CorrectionAct:
    return CorrectionAct(
        report_id=report.report_id,
        content=_with_kinds(judged_content(body), report),
        note=CorrectionNote(**body["note"]),
        kind=body["kind"],
        passages=tuple(selector_of(each) for each in body.get("passages", ())),
    )


def _choices() -> dict[str, Any]:
    return {"kinds": _KINDS, "extents": _EXTENTS, "outlets": _own_outlets()}


def _own_outlets() -> Sequence[tuple[str, str]] | None:
    """The only outlets that the visitor may file for, to choose from; ``None`` where there is no such limit."""
    limit = gate.token().outlets
    if limit is None:
        return None
    entries = [register.entry(connection(), "outlet", outlet_id) for outlet_id in limit]
    # Of those that were merged the one that is left, once.
    names = {entry.name for entry in entries if entry}
    return [(name, name) for name in sorted(names)]


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
    slug = history.at(connection(), story_id, sight=sight()).slug
    return url_for("pages.show_report", story=slug, report=report_id)
