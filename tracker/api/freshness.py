"""Reads across stories are answered from lists that follow the log: how a client waits for its own write.

The answer to a write carries its position. ``?wait_for=<position>`` on a list waits until the list has come that far,
for ``LONGEST`` seconds at most; then it answers with what there is, and ``as_at_position`` says how far that is.
"""

from __future__ import annotations

import threading

from tracker.api.rooms import connection, let_go, rooms
from tracker.store import followers

#: Seconds that a request waits at most.
LONGEST = 2.0
_LOOK_EVERY = 0.02


def wait_for(position: int | None, follower: str) -> None:
    """Wait until ``follower`` has taken the event at ``position``, or for ``LONGEST`` seconds."""
    if position is None:
        return
    clock, pause = rooms().clock, threading.Event()
    until = clock.monotonic() + LONGEST
    while followers.position_of(connection(), follower) < position and clock.monotonic() < until:
        # Whoever waits holds no connection.
        let_go()
        pause.wait(_LOOK_EVERY)
