"""Sends what is due: leases endpoints, sends to each its deliveries in order, writes down what came of them.

    with Delivering(database, clock, settings) as delivering:
        while …: delivering.turn(wait_seconds)

One thread, one loop over libcurl (``sending``). An endpoint has one message under way at a time. Within a story the
oldest goes first and the next only when it was delivered or given up; a message that fails holds its own story.

At least once: a delivery is done only when that is written, so whoever is killed between sending and writing leaves
it to the next holder of the lease, which sends it again under the same id. Outcomes are written together, after a
tenth of a second or 256 of them, under the endpoint's epoch: under an old one they change nothing. No outcome is
lost while the database is away: it is kept and written later, if the lease is still ours.

What it does badly: what was sent within that tenth of a second before a kill is sent twice. Leases on endpoints whose
attempts were under way at the end are left to run out.
"""

from __future__ import annotations

import logging
import random
from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import groupby
from types import TracebackType
from typing import Self

from sqlalchemy import Connection

from tracker.clock import Clock
from tracker.config import Settings
from tracker.db.database import Database, translated
from tracker.errors import Busy, Unavailable
from tracker.webhooks import deliveries, leases
from tracker.webhooks.attempts import Result
from tracker.webhooks.deliveries import Due, Settled
from tracker.webhooks.holds import Hold, Unwritten
from tracker.webhooks.leases import Lease
from tracker.webhooks.messages import Attempt, Messages, judged, unsent, withheld
from tracker.webhooks.sending import SLOW_AFTER, SLOW_IN_FLIGHT, sender_for

_log = logging.getLogger(__name__)

#: How long a lease runs, in seconds; after a kill an endpoint waits for so long.
LEASE_SECONDS = 15.0

#: Outcomes are written when there are so many of them, or the first is so old, in seconds.
_MOST_UNWRITTEN = 256
_LONGEST_UNWRITTEN = 0.1

#: When to look again, in seconds, where another worker was claiming what is due.
_OTHERS_CLAIM = 0.05


