"""Rights to the text: what of an event may leave this newsroom.

An outlet's full text stays here, unless the outlet's ``redistribute`` says that it may leave. What leaves, in the feed
and in webhooks alike, is what this one function lets through: headlines, addresses, our own statements, the notes of
corrections and short quotes (``quoting``). Everything that leaves passes here, so that there is one place to look, and
one to change. Whoever asks looks up the settings of all outlets of a page at once (``settings_of``); they are those of
now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, assert_never

import msgspec
from sqlalchemy import Connection

from tracker.access.quoting import (
    claim_that_may_leave,
    occurrence_that_may_leave,
    passages_that_may_leave,
    relation_that_may_leave,
)
from tracker.store import register
from tracker.store.log_events import LogEvent
from tracker.stories import events
from tracker.stories.outlets import OutletAdded, OutletEdited, OutletMerged, Redistribute
from tracker.stories.parties import PartyAdded, PartyEdited, PartyMerged
from tracker.stories.stored import Stored
from tracker.stories.values import Content

#: Of a report's content, what anybody who follows the story may be sent.
MAY_LEAVE = frozenset(
    {"headline", "byline", "dateline", "language", "published_at", "extent", "copyright_notice", "usage_terms"}
)


def settings_of(connection: Connection, page: Iterable[LogEvent]) -> Mapping[str, Redistribute]:
    """What may leave of the texts of the outlets on whose behalf ``page`` was done, by their ids."""
    return register.redistribution_of(connection, {event.on_behalf_of for event in page if event.on_behalf_of})


def may_leave(event: Stored, setting: Redistribute = Redistribute.HEADLINE) -> dict[str, Any]:
    """``event`` as JSON-ready fields; a report's text is among them only where its outlet's ``setting`` says so."""
    match event:
        case events.ReportFiled() | events.ReportUpdated():
            return {**_without(event, "content"), **content_that_may_leave(event.content, setting)}
        case events.ReportCorrected():
            passages = {"passages": passages_that_may_leave(event.passages)} if event.passages else {}
            return {**_without(event, "content"), **passages, **content_that_may_leave(event.content, setting)}
        case events.ContentRedacted():
            # By whose demand is our own affair.
            return {"target": event.target, "reason": event.reason}
        case events.ReportKilled():
            # Why, beyond the public note, is our own affair.
            return _without(event, "reason")
        case events.HoldPlaced() | events.HoldLifted():
            return _without(event, "authority")
        case events.ActRequested():
            # The act may hold a whole report.
            return _without(event, "act")
        case events.ActApproved() | events.ActDeclined():
            return dict(msgspec.to_builtins(event))
        case events.StoryOpened() | events.StoryEdited() | events.StoryClosed() | events.StoryReopened():
            return dict(msgspec.to_builtins(event))
        case events.ClaimAsserted():
            return claim_that_may_leave(event)
        case events.ClaimsRelated():
            return relation_that_may_leave(event)
        case events.OccurrenceRecorded():
            return occurrence_that_may_leave(event)
        case events.AnnotationWithdrawn() | events.StoriesLinked():
            return dict(msgspec.to_builtins(event))
        case OutletAdded() | OutletEdited() | OutletMerged() | PartyAdded() | PartyEdited() | PartyMerged():
            return dict(msgspec.to_builtins(event))
        case _ as never:
            assert_never(never)


def _without(event: events.Event, name: str) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(event)
    return {field: value for field, value in fields.items() if field != name}


def content_that_may_leave(content: Content, setting: Redistribute = Redistribute.HEADLINE) -> dict[str, Any]:
    """Of a version of a report, JSON-ready, what anybody who follows its story may be sent."""
    fields: dict[str, Any] = msgspec.to_builtins(content)
    allowed = MAY_LEAVE | {"blocks"} if setting is Redistribute.TEXT else MAY_LEAVE
    return {name: value for name, value in fields.items() if name in allowed}
