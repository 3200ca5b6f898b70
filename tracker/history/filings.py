"""What one filing made: a version of a report, and whatever was marked in it with the same request."""

from __future__ import annotations

from itertools import takewhile

from sqlalchemy import Connection

from tracker.history.reports import version_of
from tracker.store import seeing
from tracker.store.withholding import Sight
from tracker.stories.events import Recorded

#: At most as many claims, occurrences and relations come with a filing, its embargo, and the report itself.
_MOST = 302


def filed_with(
    connection: Connection, story_id: str, report_id: str, version: int | None = None, *, sight: Sight
) -> list[Recorded]:
    """The events of the request that filed that version, as they are seen now, the version's own first; none where
    the report is not seen.

    ``version``: the latest where it is left out. Raises ``NotFound`` for one that the report doesn't have.
    """
    report = seeing.seen(connection, story_id, sight).reports.get(report_id)
    if report is None:
        return []
    first = version_of(report, version).revision
    events = seeing.history(connection, story_id, sight, after=first - 1, up_to=first - 1 + _MOST)
    return list(takewhile(lambda event: event.correlation_id == events[0].correlation_id, events))
