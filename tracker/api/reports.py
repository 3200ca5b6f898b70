"""Reports: file, update, correct, list, show, and their versions."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Response, request

from tracker import history
from tracker.api import acts, answers, cursors, gate
from tracker.api.blueprints import Blueprint
from tracker.api.fields import MOST_BLOCKS
from tracker.api.filing import Filed, filing, made_with
from tracker.api.naming import story_id_of
from tracker.api.paging import limit_asked
from tracker.api.pointing import pointing
from tracker.api.rooms import connection, handle, rooms
from tracker.api.schemas.acts import RequestReceiptSchema
from tracker.api.schemas.passages import selector_of
from tracker.api.schemas.reports import (
    CorrectReportSchema,
    FileReportSchema,
    ReportListSchema,
    ReportReceiptSchema,
    ReportSchema,
    ReportsQuery,
    UpdateReportSchema,
    VersionListSchema,
    VersionQuery,
    content_of,
    present_version,
    present_whole,
)
from tracker.api.schemas.stories import present_report
from tracker.api.sights import place_of, sight, stamp_of
from tracker.errors import Fault, Invalid
from tracker.handling import Outcome
from tracker.stories.commands import CorrectReport, UpdateReport
from tracker.stories.desk import CorrectionAct
from tracker.stories.values import Content, CorrectionNote, IssuedBy

bp = Blueprint("reports", __name__, url_prefix="/v1/stories/<story>/reports", description="Reports of a story")

_PREFER = {
    "in": "header",
    "name": "Prefer",
    "description": "handling=lenient: a report that is here with other content gets its next version (RFC 7240)",
    "schema": {"type": "string"},
}


@bp.route("", methods=["POST"])
@bp.arguments(FileReportSchema())
@bp.response(201, ReportReceiptSchema())
@bp.alt_response(200, schema=ReportReceiptSchema(), description="It was filed before; nothing was written")
@bp.doc(parameters=[_PREFER])
def file_report(body: dict[str, Any], story: str) -> Response:
    """File a report. The same filing twice is one report and the first answer."""
    with pointing():
        command = filing(body, story_id_of(story), judged_content(body), as_next_version=_lenient())
        outcome = handle(command, gate.asked())
    return _receipt(outcome, made_with(outcome, body))


@bp.route("", methods=["GET"])
@bp.arguments(ReportsQuery(), location="query")
@bp.response(200, ReportListSchema())
@bp.alt_response(409)
def list_reports(query: dict[str, Any], story: str) -> Response:
    """List the story's reports, in the order in which they were filed."""
    limit = limit_asked(query)
    story_id = story_id_of(story)
    state = history.at(connection(), story_id, sight=sight())
    after = cursors.revision_in("reports", story_id, query.get("cursor"))
    later = [report for report in state.reports.values() if report.versions[0].revision > after]
    shown = later[:limit]
    following = None if shown == later else cursors.of_story("reports", story_id, shown[-1].versions[0].revision)
    items = [present_report(story_id, report) for report in shown]
    return answers.page(items, following, revision=state.revision)


@bp.route("/<report>", methods=["GET"])
@bp.arguments(VersionQuery(), location="query")
@bp.response(200, ReportSchema())
@bp.alt_response(304, description="The client has it already")
def show_report(query: dict[str, Any], story: str, report: str) -> Response:
    """Show a report with the text of its latest version, or of the one asked for."""
    story_id = story_id_of(story)
    place = place_of(story_id)
    found = history.living(history.at(connection(), story_id, sight=sight()), report)
    version = query.get("version", found.version)
    tag = answers.tag(found.revision, f"report/{version}", place.stamp)
    if version <= found.version and (same := answers.not_modified(tag)):
        return same
    shown = history.content(connection(), story_id, found, version)
    return answers.answer(present_whole(story_id, found, version, shown), tag=tag)


@bp.route("/<report>/versions", methods=["GET"])
@bp.arguments(ReportsQuery(), location="query")
@bp.response(200, VersionListSchema())
@bp.alt_response(409)
def list_versions(query: dict[str, Any], story: str, report: str) -> Response:
    """List the versions of a report, the first one first."""
    limit = limit_asked(query)
    story_id = story_id_of(story)
    found = history.living(history.at(connection(), story_id, sight=sight()), report)
    after = cursors.revision_in("versions", story_id, query.get("cursor"))
    later = [version for version in found.versions if version.revision > after]
    shown = later[:limit]
    following = None if shown == later else cursors.of_story("versions", story_id, shown[-1].revision)
    return answers.page([present_version(story_id, report, version) for version in shown], following)


