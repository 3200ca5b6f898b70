"""The handler: read, fold, decide, append.

    handler.handle(command, asked) -> Outcome

In one transaction, in this order, which is also the order of locks: take the Idempotency-Key; resolve names (a new
slug, an outlet or party mentioned for the first time); lock the story's stream, and that of another story which the
command concerns; load the story; compare what the caller has seen; ``decide``; append; write what may not be shown from
now on (``restricting``), and destroy the keys of what is redacted. A refusal rolls all of it back, so that nothing is
written, not even a new outlet. A transaction that gave way to another is tried again, a bounded number of times.

Most commands are one append and nothing else. They are tried without a transaction first (``_at_once``): the story
as it is in memory, ``decide``, and one statement that appends at the revision that was seen. A filing of a new report
needs not even the story, only one that is open: the log's own rules are enough (an event id is appended once, a closed
stream takes nothing). What the log refuses is decided again under the lock, and gets its answer or its refusal there.

What it does badly: a command with an Idempotency-Key, or a new name, is always a transaction of several trips, and so
is every command about a story in which something is held back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import Connection

from tracker.access.sight import sight_of
from tracker.clock import Clock, to_microseconds
from tracker.config import Settings
from tracker.db.database import Database
from tracker.errors import Contended
from tracker.handling import envelopes, names, others, outcomes, restricting, visible
from tracker.handling.asking import Asked, require_seen
from tracker.handling.names import NOTHING_ADDED, Added
from tracker.handling.others import HeldApart
from tracker.handling.outcomes import Outcome
from tracker.handling.texts import with_text
from tracker.handling.turns import Turns
from tracker.ids import new_id
from tracker.store import loading, log, redaction, requests
from tracker.store.keys import Redacted
from tracker.store.log import Appended, Closed, EventDiffers, WrongVersion
from tracker.store.log_events import NewEvent
from tracker.store.several import Part, append_to_all
from tracker.stories.commands import (
    ApproveAct,
    Command,
    DeclineAct,
    FileReport,
    KillReport,
    LiftHold,
    PlaceHold,
    RedactContent,
    RequestAct,
)
from tracker.stories.decisions import decide
from tracker.stories.events import Event, StoryEvent
from tracker.stories.folding import advanced
from tracker.stories.folding.supposing import as_recorded, supposed
from tracker.stories.knowledge import Approval
from tracker.stories.outlets import OutletAdded
from tracker.stories.parties import PartyAdded
from tracker.stories.story import Status, Story

#: How often a transaction that gave way to another is begun again.
_TRIES = 4
#: Commands that always write more than their events.
_MORE = PlaceHold | LiftHold | KillReport | RequestAct | ApproveAct | DeclineAct | RedactContent
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
        self._approval = Approval(settings.approval)
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
            found, added = names.outlets_named(connection, self._clock, given)
            parts = [self._outlet(each, actor) for each in added]
            append_to_all(connection, parts, now=self._clock.recorded_now())
        return frozenset(outlet.id for outlet in found.values())

    def _outlet(self, added: OutletAdded, actor: str) -> Part:
        new = envelopes.register_event(self._clock, added, actor, new_id("req", self._clock), None)
        return Part(added.outlet_id, "outlet", [new], "none")

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
                return msgspec.convert({**earlier, "replayed": True}, Outcome)
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
        command, added = names.resolved(connection, self._clock, command)
        if unseen and added is NOTHING_ADDED and (filed := self._file_unseen(connection, command, asked)):
            return filed, _nothing
        head, other = others.lock(connection, command, sight_of(asked.token.role))
        story = loading.load_locked(connection, command.story_id, head, self._save_every) if head else Story()
        events = self._decided(connection, command, story, head, asked, other)
        if not events:
            return outcomes.already_so(command, story), _nothing
        names.renamed(connection, command)
        events = restricting.with_released(connection, command.story_id, events)
        return self._append_all(connection, command.story_id, events, story, asked, added, other)

    def _decided(
        self,
        connection: Connection,
        command: Command,
        story: Story,
        head: log.Head | None,
        asked: Asked,
        other: str | None,
    ) -> Sequence[Event]:
        """What ``command`` leads to; raises ``Stale`` where the caller has seen something else."""

        def decided(state: Story, was_seen: bool) -> Sequence[Event]:
            if was_seen:
                require_seen(command, state, asked.seen)
            return decide(self._prepared(connection, command, state, asked, other), state)

        return visible.decided(connection, asked.token, command.story_id, head, story, decided)

    def _prepared(
        self, connection: Connection, command: Command, story: Story, asked: Asked, other: str | None
    ) -> Command:
        """``command`` with all that it is decided by."""
        command = others.looked_up(connection, command, story, other, sight_of(asked.token.role))
        if isinstance(command, RequestAct):
            return msgspec.structs.replace(command, approval=self._approval)
        return with_text(connection, command, story)

    def _append_all(
        self,
        connection: Connection,
        story_id: str,
        events: Sequence[Event],
        story: Story,
        asked: Asked,
        added: Added,
        other: str | None,
    ) -> tuple[Outcome, Callable[[], None]]:
        """Append ``events`` to the story, and what goes with them to other streams."""
        new = envelopes.addressed(self._clock, story_id, events, story, asked)
        closes = envelopes.closes(story, supposed(story, events), story_id)
        parts = [Part(story_id, "story", new, story.revision, closes), *self._added(added, asked)]
        if other is not None:
            parts.append(self._mirrored(connection, story_id, events, other, asked))
        done, *_ = append_to_all(connection, parts, now=self._clock.recorded_now())
        recorded = outcomes.recorded(events, new, done)
        if restricting.takes_more(events, story):
            after = advanced(story, recorded)
            restricting.restrict(connection, story_id, recorded, story, after, done, added.ids)
            if other is not None and restricting.is_withheld(recorded, story, after, story_id):
                raise HeldApart
        outcome = outcomes.written(story_id, events, done, added)
        if destroyed := envelopes.destroyed_keys(events, story):
            at = to_microseconds(done.recorded_at)
            redaction.redact(connection, story_id, destroyed, version=done.last, at=at)
            return outcome, partial(self._redacted, story_id)
        return outcome, partial(loading.carry_on, self._database.engine, story_id, done, recorded)

    def _mirrored(
        self, connection: Connection, story_id: str, events: Sequence[Event], other: str, asked: Asked
    ) -> Part:
        """The other story's side of ``events``. Raises ``HeldApart`` where it would be withheld there."""
        there = loading.load(connection, other)
        mirrored = others.mirrored(events, story_id)
        if restricting.is_withheld(as_recorded(there, mirrored), there, supposed(there, mirrored), other):
            raise HeldApart
        new = envelopes.addressed(self._clock, other, mirrored, there, asked)
        return Part(other, "story", new, there.revision)

    def _redacted(self, story_id: str) -> None:
        loading.forget(self._database.engine, story_id)
        redaction.after_commit(self._database, self._destroyed_keys)

    def _at_once(self, command: Command, asked: Asked, reading: Connection | None, unseen: bool) -> Outcome | None:
        """Carry out a command that is one append and nothing else, in one statement; ``None``, and nothing is written,
        where it takes more, or somebody else was faster.
        """
        if names.takes_any(command) or isinstance(command, _MORE):
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
            head = log.head(connection, known.story_id)
            story = loading.load(connection, known.story_id, head=head) if head else Story()
            if others.other_story(known, story) is not None or restricting.is_restricted(story):
                return None
            events = self._decided(connection, known, story, head, asked, None)
            if not events or restricting.takes_more(events, story):
                # Said under the lock alone: what made it so may not be where a COMMIT has to be confirmed.
                return None
            new = envelopes.addressed(self._clock, known.story_id, events, story, asked)
            done = self._append(connection, known.story_id, events, new, story)
        loading.carry_on(self._database.engine, known.story_id, done, outcomes.recorded(events, new, done))
        return outcomes.written(known.story_id, events, done)

    def _file_unseen(self, connection: Connection, command: Command, asked: Asked) -> Outcome | None:
        """File a report without a look at its story; ``None``, and nothing is written, where one is needed.

        The log keeps the rules by itself: an outlet and a uri make one event id (``_event_id``), and a closed stream
        takes nothing from whoever hasn't read it.
        """
        events = decide(command, _OPEN_AND_EMPTY)
        new = envelopes.addressed(self._clock, command.story_id, events, _OPEN_AND_EMPTY, asked)
        now = self._clock.recorded_now()
        try:
            done = log.append(connection, command.story_id, "story", new, expected="exists", now=now)
        except (WrongVersion, Closed, EventDiffers, Redacted):
            return None
        return None if done.again else outcomes.written(command.story_id, events, done)

    def _append(
        self,
        connection: Connection,
        story_id: str,
        events: Sequence[Event],
        new: Sequence[NewEvent],
        story: Story,
    ) -> Appended:
        now = self._clock.recorded_now()
        closes = None
        if any(isinstance(event, StoryEvent) for event in events):
            closes = envelopes.closes(story, supposed(story, events), story_id)
        return log.append(connection, story_id, "story", new, expected=story.revision, now=now, closes=closes)

    def _added(self, added: Added, asked: Asked) -> list[Part]:
        return [
            *(Part(each.outlet_id, "outlet", [self._first(each, asked)], "none") for each in added.outlets),
            *(Part(each.party_id, "party", [self._first(each, asked)], "none") for each in added.parties),
        ]

    def _first(self, event: OutletAdded | PartyAdded, asked: Asked) -> NewEvent:
        return envelopes.register_event(self._clock, event, asked.token.id, asked.correlation_id, asked.traceparent)


def _may_be_unseen(command: Command, asked: Asked) -> bool:
    """Whether the log alone can keep the rules of ``command``: a new report, whatever else is in its story."""
    if not isinstance(command, FileReport) or asked.seen is not None or command.as_next_version:
        return False
    more = (command.cites, command.claims, command.relations, command.occurrences, command.embargoed_until)
    return not any(more)


def _nothing() -> None:
    """Nothing is to be done."""
