"""The desk's own acts: open a story, edit, close and reopen it.

Each is a plain form, read by the API's own schemas and carried out by the same handler.
"""

from __future__ import annotations

from typing import Any

from flask import url_for

from tracker import history
from tracker.api.fields import Slug, Title
from tracker.api.naming import story_id_of
from tracker.api.rooms import connection, handle, rooms
from tracker.api.schemas.stories import EditStorySchema, OpenStorySchema, ReasonSchema
from tracker.api.sights import sight
from tracker.handling import Asked
from tracker.ids import new_id
from tracker.stories.commands import CloseStory, EditStory, OpenStory, ReopenStory
from tracker.stories.story import Status, Story
from tracker.web.blueprint import bp
from tracker.web.forms import act


class _EditForm(EditStorySchema):
    """The page's form holds every field: one that is empty was emptied, and these may not be."""

    title = Title(required=True)
    slug = Slug(required=True)


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
    story_id, state = found_story(story)

    def work(body: dict[str, Any], asked: Asked) -> str:
        emptied = {"summary": None, "urgency": None, "topics": ()}
        given = {**emptied, **body, "topics": tuple(body.get("topics", ()))}
        handle(EditStory(story_id=story_id, **given), asked)
        return _story(story_id)

    values = {
        "title": state.title,
        "slug": state.slug,
        "summary": state.summary or "",
        "topics": ", ".join(state.topics),
        "urgency": str(state.urgency or ""),
    }
    seen = state.edited_revision
    return act("edit_story.html", _EditForm(), work, values=values, seen=seen, story=state, story_id=story_id)


@bp.route("/stories/<story>/close", methods=["GET", "POST"])
def close_story(story: str) -> Any:
    """Close the story."""
    story_id, state = found_story(story)

    def work(body: dict[str, Any], asked: Asked) -> str:
        handle(CloseStory(story_id=story_id, reason=body["reason"]), asked)
        return _story(story_id)

    done = state.status is Status.CLOSED
    return act("reason.html", ReasonSchema(), work, story=state, story_id=story_id, verb="Close", done=done)


@bp.route("/stories/<story>/reopen", methods=["GET", "POST"])
def reopen_story(story: str) -> Any:
    """Reopen the story."""
    story_id, state = found_story(story)

    def work(body: dict[str, Any], asked: Asked) -> str:
        handle(ReopenStory(story_id=story_id, reason=body["reason"]), asked)
        return _story(story_id)

    done = state.status is Status.OPEN
    return act("reason.html", ReasonSchema(), work, story=state, story_id=story_id, verb="Reopen", done=done)


def found_story(story: str) -> tuple[str, Story]:
    """The id and the latest state of the story that an address means. Raises ``NotFound``, or a redirect."""
    story_id = story_id_of(story)
    return story_id, history.at(connection(), story_id, sight=sight())


def _story(story_id: str) -> str:
    return url_for("pages.show_story", story=history.at(connection(), story_id, sight=sight()).slug)
