"""The handler: read, fold, decide, append.

    handler.handle(command, asked) -> Outcome

In one transaction, in this order, which is also the order of locks: take the Idempotency-Key; resolve names (a new
slug, an outlet mentioned for the first time); lock the story's stream; load the story; compare what the caller has
seen; ``decide``; append; destroy the keys of what is redacted. A refusal rolls all of it back, so that nothing is
written, not even a new outlet. A transaction that gave way to another is tried again, a bounded number of times.

Most commands are one append and nothing else. They are tried without a transaction first (``_at_once``): the story
as it is in memory, ``decide``, and one statement that appends at the revision that was seen. A filing of a new report
needs not even the story, only one that is open: the log's own rules are enough (an event id is appended once, a closed
stream takes nothing). What the log refuses is decided again under the lock, and gets its answer or its refusal there.

What it does badly: a command with an Idempotency-Key, or a new name, is always a transaction of several trips.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import Connection

from tracker.clock import Clock, to_microseconds
from tracker.config import Settings
from tracker.db.database import Database
from tracker.errors import Contended
from tracker.handling import envelopes, names, outcomes
from tracker.handling.asking import Asked, require_seen
from tracker.handling.outcomes import Outcome
from tracker.handling.turns import Turns
from tracker.ids import new_id
from tracker.store import loading, log, redaction, requests
from tracker.store.keys import Redacted
from tracker.store.log import Appended, Closed, EventDiffers, Expected, WrongVersion
from tracker.store.log_events import NewEvent
from tracker.store.several import Part, append_to_all
from tracker.stories.commands import Command, FileReport, RedactContent
from tracker.stories.decisions import decide
from tracker.stories.events import Event
from tracker.stories.outlets import OutletAdded, name_key
from tracker.stories.story import Status, Story

#: How often a transaction that gave way to another is begun again.
_TRIES = 4
#: What a filing assumes of a story that isn't looked at.
_OPEN_AND_EMPTY = Story(revision=1, status=Status.OPEN)


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
        return self._database.writes_by_turns or self._turns.is_free(command.story_id)

    def outlets_named(self, given: Iterable[str], actor: str) -> frozenset[str]:
        """The ids of the outlets of these names; one that was never mentioned is added, by ``actor``."""
        with self._database.writing() as connection:
            # All names before the first append: nobody waits for a name while he holds the log's order.
            found = [names.outlet_named(connection, self._clock, name) for name in sorted(given, key=name_key)]
            parts = [self._added(added, actor, new_id("req", self._clock)) for _, added in found if added]
            append_to_all(connection, parts, now=self._clock.recorded_now())
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
        require_seen(command, story, asked.seen)
        events = decide(command, story)
        if not events:
            return outcomes.already_so(command, story), _nothing
        names.renamed(connection, command)
        new = envelopes.addressed(self._clock, command.story_id, events, story, asked)
        parts = [Part(command.story_id, "story", new, story.revision, envelopes.closes(events))]
        if new_outlet:
            parts.append(self._added(new_outlet, asked.token.id, asked.correlation_id, asked.traceparent))
        done, *_ = append_to_all(connection, parts, now=self._clock.recorded_now())
        outcome = outcomes.written(command.story_id, events, done, new_outlet is not None)
        if destroyed := envelopes.destroyed_keys(events, story):
            at = to_microseconds(done.recorded_at)
            redaction.redact(connection, command.story_id, destroyed, version=done.last, at=at)
            return outcome, partial(self._redacted, command.story_id)
        recorded = outcomes.recorded(events, new, done)
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
            known = self._known(command, reading)
            # On SQLite those who write take turns anyway, and share a COMMIT, which they couldn't if they waited here.
            with nullcontext() if self._database.writes_by_turns else self._turns.of(command.story_id):
                return self._decide_at_once(known, asked, reading) if known else None
        except (Contended, WrongVersion):
            return None

    def _known(self, command: Command, reading: Connection | None) -> Command | None:
        """``names.known``, before the turn: whoever has it makes others wait."""
        with nullcontext(reading) if reading else self._database.reading() as connection:
            return names.known(connection, command)

    def _decide_at_once(self, known: Command, asked: Asked, reading: Connection | None) -> Outcome | None:
        with self._database.at_once(reading) as connection:
            story = loading.load(connection, known.story_id)
            require_seen(known, story, asked.seen)
            events = decide(known, story)
            if not events:
                # Said under the lock alone: what made it so may not be where a COMMIT has to be confirmed.
                return None
            new = envelopes.addressed(self._clock, known.story_id, events, story, asked)
            done = self._append(connection, known.story_id, events, new, story.revision)
        loading.carry_on(self._database.engine, known.story_id, done, outcomes.recorded(events, new, done))
        return outcomes.written(known.story_id, events, done, new_outlet=False)

    def _file_unseen(self, connection: Connection, command: Command, asked: Asked) -> Outcome | None:
        """File a report without a look at its story; ``None``, and nothing is written, where one is needed.

        The log keeps the rules by itself: an outlet and a uri make one event id (``_event_id``), and a closed stream
        takes nothing from whoever hasn't read it.
        """
        events = decide(command, _OPEN_AND_EMPTY)
        new = envelopes.addressed(self._clock, command.story_id, events, _OPEN_AND_EMPTY, asked)
        try:
            done = self._append(connection, command.story_id, events, new, "exists")
        except (WrongVersion, Closed, EventDiffers, Redacted):
            return None
        return None if done.again else outcomes.written(command.story_id, events, done, new_outlet=False)

    def _append(
        self,
        connection: Connection,
        story_id: str,
        events: Sequence[Event],
        new: Sequence[NewEvent],
        expected: Expected,
    ) -> Appended:
        now = self._clock.recorded_now()
        return log.append(
            connection, story_id, "story", new, expected=expected, now=now, closes=envelopes.closes(events)
        )

    def _added(self, added: OutletAdded, actor: str, correlation_id: str, traceparent: str | None = None) -> Part:
        new = envelopes.outlet_event(self._clock, added, actor, correlation_id, traceparent)
        return Part(added.outlet_id, "outlet", [new], "none")


def _may_be_unseen(command: Command, asked: Asked) -> bool:
    """Whether the log alone can keep the rules of ``command``: a new report, whatever else is in its story."""
    return isinstance(command, FileReport) and asked.seen is None and not command.as_next_version


def _nothing() -> None:
    """Nothing is to be done."""
