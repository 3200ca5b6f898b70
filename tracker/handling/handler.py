"""The handler: read, fold, decide, append.

    handler.handle(command, asked) -> Outcome

In one transaction, in this order, which is also the order of locks: take the Idempotency-Key; resolve names (a new
slug, an outlet mentioned for the first time); lock the story's stream; load the story; compare what the caller has
seen; ``decide``; append; destroy the keys of what is redacted. A refusal rolls all of it back, so that nothing is
written, not even a new outlet. A transaction that gave way to another is tried again, a bounded number of times.

A filing of a new report needs no look at its story, only a story that is open: where the log's own rules are enough
(an event id is appended once, a closed stream takes nothing), nothing is locked or loaded, and only what they refuse
is decided under the lock, so that it gets its answer or its refusal.

What it does badly: every other command decides under the story's lock, so that writers to one story wait for each
other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import Connection

from tracker.access.tokens import Token
from tracker.clock import Clock, to_microseconds
from tracker.config import Settings
from tracker.db.database import Database
from tracker.errors import Contended, Stale
from tracker.handling import names
from tracker.handling.turns import Turns
from tracker.ids import named_id, new_id
from tracker.store import loading, log, redaction, requests
from tracker.store.keys import Redacted
from tracker.store.log import Appended, Closed, EventDiffers, Expected, NewEvent, WrongVersion
from tracker.store.requests import RequestKey
from tracker.stories.commands import Command, CorrectReport, FileReport, OpenStory, RedactContent, UpdateReport
from tracker.stories.decisions import decide
from tracker.stories.events import (
    ContentRedacted,
    Event,
    Recorded,
    ReportCorrected,
    ReportFiled,
    ReportUpdated,
    StoryClosed,
    StoryOpened,
    StoryReopened,
)
from tracker.stories.outlets import OutletAdded, name_key
from tracker.stories.story import Report, Status, Story

#: How often a transaction that gave way to another is begun again.
_TRIES = 4
#: What a filing assumes of a story that isn't looked at.
_OPEN_AND_EMPTY = Story(revision=1, status=Status.OPEN)


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, and what came with the request."""

    token: Token
    #: Shared by all events of this request.
    correlation_id: str
    traceparent: str | None = None
    #: The Idempotency-Key, if one was sent.
    key: RequestKey | None = None
    #: The revision that the caller has read (If-Match); refused when the resource has changed since.
    seen: int | None = None


class Outcome(msgspec.Struct, frozen=True):
    """What became of a command."""

    story_id: str
    #: The story's revision after the first answer to it.
    revision: int
    #: Of the last event written; ``None`` where nothing was, or its position isn't known yet.
    position: int | None = None
    #: The report and version that a report's command led to, or found.
    report_id: str | None = None
    version: int | None = None
    #: Whether the first answer wrote anything.
    written: bool = False
    #: Whether the outlet was mentioned for the first time.
    new_outlet: bool = False
    #: Whether this answers a request that was answered before.
    replayed: bool = False


