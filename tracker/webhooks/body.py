"""The body of a webhook: one JSON object that is both a Standard Webhooks payload and a CloudEvents 1.0 event.

    {"specversion": "1.0", "id": "evt_…", "source": "https://…", "subject": "sty_…", "type": "report.filed",
     "time": "…Z", "timestamp": "…Z", "datacontenttype": "application/json", "dataschema": "https://…",
     "data": {"story": "sty_…", "slug": …, "title": …, "revision": 4, "previous_revision": 3,
              "url": "https://…", "compare_url": "https://…", …}}

This is a contract: fields are added, never renamed, removed or given another meaning, and receivers pass over what
they don't know. ``time`` (CloudEvents) and ``timestamp`` (Standard Webhooks) are the same moment, when the event was
recorded. ``previous_revision`` is the revision of this story that this endpoint was told of before; a receiver that
last saw another one has missed something, and ``compare_url`` shows what. It is null for the first.

What an outlet published belongs to the outlet: sent are its headline and address and what we say of it ourselves,
never the text. A body is built when it is sent and kept nowhere. One that would be longer than ``MOST_BYTES`` goes
without what the event says, and ``truncated`` says so; where the content was destroyed, ``redacted`` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never

import msgspec

from tracker.access.redistribution import content_that_may_leave
from tracker.clock import from_microseconds, rfc3339
from tracker.store.log_events import LogEvent
from tracker.stories.events import (
    ContentRedacted,
    Event,
    ReportCorrected,
    ReportFiled,
    ReportUpdated,
    StoryClosed,
    StoryEdited,
    StoryOpened,
    StoryReopened,
)
from tracker.stories.story import Story
from tracker.stories.values import Content, OutletRef

#: No body is longer, in bytes.
MOST_BYTES = 20_000

#: Where the schema of a type is read, after the public address.
SCHEMA_PATH = "/v1/schemas/webhooks/{type}"

_encoder = msgspec.json.Encoder()


class Message:
    """One event as it is sent; made once for all the endpoints that are told of it."""

    def __init__(self, event: LogEvent, story: Story, public_url: str) -> None:
        """``story``: of the event, as it stands now, or at any revision from the event's on."""
        self._story_url = f"{public_url}/v1/stories/{event.stream_id}"
        self._revision = event.version
        recorded_at = rfc3339(from_microseconds(event.recorded_at))
        self._envelope = {
            "specversion": "1.0",
            "id": event.event_id,
            "source": public_url,
            "subject": event.stream_id,
            "type": event.type,
            "time": recorded_at,
            "timestamp": recorded_at,
            "datacontenttype": "application/json",
            "dataschema": public_url + SCHEMA_PATH.format(type=event.type),
        }
        self._story = {"story": event.stream_id, "slug": story.slug, "title": story.title}
        self._facts = _facts(event, story)

    def body(self, previous_revision: int | None) -> bytes:
        """The body for an endpoint that was told of ``previous_revision`` of this story before, if of any."""
        place = {
            **self._story,
            "revision": self._revision,
            "previous_revision": previous_revision,
            "url": f"{self._story_url}?revision={self._revision}",
            "compare_url": self._compare_url(previous_revision),
        }
        whole = _encoder.encode({**self._envelope, "data": {**place, **self._facts}})
        if len(whole) <= MOST_BYTES:
            return whole
        short = {**place, **_ids(self._envelope["type"], self._facts), "truncated": True}
        return _encoder.encode({**self._envelope, "data": short})

    def _compare_url(self, previous_revision: int | None) -> str | None:
        if previous_revision is None:
            return None
        return f"{self._story_url}/compare/{previous_revision}...{self._revision}"


def _facts(event: LogEvent, story: Story) -> dict[str, Any]:
    if event.redacted:
        # What happened, and to what, is still told.
        return {**_ids(event.type, event.clear()), "redacted": True}
    opened = event.recorded().event
    return {name: value for name, value in _told(opened, story).items() if value is not None}


def _ids(event_type: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    if event_type == "content.redacted":
        return _target(fields["target"])
    if not event_type.startswith("report."):
        return {}
    return {"report_id": fields["report_id"], "version": fields.get("version", 1)}


def _told(event: Event, story: Story) -> Mapping[str, Any]:
    match event:
        case StoryOpened():
            return {"language": event.language, "topics": event.topics, "urgency": event.urgency}
        case StoryEdited():
            return {"changed": msgspec.to_builtins(event)}
        case StoryClosed() | StoryReopened():
            return {"reason": event.reason}
        case ReportFiled():
            return _report(event.report_id, 1, event.outlet, event.uri, event.content)
        case ReportUpdated():
            note = None if event.note is None else {"text": event.note}
            return {**_next_version(event, story), "note": note}
        case ReportCorrected():
            note = {name: value for name, value in msgspec.to_builtins(event.note).items() if value is not None}
            return {**_next_version(event, story), "kind": event.kind, "issued_by": event.issued_by, "note": note}
        case ContentRedacted():
            return {**_target(event.target), "reason": event.reason}
        case _ as never:
            assert_never(never)


def _target(target: str) -> dict[str, Any]:
    """A redaction's target; without a version it is all of them, those that came before the redaction."""
    report_id, _, version = target.partition("/")
    return {"target": target, "report_id": report_id, **({"version": int(version)} if version else {})}


def _next_version(event: ReportUpdated | ReportCorrected, story: Story) -> dict[str, Any]:
    report = story.report(event.report_id)
    return _report(event.report_id, event.version, report.outlet, report.uri, event.content)


def _report(report_id: str, version: int, outlet: OutletRef, uri: str | None, content: Content) -> dict[str, Any]:
    return {
        "report_id": report_id,
        "version": version,
        "outlet": {"id": outlet.id, "name": outlet.name},
        "uri": uri,
        **content_that_may_leave(content),
    }
