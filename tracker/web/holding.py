"""The forms by which the desk holds something back or keeps it from being destroyed, and lets it go."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import request, url_for

from tracker import history
from tracker.api.rooms import connection, handle, rooms
from tracker.api.schemas.acts import HoldSchema, LiftSchema
from tracker.api.sights import sight
from tracker.handling import Asked
from tracker.ids import new_id
from tracker.stories.commands import LiftHold, PlaceHold
from tracker.stories.desk import Hold
from tracker.stories.errors import UnknownHold
from tracker.stories.knowledge import HoldKind, HoldReason
from tracker.stories.questions import desk
from tracker.stories.story import Story
from tracker.web.acts import found_story
from tracker.web.blueprint import bp
from tracker.web.claim_form import at_utc
from tracker.web.forms import act
from tracker.web.marking import report_choices

_KINDS = [
    (HoldKind.PUBLICATION.value, "it is not shown"),
    (HoldKind.PRESERVATION.value, "it may not be destroyed"),
]
_REASONS = [
    (HoldReason.EMBARGO.value, "an embargo"),
    (HoldReason.LEGAL.value, "legal reasons"),
    (HoldReason.EDITORIAL.value, "editorial reasons"),
]


class _HoldForm(HoldSchema):
    @ma.pre_load
    def as_sent(self, data: dict[str, Any], **_options: Any) -> dict[str, Any]:
        return {**data, "until": at_utc(data["until"])} if isinstance(data.get("until"), str) else data


@bp.route("/stories/<story>/hold", methods=["GET", "POST"])
def place_hold(story: str) -> Any:
    """Hold a report or the whole story back, or keep it from being destroyed."""
    story_id, state = found_story(story)

    def work(body: dict[str, Any], asked: Asked) -> str:
        handle(
            PlaceHold(story_id=story_id, hold_id=new_id("hld", rooms().clock), **{"target": story_id, **body}), asked
        )
        return _story(story_id)

    targets = [("", "the whole story"), *report_choices(state)]
    values = {"target": request.args.get("report", "")}
    choices: dict[str, Any] = {"targets": targets, "kinds": _KINDS, "reasons": _REASONS}
    return act("place_hold.html", _HoldForm(), work, values=values, story_id=story_id, story=state, **choices)


@bp.route("/stories/<story>/holds/<hold>/lift", methods=["GET", "POST"])
def lift_hold(story: str, hold: str) -> Any:
    """End a hold."""
    story_id, state = found_story(story)
    found = _found(state, hold)

    def work(body: dict[str, Any], asked: Asked) -> str:
        handle(LiftHold(story_id=story_id, hold_id=hold, authority=body.get("authority")), asked)
        return _story(story_id)

    seen = found.lifted or found.revision
    return act("lift_hold.html", LiftSchema(), work, seen=seen, story_id=story_id, story=state, hold=found)


def _found(story: Story, hold_id: str) -> Hold:
    """Raises ``UnknownHold``, also for one that the visitor may not know of."""
    found = next((each for each in desk.holds(story, sight()) if each.hold_id == hold_id), None)
    if found is None:
        raise UnknownHold(hold_id)
    return found


def _story(story_id: str) -> str:
    return url_for("pages.show_story", story=history.at(connection(), story_id, sight=sight()).slug)
