"""A story as one answer: its reports, claims, timeline, people, and what the desk does."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import islice
from typing import Any

import marshmallow as ma
from marshmallow import fields
from marshmallow.validate import OneOf

from tracker.api.fields import Moment
from tracker.api.schemas.answers import listed
from tracker.api.schemas.stories import ReportSummarySchema, present_report
from tracker.clock import rfc3339
from tracker.stories.desk import Hold
from tracker.stories.marks import Link
from tracker.stories.parties import Party
from tracker.stories.questions.claims import ClaimInBrief, in_brief
from tracker.stories.questions.desk import holds, related
from tracker.stories.questions.people import PersonAnswer, people
from tracker.stories.questions.timeline import EntryAnswer, timeline
from tracker.stories.story import Story

#: How many entries of each list an answer that shows the story holds; each list has an address of its own.
MOST_INLINE = 2000


class StorySchema(ma.Schema):
    """A story as of one revision. Each list has an address of its own; here it has at most its first 2000 entries."""

    id = fields.String(required=True)
    url = fields.String(required=True)
    slug = fields.String(required=True)
    title = fields.String(required=True)
    summary = fields.String(allow_none=True, required=True)
    summary_revision = fields.Integer(allow_none=True, required=True)
    language = fields.String(allow_none=True, required=True)
    topics = fields.List(fields.String(), required=True)
    urgency = fields.Integer(allow_none=True, required=True)
    desk = fields.String(allow_none=True, required=True, metadata={"description": "Whose story it is"})
    status = fields.String(required=True, validate=OneOf(["open", "closed"]))
    revision = fields.Integer(required=True)
    opened_at = Moment(required=True)
    changed_at = Moment(required=True)
    reports = fields.List(fields.Nested(ReportSummarySchema()), required=True)
    claims = listed(ClaimInBrief)
    timeline = listed(EntryAnswer)
    people = listed(PersonAnswer)
    related = listed(Link)
    holds = listed(Hold)
    cut = fields.List(fields.String(), required=True, metadata={"description": "Which lists are not whole"})


def present_story(story_id: str, story: Story, known: Mapping[str, Party], sight: Collection[str]) -> dict[str, Any]:
    """``story`` in the form of ``StorySchema``; ``known``: what is known of its people, ``sight`` as of ``holds``."""
    assert story.opened_at is not None
    assert story.changed_at is not None
    lists: dict[str, list[Any]] = {
        "reports": [present_report(story_id, report) for report in _first(story.reports.values())],
        "claims": [in_brief(story, claim) for claim in _first(story.claims.values())],
        "timeline": list(_first(timeline(story))),
        "people": list(_first(people(story, known))),
        "related": list(_first(related(story))),
        "holds": list(_first(holds(story, sight))),
    }
    return {
        "id": story_id,
        "url": f"/v1/stories/{story_id}",
        "slug": story.slug,
        "title": story.title,
        "summary": story.summary,
        "summary_revision": story.summary_revision,
        "language": story.language,
        "topics": story.topics,
        "urgency": story.urgency,
        "desk": story.desk,
        "status": story.status.value,
        "revision": story.revision,
        "opened_at": rfc3339(story.opened_at),
        "changed_at": rfc3339(story.changed_at),
        **{name: entries[:MOST_INLINE] for name, entries in lists.items()},
        "cut": [name for name, entries in lists.items() if len(entries) > MOST_INLINE],
    }


def _first(entries: Iterable[Any]) -> Iterable[Any]:
    """As many as are shown, and one more."""
    return islice(entries, MOST_INLINE + 1)
