"""What of a story's events somebody may not be told: for whoever tells events one by one, a history, a feed, a webhook.

veil = veils(connection, stream_ids, sight).get(stream_id, NO_VEIL)
event.version in veil.hidden      it is not told at all
veil.blanks(event)                it is told by what is in the clear alone (``veil.clear``)
veil.opened(event)                otherwise this is what it says
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

import msgspec
from sqlalchemy import Connection

from tracker.db.prepared import Prepared
from tracker.store import seeing, withholding
from tracker.store.log import Head
from tracker.store.log_events import LogEvent
from tracker.store.withholding import Sight
from tracker.stories import stored
from tracker.stories.killed import KilledReports
from tracker.stories.references import without_names, without_revisions

#: Why the words of an event are not told.
Gone: TypeAlias = Literal["redacted", "killed"]

_restricted = Prepared(
    sqlite="SELECT id, version, head_hash, recorded_at, redactions FROM stream "
    "WHERE id IN (SELECT value FROM json_each(:ids)) AND redactions > 0",
    postgresql="SELECT id, version, head_hash, recorded_at, redactions FROM stream "
    "WHERE id IN (SELECT json_array_elements_text(CAST(:ids AS json))) AND redactions > 0",
)


class Veil(NamedTuple):
    """What of a story's events somebody may not see."""

    #: Revisions that are hidden.
    hidden: frozenset[int] = frozenset()
    #: Ids that nothing may mention.
    names: frozenset[str] = frozenset()
    killed: KilledReports = KilledReports(frozenset(), frozenset(), frozenset())

    def gone(self, event: LogEvent) -> Gone | None:
        """Why the event is told without its words, if it is."""
        if event.redacted:
            return "redacted"
        return "killed" if self.killed.said(event.type, event.clear()) else None

    def opened(self, event: LogEvent) -> stored.Stored:
        """What the event says, without what it may not mention; blank where its words are gone.

        Raises as ``LogEvent.open``.
        """
        if self.gone(event) == "killed":
            event = event.without_key(event.recorded_at)
        return without_revisions(without_names(event.open(), self.names), self.hidden)

    def clear(self, event: LogEvent) -> dict[str, Any]:
        """What is told of an event without its words."""
        fields = dict(event.clear())
        for name, hidden in (("cites", self.names), ("released", self.hidden)):
            if name in fields:
                fields[name] = [each for each in fields[name] if each not in hidden]
        if fields.get("successor") in self.names:
            del fields["successor"]
        return fields


#: Before somebody who sees everything, where nothing was killed.
NO_VEIL = Veil()


def veils(connection: Connection, stream_ids: Collection[str], sight: Sight) -> Mapping[str, Veil]:
    """What is before the events of these streams, by stream; nothing where nothing is."""
    found = restricted(connection, stream_ids)
    return {stream_id: veil(connection, stream_id, sight, head) for stream_id, head in found.items()}


def restricted(connection: Connection, stream_ids: Collection[str]) -> Mapping[str, Head]:
    """Where those of the streams stand of which something was ever hidden, killed or redacted, by stream."""
    ids = msgspec.json.encode(sorted(stream_ids)).decode()
    return {stream_id: Head(*head) for stream_id, *head in _restricted.all(connection, ids=ids)}


def veil(connection: Connection, story_id: str, sight: Sight, head: Head) -> Veil:
    """What is before the story's events."""
    if not head.redactions:
        return NO_VEIL
    hidden = withholding.hidden(connection, story_id, sight)
    if story_id.startswith(("out_", "pty_")):
        return Veil(hidden)
    names = seeing.names_hidden(connection, story_id, sight) if hidden else frozenset[str]()
    return Veil(hidden, names, KilledReports.of(seeing.seen(connection, story_id, sight, head=head)))
