"""Sends many signed messages at once: one loop over libcurl, in one thread.

``submit`` puts a request in line, ``poll`` moves everything on and returns what has come to an end. At most
``in_flight`` attempts run at a time; one that has run for a second moves over to the slow ones, of which there is room
for more, and frees its place: receivers that hang don't hold up those that don't. An attempt is over when its time is
over, whatever its receiver or its name server does, as long as somebody polls. A bad receiver never raises anything;
what it did is the result's ``outcome``.

Connections are kept and used again. The address rules judge each when it is opened, and a connection is only ever used
again for the same scheme, name and port.

What it does badly: ``submit`` and ``poll`` are for one thread only (``wake`` is for any); and when ``close`` is called
with attempts under way, nobody can say which of them arrived.
"""

from __future__ import annotations

import heapq
import itertools
import math
import socket
from collections import deque
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Self

import pycurl

from tracker.clock import Clock
from tracker.config import Settings
from tracker.errors import Invalid
from tracker.webhooks.addresses import AddressRules, Target
from tracker.webhooks.attempts import Outcome, Request, Result, Timing
from tracker.webhooks.lines import Limits, Line, trusted_certificates
from tracker.webhooks.names import LookUp, Names, system_look_up
from tracker.webhooks.watching import Watch

__all__ = ["Outcome", "Request", "Result", "Sender", "Timing", "sender_for"]

#: After so many seconds an attempt counts as slow and stands beside the others, up to so many of them.
SLOW_AFTER = 1.0
SLOW_IN_FLIGHT = 1000


