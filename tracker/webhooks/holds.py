"""The endpoints that one worker holds at the moment, and what each has yet to be sent in this time."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

from tracker.webhooks.deliveries import Due, Settled
from tracker.webhooks.leases import Lease


class Unwritten(NamedTuple):
    """An outcome that is not written down yet, and the lease under which it came about."""

    lease: Lease
    settled: Settled


@dataclass(eq=False, slots=True)
class Hold:
    """One endpoint under a lease. One message is under way at a time."""

    lease: Lease
    #: In the order in which they are to be tried.
    rows: deque[Due]
    #: When its last attempt began, or else the hold itself, in monotonic seconds.
    since: float
    trying: bool = False
    #: Stories whose oldest message has failed; the rest of them waits with it.
    waiting: set[str] = field(default_factory=set)

    def next(self) -> Due | None:
        """The next one to be tried, which stays at the head of ``rows``; ``None`` when none is left."""
        while self.rows and self.rows[0].story_id in self.waiting:
            self.rows.popleft()
        return self.rows[0] if self.rows else None

    def is_under(self, lease: Lease) -> bool:
        """Whether it is held under this very lease, renewed or not."""
        return (self.lease.endpoint_id, self.lease.epoch) == (lease.endpoint_id, lease.epoch)
