"""What readers ask over all stories: what a party said, what was said of it, and what was set right or taken back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response

from tracker import history
from tracker.api import answers
from tracker.api.blueprints import Blueprint
from tracker.api.freshness import wait_for
from tracker.api.moments import parse_moment
from tracker.api.naming import ids_of, outlet_asked, present_id_of
from tracker.api.paging import encode_cursor, limit_asked, number_in
from tracker.api.rooms import connection, rooms
from tracker.api.schemas.across import CorrectionsQuery, MentionsQuery
from tracker.api.schemas.answers import across_page_of
from tracker.api.sights import sight
from tracker.history import AcrossPage, MentionAnswer, StoryCorrection
from tracker.projections import mentions, remedies
from tracker.stories.questions.corrections import Remedy

bp = Blueprint("across", __name__, url_prefix="/v1", description="Over all stories")


@bp.route("/parties/<party>/said", methods=["GET"])
@bp.arguments(MentionsQuery(), location="query")
@bp.response(200, across_page_of(MentionAnswer))
def list_said(query: dict[str, Any], party: str) -> Response:
    """List what a party said, in any story, the latest first: by which way it came, and what the party was then."""
    return _mentions(query, party, said=True)


@bp.route("/parties/<party>/about", methods=["GET"])
@bp.arguments(MentionsQuery(), location="query")
@bp.response(200, across_page_of(MentionAnswer))
def list_about(query: dict[str, Any], party: str) -> Response:
    """List what was said of a party, in any story, the latest first, and what the party was then."""
    return _mentions(query, party, said=False)


@bp.route("/corrections", methods=["GET"])
@bp.arguments(CorrectionsQuery(), location="query")
@bp.response(200, across_page_of(StoryCorrection))
def list_all_corrections(query: dict[str, Any]) -> Response:
    """List what was corrected, retracted, killed or redacted in any story, the latest first."""
    limit = limit_asked(query)
    wait_for(query.get("wait_for"), remedies.NAME)
    page = history.all_corrections(
        connection(),
        sight=sight(),
        outlet_ids=ids_of("outlet", outlet_asked(query.get("outlet"))),
        kind=Remedy(query["kind"]) if "kind" in query else None,
        since=_since(query.get("since")),
        before=_before("all-corrections", query),
        limit=limit,
    )
    return _shown("all-corrections", page)


def _mentions(query: dict[str, Any], party: str, *, said: bool) -> Response:
    party_id = present_id_of("party", party)
    kind = "said" if said else "about"
    limit = limit_asked(query)
    wait_for(query.get("wait_for"), mentions.NAME)
    page = history.said_by_or_about(
        connection(),
        party_id,
        ids_of("party", party_id) or (),
        said=said,
        sight=sight(),
        before=_before(kind, query),
        limit=limit,
    )
    return _shown(kind, page)


def _shown(kind: str, page: AcrossPage[Any]) -> Response:
    following = encode_cursor(kind, [page.before]) if page.before is not None else None
    return answers.page(page.items, following, as_at_position=page.as_at_position)


def _before(kind: str, query: dict[str, Any]) -> int | None:
    return number_in(kind, query["cursor"]) if "cursor" in query else None


def _since(written: str | None) -> datetime | None:
    return None if written is None else parse_moment(written, rooms().clock.recorded_now(), parameter="since")
