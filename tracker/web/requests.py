"""The page of what waits for a second person, and the forms by which that one lets it be done, or not."""

from __future__ import annotations

from typing import Any

from flask import render_template, url_for

from tracker import history
from tracker.access import tokens
from tracker.access.permissions import Permission
from tracker.api import gate
from tracker.api.rooms import connection, handle
from tracker.api.schemas.acts import ApproveSchema
from tracker.api.schemas.stories import ReasonSchema
from tracker.api.sights import sight
from tracker.handling import Asked
from tracker.store.withholding import Sight
from tracker.stories.commands import ApproveAct, DeclineAct
from tracker.stories.desk import Request
from tracker.stories.errors import UnknownRequest
from tracker.stories.questions import desk
from tracker.stories.story import Story
from tracker.web.acts import found_story
from tracker.web.blueprint import bp
from tracker.web.forms import act
from tracker.web.states import part_of, shown


@bp.get("/stories/<story>/requests")
def list_requests(story: str) -> str:
    """What waits for a second person, what was decided, and what is held."""
    seen = shown(story)
    part = part_of(desk.requests(seen.story, sight()))
    return render_template(
        "requests.html",
        seen=seen,
        story=seen.story,
        slug=seen.slug,
        part=part,
        holds=part_of(desk.holds(seen.story, sight())[::-1], parameter="holds"),
        names=_names(part.items),
        may_decide=not seen.past and gate.token().may(Permission.EDIT),
    )


@bp.route("/stories/<story>/requests/<request_id>/approve", methods=["GET", "POST"])
def approve_request(story: str, request_id: str) -> Any:
    """Do what another person asked for."""
    story_id, state = found_story(story)
    found = _found(state, request_id)

    def work(_body: dict[str, Any], asked: Asked) -> str:
        handle(ApproveAct(story_id=story_id, act_id=request_id, by=gate.token().person), asked)
        return _requests(story_id)

    return act("approve.html", ApproveSchema(), work, seen=_seen(found), story_id=story_id, **_context(state, found))


@bp.route("/stories/<story>/requests/<request_id>/decline", methods=["GET", "POST"])
def decline_request(story: str, request_id: str) -> Any:
    """Let what was asked for not be done. Whoever asked for it takes it back so."""
    story_id, state = found_story(story)
    found = _found(state, request_id)

    def work(body: dict[str, Any], asked: Asked) -> str:
        command = DeclineAct(story_id=story_id, act_id=request_id, reason=body["reason"], by=gate.token().person)
        handle(command, asked)
        return _requests(story_id)

    return act("decline.html", ReasonSchema(), work, seen=_seen(found), story_id=story_id, **_context(state, found))


def _found(story: Story, act_id: str) -> Request:
    """Raises ``UnknownRequest``, also for one that the visitor may not know of."""
    seen: Sight = sight()
    found = next((each for each in desk.requests(story, seen) if each.act_id == act_id), None)
    if found is None:
        raise UnknownRequest(act_id)
    return found


def _seen(found: Request) -> int:
    return found.decided_revision or found.revision


def _context(story: Story, found: Request) -> dict[str, Any]:
    mine = found.requested_by == gate.token().id
    return {"story": story, "slug": story.slug, "request_": found, "mine": mine, "names": _names([found])}


def _names(requests: Any) -> dict[str, str]:
    """What those who asked and decided are called, by the ids of their tokens."""
    ids = {name for each in requests for name in (each.requested_by, each.decided_by) if name}
    return tokens.names(connection(), ids)


def _requests(story_id: str) -> str:
    return url_for("pages.list_requests", story=history.at(connection(), story_id, sight=sight()).slug)
