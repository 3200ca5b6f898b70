"""Markings: what a report claims, how claims relate, what happened, which stories belong together; and taking one back.

Each is one POST. What was marked just so before is answered 200 with what is there, and writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from tracker.api import answers, gate
from tracker.api.blueprints import Blueprint
from tracker.api.mentions import require_few
from tracker.api.naming import story_id_named, story_id_of
from tracker.api.pointing import pointing
from tracker.api.rooms import handle, rooms
from tracker.api.schemas.marking import (
    ClaimMarkedSchema,
    LinkMarkedSchema,
    LinkSchema,
    MarkClaimSchema,
    OccurrenceMarkedSchema,
    OccurrenceSchema,
    RelateSchema,
    RelationMarkedSchema,
    WithdrawnSchema,
    WithdrawSchema,
    assertion_of,
    recording_of,
    relating_of,
)
from tracker.api.sights import stamp_of
from tracker.handling import Outcome
from tracker.ids import looks_like_id, new_id
from tracker.stories.commands import (
    AssertClaim,
    LinkStories,
    MarkCommand,
    RecordOccurrence,
    RelateClaims,
    WithdrawAnnotation,
)
from tracker.stories.errors import UnknownStory
from tracker.stories.knowledge import ClaimRef

bp = Blueprint(
    "marking", __name__, url_prefix="/v1/stories/<story>", description="Marking what the reports of a story say"
)


@bp.route("/claims", methods=["POST"])
@bp.arguments(MarkClaimSchema())
@bp.response(201, ClaimMarkedSchema())
@bp.alt_response(200, schema=ClaimMarkedSchema(), description="It was marked so before; nothing was written")
def mark_claim(body: dict[str, Any], story: str) -> Response:
    """Mark that words of a report make a claim: a new one, or one that is here."""
    require_few(body)
    command = AssertClaim(
        story_id=story_id_of(story),
        report_id=body["report"],
        version=body.get("version"),
        assertion=assertion_of(body, _new("clm")),
        by=gate.token().person,
    )
    outcome = _carry_out(command)
    claim, _, appearance = (outcome.subject or "").partition("/")
    return _marked(outcome, f"claims/{claim}", claim=claim, appearance=int(appearance))


@bp.route("/relations", methods=["POST"])
@bp.arguments(RelateSchema())
@bp.response(201, RelationMarkedSchema())
@bp.alt_response(200, schema=RelationMarkedSchema(), description="It was marked so before; nothing was written")
def relate_claims(body: dict[str, Any], story: str) -> Response:
    """Mark what one claim does to another: it disputes, corroborates, refines, supersedes or retracts it."""
    story_id = story_id_of(story)
    with pointing():
        source, target = (claim_named(body[end], story_id) for end in ("source", "target"))
    relating = relating_of(body, _new("rel"), source, target)
    outcome = _carry_out(RelateClaims(story_id=story_id, relating=relating, person=gate.token().person))
    here = source if source.story_id is None else target
    return _marked(outcome, f"claims/{here.claim_id}", relation=outcome.subject)


@bp.route("/occurrences", methods=["POST"])
@bp.arguments(OccurrenceSchema())
@bp.response(201, OccurrenceMarkedSchema())
@bp.alt_response(200, schema=OccurrenceMarkedSchema(), description="It was recorded so before; nothing was written")
def record_occurrence(body: dict[str, Any], story: str) -> Response:
    """Record that something happened, or more of what is recorded; what was recorded before stays beside it."""
    command = RecordOccurrence(
        story_id=story_id_of(story), recording=recording_of(body, _new("occ")), person=gate.token().person
    )
    outcome = _carry_out(command)
    return _marked(outcome, "timeline", occurrence=outcome.subject)


@bp.route("/links", methods=["POST"])
@bp.arguments(LinkSchema())
@bp.response(201, LinkMarkedSchema())
@bp.alt_response(200, schema=LinkMarkedSchema(), description="They were linked so before; nothing was written")
def link_stories(body: dict[str, Any], story: str) -> Response:
    """Say that this story belongs to another one, which says so too from then on."""
    with pointing():
        other = _other_story(body["story"])
    command = LinkStories(story_id=story_id_of(story), link_id=_new("lnk"), other_id=other, relation=body["relation"])
    outcome = _carry_out(command)
    return _marked(outcome, "", link=outcome.subject)


@bp.route("/withdrawals", methods=["POST"])
@bp.arguments(WithdrawSchema())
@bp.response(201, WithdrawnSchema())
@bp.alt_response(200, schema=WithdrawnSchema(), description="It was withdrawn before; nothing was written")
def withdraw_marking(body: dict[str, Any], story: str) -> Response:
    """Take a marking of ours back that was wrong. It leaves the story as it is, and stays in its history."""
    command = WithdrawAnnotation(story_id=story_id_of(story), target=body["target"], reason=body["reason"])
    return _marked(_carry_out(command), "revisions", target=body["target"])


def claim_named(sent: str | Mapping[str, str], story_id: str) -> ClaimRef:
    """The claim that a request names: one of this story, or of another. Raises ``UnknownStory``."""
    if isinstance(sent, str):
        return ClaimRef(claim_id=sent)
    other = _other_story(sent["story"])
    return ClaimRef(claim_id=sent["claim"], story_id=None if other == story_id else other)


def _other_story(named: str) -> str:
    story_id = story_id_named(named)
    if not looks_like_id(story_id, "sty"):
        raise UnknownStory(named)
    return story_id


def _new(prefix: str) -> str:
    return new_id(prefix, rooms().clock)


def _carry_out(command: MarkCommand) -> Outcome:
    with pointing():
        return handle(command, gate.asked())


def _marked(outcome: Outcome, shown_at: str, **more: Any) -> Response:
    """The receipt of a marking, which the story shows at ``shown_at``."""
    url = f"/v1/stories/{outcome.story_id}/{shown_at}".removesuffix("/")
    body = {
        "story": outcome.story_id,
        "revision": outcome.revision,
        "position": outcome.position,
        "url": url,
        "new_outlets": outcome.new_outlets,
        "new_parties": outcome.new_parties,
        **more,
    }
    tag = answers.tag(outcome.revision, f"marked/{shown_at}", stamp_of(outcome.story_id))
    return answers.answer(body, 201 if outcome.written else 200, tag=tag, headers={"Location": url})
