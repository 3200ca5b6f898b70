"""The only reader of time.

Two kinds of time are told apart. *Recorded* time stands in the log (``recorded_at``); tests and the demonstration hand
in a clock of their own for it. *Real* time serves leases, tokens and signatures, which other machines judge, and can't
be handed in. No setting and no request can move either.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Clock:
    """Reads the machine's clock, for recorded and for real time alike."""

    def now(self) -> datetime:
        """Real time, UTC."""
        return datetime.now(UTC)

    def recorded_now(self) -> datetime:
        """The time that an event recorded at this moment carries, UTC."""
        return self.now()

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never runs back."""
        return time.monotonic()


class StoryClock(Clock):
    """A clock whose recorded time stands still until it is set: for tests and the demonstration."""

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)
        self._lock = threading.Lock()

    def recorded_now(self) -> datetime:
        with self._lock:
            return self._at

    def set(self, at: datetime) -> None:
        """Move recorded time to ``at`` (aware)."""
        with self._lock:
            self._at = at.astimezone(UTC)


def to_microseconds(at: datetime) -> int:
    """Microseconds since 1970-01-01T00:00Z: how a time is stored, exact and alike on every database."""
    return (at - _EPOCH) // _MICROSECOND


def from_microseconds(stored: int) -> datetime:
    """The UTC time that ``to_microseconds`` stored."""
    return _EPOCH + timedelta(microseconds=stored)


def rfc3339(at: datetime) -> str:
    """``at`` as RFC 3339 in UTC, with ``Z`` and with a fraction only where there is one."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
