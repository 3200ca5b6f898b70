"""What an event says, as it is sent: the part of a webhook's ``data`` beside the place in its story.

``facts`` is all that may leave of an event (``access.redistribution``), ``ids`` what names that which it is about: this
is told where the rest is too long, or gone. Fields are called what they are called in the event and in the feed, but
for those of a report, which stand beside what names it. What is the newsroom's own is not sent, and says nothing here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never

import msgspec

from tracker.access.quoting import passages_that_may_leave
from tracker.access.redistribution import content_that_may_leave, may_leave
from tracker.stories import events
from tracker.stories.events import Event, ReportEvent
from tracker.stories.outlets import Redistribute
from tracker.stories.story import Story
from tracker.stories.values import OutletRef

#: The fields in the clear that name what each type of event is about. Of a filing the version is the first.
_NAMED: Mapping[str, tuple[str, ...]] = {
    "report.filed": ("report_id", "version"),
    "report.updated": ("report_id", "version"),
    "report.corrected": ("report_id", "version"),
    "report.killed": ("report_id",),
    "hold.lifted": ("hold_id", "target"),
    "claim.asserted": ("claim_id", "appearance", "report_id", "version"),
    "claims.related": ("relation_id", "report_id", "version"),
    "occurrence.recorded": ("occurrence_id", "report_id", "version"),
    "annotation.withdrawn": ("target",),
    "stories.linked": ("link_id",),
}


def ids(event_type: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """What names that which an event is about; ``fields``: at least those that it has in the clear."""
    if event_type == "content.redacted":
        return _target(fields["target"])
    named = _NAMED.get(event_type, ())
    first = {"version": 1} if event_type == "report.filed" else {}
    return {**first, **{name: fields[name] for name in named if fields.get(name) is not None}}


def facts(event: Event, story: Story, setting: Redistribute) -> dict[str, Any]:
    """All that ``event`` says and may leave; ``setting``: what may leave of its outlet's text.

    ``story`` is its story at any revision from the event's on.
    """
    return {name: value for name, value in _told(event, story, setting).items() if value is not None}


def _told(event: Event, story: Story, setting: Redistribute) -> Mapping[str, Any]:
    match event:
        case events.StoryOpened():
            said = ("language", "topics", "urgency", "desk")
            return {name: getattr(event, name) for name in said}
        case events.StoryEdited():
            return {"changed": msgspec.to_builtins(event)}
        case events.StoryClosed() | events.StoryReopened():
            return {"reason": event.reason}
        case events.ReportFiled() | events.ReportUpdated() | events.ReportCorrected():
            return _of_report(event, story, setting)
        case events.ClaimAsserted():
            outlet = story.report(event.report_id).outlet
            return {**may_leave(event), "stance": event.stance, "outlet": _named(outlet)}
        case events.ReportKilled():
            outlet = story.report(event.report_id).outlet
            return {**may_leave(event), "issued_by": event.issued_by, "outlet": _named(outlet)}
        case events.StoriesLinked():
            return {**may_leave(event), "inverse": event.inverse}
        case events.ContentRedacted():
            return {**_target(event.target), "reason": event.reason}
        case events.OccurrenceRecorded():
            # "title" is the story's, here as everywhere.
            fields = may_leave(event)
            return {"occurrence_title": fields.pop("title"), **fields}
        case events.ClaimsRelated() | events.AnnotationWithdrawn() | events.HoldLifted():
            # What is released is told whole, and not by its number.
            return {name: value for name, value in may_leave(event).items() if name != "released"}
        case events.HoldPlaced() | events.ActRequested() | events.ActApproved() | events.ActDeclined():
            return {}
        case _ as never:
            assert_never(never)


def _of_report(event: ReportEvent, story: Story, setting: Redistribute) -> Mapping[str, Any]:
    content = content_that_may_leave(event.content, setting)
    match event:
        case events.ReportFiled():
            cites = {"cites": event.cites} if event.cites else {}
            return {**_report(event.report_id, 1, event.outlet, event.uri), **content, **cites}
        case events.ReportUpdated():
            note = None if event.note is None else {"text": event.note}
            return {**_known(event.report_id, event.version, story), **content, "note": note}
        case events.ReportCorrected():
            return {
                **_known(event.report_id, event.version, story),
                **content,
                "kind": event.kind,
                "issued_by": event.issued_by,
                "note": _present(msgspec.to_builtins(event.note)),
                "passages": passages_that_may_leave(event.passages) or None,
            }
        case _ as never:
            assert_never(never)


def _target(target: str) -> dict[str, Any]:
    """A redaction's target; without a version it is all of them, those that came before the redaction."""
    report_id, _, version = target.partition("/")
    return {"target": target, "report_id": report_id, **({"version": int(version)} if version else {})}


def _known(report_id: str, version: int, story: Story) -> dict[str, Any]:
    report = story.report(report_id)
    return _report(report_id, version, report.outlet, report.uri)


def _report(report_id: str, version: int, outlet: OutletRef, uri: str | None) -> dict[str, Any]:
    return {"report_id": report_id, "version": version, "outlet": _named(outlet), "uri": uri}


def _named(outlet: OutletRef) -> dict[str, str]:
    return {"id": outlet.id, "name": outlet.name}


def _present(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
