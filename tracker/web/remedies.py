"""The page of what was corrected, retracted, killed and redacted in any story."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for

from tracker import history
from tracker.api.naming import ids_of, outlet_asked
from tracker.api.paging import encode_cursor, number_in
from tracker.api.rooms import connection
from tracker.api.schemas.across import CorrectionsQuery
from tracker.api.sights import sight
from tracker.stories.questions.corrections import Remedy
from tracker.web.blueprint import bp
from tracker.web.states import PAGE, judged

#: The list that its cursors belong to, which is the API's.
_LIST = "all-corrections"


@bp.get("/corrections")
def list_all_corrections() -> str:
    """What was set right or taken back in any story, the latest first."""
    asked = {name: request.args.get(name, "").strip() for name in ("outlet", "kind")}
    given: dict[str, Any] = {name: value for name, value in asked.items() if value}
    wanted = judged(CorrectionsQuery(), given, "There are no corrections to be sought like that.")
    cursor = request.args.get("cursor")
    page = history.all_corrections(
        connection(),
        sight=sight(),
        outlet_ids=ids_of("outlet", outlet_asked(wanted.get("outlet"))),
        kind=Remedy(wanted["kind"]) if "kind" in wanted else None,
        since=None,
        before=number_in(_LIST, cursor) if cursor else None,
        limit=PAGE,
    )
    following = encode_cursor(_LIST, [page.before]) if page.before is not None else None
    older = url_for("pages.list_all_corrections", **given, cursor=following) if following else None
    return render_template("all_corrections.html", page=page, asked=asked, older=older, kinds=list(Remedy))
