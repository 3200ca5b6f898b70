"""The forms of the markings: a claim, a relation of two, an occurrence, a link with another story; taking one back.

Each is read by the API's own schema and carried out by the same handler. Of long lists a form offers the latest
entries, or those that are sought (``q``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import marshmallow as ma
from flask import request, url_for

from tracker import history
from tracker.api import gate
from tracker.api.marking import claim_named
from tracker.api.naming import story_id_named
from tracker.api.rooms import connection, handle, rooms
from tracker.api.schemas.marking import (
    LinkSchema,
    MarkClaimSchema,
    OccurrenceSchema,
    RelateSchema,
    WithdrawSchema,
    assertion_of,
    recording_of,
    relating_of,
)
from tracker.api.sights import sight
from tracker.handling import Asked
from tracker.ids import looks_like_id, new_id
from tracker.stories.commands import AssertClaim, LinkStories, RecordOccurrence, RelateClaims, WithdrawAnnotation
from tracker.stories.errors import UnknownAnnotation, UnknownStory
from tracker.stories.knowledge import GroundRule, Knowledge, LinkKind, RelationKind, Stance
from tracker.stories.marks import Occurrence
from tracker.stories.story import Story
from tracker.web.acts import found_story
from tracker.web.blueprint import bp
from tracker.web.claim_form import claim_of, with_places
from tracker.web.forms import act
from tracker.web.naming import with_lines
from tracker.web.states import number_asked

#: So many entries a choice has.
_CHOICES = 100
#: How much of a statement is shown in a choice.
_SHORT = 90
STANCES = [
    (Stance.ASSERTS.value, "it says so"),
    (Stance.REPORTS.value, "it passes on that somebody says so"),
    (Stance.DENIES.value, "it denies it"),
]
KNOWLEDGE = [
    ("", "not said"),
    (Knowledge.DIRECT.value, "directly"),
    (Knowledge.BRIEFED.value, "they were briefed"),
    (Knowledge.DOCUMENT.value, "from a document"),
]
GROUND_RULES = [
    ("", "not said"),
    (GroundRule.ON_RECORD.value, "on the record"),
    (GroundRule.BACKGROUND.value, "on background"),
    (GroundRule.DEEP_BACKGROUND.value, "on deep background"),
]
SPEAKS = [("source", "the source above"), ("outlet", "the report itself")]
RELATIONS = [(each.value, each.value) for each in RelationKind]
_LINKS = [(LinkKind.RELATED.value, "is related to"), (LinkKind.PART_OF.value, "is part of")]
_CLAIM_ADDRESS = re.compile(r".*/stories/(?P<story>[^/]+)/claims/(?P<claim>[^/]+)/?")


class _MarkForm(MarkClaimSchema):
    @ma.pre_load
    def as_sent(self, data: dict[str, Any], **_options: Any) -> dict[str, Any]:
        return with_places(claim_of(data), data.get("at"))


class _RelateForm(RelateSchema):
    @ma.pre_load
    def as_sent(self, data: dict[str, Any], **_options: Any) -> dict[str, Any]:
        body = dict(data)
        other = body.pop("other", None)
        if "to" not in body and other:
            body["to"] = _claim_at(other)
        return body


class _OccurrenceForm(OccurrenceSchema):
    @ma.pre_load
    def as_sent(self, data: dict[str, Any], **_options: Any) -> dict[str, Any]:
        return with_lines(data, "parties")


@bp.route("/stories/<story>/reports/<report>/mark", methods=["GET", "POST"])
def mark_claim(story: str, report: str) -> Any:
    """Mark that words of a report make a claim: a new one, or one that is here."""
    story_id, state = found_story(story)
    found = history.living(state, report)
    shown = history.report_version(connection(), story_id, report, number_asked("version"), sight=sight())

    def work(body: dict[str, Any], asked: Asked) -> str:
        assertion = assertion_of(body, _new("clm"))
        command = AssertClaim(
            story_id=story_id,
            report_id=report,
            version=body.get("version"),
            assertion=assertion,
            by=gate.token().person,
        )
        done = handle(command, asked)
        return _claim(story_id, (done.subject or "").partition("/")[0])

    values = {
        "exact": request.args.get("exact", ""),
        "claim": request.args.get("claim", ""),
        "speaks": "source",
    }
    context: dict[str, Any] = {
        "story": state,
        "report": found,
        "shown": shown,
        "claims": claim_choices(state),
        **CLAIM_CHOICES,
    }
    return act("mark_claim.html", _MarkForm(), work, values=values, story_id=story_id, **context)


@bp.route("/stories/<story>/relate", methods=["GET", "POST"])
def relate_claims(story: str) -> Any:
    """Mark what one claim does to another, whose judgement that is, and the words that it rests on."""
    story_id, state = found_story(story)

    def work(body: dict[str, Any], asked: Asked) -> str:
        source, target = (claim_named(body[end], story_id) for end in ("source", "target"))
        relating = relating_of(body, _new("rel"), source, target)
        handle(RelateClaims(story_id=story_id, relating=relating, person=gate.token().person), asked)
        return _claim(story_id, source.claim_id)

    values = {name: request.args.get(name, "") for name in ("from", "to")}
    choices: dict[str, Any] = {"claims": claim_choices(state), "reports": report_choices(state), "relations": RELATIONS}
    return act("relate_claims.html", _RelateForm(), work, values=values, story_id=story_id, story=state, **choices)


@bp.route("/stories/<story>/happened", methods=["GET", "POST"])
def record_occurrence(story: str) -> Any:
    """Record that something happened in the world, or (``occurrence``) say more of what is recorded."""
    story_id, state = found_story(story)
    known = state.occurrences.get(request.args.get("occurrence", ""))

    def work(body: dict[str, Any], asked: Asked) -> str:
        recording = recording_of(body, _new("occ"))
        handle(RecordOccurrence(story_id=story_id, recording=recording, person=gate.token().person), asked)
        return url_for("pages.show_timeline", story=_slug(story_id))

    others = [(name, each.now.title) for name, each in list(state.occurrences.items())[-_CHOICES:]]
    context: dict[str, Any] = {
        "known": known,
        "occurrences": [("", "nothing"), *others],
        "reports": report_choices(state),
    }
    values = _of_occurrence(known)
    return act(
        "record_occurrence.html", _OccurrenceForm(), work, values=values, story_id=story_id, story=state, **context
    )


@bp.route("/stories/<story>/link", methods=["GET", "POST"])
def link_stories(story: str) -> Any:
    """Say that this story belongs to another one, which says so too from then on."""
    story_id, state = found_story(story)

    def work(body: dict[str, Any], asked: Asked) -> str:
        other = story_id_named(body["story"])
        if not looks_like_id(other, "sty"):
            raise UnknownStory(body["story"])
        command = LinkStories(story_id=story_id, link_id=_new("lnk"), other_id=other, relation=body["relation"])
        handle(command, asked)
        return url_for("pages.show_story", story=_slug(story_id)) + "#related"

    return act("link_stories.html", LinkSchema(), work, story_id=story_id, story=state, relations=_LINKS)


@bp.route("/stories/<story>/withdraw", methods=["GET", "POST"])
def withdraw_marking(story: str) -> Any:
    """Take a marking of ours back: it leaves the story as it is, and stays in its history."""
    story_id, state = found_story(story)
    target = request.args.get("target", "")
    said = _said(target, state)

    def work(body: dict[str, Any], asked: Asked) -> str:
        handle(WithdrawAnnotation(story_id=story_id, target=body["target"], reason=body["reason"]), asked)
        return url_for("pages.show_story", story=_slug(story_id))

    return act(
        "withdraw.html",
        WithdrawSchema(),
        work,
        values={"target": target},
        story_id=story_id,
        story=state,
        said=said,
        gone=target in state.withdrawn,
    )


def claim_choices(story: Story) -> list[tuple[str, str]]:
    """Claims to choose from: those with ``q`` in them, the latest ones."""
    sought = request.args.get("q", "").strip().casefold()
    wanted = {request.args.get(name, "") for name in ("claim", "from", "to")}
    found = [
        each
        for each in reversed(story.claims.values())
        if each.claim_id in wanted or not sought or sought in each.statement.casefold()
    ]
    first = sorted(found, key=lambda each: each.claim_id not in wanted)[:_CHOICES]
    return [(each.claim_id, _short(each.statement or "redacted")) for each in first]


def report_choices(story: Story) -> list[tuple[str, str]]:
    """Reports to choose from, the latest ones, without those that were killed."""
    living = [each for each in reversed(story.reports.values()) if each.kill is None]
    return [
        (each.report_id, _short(f"{each.outlet.name}: {each.content.headline or 'redacted'}"))
        for each in living[:_CHOICES]
    ]


def _of_occurrence(known: Occurrence | None) -> dict[str, str]:
    if known is None:
        return {}
    now = known.now
    return {
        "occurrence": known.occurrence_id,
        "title": now.title,
        "place": now.place or "",
        "parties": "\n".join(each.name for each in now.parties),
    }


def _said(target: str, story: Story) -> str:
    """What a marking says, for whoever takes it back. Raises ``UnknownAnnotation``."""
    claim_id, _, number = target.partition("/")
    if claim := story.claims.get(claim_id):
        if not number:
            return claim.statement
        return _one_of((each.selector.exact for each in claim.appearances if str(each.number) == number), target)
    if relation := story.relations.get(target):
        ends = (story.claims.get(each.claim_id) for each in (relation.source, relation.target))
        statements = [f"“{each.statement}”" if each else "a claim of another story" for each in ends]
        return f" {relation.relation.value} ".join(statements)
    if occurrence := story.occurrences.get(target):
        return occurrence.now.title
    if link := story.links.get(target):
        return f"{link.relation.value}: {link.story_id}"
    return _one_of((("It was withdrawn before.",) if target in story.withdrawn else ()), target)


def _one_of(found: Iterable[str], target: str) -> str:
    for each in found:
        return each
    raise UnknownAnnotation(target)


def _claim_at(address: str) -> Any:
    """The claim of another story whose page has that address; what is none stays as it is."""
    found = _CLAIM_ADDRESS.fullmatch(urlsplit(address).path)
    return {"story": found["story"], "claim": found["claim"]} if found else address


def _short(statement: str) -> str:
    return statement if len(statement) <= _SHORT else statement[: _SHORT - 1].rstrip() + "…"


def _new(prefix: str) -> str:
    return new_id(prefix, rooms().clock)


def _slug(story_id: str) -> str:
    return history.at(connection(), story_id, sight=sight()).slug


def _claim(story_id: str, claim_id: str) -> str:
    return url_for("pages.show_claim", story=_slug(story_id), claim=claim_id)


CLAIM_CHOICES = {"stances": STANCES, "knowledge": KNOWLEDGE, "ground_rules": GROUND_RULES, "speaks": SPEAKS}
