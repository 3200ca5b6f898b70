"""Revisions: what happened in a story, and what differs between two of its revisions."""

from __future__ import annotations

from typing import Any

from flask import Response

from tracker import history
from tracker.api import answers
from tracker.api.blueprints import Blueprint
from tracker.api.naming import head_of, outlet_asked, story_id_of
from tracker.api.paging import encode_cursor, limit_of, number_in
from tracker.api.rooms import connection, rooms
from tracker.api.schemas.revisions import RevisionPageSchema, RevisionsQuery, present_revision
from tracker.errors import NotFound
from tracker.history.comparison import to_document

bp = Blueprint("revisions", __name__, url_prefix="/v1/stories/<story>", description="Revisions of a story")


@bp.route("/revisions", methods=["GET"])
@bp.arguments(RevisionsQuery(), location="query")
@bp.response(200, RevisionPageSchema())
def list_revisions(query: dict[str, Any], story: str) -> Response:
    """List the story's revisions, the newest first: who did what, in a sentence."""
    settings = rooms().settings
    limit = limit_of(query.get("limit"), settings.page_limit_default, settings.page_limit_max)
    page = history.revisions(
        connection(),
        story_id_of(story),
        before=number_in("revisions", query["cursor"]) if "cursor" in query else None,
        limit=limit,
        types=[query["type"]] if "type" in query else None,
        outlet_id=outlet_asked(query.get("outlet")),
        actor=query.get("actor"),
    )
    following = encode_cursor("revisions", [page.items[-1].revision]) if page.more else None
    return answers.page([present_revision(row) for row in page.items], following, latest=page.latest)


@bp.route("/compare/<int:a>...<b>", methods=["GET"])
@bp.response(200, description="What differs, by the published schema of compare documents")
@bp.alt_response(304, description="The client has it already")
def compare_revisions(story: str, a: int, b: str) -> Response:
    """Compare two revisions; ``b`` may be ``latest``, and earlier than ``a``."""
    story_id = story_id_of(story)
    head = head_of(story_id)
    to = head.version if b == "latest" else _revision(b)
    # What lies between two revisions never changes: the tag needs nothing but their numbers.
    tag = answers.tag(to, f"compare/{a}", head.redactions)
    if max(a, to) <= head.version and (same := answers.not_modified(tag)):
        return same
    return answers.answer(to_document(history.compare(connection(), story_id, a, to)), tag=tag)


def _revision(written: str) -> int:
    if not (written.isascii() and written.isdigit() and len(written) < 16):
        raise NotFound(f"{written} is no revision; write a number, or latest.", name="unknown-revision")
    return int(written)
