"""The forms by which a report is taken back for good: killed, or what it says destroyed."""

from __future__ import annotations

from typing import Any

from flask import url_for

from tracker import history
from tracker.api import gate
from tracker.api.rooms import connection, handle
from tracker.api.schemas.acts import KillSchema, RedactSchema
from tracker.api.sights import sight
from tracker.handling import Asked
from tracker.stories.commands import KillReport
from tracker.stories.desk import KillAct, RedactionAct
from tracker.stories.reports import Report
from tracker.stories.values import IssuedBy
from tracker.web import asking
from tracker.web.acts import found_story
from tracker.web.blueprint import bp
from tracker.web.forms import act
from tracker.web.marking import report_choices

#: How many versions there are to choose from.
_VERSIONS = 100


@bp.route("/stories/<story>/reports/<report>/kill", methods=["GET", "POST"])
def kill_report(story: str, report: str) -> Any:
    """Take a report back for good, and leave a public note."""
    story_id, state = found_story(story)
    found = history.living(state, report)

    def work(body: dict[str, Any], asked: Asked) -> str:
        said = {name: body[name] for name in ("reason", "public_note", "successor") if name in body}
        if body["issued_by"] is IssuedBy.DESK:
            return asking.ask(story_id, KillAct(report_id=report, **said), body, asked)
        handle(KillReport(story_id=story_id, report_id=report, by=gate.token().person, **said), asked)
        slug = history.at(connection(), story_id, sight=sight()).slug
        return url_for("pages.show_report", story=slug, report=report)

    others = [each for each in report_choices(state) if each[0] != report]
    context = {"successors": [("", "nothing"), *others], **asking.choices()}
    seen = found.revision
    return act(
        "kill_report.html", KillSchema(), work, seen=seen, story_id=story_id, story=state, report=found, **context
    )


@bp.route("/stories/<story>/reports/<report>/redact", methods=["GET", "POST"])
def request_redaction(story: str, report: str) -> Any:
    """Ask for what a report says to be destroyed for good."""
    story_id, state = found_story(story)
    found = state.report(report)

    def work(body: dict[str, Any], asked: Asked) -> str:
        wanted = RedactionAct(target=body["target"], reason=body["reason"], authority=body["authority"])
        return asking.ask(story_id, wanted, body, asked)

    context = {"targets": _targets(found), **asking.choices()}
    seen = found.revision
    return act(
        "redact_report.html", RedactSchema(), work, seen=seen, story_id=story_id, story=state, report=found, **context
    )


def _targets(report: Report) -> list[tuple[str, str]]:
    """The whole report, and the latest of its versions that still say something."""
    left = [each.version for each in reversed(report.versions) if not each.redacted]
    return [
        (report.report_id, "all its versions"),
        *((f"{report.report_id}/{number}", f"version {number} alone") for number in left[:_VERSIONS]),
    ]
