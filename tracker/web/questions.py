"""The pages of what a story holds: claims, timeline, quotes, sources, people, disputes, corrections.

Each shows the answer that the API gives to the same question (``stories.questions``), of the same state, page by page.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from flask import render_template, request

from tracker.api.people import as_known
from tracker.api.schemas.questions import ClaimsQuery, TimelineQuery
from tracker.stories.questions.claims import STANDINGS, claims, matching
from tracker.stories.questions.corrections import corrections
from tracker.stories.questions.disputes import disputes
from tracker.stories.questions.people import people
from tracker.stories.questions.quotes import quotes
from tracker.stories.questions.sources import sources
from tracker.stories.questions.timeline import EntryOf, timeline
from tracker.stories.story import Story
from tracker.web.blueprint import bp
from tracker.web.states import Shown, judged, part_of, shown

_NO_SUCH = "Nothing can be sought like that."


@bp.get("/stories/<story>/claims")
def list_claims(story: str) -> str:
    """What is said: who says so, on whose word, and how each claim stands."""
    seen = shown(story)
    given = {"standing": value} if (value := request.args.get("standing", "").strip()) else {}
    standing = judged(ClaimsQuery(), given, _NO_SUCH).get("standing")
    part = part_of(matching(seen.story, standing=standing)).made(partial(claims, seen.story))
    return _page("claims.html", seen, part=part, standing=standing, standings=STANDINGS)


@bp.get("/stories/<story>/timeline")
def show_timeline(story: str) -> str:
    """What happened, in order of time."""
    seen = shown(story)
    given = {"kind": value} if (value := request.args.get("kind", "").strip()) else {}
    kind = judged(TimelineQuery(), given, _NO_SUCH).get("kind")
    entries = timeline(seen.story, EntryOf(kind) if kind else None)
    return _page("timeline.html", seen, part=part_of(entries), kind=kind, titles=titles_of(seen.story))


@bp.get("/stories/<story>/quotes")
def list_quotes(story: str) -> str:
    """Words in quotation marks, and who speaks."""
    return _listed("quotes.html", (seen := shown(story)), quotes(seen.story))


@bp.get("/stories/<story>/sources")
def list_sources(story: str) -> str:
    """Who is named as a source, in which words, through whom, and for which claims."""
    return _listed("sources.html", (seen := shown(story)), sources(seen.story))


@bp.get("/stories/<story>/people")
def list_people(story: str) -> str:
    """Who is spoken of, and what each was then and is now."""
    seen = shown(story)
    return _listed("people.html", seen, people(seen.story, as_known(seen.story, seen.fixed)))


@bp.get("/stories/<story>/disputes")
def list_disputes(story: str) -> str:
    """Both sides of each dispute."""
    return _listed("disputes.html", (seen := shown(story)), disputes(seen.story))


@bp.get("/stories/<story>/corrections")
def list_corrections(story: str) -> str:
    """What was corrected, retracted, killed and redacted; the latest first."""
    return _listed("corrections.html", (seen := shown(story)), corrections(seen.story)[::-1])


def titles_of(story: Story) -> dict[str, str]:
    """What the occurrences of a story are called, by their ids."""
    return {name: each.now.title for name, each in story.occurrences.items()}


def _listed(template: str, seen: Shown, answers: Sequence[Any]) -> str:
    return _page(template, seen, part=part_of(answers))


def _page(template: str, seen: Shown, **context: Any) -> str:
    return render_template(template, seen=seen, story=seen.story, slug=seen.slug, **context)
