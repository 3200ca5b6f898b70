"""The pages of the list of stories, and of two revisions of one compared."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for

from tracker import history
from tracker.api.naming import outlet_asked, story_id_of
from tracker.api.paging import encode_cursor, number_in
from tracker.api.rooms import connection
from tracker.api.schemas.stories import StoriesQuery
from tracker.api.sights import sight
from tracker.projections import story_list
from tracker.web.blueprint import bp
from tracker.web.states import PAGE, judged, number_asked

#: What happened between two revisions is told up to so many sentences.
_BETWEEN = 20


@bp.get("/")
def list_stories() -> str:
    """The stories, the latest changed first."""
    asked = {name: request.args.get(name, "").strip() for name in ("q", "topic", "outlet", "status")}
    given: dict[str, Any] = {name: value for name, value in asked.items() if value}
    wanted = judged(StoriesQuery(), given, "There are no stories to be sought like that.")
    cursor = request.args.get("cursor")
    page = story_list.find(
        connection(),
        sight=sight(),
        q=wanted.get("q"),
        topic=wanted.get("topic"),
        outlet_id=outlet_asked(wanted.get("outlet")),
        status=wanted.get("status"),
        changed_since=None,
        before_position=number_in("stories", cursor) if cursor else None,
        limit=PAGE,
    )
    following = encode_cursor("stories", [page.last_position]) if page.more else None
    older = url_for("pages.list_stories", **given, cursor=following) if following else None
    return render_template("stories.html", page=page, asked=asked, cursor=cursor, older=older)


@bp.get("/stories/<story>/compare")
def compare_revisions(story: str) -> Any:
    """Two revisions side by side: what changed in the story, and in the text of its reports."""
    story_id = story_id_of(story)
    a, b = number_asked("a"), number_asked("b")
    if a is None or b is None:
        return redirect(url_for("pages.show_story", story=story))
    comparison = history.compare(connection(), story_id, a, b, sight=sight())
    low, high = sorted((a, b))
    return render_template(
        "compare.html",
        story=history.at(connection(), story_id, sight=sight()),
        comparison=comparison,
        known=history.told(comparison.knowledge),
        between=history.acts(connection(), story_id, sight=sight(), after=low, before=high + 1, limit=_BETWEEN),
    )
