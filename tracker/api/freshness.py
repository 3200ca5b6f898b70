"""Reads across stories are answered from lists that follow the log: how a client waits for its own write.

``?wait_for=`` names an event, by its position or as a story's revision, and waits until the list has come that far,
for ``LONGEST`` seconds at most; then it answers with what there is, and ``as_at_position`` says how far that is. The
answer to a write always names the revision; the position only where the event has one by then.
"""

from __future__ import annotations

import threading

from tracker.api.rooms import connection, let_go, rooms
from tracker.store import followers, order, sequencer

#: Seconds that a request waits at most.
LONGEST = 2.0
_LOOK_EVERY = 0.02


def wait_for(place: str | None, follower: str) -> None:
    """Wait until ``follower`` has taken the event at ``place`` (``fields.WaitFor``), or for ``LONGEST`` seconds."""
    if place is None:
        return
    clock, pause = rooms().clock, threading.Event()
    until = clock.monotonic() + LONGEST
    while not _has_taken(follower, place) and clock.monotonic() < until:
        # Whoever waits holds no connection; and where no worker runs, somebody must give the event its position.
        let_go()
        sequencer.tick(rooms().database)
        pause.wait(_LOOK_EVERY)


def _has_taken(follower: str, place: str) -> bool:
    position = _position_of(place)
    return position is not None and followers.position_of(connection(), follower) >= position


def _position_of(place: str) -> int | None:
    """``None`` where the revision has no position yet, or there is no such revision."""
    story_id, _, number = place.rpartition("@")
    return order.position_of(connection(), story_id, int(number)) if story_id else int(number)
