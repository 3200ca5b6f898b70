"""Revisions: what happened in a story, and what differs between two of its revisions."""

from __future__ import annotations

from typing import Any

from flask import Response

from tracker import history
from tracker.api import answers
from tracker.api.blueprints import Blueprint
from tracker.api.naming import outlet_asked, story_id_of
from tracker.api.paging import encode_cursor, limit_asked, number_in
from tracker.api.rooms import connection
from tracker.api.schemas.revisions import RevisionPageSchema, RevisionsQuery, present_act, present_revision
from tracker.api.sights import is_there, place_of, sight
from tracker.errors import NotFound
from tracker.history.comparison import to_document

bp = Blueprint("revisions", __name__, url_prefix="/v1/stories/<story>", description="Revisions of a story")

_REVISION = {"type": "integer", "minimum": 1}
_REVISIONS = [
    {"in": "path", "name": "a", "description": "A revision", "schema": _REVISION},
    {
        "in": "path",
        "name": "b",
        "description": "Another, or latest",
        "schema": {"anyOf": [_REVISION, {"const": "latest"}]},
    },
]


@bp.route("/revisions", methods=["GET"])
@bp.arguments(RevisionsQuery(), location="query")
@bp.response(200, RevisionPageSchema())
def list_revisions(query: dict[str, Any], story: str) -> Response:
    """List the story's revisions, the newest first: who did what, in a sentence. With group=act the revisions that one
    request made are one item, whole, wherever a page ends.
    """
    asked: dict[str, Any] = {
        "sight": sight(),
        "before": number_in("revisions", query["cursor"]) if "cursor" in query else None,
        "limit": limit_asked(query),
        "types": [query["type"]] if "type" in query else None,
        "outlet_id": outlet_asked(query.get("outlet")),
        "actor": query.get("actor"),
    }
    if "group" in query:
        acts = history.acts(connection(), story_id_of(story), **asked)
        following = encode_cursor("revisions", [acts.items[-1].first]) if acts.more and acts.items else None
        return answers.page([present_act(act) for act in acts.items], following, latest=acts.latest)
    page = history.revisions(connection(), story_id_of(story), **asked)
    following = encode_cursor("revisions", [page.items[-1].revision]) if page.more and page.items else None
    return answers.page([present_revision(row) for row in page.items], following, latest=page.latest)


@bp.route("/compare/<a>...<b>", methods=["GET"], parameters=_REVISIONS)
@bp.response(200, "Comparison")
@bp.alt_response(304, description="The client has it already")
def compare_revisions(story: str, a: str, b: str) -> Response:
    """Compare two revisions; the second may be "latest", and earlier than the first."""
    story_id = story_id_of(story)
    place = place_of(story_id)
    before, after = _revision(a), place.revision if b == "latest" else _revision(b)
    # What lies between two revisions never changes: the tag needs nothing but their numbers.
    tag = answers.tag(after, f"compare/{before}", place.stamp)
    there = all(is_there(story_id, place, revision) for revision in (before, after))
    if there and (same := answers.not_modified(tag)):
        return same
    return answers.answer(to_document(history.compare(connection(), story_id, before, after, sight=sight())), tag=tag)


def _revision(written: str) -> int:
    if not (written.isascii() and written.isdigit() and len(written) < 16):
        detail = f"{written} is no revision. Revisions are numbers; only the second may be latest."
        raise NotFound(detail, name="unknown-revision")
    return int(written)
