"""The worker: moves along the log whatever follows it, sends what is due, tidies up, sleeps or is woken.

    worker = Worker(database, clock, settings)
    worker.run(stop)          until the event ``stop`` is set; then it ends within a second or two
    worker.wake()             from any thread: something was appended

Any number of workers may run, in this process, in others, on other machines: each follower's checkpoint moves by
compare-and-set, and endpoints are leased. One thread does all of it in turns, a page of each follower and then
whatever the receivers answered, so that neither waits long for the other. A worker that is killed leaves nothing
half done.

An event that a follower can't take parks its stream for that follower, and is tried again by itself
(``store.replaying``). A follower that fails altogether is logged, rests for a growing while and is tried again; the
others go on without it. While the database is away the worker waits for it.

Holds that are due are lifted (``handling.lifting``): an embargo ends about a poll after its time.

It learns of an append within milliseconds, by whoever appended in this process or by the database (``Database.news``),
and looks by itself every ``worker_poll_seconds``, should nobody have said anything.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from types import TracebackType
from typing import Self

from tracker.clock import Clock
from tracker.config import Settings
from tracker.db.database import Database
from tracker.errors import Busy, Contended, Unavailable
from tracker.handling import Handler
from tracker.handling.lifting import Lifting
from tracker.projections.following import all_followers
from tracker.store import followers, redaction, requests, sequencer
from tracker.store.followers import Follower
from tracker.store.pace import Pace
from tracker.store.replaying import Retrying
from tracker.webhooks import deliveries, endpoints, planning
from tracker.webhooks.delivering import LEASE_SECONDS, Delivering
from tracker.webhooks.messages import longest_wait
from tracker.webhooks.planning import Planner
from tracker.webhooks.progress import Status, status

__all__ = ["Status", "Worker", "status"]

_log = logging.getLogger(__name__)

#: The longest that it doesn't look whether it is to stop, in seconds.
_GLANCE = 0.25
#: How long attempts that are under way may take when it is to stop, in seconds.
_PARTING = 1.0
#: After trouble the first rest and the longest one, in seconds.
_SHORTEST_REST = 0.5
_LONGEST_REST = 30.0
#: How often it tidies up, in seconds.
_TIDY_EVERY = 60.0
#: How many events a follower takes in one transaction at most.
_MOST_EVENTS = 500


class Worker:
    """Does what follows from the log. For one thread, but for ``wake``; ``run`` closes it, others use ``with``."""

    def __init__(
        self, database: Database, clock: Clock, settings: Settings, *, lease_seconds: float = LEASE_SECONDS
    ) -> None:
        """``lease_seconds``: how long an endpoint waits when the worker that was sending to it is killed."""
        self._database, self._clock, self._settings = database, clock, settings
        self._delivering = Delivering(database, clock, settings, lease_seconds=lease_seconds)
        planner = Planner(clock)
        # The planner comes first: what is to be sent is on its way while the projections follow.
        self._planning = _Following(planner.name, clock, planning.advancing(database, planner, clock))
        following = all_followers(settings)
        retrying = Retrying(database, clock, [planner, *following])
        self._followers = [
            self._planning,
            *(self._following(each) for each in following),
            _Following("of parked streams", clock, retrying.look),
            _Following("of holds", clock, Lifting(database, clock, Handler(database, clock, settings)).move),
        ]
        self._woken = threading.Event()
        self._follow_at = self._tidy_at = 0.0
        self._destroyed_keys = redaction.list_path(settings)
        #: How many destroyed keys the list and the journal were tidied for; at the start it isn't known.
        self._tidied_for = -1
        self._rest = _Rest(clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def run(self, stop: threading.Event) -> None:
        """Work until ``stop`` is set, then come to an end and close."""
        listening = threading.Thread(target=self._listen, args=(stop,), name="news", daemon=True)
        listening.start()
        with self:
            while not stop.is_set():
                self._turn_safely()
            self._part()
        listening.join()

    def wake(self) -> None:
        """Look at the log at once: something was appended. From any thread."""
        self._woken.set()
        self._delivering.wake()

    def run_once(self) -> None:
        """One turn, without waiting: a page of each follower, and whatever may be sent or was answered.

        Raises what the database raises.
        """
        self._follow()
        self._delivering.look()
        self._delivering.turn(0.0)

    def drain(self, seconds: float = 60.0) -> bool:
        """Work until there is nothing to do now; says whether that came within ``seconds``.

        A follower that fails and a delivery that waits for its next attempt are not waited for. Raises what the
        database raises.
        """
        until = self._clock.monotonic() + seconds
        self._delivering.look()
        while self._clock.monotonic() < until:
            moved = self._follow()
            self._delivering.turn(0.0 if moved else _GLANCE)
            if not moved and self._delivering.idle:
                return True
        return False

    def close(self) -> None:
        """Break off what is under way; it is sent again when its lease is over."""
        self._delivering.close()

    def _listen(self, stop: threading.Event) -> None:
        """Be woken by whoever appends anywhere. Where nobody can be heard, the worker's own looks make up for it."""
        while not stop.is_set():
            try:
                for _ in self._database.news(sequencer.CHANNEL, stop):
                    self.wake()
            except (Busy, Unavailable) as trouble:
                _log.info("the worker hears no news: %s", trouble)
            except Exception:
                _log.exception("the worker hears no news")
            stop.wait(self._settings.worker_poll_seconds)

    # ---- One turn

    def _turn_safely(self) -> None:
        if (left := self._rest.left()) > 0:
            self._delivering.listen(min(left, _GLANCE))
            return
        try:
            self._turn()
            self._rest.forget()
        except (Busy, Unavailable) as trouble:
            self._rest.begin()
            _log.warning("the worker waits %.1f s: %s", self._rest.seconds, trouble)
        except Exception:
            self._rest.begin()
            _log.exception("the worker failed and goes on in %.1f s", self._rest.seconds)

    def _turn(self) -> None:
        moved = self._follow() if self._time_to_follow() else 0
        self._tidy()
        self._delivering.turn(0.0 if moved else self._patience())

    def _time_to_follow(self) -> bool:
        return self._woken.is_set() or self._clock.monotonic() >= self._follow_at

    def _patience(self) -> float:
        return min(_GLANCE, max(0.0, self._follow_at - self._clock.monotonic()))

    def _follow(self) -> int:
        """Move each follower along by a page; returns how many events were taken in all."""
        self._woken.clear()
        planned = self._planning.move()
        if planned:
            self._delivering.look()
        moved = planned + sum(following.move() for following in self._followers[1:])
        self._follow_at = self._clock.monotonic() + (0.0 if moved else self._settings.worker_poll_seconds)
        return moved

    def _following(self, follower: Follower) -> _Following:
        pace = Pace(self._database.kind, most=_MOST_EVENTS, clock=self._clock)
        return _Following(
            follower.name,
            self._clock,
            lambda: followers.advance(self._database, follower, _MOST_EVENTS, pace=pace, clock=self._clock),
        )

    def _tidy(self) -> None:
        if self._clock.monotonic() < self._tidy_at:
            return
        now = self._clock.now()
        # Others may have set a wait since the clock was read, and clocks differ a little.
        longest = longest_wait(self._settings.webhook_retry_schedule) + _TIDY_EVERY
        with self._database.writing() as connection:
            deliveries.bring_near(connection, now, longest)
        with self._database.writing() as connection:
            requests.expire(connection, now, timedelta(hours=self._settings.idempotency_hours))
        with self._database.writing() as connection:
            endpoints.delete_orphans(connection, now)
            cleared = endpoints.clear_deleted(connection, now)
        self._tidy_redactions()
        self._tidy_at = self._clock.monotonic() + (0.0 if cleared else _TIDY_EVERY)

    def _tidy_redactions(self) -> None:
        """Finish what a redaction leaves to be done after its commit, if somebody died or was held up at it."""
        with self._database.reading() as connection:
            count = redaction.destroyed_count(connection)
        if count != self._tidied_for and redaction.after_commit(self._database, self._destroyed_keys):
            self._tidied_for = count

    def _part(self) -> None:
        try:
            self._delivering.finish(_PARTING)
        except (Busy, Unavailable) as trouble:
            _log.warning("the last outcomes could not be written, so some messages are sent again: %s", trouble)


class _Following:
    """One follower, and when it is tried again after it failed."""

    def __init__(self, name: str, clock: Clock, advance: Callable[[], int]) -> None:
        self._name, self._advance = name, advance
        self._rest = _Rest(clock)

    def move(self) -> int:
        """Take a page; returns how many events, 0 while it rests. Raises ``Unavailable``."""
        if self._rest.left() > 0:
            return 0
        try:
            count = self._advance()
        except Unavailable:
            raise
        except Contended:
            # Another transaction went first; those behind this one needn't wait for its next try.
            self._rest.begin()
            return 0
        except Exception:
            self._rest.begin()
            _log.exception("follower %s failed; it is tried again in %.1f s", self._name, self._rest.seconds)
            return 0
        self._rest.forget()
        return count


class _Rest:
    """A pause after trouble, twice as long each time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.seconds = 0.0
        self._until = 0.0

    def begin(self) -> None:
        self.seconds = min(max(_SHORTEST_REST, 2 * self.seconds), _LONGEST_REST)
        self._until = self._clock.monotonic() + self.seconds

    def left(self) -> float:
        return self._until - self._clock.monotonic()

    def forget(self) -> None:
        self.seconds = 0.0
