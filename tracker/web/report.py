"""The page of a report: the text of one version, what is marked in it, its versions; or its tombstone."""

from __future__ import annotations

from typing import Any

from flask import render_template

from tracker import history
from tracker.access.permissions import Permission
from tracker.api import gate
from tracker.api.naming import story_id_of
from tracker.api.rooms import connection
from tracker.api.sights import sight
from tracker.history import VersionRow
from tracker.stories.questions import desk
from tracker.stories.questions.claims import in_brief
from tracker.stories.reports import Report
from tracker.stories.story import Status, Story
from tracker.web.blueprint import bp
from tracker.web.states import PAGE, number_asked

_OF_REPORTS = ("report.filed", "report.updated", "report.corrected")
#: How many of the claims that are marked in it are listed.
_CLAIMS = 50


@bp.get("/stories/<story>/reports/<report>")
def show_report(story: str, report: str) -> Any:
    """A report with the text of one version; of one that was killed what is left: the public note."""
    story_id = story_id_of(story)
    state = history.at(connection(), story_id, sight=sight())
    found = state.report(report)
    if found.kill is not None:
        return render_template("tombstone.html", slug=state.slug, story=state, report=found), 410
    shown = history.report_version(connection(), story_id, report, number_asked("version"), sight=sight())
    after = number_asked("after") or 0
    rows = history.versions(connection(), story_id, report, sight=sight(), after=after, limit=PAGE + 1)
    return render_template(
        "report.html",
        slug=state.slug,
        story=state,
        report=found,
        shown=shown,
        versions=rows[:PAGE],
        before=found.versions[after - 1].revision if 0 < after <= shown.latest else None,
        after=after,
        more=len(rows) > PAGE,
        sentences=_sentences(story_id, shown.outlet.id, report, rows[:PAGE]),
        may_file=state.status is Status.OPEN and gate.token().person.may_file_for(shown.outlet.id),
        may_mark=gate.token().may(Permission.FILE) and gate.token().person.may_file_for(shown.outlet.id),
        **_marked(state, story_id, found),
    )


def _marked(story: Story, story_id: str, report: Report) -> dict[str, Any]:
    """What is claimed in the report, what it cites, and what holds it back."""
    named = story.claims_in.get(report.report_id, ())
    holds = [each for each in desk.holds(story, sight()) if each.lifted is None]
    return {
        "claims": [in_brief(story, story.claims[each]) for each in named[:_CLAIMS]],
        "more_claims": len(named[_CLAIMS:]),
        "cites": [story.reports[each] for each in report.cites if each in story.reports],
        "holds": [each for each in holds if each.target in (report.report_id, story_id)],
    }


def _sentences(story_id: str, outlet_id: str, report: str, versions: tuple[VersionRow, ...]) -> dict[int, str]:
    """What each version was filed with, as the story's history says it; by version."""
    if not versions:
        return {}
    low, high = versions[0].revision - 1, versions[-1].revision + 1
    done = history.revisions(
        connection(),
        story_id,
        sight=sight(),
        after=low,
        before=high,
        outlet_id=outlet_id,
        types=_OF_REPORTS,
        limit=4 * PAGE,
    )
    return {row.version: row.sentence for row in done.items if row.report_id == report and row.version}
