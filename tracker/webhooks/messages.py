"""From a due delivery to a signed request, and from the answer to what becomes of the delivery.

The ``webhook-id`` is the event's id, the same at every attempt and for every endpoint, so that a receiver can tell a
repeated message by it. The timestamp is of the attempt, in real time. Events and stories are read once for all the
endpoints that are told of them, and forgotten within a second: what is sent is what may be sent now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from tracker.access.redistribution import settings_of
from tracker.clock import Clock
from tracker.errors import Damaged
from tracker.store import log, seeing
from tracker.store.releases import released
from tracker.store.veils import NO_VEIL, veils
from tracker.store.withholding import PUBLIC
from tracker.stories.outlets import Redistribute
from tracker.stories.story import Story
from tracker.webhooks import deliveries, signing
from tracker.webhooks.attempts import Outcome, Request, Result
from tracker.webhooks.body import Message
from tracker.webhooks.deliveries import Due, Settled, State
from tracker.webhooks.leases import Lease
from tracker.webhooks.schedule import JITTER, LONGEST_RETRY_AFTER, next_delay, retry_after_seconds

_KEPT_SECONDS = 1.0
_MOST_KEPT = 500


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of one delivery, under a lease."""

    lease: Lease
    due: Due


class _Kept(NamedTuple):
    """A story as anybody may see it, and whether something of it was ever withheld, killed or redacted."""

    story: Story
    restricted: bool


class Messages:
    """Makes requests. For one thread."""

    def __init__(self, clock: Clock, public_url: str) -> None:
        self._clock = clock
        self._public_url = public_url
        #: ``None`` for an event that is withheld.
        self._messages: dict[tuple[str, int], Message | None] = {}
        self._stories: dict[str, _Kept] = {}
        self._since = clock.monotonic()

    def request(self, connection: Connection, attempt: Attempt) -> Request | None:
        """The signed request; its key is ``attempt``. ``None`` where the event is withheld by now.

        Raises ``Damaged`` if the event can't be read.
        """
        due, lease = attempt.due, attempt.lease
        message = self._message(connection, due)
        if message is None:
            return None
        body = message.body(self._previous(connection, due))
        timestamp = int(self._clock.now().timestamp())
        headers = signing.headers([lease.secret], due.event_id, timestamp, body)
        return Request(key=attempt, url=lease.url, headers=headers, body=body)

    def _message(self, connection: Connection, due: Due) -> Message | None:
        self._forget_old()
        place = (due.story_id, due.revision)
        if place not in self._messages:
            self._messages[place] = self._made(connection, due)
        return self._messages[place]

    def _made(self, connection: Connection, due: Due) -> Message | None:
        found = log.read(connection, due.story_id, after=due.revision - 1, up_to=due.revision)
        if not found:
            raise Damaged(f"Story {due.story_id} has no revision {due.revision}.")
        (event,) = found
        veil = veils(connection, [due.story_id], PUBLIC).get(due.story_id, NO_VEIL)
        if event.version in veil.hidden:
            return None
        brought = released(connection, event, veil.hidden, PUBLIC)
        # What may leave of an outlet's text is what it allows now.
        settings = settings_of(connection, [event, *(brought.events if brought else ())])
        setting = settings.get(event.on_behalf_of or "", Redistribute.HEADLINE)
        story = self._story(connection, due)
        return Message(event, story, self._public_url, setting, veil=veil, released=brought, settings=settings)

    def _previous(self, connection: Connection, due: Due) -> int | None:
        """The revision that the endpoint was told of before; what was planned may have been withheld since."""
        if due.previous_revision is None or not self._stories[due.story_id].restricted:
            return due.previous_revision
        return deliveries.previous_revision(connection, due)

    def _story(self, connection: Connection, due: Due) -> Story:
        kept = self._stories.get(due.story_id)
        if kept is None or kept.story.revision < due.revision:
            head = log.head(connection, due.story_id)
            story = seeing.seen(connection, due.story_id, PUBLIC, head=head)
            kept = self._stories[due.story_id] = _Kept(story, head is not None and head.redactions > 0)
        return kept.story

    def _forget_old(self) -> None:
        now = self._clock.monotonic()
        if now - self._since > _KEPT_SECONDS or len(self._messages) >= _MOST_KEPT:
            self._messages.clear()
            self._stories.clear()
            self._since = now


def judged(due: Due, result: Result, now: datetime, schedule: Sequence[float], random: float) -> Settled:
    """What becomes of a delivery by the result of an attempt; ``random`` in [0, 1) is the jitter's.

    2xx is delivered, and nothing else. ``Retry-After`` lengthens the wait that the schedule gives, up to a day, and
    never shortens it: a receiver that says "at once" each time would use its attempts up in a moment. A receiver
    that wants no more (410, or ``webhook-delivery: disable``) is not asked again for this one.
    """
    if result.outcome is Outcome.DELIVERED:
        return _settled(due, "delivered", now, now, result.status, result.detail)
    delay = None if result.unwanted else next_delay(due.attempts + 1, schedule, random)
    if delay is None:
        return _settled(due, "exhausted", now, now, result.status, result.detail)
    asked = None if result.retry_after is None else retry_after_seconds(result.retry_after, now)
    later = now + timedelta(seconds=max(delay, asked or 0))
    return _settled(due, "due", later, now, result.status, result.detail)


def unsent(due: Due, error: Exception, now: datetime, schedule: Sequence[float], random: float) -> Settled:
    """What becomes of a delivery whose message could not be made: it counts as a failed attempt."""
    delay = next_delay(due.attempts + 1, schedule, random)
    # What else went wrong is for the operator's log.
    detail = f"Not sent: {error}" if isinstance(error, Damaged) else "Not sent: the message could not be made."
    if delay is None:
        return _settled(due, "exhausted", now, now, None, detail)
    return _settled(due, "due", now + timedelta(seconds=delay), now, None, detail)


def withheld(due: Due, now: datetime) -> Settled:
    """What becomes of a delivery whose event is withheld by now: it comes with the event that lifts the hold."""
    return _settled(due, "withheld", now, now, None, "Not sent: it was held back before it was sent.")


def longest_wait(schedule: Sequence[float]) -> float:
    """The longest that a delivery can have to wait for its next attempt, in seconds."""
    return max(LONGEST_RETRY_AFTER, max(schedule, default=0) * (1 + JITTER))


def _settled(due: Due, state: State, due_at: datetime, at: datetime, status: int | None, outcome: str) -> Settled:
    return Settled(due.endpoint_id, due.story_id, due.position, state, due_at, at, status, outcome)
