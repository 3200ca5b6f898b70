"""Holds that lift themselves: an embargo ends by an event, written when its time has come, never by the clock alone.

    lifting.move() -> int      lift what is due; how many were lifted

Any number of workers may look; lifting twice is lifting once. What came due while no worker ran is lifted at its next
look. Time is told by this machine and by the database, and a hold is lifted only where the two agree within
``APART``: a clock that runs ahead would show what is still held. Until then the hold waits, and readiness says so
(``withholding.overdue``).
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from tracker.access.permissions import Role
from tracker.access.tokens import Token
from tracker.clock import Clock
from tracker.db.database import Database
from tracker.errors import TrackerError
from tracker.handling.asking import Asked
from tracker.handling.handler import Handler
from tracker.ids import new_id
from tracker.store import withholding
from tracker.store.withholding import Due
from tracker.stories.commands import LiftHold

_log = logging.getLogger(__name__)

#: How far the clocks of this machine and of the database may be apart.
APART = timedelta(seconds=60)
#: Who lifts what nobody else lifted.
ITSELF = Token("tracker", "tracker", Role.ADMIN, None, datetime(1970, 1, 1, tzinfo=UTC), None, None)
#: How long a hold rests that could not be lifted, in seconds.
_REST = 10.0
#: How many holds are lifted at one look.
_MOST = 50


class Lifting:
    """Lifts what is due on one database."""

    def __init__(self, database: Database, clock: Clock, handler: Handler) -> None:
        self._database, self._clock, self._handler = database, clock, handler
        #: The holds that could not be lifted, and until when each rests.
        self._resting: dict[Due, float] = {}

    def move(self) -> int:
        """Lift the holds whose time has come, at most a few at a time; how many were lifted. One that can't be lifted
        rests, and keeps no other from it.
        """
        now = self._clock.monotonic()
        self._resting = {each: until for each, until in self._resting.items() if until > now}
        with self._database.reading() as connection:
            found = withholding.due(connection, self._clock.recorded_now(), _MOST + len(self._resting))
            due = [each for each in found if each not in self._resting][:_MOST]
            apart = abs(withholding.database_time(connection) - self._clock.now()) if due else timedelta()
        if apart > APART:
            _log.warning("%d holds are due and wait: the database's clock is %s off", len(due), apart)
            return 0
        return sum(self._lift(each) for each in due)

    def _lift(self, due: Due) -> bool:
        asked = Asked(token=ITSELF, correlation_id=new_id("req", self._clock))
        try:
            return self._handler.handle(LiftHold(story_id=due.stream_id, hold_id=due.hold_id), asked).written
        except TrackerError as trouble:
            _log.error("the hold %s of story %s is due and can't be lifted: %s", due.hold_id, due.stream_id, trouble)
            self._resting[due] = self._clock.monotonic() + _REST
            return False
