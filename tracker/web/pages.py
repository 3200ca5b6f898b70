"""The pages that read: stories, a story, a report, a compare, outlets."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for

from tracker import history
from tracker.access.permissions import Permission
from tracker.api import gate
from tracker.api.moments import parse_moment
from tracker.api.naming import outlet_asked, story_id_of
from tracker.api.paging import encode_cursor, number_in
from tracker.api.rooms import connection, rooms
from tracker.errors import Invalid
from tracker.projections import outlets, story_list
from tracker.stories.story import Status
from tracker.web.blueprint import bp

_PAGE = 50


@bp.get("/")
def list_stories() -> str:
    """The stories, the latest changed first."""
    asked = {name: request.args.get(name, "").strip() for name in ("q", "topic", "outlet", "status")}
    cursor = request.args.get("cursor")
    page = story_list.find(
        connection(),
        q=asked["q"][:200] or None,
        topic=asked["topic"][:60] or None,
        outlet_id=outlet_asked(asked["outlet"][:200]),
        status=Status(asked["status"]) if asked["status"] in ("open", "closed") else None,
        changed_since=None,
        before_position=number_in("stories", cursor) if cursor else None,
        limit=_PAGE,
    )
    following = encode_cursor("stories", [page.items[-1].position]) if page.more else None
    given: dict[str, Any] = {name: value for name, value in asked.items() if value}
    older = url_for("pages.list_stories", **given, cursor=following)
    return render_template(
        "stories.html", page=page, asked=asked, older=older if following else None, may_file=_may(Permission.FILE)
    )


@bp.get("/stories/<story>")
def show_story(story: str) -> Any:
    """A story: as it is, or as it was at a revision or a moment; its reports, its revisions, two to compare."""
    story_id = story_id_of(story)
    revision = _revision_asked(story_id)
    state = history.at(connection(), story_id, revision=revision)
    cursor = request.args.get("before")
    shown = history.revisions(
        connection(),
        story_id,
        before=number_in("revisions", cursor) if cursor else None if revision is None else revision + 1,
        limit=_PAGE,
    )
    older = encode_cursor("revisions", [shown.items[-1].revision]) if shown.more else None
    return render_template(
        "story.html",
        story_id=story_id,
        story=state,
        slug=story if revision is not None else state.slug,
        past=revision is not None and revision != shown.latest,
        revisions=shown,
        older=older,
        may_file=_may(Permission.FILE),
        may_edit=_may(Permission.EDIT),
    )


@bp.get("/stories/<story>/reports/<report>")
def show_report(story: str, report: str) -> str:
    """A report with the text of one version."""
    story_id = story_id_of(story)
    version = request.args.get("version", "")
    wanted = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None
    shown = history.report_version(connection(), story_id, report, wanted)
    return render_template(
        "report.html",
        slug=_slug(story_id),
        shown=shown,
        versions=history.versions(connection(), story_id, report),
        may_file=_may(Permission.FILE),
    )


@bp.get("/stories/<story>/compare")
def compare_revisions(story: str) -> Any:
    """Two revisions side by side: what changed in the story, and in the text of its reports."""
    story_id = story_id_of(story)
    a, b = (_number(request.args.get(name, "")) for name in ("a", "b"))
    if a is None or b is None:
        return redirect(url_for("pages.show_story", story=story))
    comparison = history.compare(connection(), story_id, a, b)
    return render_template("compare.html", slug=_slug(story_id), comparison=comparison)


@bp.get("/outlets")
def list_outlets() -> str:
    """The outlets, in the order in which they were first mentioned."""
    cursor = request.args.get("cursor")
    page = outlets.find(connection(), after_position=number_in("outlets", cursor) if cursor else 0, limit=_PAGE)
    following = encode_cursor("outlets", [page.items[-1].position]) if page.more else None
    return render_template("outlets.html", page=page, following=following)


def _revision_asked(story_id: str) -> int | None:
    as_of = request.args.get("as_of", "").strip()
    if not as_of:
        return _number(request.args.get("revision", ""))
    return history.revision_at(connection(), story_id, parse_moment(as_of, rooms().clock.recorded_now()))


def _number(written: str) -> int | None:
    if not written:
        return None
    if not (written.isascii() and written.isdigit() and len(written) < 16):
        raise Invalid("A revision is a number.", name="invalid-parameter")
    return int(written)


def _slug(story_id: str) -> str:
    return history.at(connection(), story_id).slug


def _may(permission: Permission) -> bool:
    return gate.token().may(permission)
