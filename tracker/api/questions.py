"""What readers ask of a story's knowledge: claims, timeline, quotes, sources, disputes, and what the desk does.

Each is answered from the state that is asked for (``reading``), never from a projection, and is the same whenever it
is asked of the same revision, but for what may not be shown any more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial, wraps
from typing import Any, TypeAlias

import msgspec
from flask import Response

from tracker import history
from tracker.api import answers
from tracker.api.blueprints import Blueprint
from tracker.api.naming import ids_of, outlet_asked, party_asked
from tracker.api.people import as_known
from tracker.api.reading import asked_of
from tracker.api.schemas.answers import component_of, page_of
from tracker.api.schemas.questions import ClaimsQuery, ListQuery, SaidListQuery, SaidQuery, TimelineQuery
from tracker.api.sights import sight
from tracker.stories.desk import Hold, Request
from tracker.stories.errors import UnknownClaim
from tracker.stories.marks import Link
from tracker.stories.questions import desk
from tracker.stories.questions.claims import ClaimAnswer, changed_at, claims, matching
from tracker.stories.questions.corrections import CorrectionAnswer, corrections
from tracker.stories.questions.disputes import DisputeAnswer, disputed, disputes
from tracker.stories.questions.orphans import Orphan, orphans
from tracker.stories.questions.people import PersonAnswer, people
from tracker.stories.questions.quotes import Quotation, quotes
from tracker.stories.questions.relations import RelationAnswer, relations
from tracker.stories.questions.sources import SourceAnswer, sources
from tracker.stories.questions.timeline import EntryAnswer, EntryOf, timeline
from tracker.stories.story import Story

bp = Blueprint("questions", __name__, url_prefix="/v1/stories/<story>", description="What a story's reports say")

_HAS_IT = "The client has it already"

#: Makes all entries of a list from a state.
Question: TypeAlias = Callable[[Story], Sequence[Any]]


def _list(
    name: str, answer: type[msgspec.Struct], query: ListQuery | None = None
) -> Callable[[Question], Callable[..., Response]]:
    """Answer ``/{name}`` with pages of what the question makes of the state that is asked for."""

    def answering(question: Question) -> Callable[..., Response]:
        @wraps(question)
        def view(query: dict[str, Any], story: str) -> Response:
            asked = asked_of(story, query, name)
            if same := asked.not_modified():
                return same
            state = asked.story()
            return asked.page(state, question(state))

        return _documented(name, answer, query or ListQuery())(view)

    return answering


def _documented(
    name: str, answer: type[msgspec.Struct], query: ListQuery
) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
    def documented(view: Callable[..., Response]) -> Callable[..., Response]:
        for decorate in (
            bp.alt_response(409),
            bp.alt_response(304, description=_HAS_IT),
            bp.response(200, page_of(answer)),
            bp.arguments(query, location="query"),
            bp.route(f"/{name}", methods=["GET"]),
        ):
            view = decorate(view)
        return view

    return documented


# ---- What is said


@_documented("claims", ClaimAnswer, ClaimsQuery())
def list_claims(query: dict[str, Any], story: str) -> Response:
    """List what is said: who says so, on whose word, and how each claim stands and came to."""
    asked = asked_of(story, query, "claims")
    if same := asked.not_modified():
        return same
    state = asked.story()
    wanted = matching(
        state,
        standing=query.get("standing"),
        outlets=ids_of("outlet", outlet_asked(query.get("outlet"))),
        parties=ids_of("party", party_asked(query.get("party"))),
    )
    return asked.page(state, wanted, partial(claims, state))


@bp.route("/claims/<claim>", methods=["GET"])
@bp.arguments(SaidQuery(), location="query")
@bp.response(200, component_of(ClaimAnswer))
@bp.alt_response(304, description=_HAS_IT)
def show_claim(query: dict[str, Any], story: str, claim: str) -> Response:
    """Show a claim: who says so, on whose word, what relates to it, how it stands and came to."""
    asked = asked_of(story, query, f"claims/{claim}")
    state = asked.story()
    found = state.claims.get(claim)
    if found is None:
        raise UnknownClaim(claim)
    tag = asked.tag(changed_at(state, found))
    return answers.not_modified(tag) or asked.answer(state, claims(state, [found])[0], tag)


@_list("quotes", Quotation, SaidListQuery())
def list_quotes(state: Story) -> Sequence[Quotation]:
    """List the quotations: each part to the letter, who speaks, through whom, and whether they still stand."""
    return quotes(state)


@_list("sources", SourceAnswer)
def list_sources(state: Story) -> Sequence[SourceAnswer]:
    """List who is named as a source, in which words, how many, through whom, and for which claims."""
    return sources(state)


@_list("relations", RelationAnswer)
def list_relations(state: Story) -> Sequence[RelationAnswer]:
    """List what claims do to each other, in the order in which it was marked."""
    return relations(state)


@_documented("disputes", DisputeAnswer, ListQuery())
def list_disputes(query: dict[str, Any], story: str) -> Response:
    """List the disputes: both sides, whose judgement each is, and the words that it rests on."""
    asked = asked_of(story, query, "disputes")
    if same := asked.not_modified():
        return same
    state = asked.story()
    return asked.page(state, disputed(state), partial(disputes, state))


@_list("corrections", CorrectionAnswer)
def list_corrections(state: Story) -> Sequence[CorrectionAnswer]:
    """List what was corrected, retracted, killed or redacted, the first one first."""
    return corrections(state)


@_list("orphans", Orphan)
def list_orphans(state: Story) -> Sequence[Orphan]:
    """List marked words that don't stand in the latest version of their report: work for an editor."""
    return orphans(state)


# ---- What happened, and to whom


@_documented("timeline", EntryAnswer, TimelineQuery())
def show_timeline(query: dict[str, Any], story: str) -> Response:
    """Show what happened, in order of time: each date as it was said, as it was read, and where accounts disagree."""
    asked = asked_of(story, query, "timeline")
    if same := asked.not_modified():
        return same
    state = asked.story()
    return asked.page(state, timeline(state, EntryOf(query["kind"]) if "kind" in query else None))


@_documented("people", PersonAnswer, ListQuery())
def list_people(query: dict[str, Any], story: str) -> Response:
    """List who is spoken of: what each was at the times that are spoken of, and is at that of the story."""
    asked = asked_of(story, query, "people")
    state = asked.story()
    known = as_known(state, asked.fixed)
    # What was known then doesn't change any more.
    tag = asked.tag(more="" if asked.fixed else history.revisions_of(known))
    return answers.not_modified(tag) or asked.page(state, people(state, known), tag=tag)


@_list("links", Link)
def list_links(state: Story) -> Sequence[Link]:
    """List the stories that this one belongs to, or that belong to it."""
    return desk.related(state)


# ---- What the desk does


@_list("holds", Hold)
def list_holds(state: Story) -> Sequence[Hold]:
    """List what is or was held back, as far as whoever asks may know of it."""
    return desk.holds(state, sight())


@_list("requests", Request)
def list_requests(state: Story) -> Sequence[Request]:
    """List the acts of the desk that wait for a second person, and after them those that were decided."""
    return desk.requests(state, sight())
