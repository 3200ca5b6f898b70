"""Holds: what is not shown, or may not be destroyed, until it is lifted. A hold needs one editor and acts at once."""

from __future__ import annotations

from typing import Any

from flask import Response

from tracker.api import answers, gate
from tracker.api.blueprints import Blueprint
from tracker.api.naming import story_id_of
from tracker.api.pointing import pointing
from tracker.api.rooms import handle, rooms
from tracker.api.schemas.acts import HoldReceiptSchema, HoldSchema, LiftSchema
from tracker.api.sights import stamp_of
from tracker.handling import Outcome
from tracker.ids import new_id
from tracker.stories.commands import LiftHold, PlaceHold

bp = Blueprint("holds", __name__, url_prefix="/v1/stories/<story>/holds", description="What is held back, or kept")


@bp.route("", methods=["POST"])
@bp.arguments(HoldSchema())
@bp.response(201, HoldReceiptSchema())
@bp.alt_response(200, schema=HoldReceiptSchema(), description="It is held so already; nothing was written")
def place_hold(body: dict[str, Any], story: str) -> Response:
    """Hold a report or the story back, or keep it from being destroyed."""
    story_id = story_id_of(story)
    command = PlaceHold(story_id=story_id, hold_id=new_id("hld", rooms().clock), **{"target": story_id, **body})
    with pointing():
        return _receipt(handle(command, gate.asked()), 201)


@bp.route("/<hold>/lift", methods=["POST"])
@bp.arguments(LiftSchema())
@bp.response(200, HoldReceiptSchema())
@bp.alt_response(428)
def lift_hold(body: dict[str, Any], story: str, hold: str) -> Response:
    """End a hold. Needs If-Match with the hold's ETag, which its placing answered."""
    command = LiftHold(story_id=story_id_of(story), hold_id=hold, authority=body.get("authority"))
    with pointing():
        return _receipt(handle(command, gate.asked(if_match=True)), 200)


def _receipt(outcome: Outcome, made: int) -> Response:
    url = f"/v1/stories/{outcome.story_id}/holds"
    body = {
        "story": outcome.story_id,
        "revision": outcome.revision,
        "position": outcome.position,
        "url": url,
        "hold": outcome.subject,
    }
    tag = answers.tag(outcome.revision, f"hold/{outcome.subject}", stamp_of(outcome.story_id))
    return answers.answer(body, made if outcome.written else 200, tag=tag, headers={"Location": url})