@bp.route("/<report>/versions", methods=["POST"])
@bp.arguments(UpdateReportSchema())
@bp.response(201, ReportReceiptSchema())
@bp.alt_response(200, schema=ReportReceiptSchema(), description="The content is that of the last version")
def update_report(body: dict[str, Any], story: str, report: str) -> Response:
    """Add the next version of a report, whole."""
    command = UpdateReport(
        story_id=story_id_of(story),
        report_id=report,
        content=judged_content(body),
        by=gate.token().person,
        note=body.get("note"),
    )
    return _receipt(handle(command, gate.asked()))


@bp.route("/<report>/corrections", methods=["POST"])
@bp.arguments(CorrectReportSchema())
@bp.response(201, ReportReceiptSchema())
@bp.alt_response(200, schema=ReportReceiptSchema(), description="It was corrected so before; nothing was written")
@bp.alt_response(202, schema=RequestReceiptSchema(), description="The desk's: it waits for a second person")
@bp.alt_response(428)
def correct_report(body: dict[str, Any], story: str, report: str) -> Response:
    """Add a version in which something is set right. Needs If-Match with the report's ETag."""
    asked = gate.asked(if_match=True)
    right: dict[str, Any] = {
        "report_id": report,
        "content": judged_content(body),
        "note": CorrectionNote(**body["note"]),
        "kind": body["kind"],
        "passages": tuple(selector_of(passage) for passage in body.get("passages", ())),
    }
    if body["issued_by"] is IssuedBy.DESK:
        outcome = acts.ask(CorrectionAct(**right), body, story, asked)
        return acts.waiting(outcome) or _corrected(outcome, report)
    with pointing():
        command = CorrectReport(story_id=story_id_of(story), by=gate.token().person, **right)
        return _receipt(handle(command, asked))


def _lenient() -> bool:
    """Whether a report that is here with other content shall get its next version (RFC 7240 §2, §4.4)."""
    asked = request.headers.get("Prefer", "").lower().replace('"', "").split(",")
    return any(each.partition(";")[0].replace(" ", "").replace("\t", "") == "handling=lenient" for each in asked)


def judged_content(body: dict[str, Any]) -> Content:
    """The content that a request holds. Raises ``Invalid`` where it is longer than a report may be."""
    most = rooms().settings.report_max_characters
    content = content_of(body)
    if sum(len(block.text) for block in content.blocks) > most:
        raise _too_long(body, f"A report takes at most {most} characters.")
    if len(content.blocks) > MOST_BLOCKS:
        raise _too_long(body, f"A report takes at most {MOST_BLOCKS} paragraphs.")
    return content


def _too_long(body: dict[str, Any], detail: str) -> Invalid:
    pointer = "/blocks" if "blocks" in body else "/text"
    return Invalid(f"{pointer}: {detail}", faults=[Fault(pointer, detail)])


def _corrected(outcome: Outcome, report: str) -> Response:
    """The answer to a correction that the desk made at once, or had made before."""
    if outcome.report_id is None:
        version = history.at(connection(), outcome.story_id, sight=sight()).report(report).version
        outcome = msgspec.structs.replace(outcome, report_id=report, version=version)
    return _receipt(outcome)


def _receipt(outcome: Outcome, filed: Filed | None = None) -> Response:
    filed = filed or Filed(outcome.revision, outcome.revision)
    url = f"/v1/stories/{outcome.story_id}/reports/{outcome.report_id}"
    body = {
        "report_id": outcome.report_id,
        "version": outcome.version,
        "revision": filed.revision,
        "story": outcome.story_id,
        "url": url,
        "position": outcome.position,
        "new_outlet": outcome.new_outlet,
        "new_outlets": outcome.new_outlets,
        "new_parties": outcome.new_parties,
        **filed.ids,
    }
    tag = answers.tag(filed.version_at, f"report/{outcome.version}", stamp_of(outcome.story_id))
    return answers.answer(body, 201 if outcome.written else 200, tag=tag, headers={"Location": url})