class Handler:
    """Handles commands on one database."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        settings: Settings,
        on_append: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._lifetime = timedelta(hours=settings.idempotency_hours)
        self._save_every = settings.saved_state_every
        self._turns = Turns(settings.pool_timeout_seconds)
        self._destroyed_keys = redaction.list_path(settings)
        #: Called after each commit that appended, to wake a worker in this process.
        self._on_append = on_append

    def handle(self, command: Command, asked: Asked, reading: Connection | None = None) -> Outcome:
        """Carry out ``command``. Raises a refusal, with nothing written, or trouble.

        ``reading``: a connection of the caller's that may be used up for it (``Database.writing``).
        """
        outcome = self._tried(command, asked, reading)
        if outcome.written and not outcome.replayed:
            self._on_append()
        return outcome

    def is_free(self, command: Command) -> bool:
        """Whether ``command`` would be carried out now; if not, whoever waits for it holds no connection meanwhile."""
        return self._turns.is_free(command.story_id)

    def outlets_named(self, given: Iterable[str], actor: str) -> frozenset[str]:
        """The ids of the outlets of these names; one that was never mentioned is added, by ``actor``."""
        with self._database.writing() as connection:
            # All names before the first append: nobody waits for a name while he holds the log's order.
            found = [names.outlet_named(connection, self._clock, name) for name in sorted(given, key=name_key)]
            for _, added in found:
                if added:
                    self._add_outlet(connection, added, actor, new_id("req", self._clock), None)
        return frozenset(outlet.id for outlet, _ in found)

    def _tried(self, command: Command, asked: Asked, reading: Connection | None) -> Outcome:
        unseen = _may_be_unseen(command, asked)
        if asked.key is None and (done := self._at_once(command, asked, reading, unseen)):
            return done
        for _ in range(_TRIES - 1):
            try:
                return self._once(command, asked, reading, unseen)
            except Contended:
                unseen = False
        return self._once(command, asked, reading, unseen)

    def _once(self, command: Command, asked: Asked, reading: Connection | None, unseen: bool) -> Outcome:
        with self._database.writing(reading) as connection:
            earlier = self._claim(connection, asked)
            if earlier is not None:
                return Outcome(**{**earlier, "replayed": True})
            outcome, committed = self._carry_out(connection, command, asked, unseen)
            if asked.key:
                requests.settle(connection, asked.key, msgspec.structs.asdict(outcome))
        committed()
        return outcome

    def _claim(self, connection: Connection, asked: Asked) -> Mapping[str, Any] | None:
        if asked.key is None:
            return None
        return requests.claim(connection, asked.key, self._clock.now(), self._lifetime)

    def _carry_out(
        self, connection: Connection, command: Command, asked: Asked, unseen: bool
    ) -> tuple[Outcome, Callable[[], None]]:
        """The outcome, and what is to be done once it is committed."""
        command, new_outlet = names.resolved(connection, self._clock, command)
        if unseen and not new_outlet and (filed := self._file_unseen(connection, command, asked)):
            return filed, _nothing
        head = log.lock(connection, command.story_id)
        story = loading.load_locked(connection, command.story_id, head, self._save_every) if head else Story()
        _require_seen(command, story, asked.seen)
        events = decide(command, story)
        if not events:
            return _already_so(command, story), _nothing
        names.renamed(connection, command)
        if new_outlet:
            self._add_outlet(connection, new_outlet, asked.token.id, asked.correlation_id, asked.traceparent)
        new = [self._new_event(command.story_id, event, _outlet_of(event, story), asked) for event in events]
        done = self._append(connection, command.story_id, events, new, story.revision)
        outcome = _outcome(command.story_id, events, done, new_outlet is not None)
        if destroyed := _destroyed_keys(events, story):
            at = to_microseconds(done.recorded_at)
            redaction.redact(connection, command.story_id, destroyed, version=done.last, at=at)
            return outcome, partial(self._redacted, command.story_id)
        recorded = _recorded(events, new, done)
        return outcome, partial(loading.carry_on, self._database.engine, command.story_id, done, recorded)

    def _redacted(self, story_id: str) -> None:
        loading.forget(self._database.engine, story_id)
        redaction.after_commit(self._database, self._destroyed_keys)

    def _at_once(self, command: Command, asked: Asked, reading: Connection | None, unseen: bool) -> Outcome | None:
        """Carry out a command that is one append and nothing else, in one statement; ``None``, and nothing is written,
        where it takes more, or somebody else was faster.
        """
        if names.takes_any(command) or isinstance(command, RedactContent):
            return None
        try:
            if unseen:
                with self._database.at_once(reading) as connection:
                    known = names.known(connection, command)
                    return self._file_unseen(connection, known, asked) if known else None
            with self._turns.of(command.story_id):
                return self._decide_at_once(command, asked, reading)
        except (Contended, WrongVersion):
            return None

    def _decide_at_once(self, command: Command, asked: Asked, reading: Connection | None) -> Outcome | None:
        with self._database.at_once(reading) as connection:
            known = names.known(connection, command)
            if known is None:
                return None
            story = loading.load(connection, known.story_id)
            _require_seen(known, story, asked.seen)
            events = decide(known, story)
            if not events:
                return _already_so(known, story)
            new = [self._new_event(known.story_id, event, _outlet_of(event, story), asked) for event in events]
            done = self._append(connection, known.story_id, events, new, story.revision)
        loading.carry_on(self._database.engine, known.story_id, done, _recorded(events, new, done))
        return _outcome(known.story_id, events, done, new_outlet=False)

    def _file_unseen(self, connection: Connection, command: Command, asked: Asked) -> Outcome | None:
        """File a report without a look at its story; ``None``, and nothing is written, where one is needed.

        The log keeps the rules by itself: an outlet and a uri make one event id (``_event_id``), and a closed stream
        takes nothing from whoever hasn't read it.
        """
        events = decide(command, _OPEN_AND_EMPTY)
        new = [self._new_event(command.story_id, event, _outlet_of(event, _OPEN_AND_EMPTY), asked) for event in events]
        try:
            done = self._append(connection, command.story_id, events, new, "exists")
        except (WrongVersion, Closed, EventDiffers, Redacted):
            return None
        return None if done.again else _outcome(command.story_id, events, done, new_outlet=False)

    def _append(
        self,
        connection: Connection,
        story_id: str,
        events: Sequence[Event],
        new: Sequence[NewEvent],
        expected: Expected,
    ) -> Appended:
        now = self._clock.recorded_now()
        return log.append(connection, story_id, "story", new, expected=expected, now=now, closes=_closes(events))

    def _add_outlet(
        self, connection: Connection, added: OutletAdded, actor: str, correlation_id: str, traceparent: str | None
    ) -> None:
        new = NewEvent(
            event_id=new_id("evt", self._clock),
            event=added,
            actor=actor,
            correlation_id=correlation_id,
            traceparent=traceparent,
        )
        now = self._clock.recorded_now()
        log.append(connection, added.outlet_id, "outlet", [new], expected="none", now=now)

    def _new_event(self, stream_id: str, event: Event, outlet_id: str | None, asked: Asked) -> NewEvent:
        report_id, version = _report_version(event)
        return NewEvent(
            event_id=self._event_id(stream_id, event),
            event=event,
            actor=asked.token.id,
            correlation_id=asked.correlation_id,
            traceparent=asked.traceparent,
            on_behalf_of=outlet_id,
            key_id=f"{report_id}/{version}" if report_id else None,
        )

    def _event_id(self, stream_id: str, event: Event) -> str:
        if isinstance(event, ReportFiled):
            # The row keeps the rule: an outlet's uri, or a report without one, is filed once.
            return named_id("evt", stream_id, event.outlet.id, event.uri or event.report_id)
        return new_id("evt", self._clock)


def _may_be_unseen(command: Command, asked: Asked) -> bool:
    """Whether the log alone can keep the rules of ``command``: a new report, whatever else is in its story."""
    return isinstance(command, FileReport) and asked.seen is None and not command.as_next_version


def _outcome(story_id: str, events: Sequence[Event], done: Appended, new_outlet: bool) -> Outcome:
    report_id, version = _report_version(events[-1])
    return Outcome(
        story_id=story_id,
        revision=done.last,
        position=done.position,
        report_id=report_id,
        version=version,
        written=True,
        new_outlet=new_outlet,
    )


def _closes(events: Sequence[Event]) -> bool | None:
    """Whether ``events`` close the story or open it again; ``None``: neither."""
    for event in reversed(events):
        if isinstance(event, StoryClosed | StoryOpened | StoryReopened):
            return isinstance(event, StoryClosed)
    return None


def _destroyed_keys(events: Sequence[Event], story: Story) -> list[str]:
    """The keys that seal what ``events`` redact: each version of a report has its own."""
    return [
        f"{report.report_id}/{version}"
        for event in events
        if isinstance(event, ContentRedacted)
        for report, versions in [story.targeted(event.target)]
        for version in versions
    ]


def _nothing() -> None:
    """Nothing is to be done."""


def _require_seen(command: Command, story: Story, seen: int | None) -> None:
    # What isn't there has no state to differ from; ``decide`` says that it isn't there (RFC 9110 §13.2.1).
    if seen is None or not (story.revision or isinstance(command, OpenStory)):
        return
    changed = _changed_at(command, story)
    if not changed <= seen <= story.revision:
        raise Stale(
            f"You have read revision {seen}; revision {changed} last changed this, and {story.revision} is the latest. "
            "Read it again and repeat the request with its ETag.",
            facts={"expected": seen, "found": changed},
        )


def _changed_at(command: Command, story: Story) -> int:
    """The revision that last changed what the command is about: a report, or what the desk says of the story."""
    match command:
        case UpdateReport() | CorrectReport():
            return story.report(command.report_id).revision
        case RedactContent():
            return story.targeted(command.target)[0].revision
        case FileReport():
            return story.revision
        case _:
            return story.edited_revision


def _already_so(command: Command, story: Story) -> Outcome:
    match command:
        case FileReport():
            report = story.report_at(command.outlet.id, command.uri) or story.report(command.report_id)
        case UpdateReport() | CorrectReport():
            report = story.report(command.report_id)
        case RedactContent():
            return Outcome(command.story_id, story.targeted(command.target)[0].revision)
        case _:
            return Outcome(command.story_id, story.revision)
    found = report.versions[0] if _is_first_filing(command, report) else report.versions[-1]
    return Outcome(command.story_id, found.revision, report_id=report.report_id, version=found.version)


def _is_first_filing(command: Command, report: Report) -> bool:
    if not isinstance(command, FileReport) or command.as_next_version:
        return False
    return command.content.digest() == report.versions[0].digest


def _recorded(events: Sequence[Event], new: Sequence[NewEvent], done: Appended) -> list[Recorded]:
    return [
        Recorded(
            revision=revision,
            recorded_at=done.recorded_at,
            event=event,
            event_id=each.event_id,
            actor=each.actor,
            on_behalf_of=each.on_behalf_of,
            correlation_id=each.correlation_id,
        )
        for revision, (event, each) in enumerate(zip(events, new, strict=True), start=done.first)
    ]


def _report_version(event: Event) -> tuple[str | None, int | None]:
    match event:
        case ReportFiled():
            return event.report_id, 1
        case ReportUpdated() | ReportCorrected():
            return event.report_id, event.version
        case _:
            return None, None


def _outlet_of(event: Event, story: Story) -> str | None:
    match event:
        case ReportFiled():
            return event.outlet.id
        case ReportUpdated() | ReportCorrected():
            return story.reports[event.report_id].outlet.id
        case _:
            return None
