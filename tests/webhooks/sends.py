"""Sends for the tests: with short time-outs, to this machine only, and never waiting for ever."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from tracker.clock import Clock
from tracker.webhooks.addresses import AddressRules
from tracker.webhooks.sending import Request, Result, Sender

LOOPBACK = AddressRules(["127.0.0.0/8", "::1/128"])

#: Long enough for a slow machine, and far shorter than the receivers that hang or drip go on.
_PATIENCE_SECONDS = 20.0


class JumpingClock(Clock):
    """A clock whose monotonic time can be moved on."""

    jumped = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.jumped


def a_sender(rules: AddressRules = LOOPBACK, **settings: Any) -> Sender:
    """A sender whose attempts have a second, so that a receiver that doesn't end costs no more."""
    return Sender(rules, **{"timeout_seconds": 1.0, "connect_timeout_seconds": 1.0} | settings)


def a_request(url: str, key: object = "key", **settings: Any) -> Request:
    return Request(key, url, {"webhook-id": "evt_1"}, b'{"a":1}', **settings)


def results_of(sender: Sender, requests: Sequence[Request]) -> dict[object, Result]:
    """Send all of these, and their results by key. Fails where one has none in time."""
    for request in requests:
        sender.submit(request)
    results: dict[object, Result] = {}
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while sender.in_flight:
        results |= {result.key: result for result in sender.poll(0.1)}
        assert time.monotonic() < deadline, f"no end of {sender.in_flight} attempts"
    return results


def result_of(sender: Sender, url: str, **settings: Any) -> Result:
    """Send one request to this URL, and its result."""
    return results_of(sender, [a_request(url, **settings)])["key"]


def sent_once(url: str, rules: AddressRules = LOOPBACK, **settings: Any) -> Result:
    """Send one request with a sender of its own."""
    with a_sender(rules, **settings) as sender:
        return result_of(sender, url)
