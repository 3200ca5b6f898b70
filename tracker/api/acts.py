"""Acts of the desk: a kill, a redaction, and what waits for a second person's word.

What an outlet did itself is recorded at once. What the desk does is asked for by one person and approved by another;
both are known by their tokens. Where the newsroom's settings let one act alone, the act is done at once, and why is
part of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from tracker import history
from tracker.access.permissions import Permission
from tracker.api import answers, gate
from tracker.api.blueprints import Blueprint
from tracker.api.naming import story_id_of
from tracker.api.pointing import pointing
from tracker.api.rooms import connection, handle, rooms
from tracker.api.schemas.acts import (
    ApproveSchema,
    KillReceiptSchema,
    KillSchema,
    RedactSchema,
    RequestReceiptSchema,
)
from tracker.api.schemas.stories import ReasonSchema
from tracker.api.sights import sight, stamp_of
from tracker.handling import Asked, Outcome
from tracker.ids import new_id
from tracker.stories.commands import ApproveAct, Command, DeclineAct, KillReport, RequestAct
from tracker.stories.desk import DeskAct, KillAct, RedactionAct
from tracker.stories.values import IssuedBy

bp = Blueprint(
    "acts", __name__, url_prefix="/v1/stories/<story>", description="Acts of the desk, and who approves them"
)


@bp.route("/reports/<report>/kill", methods=["POST"])
@bp.arguments(KillSchema())
@bp.response(201, KillReceiptSchema())
@bp.alt_response(200, schema=KillReceiptSchema(), description="It was killed so before; nothing was written")
@bp.alt_response(202, schema=RequestReceiptSchema(), description="The desk's: it waits for a second person")
@bp.alt_response(428)
def kill_report(body: dict[str, Any], story: str, report: str) -> Response:
    """Take a report back for good, and leave a public note. Needs If-Match with the report's ETag."""
    asked = gate.asked(if_match=True)
    said = {name: body[name] for name in ("reason", "public_note", "successor") if name in body}
    if body["issued_by"] is IssuedBy.DESK:
        outcome = ask(KillAct(report_id=report, **said), body, story, asked)
        return waiting(outcome) or _killed(outcome, report)
    command = KillReport(story_id=story_id_of(story), report_id=report, by=gate.token().person, **said)
    return _killed(_carry_out(command, asked), report)


@bp.route("/redactions", methods=["POST"])
@bp.arguments(RedactSchema())
@bp.response(202, RequestReceiptSchema())
@bp.alt_response(200, schema=RequestReceiptSchema(), description="It is done: alone, or before")
def request_redaction(body: dict[str, Any], story: str) -> Response:
    """Ask for what a report says to be destroyed for good. Another person approves it."""
    act = RedactionAct(target=body["target"], reason=body["reason"], authority=body["authority"])
    outcome = ask(act, body, story, gate.asked())
    return waiting(outcome) or _decided(outcome)


@bp.route("/requests/<request_id>/approve", methods=["POST"])
@bp.arguments(ApproveSchema())
@bp.response(200, RequestReceiptSchema())
@bp.alt_response(428)
def approve_request(body: dict[str, Any], story: str, request_id: str) -> Response:
    """Do what another person asked for. Needs If-Match with the request's ETag."""
    command = ApproveAct(story_id=story_id_of(story), act_id=request_id, by=gate.token().person)
    return _decided(_carry_out(command, gate.asked(if_match=True)))


@bp.route("/requests/<request_id>/decline", methods=["POST"])
@bp.arguments(ReasonSchema())
@bp.response(200, RequestReceiptSchema())
def decline_request(body: dict[str, Any], story: str, request_id: str) -> Response:
    """Let what was asked for not be done. Whoever asked for it takes it back so."""
    command = DeclineAct(story_id=story_id_of(story), act_id=request_id, reason=body["reason"], by=gate.token().person)
    return _decided(_carry_out(command, gate.asked()))


def ask(act: DeskAct, body: Mapping[str, Any], story: str, asked: Asked) -> Outcome:
    """Ask a second person for ``act``; do it at once where ``body`` says why alone. Raises ``Forbidden`` for who may
    not act for the desk.
    """
    gate.require(gate.token(), Permission.EDIT)
    command = RequestAct(
        story_id=story_id_of(story),
        act_id=new_id("act", rooms().clock),
        act=act,
        by=gate.token().person,
        alone_because=body.get("alone_because"),
    )
    return _carry_out(command, asked)


def waiting(outcome: Outcome) -> Response | None:
    """The answer to what was asked of a second person; ``None`` where it is done."""
    state = _state(outcome)
    return _request(outcome, state, 202) if state == "waiting" else None


def _carry_out(command: Command, asked: Asked) -> Outcome:
    with pointing():
        return handle(command, asked)


def _state(outcome: Outcome) -> str:
    """What has become of the request by now; what was done without one is as good as approved."""
    if outcome.subject is None:
        return "approved"
    return history.at(connection(), outcome.story_id, sight=sight()).requests[outcome.subject].state.value


def _decided(outcome: Outcome) -> Response:
    return _request(outcome, _state(outcome), 200)


def _request(outcome: Outcome, state: str, status: int) -> Response:
    url = f"/v1/stories/{outcome.story_id}/requests"
    there = f"{url}/{outcome.subject}"
    body = {
        **_receipt(outcome, url),
        "request": outcome.subject,
        "state": state,
        "approve": f"{there}/approve" if outcome.subject else None,
        "decline": f"{there}/decline" if outcome.subject else None,
    }
    tag = answers.tag(outcome.revision, f"request/{state}", stamp_of(outcome.story_id))
    return answers.answer(body, status, tag=tag, headers={"Location": url})


def _killed(outcome: Outcome, report: str) -> Response:
    url = f"/v1/stories/{outcome.story_id}/reports/{report}"
    tag = answers.tag(outcome.revision, "report/killed", stamp_of(outcome.story_id))
    body = {**_receipt(outcome, url), "report_id": report}
    return answers.answer(body, 201 if outcome.written else 200, tag=tag, headers={"Location": url})


def _receipt(outcome: Outcome, url: str) -> dict[str, Any]:
    return {"story": outcome.story_id, "revision": outcome.revision, "position": outcome.position, "url": url}
