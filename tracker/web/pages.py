"""The pages that read: stories, a story, a report, a compare, outlets."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import redirect, render_template, request, url_for

from tracker import history
from tracker.api import cursors, gate
from tracker.api.moments import parse_moment
from tracker.api.naming import outlet_asked, story_id_of
from tracker.api.paging import encode_cursor, number_in
from tracker.api.problems import faults_of
from tracker.api.rooms import connection, rooms
from tracker.api.schemas.stories import StoriesQuery
from tracker.errors import Fault, Invalid
from tracker.history import RevisionPage, VersionRow
from tracker.projections import outlets, story_list
from tracker.stories.story import Report, Status, Story
from tracker.web.blueprint import bp

#: Entries of a list on one page.
PAGE = 50
#: What happened between two revisions is told up to so many sentences.
_BETWEEN = 20
_OF_REPORTS = ("report.filed", "report.updated", "report.corrected")


@bp.get("/")
def list_stories() -> str:
    """The stories, the latest changed first."""
    asked = {name: request.args.get(name, "").strip() for name in ("q", "topic", "outlet", "status")}
    given: dict[str, Any] = {name: value for name, value in asked.items() if value}
    wanted = _judged(given)
    cursor = request.args.get("cursor")
    page = story_list.find(
        connection(),
        q=wanted.get("q"),
        topic=wanted.get("topic"),
        outlet_id=outlet_asked(wanted.get("outlet")),
        status=wanted.get("status"),
        changed_since=None,
        before_position=number_in("stories", cursor) if cursor else None,
        limit=PAGE,
    )
    following = encode_cursor("stories", [page.items[-1].position]) if page.more else None
    older = url_for("pages.list_stories", **given, cursor=following) if following else None
    return render_template("stories.html", page=page, asked=asked, cursor=cursor, older=older)


@bp.get("/stories/<story>")
def show_story(story: str) -> Any:
    """A story: as it is, or as it was at a revision or a moment; its reports, its revisions, two to compare."""
    story_id = story_id_of(story)
    if request.args.get("at"):
        return redirect(url_for("pages.show_story", story=story, as_of=_from_the_clock(request.args["at"])), 303)
    revision = _revision_asked(story_id)
    state = history.at(connection(), story_id, revision=revision)
    shown = _revisions(story_id, revision)
    past = revision is not None and revision != shown.latest
    return render_template(
        "story.html",
        story=state,
        slug=story if revision is not None else state.slug,
        past=past,
        reports=_reports(state),
        revisions=shown,
        older=encode_cursor("revisions", [shown.items[-1].revision]) if shown.more else None,
        may_file=not past and state.status is Status.OPEN,
    )


@bp.get("/stories/<story>/reports/<report>")
def show_report(story: str, report: str) -> str:
    """A report with the text of one version."""
    story_id = story_id_of(story)
    state = history.at(connection(), story_id)
    shown = history.report_version(connection(), story_id, report, _number("version"))
    after = _number("after") or 0
    rows = history.versions(connection(), story_id, report, after=after, limit=PAGE + 1)
    before = state.report(report).versions[after - 1].revision if 0 < after <= shown.latest else None
    return render_template(
        "report.html",
        slug=state.slug,
        shown=shown,
        versions=rows[:PAGE],
        before=before,
        after=after,
        more=len(rows) > PAGE,
        sentences=_sentences(story_id, shown.outlet.id, report, rows[:PAGE]),
        may_file=state.status is Status.OPEN and gate.token().person.may_file_for(shown.outlet.id),
    )


@bp.get("/stories/<story>/compare")
def compare_revisions(story: str) -> Any:
    """Two revisions side by side: what changed in the story, and in the text of its reports."""
    story_id = story_id_of(story)
    a, b = _number("a"), _number("b")
    if a is None or b is None:
        return redirect(url_for("pages.show_story", story=story))
    comparison = history.compare(connection(), story_id, a, b)
    low, high = sorted((a, b))
    return render_template(
        "compare.html",
        story=history.at(connection(), story_id),
        comparison=comparison,
        between=history.revisions(connection(), story_id, after=low, before=high + 1, limit=_BETWEEN),
    )


@bp.get("/outlets")
def list_outlets() -> str:
    """The outlets, in the order in which they were first mentioned."""
    after = cursors.position_in("outlets", request.args.get("cursor") or None)
    page = outlets.find(connection(), after_position=after, limit=PAGE)
    following = cursors.of_log("outlets", page.items[-1].position) if page.more else None
    return render_template("outlets.html", page=page, following=following)


def _judged(given: dict[str, Any]) -> dict[str, Any]:
    """The filters by the rules of the API's list. Raises ``Invalid`` (``invalid-parameter``)."""
    try:
        judged: dict[str, Any] = StoriesQuery().load(given)
    except ma.ValidationError as error:
        faults = [Fault(fault.pointer.strip("/"), fault.detail) for fault in faults_of(error.messages)]
        raise Invalid("There are no stories to be sought like that.", name="invalid-parameter", faults=faults) from None
    return judged


def _revision_asked(story_id: str) -> int | None:
    as_of = request.args.get("as_of", "").strip()
    if not as_of:
        return _number("revision")
    return history.revision_at(connection(), story_id, parse_moment(as_of, rooms().clock.recorded_now()))


def _from_the_clock(written: str) -> str:
    """The moment that somebody chose on the page's clock, which shows UTC and may leave out the seconds."""
    return written + ("Z" if written.count(":") > 1 else ":00Z")


def _revisions(story_id: str, revision: int | None) -> RevisionPage:
    """A page of what happened, no later than ``revision``."""
    cursor = request.args.get("before")
    bounds = [number_in("revisions", cursor)] if cursor else []
    bounds += [revision + 1] if revision is not None else []
    return history.revisions(connection(), story_id, before=min(bounds, default=None), limit=PAGE)


def _reports(story: Story) -> dict[str, Any]:
    """A page of the story's reports, in the order in which they were filed, and where the others are."""
    number = _number("reports") or 1
    whole = list(story.reports.values())
    shown: list[Report] = whole[(number - 1) * PAGE : number * PAGE]
    return {
        "items": shown,
        "count": len(whole),
        "first": (number - 1) * PAGE + 1,
        "earlier": number - 1 if number > 1 and whole else None,
        "later": number + 1 if number * PAGE < len(whole) else None,
    }


def _sentences(story_id: str, outlet_id: str, report: str, versions: tuple[VersionRow, ...]) -> dict[int, str]:
    """What each version was filed with, as the story's history says it; by version."""
    if not versions:
        return {}
    low, high = versions[0].revision - 1, versions[-1].revision + 1
    done = history.revisions(
        connection(), story_id, after=low, before=high, outlet_id=outlet_id, types=_OF_REPORTS, limit=4 * PAGE
    )
    return {row.version: row.sentence for row in done.items if row.report_id == report and row.version}


def _number(name: str) -> int | None:
    """The whole number in that parameter; ``None`` without one. Raises ``Invalid`` (``invalid-parameter``)."""
    written = request.args.get(name, "")
    if not written:
        return None
    if not (written.isascii() and written.isdigit() and len(written) < 16):
        detail = "This is a whole number, in digits."
        raise Invalid("A parameter is wrong.", name="invalid-parameter", faults=[Fault(name, detail)])
    return int(written)
