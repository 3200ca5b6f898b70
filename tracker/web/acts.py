"""The pages that write: each a plain form, read by the API's own schemas and carried out by the same handler."""

from __future__ import annotations

from typing import Any

from flask import url_for

from tracker import history
from tracker.api import gate
from tracker.api.naming import story_id_of
from tracker.api.rooms import connection, handle, rooms
from tracker.api.schemas.reports import CorrectReportSchema, FileReportSchema, UpdateReportSchema, content_of
from tracker.api.schemas.stories import EditStorySchema, OpenStorySchema, ReasonSchema
from tracker.handling import Asked
from tracker.ids import new_id
from tracker.stories.commands import (
    CloseStory,
    CorrectReport,
    EditStory,
    FileReport,
    OpenStory,
    ReopenStory,
    UpdateReport,
)
from tracker.stories.story import Report, Story
from tracker.stories.values import CorrectionKind, CorrectionNote, OutletRef
from tracker.web.blueprint import bp
from tracker.web.forms import act

_KINDS = [(kind.value, kind.value.replace("_", " ").replace("editors", "editor's")) for kind in CorrectionKind]


@bp.route("/open", methods=["GET", "POST"])
def open_story() -> Any:
    """Open a story."""

    def work(body: dict[str, Any], asked: Asked) -> str:
        topics = tuple(body.get("topics", ()))
        command = OpenStory(story_id=new_id("sty", rooms().clock), **{"slug": "", **body, "topics": topics})
        return _story(handle(command, asked).story_id)

    return act("open_story.html", OpenStorySchema(), work)


@bp.route("/stories/<story>/edit", methods=["GET", "POST"])
def edit_story(story: str) -> Any:
    """Change what the desk says of the story."""
    story_id, state = _found(story)

    def work(body: dict[str, Any], asked: Asked) -> str:
        cleared = {"summary": None, "urgency": None}
        topics = tuple(body.get("topics", ()))
        handle(EditStory(story_id=story_id, **{**cleared, **body, "topics": topics}), asked)
        return _story(story_id)

    values = {
        "title": state.title,
        "slug": state.slug,
        "summary": state.summary or "",
        "topics": ", ".join(state.topics),
        "urgency": str(state.urgency or ""),
    }
    return act("edit_story.html", EditStorySchema(), work, values=values, seen=state.edited_revision, story=state)


@bp.route("/stories/<story>/close", methods=["GET", "POST"])
def close_story(story: str) -> Any:
    """Close the story."""
    story_id, state = _found(story)

    def work(body: dict[str, Any], asked: Asked) -> str:
        handle(CloseStory(story_id=story_id, reason=body["reason"]), asked)
        return _story(story_id)

    return act("reason.html", ReasonSchema(), work, story=state, verb="Close")


@bp.route("/stories/<story>/reopen", methods=["GET", "POST"])
def reopen_story(story: str) -> Any:
    """Reopen the story."""
    story_id, state = _found(story)

    def work(body: dict[str, Any], asked: Asked) -> str:
        handle(ReopenStory(story_id=story_id, reason=body["reason"]), asked)
        return _story(story_id)

    return act("reason.html", ReasonSchema(), work, story=state, verb="Reopen")


@bp.route("/stories/<story>/file", methods=["GET", "POST"])
def file_report(story: str) -> Any:
    """File a report."""
    story_id, state = _found(story)

    def work(body: dict[str, Any], asked: Asked) -> str:
        command = FileReport(
            story_id=story_id,
            report_id=new_id("rpt", rooms().clock),
            outlet=OutletRef(id="", name=body["outlet"]),
            content=content_of(body),
            by=gate.token().person,
            uri=body.get("uri"),
        )
        return _report(story_id, handle(command, asked).report_id)

    return act("file_report.html", FileReportSchema(), work, story=state)


@bp.route("/stories/<story>/reports/<report>/update", methods=["GET", "POST"])
def update_report(story: str, report: str) -> Any:
    """File a new version of a report."""
    story_id, state = _found(story)
    found = state.report(report)

    def work(body: dict[str, Any], asked: Asked) -> str:
        command = UpdateReport(
            story_id=story_id,
            report_id=report,
            content=content_of(body),
            by=gate.token().person,
            note=body.get("note"),
        )
        return _report(story_id, handle(command, asked).report_id)

    shown = {"story": state, "report": found}
    return act("update_report.html", UpdateReportSchema(), work, values=_written(found), seen=found.revision, **shown)


@bp.route("/stories/<story>/reports/<report>/correct", methods=["GET", "POST"])
def correct_report(story: str, report: str) -> Any:
    """File a correction of a report."""
    story_id, state = _found(story)
    found = state.report(report)

    def work(body: dict[str, Any], asked: Asked) -> str:
        command = CorrectReport(
            story_id=story_id,
            report_id=report,
            content=content_of(body),
            note=CorrectionNote(**body["note"]),
            by=gate.token().person,
            kind=body["kind"],
        )
        return _report(story_id, handle(command, asked).report_id)

    shown = {"story": state, "report": found, "kinds": _KINDS}
    return act("correct_report.html", CorrectReportSchema(), work, values=_written(found), seen=found.revision, **shown)


def _found(story: str) -> tuple[str, Story]:
    story_id = story_id_of(story)
    return story_id, history.at(connection(), story_id)


def _written(report: Report) -> dict[str, str]:
    """The report as a form shows it. Headings and quotes become paragraphs; a script that needs them sends blocks."""
    content = report.content
    fields = {name: getattr(content, name) for name in ("headline", "byline", "dateline", "language")}
    text = "\n\n".join(block.text for block in content.blocks)
    return {**{name: value or "" for name, value in fields.items()}, "text": text}


def _story(story_id: str) -> str:
    return url_for("pages.show_story", story=history.at(connection(), story_id).slug)


def _report(story_id: str, report_id: str | None) -> str:
    slug = history.at(connection(), story_id).slug
    return url_for("pages.show_report", story=slug, report=report_id)
