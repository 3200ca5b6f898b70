"""Stories: open, list, show, edit, close, reopen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response

from tracker.api import answers, gate, whole
from tracker.api.blueprints import Blueprint
from tracker.api.freshness import wait_for
from tracker.api.moments import parse_moment
from tracker.api.naming import outlet_asked, story_id_of
from tracker.api.paging import encode_cursor, limit_asked, number_in
from tracker.api.reading import asked_of
from tracker.api.rooms import connection, handle, rooms
from tracker.api.schemas.moments import MomentQuery
from tracker.api.schemas.stories import (
    EditStorySchema,
    OpenStorySchema,
    ReasonSchema,
    StoriesQuery,
    StoryPageSchema,
    present_row,
)
from tracker.api.schemas.whole import StorySchema
from tracker.api.sights import sight
from tracker.handling import Asked
from tracker.ids import new_id
from tracker.projections import story_list
from tracker.stories.commands import CloseStory, Command, EditStory, OpenStory, ReopenStory

bp = Blueprint("stories", __name__, url_prefix="/v1", description="Stories")


@bp.route("/stories", methods=["POST"])
@bp.arguments(OpenStorySchema())
@bp.response(201, StorySchema())
def open_story(body: dict[str, Any]) -> Response:
    """Open a story."""
    command = OpenStory(story_id=new_id("sty", rooms().clock), **{"slug": "", **body, "topics": _topics(body)})
    outcome = handle(command, gate.asked())
    location = f"/v1/stories/{outcome.story_id}"
    return whole.show_outcome(outcome, 201, {"Location": location})


@bp.route("/stories", methods=["GET"])
@bp.arguments(StoriesQuery(), location="query")
@bp.response(200, StoryPageSchema())
def list_stories(query: dict[str, Any]) -> Response:
    """List stories, the latest changed first."""
    limit = limit_asked(query)
    wait_for(query.get("wait_for"), story_list.NAME)
    page = story_list.find(
        connection(),
        sight=sight(),
        q=query.get("q"),
        topic=query.get("topic"),
        outlet_id=outlet_asked(query.get("outlet")),
        status=query.get("status"),
        changed_since=_since(query.get("changed_since")),
        before_position=_position(query.get("cursor")),
        limit=limit,
    )
    following = encode_cursor("stories", [page.last_position]) if page.more else None
    return answers.page([present_row(row) for row in page.items], following, as_at_position=page.as_at_position)


@bp.route("/stories/<story>", methods=["GET"])
@bp.arguments(MomentQuery(), location="query")
@bp.response(200, StorySchema())
@bp.alt_response(304, description="The client has it already")
def show_story(query: dict[str, Any], story: str) -> Response:
    """Show a story: as it is, as of a revision or as of a moment."""
    return whole.show(asked_of(story, query, "story"))


@bp.route("/stories/<story>", methods=["PATCH"])
@bp.arguments(EditStorySchema())
@bp.response(200, StorySchema())
@bp.alt_response(428)
def edit_story(body: dict[str, Any], story: str) -> Response:
    """Change what the desk says of the story: its slug, title, summary, topics or urgency."""
    topics = {"topics": _topics(body)} if "topics" in body else {}
    command = EditStory(story_id=story_id_of(story), **{**body, **topics})
    return _done(command, gate.asked(if_match=True))


@bp.route("/stories/<story>/close", methods=["POST"])
@bp.arguments(ReasonSchema())
@bp.response(200, StorySchema())
def close_story(body: dict[str, Any], story: str) -> Response:
    """Close the story: it takes no reports until it is reopened."""
    return _done(CloseStory(story_id=story_id_of(story), reason=body["reason"]), gate.asked())


@bp.route("/stories/<story>/reopen", methods=["POST"])
@bp.arguments(ReasonSchema())
@bp.response(200, StorySchema())
def reopen_story(body: dict[str, Any], story: str) -> Response:
    """Reopen a closed story."""
    return _done(ReopenStory(story_id=story_id_of(story), reason=body["reason"]), gate.asked())


def _topics(body: dict[str, Any]) -> tuple[str, ...]:
    return tuple(body.get("topics", ()))


def _done(command: Command, asked: Asked) -> Response:
    return whole.show_outcome(handle(command, asked))


def _since(written: str | None) -> datetime | None:
    now = rooms().clock.recorded_now()
    return None if written is None else parse_moment(written, now, parameter="changed_since")


def _position(cursor: str | None) -> int | None:
    return None if cursor is None else number_in("stories", cursor)
