"""The page of a story: what changed, what is held, who says what on which footing, what disputes it, what happened.

Of each list it shows a bounded number, and links the page that has the rest.

What it does badly: each answer is made whole before its first entries are shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from flask import render_template, request

from tracker import history
from tracker.access.permissions import Permission
from tracker.api import gate
from tracker.api.paging import encode_cursor, number_in
from tracker.api.people import as_known
from tracker.api.rooms import connection
from tracker.api.sights import sight
from tracker.history import ActPage
from tracker.store import seeing
from tracker.stories.claims import Claim
from tracker.stories.desk import RequestState
from tracker.stories.knowledge import LinkKind
from tracker.stories.marks import Link
from tracker.stories.questions import desk
from tracker.stories.questions.claims import claims
from tracker.stories.questions.disputes import disputes
from tracker.stories.questions.orphans import orphans
from tracker.stories.questions.people import people
from tracker.stories.questions.quotes import quotes
from tracker.stories.questions.timeline import timeline
from tracker.stories.story import Status, Story
from tracker.web.blueprint import bp
from tracker.web.questions import titles_of
from tracker.web.states import PAGE, Shown, part_of, shown

_CLAIMS, _DISPUTES, _ENTRIES, _QUOTES, _PEOPLE, _OTHERS = 10, 5, 20, 6, 12, 20


@dataclass(frozen=True, slots=True)
class Some:
    """The first entries of a list, and how many there are."""

    items: Sequence[Any]
    count: int

    @property
    def more(self) -> int:
        """How many there are besides."""
        return self.count - len(self.items)


class Related(NamedTuple):
    """A story that belongs to this one, or that this one belongs to."""

    link: Link
    title: str
    #: How, for a reader.
    how: str


@bp.get("/stories/<story>")
def show_story(story: str) -> str:
    """A story: as it is, or as it was at a revision or a moment."""
    seen = shown(story)
    acts = _acts(seen)
    return render_template(
        "story.html",
        seen=seen,
        story=seen.story,
        slug=seen.slug,
        past=seen.past,
        reports=part_of(list(seen.story.reports.values()), parameter="reports"),
        acts=acts,
        older=encode_cursor("revisions", [acts.items[-1].first]) if acts.more and acts.items else None,
        may_file=not seen.past and seen.story.status is Status.OPEN,
        **_said(seen),
        **_desk(seen),
    )


def _said(seen: Shown) -> dict[str, Any]:
    """What is said and what happened."""
    story = seen.story
    return {
        "claims": _latest_claims(story),
        "disputes": _some(disputes(story), _DISPUTES),
        "timeline": _some(timeline(story), _ENTRIES),
        "titles": titles_of(story),
        "quotes": _some(quotes(story), _QUOTES),
        "people": _some(people(story, as_known(story, seen.fixed)), _PEOPLE),
        "related": _related(story),
    }


def _desk(seen: Shown) -> dict[str, Any]:
    """What is held back, and what waits for somebody; nothing of it in a past state, where nothing can be done."""
    if seen.past:
        return {"holds": (), "waiting": 0, "orphans": _some([], _OTHERS)}
    asked = desk.requests(seen.story, sight())
    return {
        "holds": [each for each in desk.holds(seen.story, sight()) if each.lifted is None],
        "waiting": sum(each.state is RequestState.WAITING for each in asked),
        "orphans": _some(orphans(seen.story) if gate.token().may(Permission.FILE) else [], _OTHERS),
    }


def _latest_claims(story: Story) -> Some:
    """The claims that changed last."""
    latest: list[Claim] = sorted(story.claims.values(), key=lambda each: each.revision, reverse=True)[:_CLAIMS]
    return Some(claims(story, latest), len(story.claims))


def _some(answers: Sequence[Any], most: int) -> Some:
    return Some(answers[:most], len(answers))


def _related(story: Story) -> Some:
    """The stories that belong together, as far as the visitor sees them."""
    links = desk.related(story)
    titles = {each.story_id: seeing.seen(connection(), each.story_id, sight()).title for each in links[:_OTHERS]}
    return Some(
        [Related(each, titles[each.story_id], _how(each)) for each in links[:_OTHERS] if titles[each.story_id]],
        len(links),
    )


def _how(link: Link) -> str:
    if link.relation is LinkKind.RELATED:
        return "related"
    return "part of this one" if link.inverse else "this one is part of it"


def _acts(seen: Shown) -> ActPage:
    """A page of what happened, no later than the state that is shown."""
    cursor = request.args.get("before")
    bounds = [number_in("revisions", cursor)] if cursor else []
    bounds += [seen.story.revision + 1] if seen.known_then else []
    return history.acts(connection(), seen.story_id, sight=sight(), before=min(bounds, default=None), limit=PAGE)
