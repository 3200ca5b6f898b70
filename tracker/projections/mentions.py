"""What was said by a party and of it, over all stories: which appearances and occurrences, by their ids.

What they say, and what the party was then, is read from the story when somebody asks, as he may see it; a row whose
marking was withdrawn, killed or hidden leads nowhere there. Who is named is sealed in the event, so that a row is
forgotten when that is redacted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from tracker.db.prepared import Prepared
from tracker.db.schema import mention
from tracker.store import generations, redaction
from tracker.store.log_events import LogEvent
from tracker.stories.events import ClaimAsserted, OccurrenceRecorded
from tracker.stories.questions.mentions import SAYING, mentions

#: The checkpoint's name.
NAME = "mentions"
#: The types of event that name parties.
_NAMING = ("claim.asserted", "occurrence.recorded")

_add = Prepared(
    "INSERT INTO mention (generation, story_id, revision, party_id, said, subject, position) "
    "VALUES (:generation, :story_id, :revision, :party_id, :said, :subject, :position)"
)
_withdraw = Prepared(
    "DELETE FROM mention WHERE story_id = :story_id AND generation = :generation "
    "AND (subject = :subject OR substr(subject, 1, length(:subject) + 1) = :subject || '/')"
)
_LIVE = f"generation = {generations.live_number(NAME)}"
# What was merged into a party is asked for with it; one event may name both.
_find = Prepared(
    sqlite="SELECT DISTINCT story_id, revision, subject, position FROM mention "
    f"WHERE {_LIVE} AND party_id IN (SELECT value FROM json_each(:ids)) AND said = :said AND position < :before "
    "ORDER BY position DESC LIMIT :most",
    postgresql="SELECT DISTINCT story_id, revision, subject, position FROM mention "
    f"WHERE {_LIVE} AND party_id IN (SELECT json_array_elements_text(CAST(:ids AS json))) AND said = :said "
    "AND position < :before ORDER BY position DESC LIMIT :most",
)


class Mention(NamedTuple):
    """Where a party is named."""

    story_id: str
    revision: int
    #: An appearance ("clm_…/2"), or an occurrence.
    subject: str
    position: int


class Mentions:
    """Follows the log and keeps the table ``mention``."""

    name = NAME
    tables = (mention,)

    def apply(self, connection: Connection, events: Sequence[LogEvent]) -> None:
        """Carry the rows that are read forward."""
        self.write(connection, generations.live(connection, NAME), events)

    def write(self, connection: Connection, generation: int, events: Sequence[LogEvent]) -> None:
        """Add whom ``events`` name, and delete what they withdraw, in that generation."""
        naming = [event for event in events if event.type in _NAMING]
        for event in redaction.as_of_now(connection, naming):
            rows = [{"generation": generation, **row} for row in _rows(event)]
            _add.run_many(connection, rows)
        for event in events:
            if event.type == "annotation.withdrawn":
                subject = event.clear()["target"]
                _withdraw.run(connection, story_id=event.stream_id, generation=generation, subject=subject)


def find(
    connection: Connection, party_ids: Collection[str], *, said: bool, before: int | None, limit: int
) -> list[Mention]:
    """At most ``limit`` mentions of these parties, the latest first: what they said, or what was said of them.

    ``before``: only those at a smaller position.
    """
    ids = msgspec.json.encode(sorted(party_ids)).decode()
    last = 2**63 - 1 if before is None else before
    return [Mention(*row) for row in _find.all(connection, ids=ids, said=int(said), before=last, most=limit)]


def _rows(event: LogEvent) -> Iterator[dict[str, object]]:
    if event.redacted:
        return
    subject, named = _named(event.open())
    place = {"story_id": event.stream_id, "revision": event.version, "subject": subject, "position": event.position}
    for party_id, said in sorted(named):
        yield {"party_id": party_id, "said": int(said), **place}


def _named(event: object) -> tuple[str, set[tuple[str, bool]]]:
    """What is said, and whom it names: the party's id, and whether it says that itself."""
    match event:
        case ClaimAsserted():
            named = {(party.id, part in SAYING) for part, party in mentions(event)}
            return f"{event.claim_id}/{event.appearance}", named
        case OccurrenceRecorded():
            return event.occurrence_id, {(party.id, False) for party in event.parties}
    raise AssertionError("no other event names parties")