class Delivering:
    """Sends what is due. For one thread, but for ``wake``; a context manager, see ``close``."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        settings: Settings,
        *,
        lease_seconds: float = LEASE_SECONDS,
        draw: Callable[[], float] = random.random,
    ) -> None:
        """``draw`` gives the random numbers in [0, 1) by which waits are stretched or shrunk."""
        self._database, self._clock, self._draw = database, clock, draw
        self._schedule = settings.webhook_retry_schedule
        self._poll_seconds = settings.worker_poll_seconds
        self._places = settings.webhook_in_flight
        self._lease_length = timedelta(seconds=lease_seconds)
        self._messages = Messages(clock, settings.public_url)
        self._sender = sender_for(settings, clock)
        self._holds: dict[str, Hold] = {}
        #: Holds that have nothing under way: to be sent their next one, or to be given back.
        self._ready: deque[Hold] = deque()
        self._spent: list[Hold] = []
        self._unwritten: list[Unwritten] = []
        #: Since when something waits to be written, in monotonic seconds.
        self._waits_since: float | None = None
        self._look_at = 0.0
        self._renew_at = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def idle(self) -> bool:
        """Whether no endpoint is held and nothing was due when it looked last."""
        return not self._holds and self._look_at > self._clock.monotonic()

    def look(self) -> None:
        """See at the next turn whether something is due: something was planned."""
        self._look_at = 0.0

    def wake(self) -> None:
        """Make a turn that waits come to its end. From any thread."""
        self._sender.wake()

    def turn(self, wait_seconds: float) -> int:
        """Send what may be sent, wait for answers, write down what came; returns how many attempts came to an end.

        Waits for ``wait_seconds`` at most, less when there is something to do before. Raises what the database
        raises; nothing is lost by that, and the next turn goes on.
        """
        self._claim()
        self._send()
        ended = self.listen(self._patience(wait_seconds))
        self._send()
        if self._time_to_write():
            self._write()
        self._renew()
        return ended

    def listen(self, wait_seconds: float) -> int:
        """Wait for answers, without the database; returns how many attempts came to an end."""
        results = self._sender.poll(wait_seconds)
        now = self._clock.now()
        for result in results:
            self._take(result, now)
        return len(results)

    def finish(self, seconds: float) -> None:
        """Begin nothing new, give what is under way ``seconds``, write down what came, give the leases back."""
        for hold in self._holds.values():
            hold.rows.clear()
        until = self._clock.monotonic() + seconds
        while self._sender.in_flight and (left := until - self._clock.monotonic()) > 0:
            self.listen(left)
        self._send()
        if self._waits_since is not None:
            self._write()

    def close(self) -> None:
        """Break off what is under way. What is not written is sent again by the next holder of the lease."""
        self._sender.close()

    # ---- Claiming

    def _claim(self) -> None:
        room = self._room()
        if not room or self._clock.monotonic() < self._look_at:
            return
        now = self._clock.now()
        with self._database.reading() as connection:
            waiting = leases.due(connection, now, self._lease_length, room)
            self._look_at = self._next_look(connection, now)
        if not waiting:
            return
        with self._database.writing() as connection:
            claimed = leases.claim(connection, waiting, now, self._lease_length)
        # There may be more. What was not to be had is just being claimed by somebody else.
        self._look_at = self._clock.monotonic() + (0.0 if claimed else _OTHERS_CLAIM)
        with self._database.reading() as connection:
            self._begin(claimed, deliveries.next_of(connection, [lease.endpoint_id for lease in claimed], now))

    def _room(self) -> int:
        """How many more endpoints to hold, 0 as long as they would be few.

        Held are twice as many as there are places, since the next ones wait in line for one.
        """
        before = self._clock.monotonic() - SLOW_AFTER
        slow = sum(hold.trying and hold.since < before for hold in self._holds.values())
        room = 2 * self._places - len(self._holds) + min(slow, SLOW_IN_FLIGHT)
        return room if 2 * room >= self._places else 0

    def _next_look(self, connection: Connection, now: datetime) -> float:
        """When to look again where nothing is due now: when the next will be, or after the poll's time."""
        soonest = deliveries.next_due_after(connection, now)
        seconds = self._poll_seconds if soonest is None else (soonest - now).total_seconds()
        return self._clock.monotonic() + min(seconds, self._poll_seconds)

    def _begin(self, claimed: Iterable[Lease], rows: list[Due]) -> None:
        by_endpoint = {key: deque(group) for key, group in groupby(rows, key=lambda due: due.endpoint_id)}
        since = self._clock.monotonic()
        for lease in claimed:
            hold = Hold(lease, by_endpoint.get(lease.endpoint_id, deque()), since)
            self._holds[lease.endpoint_id] = hold
            self._ready.append(hold)

    # ---- Sending

    def _send(self) -> None:
        """Begin the next attempt of each hold that has none under way."""
        if not self._ready:
            return
        now = self._clock.now()
        with self._database.reading() as connection:
            while self._ready:
                self._send_next(connection, self._ready[0], now)
                self._ready.popleft()

    def _send_next(self, connection: Connection, hold: Hold, now: datetime) -> None:
        if now >= hold.lease.until:
            # Somebody else may have it by now. What was stopped for so long gives up, and claims it anew.
            hold.rows.clear()
        due = hold.next()
        if due is None:
            self._spent.append(hold)
            self._begin_waiting()
            return
        try:
            # The connection goes on being used, so that what it raises is not translated yet.
            with translated(self._database.kind):
                request = self._messages.request(connection, Attempt(hold.lease, due))
        except (Busy, Unavailable):
            raise
        except Exception as error:
            # One message that can't be made must not hold up all the others.
            _log.exception("%s can't be sent to %s", due.event_id, due.endpoint_id)
            hold.rows.popleft()
            self._note(hold, unsent(due, error, now, self._schedule, self._draw()))
            self._ready.append(hold)
            return
        hold.rows.popleft()
        if request is None:
            self._note(hold, withheld(due, now))
            self._ready.append(hold)
            return
        hold.trying, hold.since = True, self._clock.monotonic()
        self._sender.submit(request)

    def _take(self, result: Result, now: datetime) -> None:
        attempt = result.key
        assert isinstance(attempt, Attempt)
        settled = judged(attempt.due, result, now, self._schedule, self._draw())
        hold = self._holds.get(attempt.lease.endpoint_id)
        if hold is None or not hold.is_under(attempt.lease):
            return
        hold.trying = False
        self._note(hold, settled)
        self._ready.append(hold)

    def _note(self, hold: Hold, settled: Settled) -> None:
        if settled.state == "due":
            hold.waiting.add(settled.story_id)
        self._unwritten.append(Unwritten(hold.lease, settled))
        self._begin_waiting()

    def _begin_waiting(self) -> None:
        if self._waits_since is None:
            self._waits_since = self._clock.monotonic()

    def _patience(self, wait_seconds: float) -> float:
        """How long to wait for answers: no longer than what is to be done besides can wait."""
        until = self._clock.monotonic() + wait_seconds
        if self._room():
            until = min(until, self._look_at)
        if self._holds:
            until = min(until, self._renew_at)
        if self._waits_since is not None:
            until = min(until, self._waits_since + _LONGEST_UNWRITTEN)
        return 0.0 if self._time_to_write() else max(0.0, until - self._clock.monotonic())

    # ---- Writing down

    def _write(self) -> None:
        """Write the outcomes and give back the leases that are no longer needed."""
        asked = {each.lease for each in self._unwritten} | {hold.lease for hold in self._spent}
        with self._database.writing() as connection:
            held = leases.held(connection, asked)
            deliveries.settle(connection, [each.settled for each in self._unwritten if each.lease in held])
            leases.release(connection, [hold.lease for hold in self._spent if hold.lease in held])
        self._drop({hold.lease for hold in self._spent} | (asked - held))
        self._unwritten.clear()
        self._spent.clear()
        self._waits_since = None
        # While an endpoint was held, more may have been planned for it than was read.
        self.look()

    def _time_to_write(self) -> bool:
        if self._waits_since is None:
            return False
        if len(self._unwritten) >= _MOST_UNWRITTEN or not self._sender.in_flight:
            return True
        return self._clock.monotonic() - self._waits_since >= _LONGEST_UNWRITTEN

    def _renew(self) -> None:
        """Lengthen the leases that have used up a third of their time."""
        if self._clock.monotonic() < self._renew_at:
            return
        third = self._lease_length / 3
        self._renew_at = self._clock.monotonic() + third.total_seconds() / 2
        now = self._clock.now()
        old = {hold.lease for hold in self._holds.values() if hold.lease.until - now < 2 * third}
        if not old:
            return
        with self._database.writing() as connection:
            kept = leases.renew(connection, old, now, self._lease_length)
        for lease in kept:
            self._holds[lease.endpoint_id].lease = lease
        epochs = {(lease.endpoint_id, lease.epoch) for lease in kept}
        self._drop({lease for lease in old if (lease.endpoint_id, lease.epoch) not in epochs})

    def _drop(self, given_up: Iterable[Lease]) -> None:
        """Hold these endpoints no longer; what is under way to them comes to its end unheeded."""
        for lease in given_up:
            hold = self._holds.get(lease.endpoint_id)
            if hold is not None and hold.is_under(lease):
                hold.rows.clear()
                del self._holds[lease.endpoint_id]