class Sender:
    """Sends requests and says what came of each. A context manager; see ``close``."""

    def __init__(
        self,
        rules: AddressRules,
        *,
        in_flight: int = 100,
        slow_in_flight: int = SLOW_IN_FLIGHT,
        slow_after_seconds: float = SLOW_AFTER,
        timeout_seconds: float = 15.0,
        connect_timeout_seconds: float = 5.0,
        max_response_bytes: int = 65536,
        ca_file: str | None = None,
        look_up: LookUp = system_look_up,
        clock: Clock | None = None,
    ) -> None:
        """``timeout_seconds`` is of the whole attempt, ``connect_timeout_seconds`` of the look-up and of connecting."""
        self._rules = rules
        self._places, self._slow_places, self._slow_after = in_flight, slow_in_flight, slow_after_seconds
        ca_file = ca_file or trusted_certificates()
        self._limits = Limits(timeout_seconds, connect_timeout_seconds, max_response_bytes, ca_file)
        self._clock = clock or Clock()
        self._waiting: deque[tuple[Request, Target]] = deque()
        self._results: list[Result] = []
        self._lines: list[Line] = []
        self._free: list[Line] = []
        self._running: dict[Any, Line] = {}
        self._looking: dict[str, list[tuple[int, Line]]] = {}
        self._busy = self._slow = 0
        self._numbers: Iterator[int] = itertools.count(1)
        self._alarms: list[tuple[float, int, int, Line, Callable[[Line], None]]] = []
        self._opened: list[socket.socket] = []
        self._watch = Watch()
        self._names = Names(look_up, self._watch.ring, self._clock)
        self._woken = False
        self._due = math.inf
        self._multi = self._new_multi()

    @property
    def in_flight(self) -> int:
        """How many requests were submitted whose results ``poll`` has not returned yet."""
        return len(self._waiting) + self._busy + len(self._results)

    def submit(self, request: Request) -> None:
        """Put a request in line; its result comes from ``poll``, also where its URL may not be called."""
        try:
            target = self._rules.judge_url(request.url)
        except Invalid as refusal:
            outcome = Outcome.FORBIDDEN_ADDRESS
            self._results.append(Result(request.key, None, outcome, str(refusal), None, Timing(), b""))
        else:
            self._waiting.append((request, target))

    def poll(self, wait_seconds: float) -> list[Result]:
        """Move everything on, and return what is at an end as soon as there is something.

        Returns an empty list after ``wait_seconds``, or when ``wake`` was called. Time-outs are kept only while this is
        being called.
        """
        until = self._clock.monotonic() + wait_seconds
        while True:
            self._begin_waiting()
            self._turn(until)
            self._ring_alarms()
            self._take_names()
            self._collect()
            if self._results or self._woken or self._clock.monotonic() >= until:
                self._woken = False
                results, self._results = self._results, []
                return results

    def wake(self) -> None:
        """Make a ``poll`` that is waiting, or else the next one, return. From any thread."""
        self._woken = True
        self._watch.ring()

    def close(self) -> None:
        """Give up all that is under way, without results, and free everything. At once: waits for nobody."""
        for curl in self._running:
            self._multi.remove_handle(curl)
        for line in self._lines:
            line.close()
        self._close_opened()
        self._multi.close()
        self._watch.close()
        self._running.clear()
        self._waiting.clear()
        self._results.clear()
        self._busy = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _new_multi(self) -> Any:
        multi = pycurl.CurlMulti()
        multi.setopt(pycurl.M_SOCKETFUNCTION, self._on_socket)
        multi.setopt(pycurl.M_TIMERFUNCTION, self._on_timer)
        multi.setopt(pycurl.M_MAXCONNECTS, self._places + self._slow_places)
        return multi

    def _begin_waiting(self) -> None:
        while self._waiting and self._busy - self._slow < self._places:
            request, target = self._waiting.popleft()
            line = self._free.pop() if self._free else self._new_line()
            now = self._clock.monotonic()
            line.take(next(self._numbers), request, target, now)
            self._busy += 1
            self._alarm(line, now + self._slow_after, self._make_slow)
            self._find(line, now)

    def _new_line(self) -> Line:
        line = Line(self._rules, self._limits, self._opened.append)
        self._lines.append(line)
        return line

    def _find(self, line: Line, now: float) -> None:
        """Dial if the address is known, or else have the name looked up first."""
        host = line.target.host
        known = self._names.known(host) if line.target.address is None else ()
        if known or line.target.address is not None:
            self._dial(line, known, now)
            return
        self._looking.setdefault(host, []).append((line.number, line))
        patience = min(line.seconds, self._limits.connect_timeout_seconds)
        self._alarm(line, now + patience, self._give_up_name)
        self._names.ask(host)

    def _dial(self, line: Line, addresses: tuple[str, ...], now: float) -> None:
        line.dial(addresses, now)
        self._running[line.curl] = line
        self._multi.add_handle(line.curl)

    def _turn(self, until: float) -> None:
        """Let libcurl do what can be done; wait for it till ``until`` at most."""
        alarm = self._alarms[0][0] if self._alarms else math.inf
        soonest = 0.0 if self._results or self._woken else min(until, self._due, alarm)
        for descriptor, events in self._watch.wait(max(0.0, soonest - self._clock.monotonic())):
            self._multi.socket_action(descriptor, events)
        if self._due <= self._clock.monotonic():
            self._due = math.inf
            self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
        self._close_opened()

    def _collect(self) -> None:
        left = 1
        while left:
            left, whole, failed = self._multi.info_read()
            for curl in whole:
                self._hang_up(curl, 0, "")
            for curl, code, message in failed:
                self._hang_up(curl, code, message)

    def _hang_up(self, curl: Any, code: int, message: str) -> None:
        line = self._running.pop(curl)
        self._multi.remove_handle(curl)
        self._finish(line, line.result(code, message))

    def _finish(self, line: Line, result: Result) -> None:
        self._busy -= 1
        self._slow -= line.slow
        line.number = 0
        self._free.append(line)
        self._results.append(result)

    def _alarm(self, line: Line, when: float, then: Callable[[Line], None]) -> None:
        """Call ``then(line)`` at ``when``, if the line is still at the same attempt."""
        heapq.heappush(self._alarms, (when, next(self._numbers), line.number, line, then))

    def _ring_alarms(self) -> None:
        now = self._clock.monotonic()
        while self._alarms and self._alarms[0][0] <= now:
            _, _, number, line, then = heapq.heappop(self._alarms)
            if line.number == number:
                then(line)

    def _make_slow(self, line: Line) -> None:
        if self._slow < self._slow_places:
            line.slow = True
            self._slow += 1
        else:
            self._alarm(line, self._clock.monotonic() + self._slow_after, self._make_slow)

    def _give_up_name(self, line: Line) -> None:
        """End an attempt whose name is still being looked up."""
        lines = self._looking.get(line.target.host, [])
        if (line.number, line) in lines:
            lines.remove((line.number, line))
            now = self._clock.monotonic()
            detail = f"The name {line.target.host} could not be looked up in time."
            self._finish(line, line.unsent(Outcome.TIMEOUT, detail, now))

    def _take_names(self) -> None:
        for host, addresses in self._names.answers():
            now = self._clock.monotonic()
            for _, line in self._looking.pop(host, ()):
                if addresses:
                    self._dial(line, addresses, now)
                else:
                    detail = f"The name {host} leads to no address."
                    self._finish(line, line.unsent(Outcome.UNKNOWN_NAME, detail, now))

    def _close_opened(self) -> None:
        while self._opened:
            self._opened.pop().close()

    def _on_socket(self, what: int, descriptor: int, _multi: Any, _data: Any) -> None:
        self._watch.set(what, descriptor)

    def _on_timer(self, milliseconds: int) -> None:
        self._due = math.inf if milliseconds < 0 else self._clock.monotonic() + milliseconds / 1000


def sender_for(settings: Settings, clock: Clock) -> Sender:
    """The sender that the settings ask for."""
    return Sender(
        AddressRules([str(network) for network in settings.webhook_allowed_networks]),
        in_flight=settings.webhook_in_flight,
        timeout_seconds=settings.webhook_timeout_seconds,
        connect_timeout_seconds=settings.webhook_connect_timeout_seconds,
        max_response_bytes=settings.webhook_max_response_bytes,
        clock=clock,
    )
