"""Outlets and parties whose names are not shown: those first mentioned in what somebody may not see, as long as nothing
else that he may see mentions them.

As far as the lists were followed: for a moment after the first public mention a name may still be missing.
"""

from __future__ import annotations

from sqlalchemy import Connection

from tracker.access.sight import Sight, audience_of
from tracker.db.prepared import Prepared
from tracker.projections import mentions, story_list
from tracker.projections.audiences import EVERYONE
from tracker.store import generations, withholding
from tracker.stories.names import Kind

_has_report = Prepared(
    f"SELECT 1 FROM story_outlet WHERE generation = {generations.live_number(story_list.NAME)} "
    "AND outlet_id = :id AND audience IN (:everyone, :audience) LIMIT 1"
)
_mentioned_in = Prepared(
    f"SELECT story_id, revision FROM mention WHERE generation = {generations.live_number(mentions.NAME)} "
    "AND party_id = :id ORDER BY position LIMIT :most"
)
#: How many mentions of a party are looked at.
_MOST = 100
_PREFIXES = {"outlet": "out", "party": "pty"}


def unnamed(connection: Connection, kind: Kind, sight: Sight) -> frozenset[str]:
    """The ids of the outlets or parties that whoever has ``sight`` may not know of."""
    hidden = withholding.names_hidden(connection, _PREFIXES[kind], sight)
    is_shown = _outlet_is_shown if kind == "outlet" else _party_is_shown
    return frozenset(id for id in hidden if not is_shown(connection, id, sight))


def _outlet_is_shown(connection: Connection, outlet_id: str, sight: Sight) -> bool:
    found = _has_report.first(connection, id=outlet_id, everyone=EVERYONE, audience=audience_of(sight))
    return found is not None


def _party_is_shown(connection: Connection, party_id: str, sight: Sight) -> bool:
    rows = _mentioned_in.all(connection, id=party_id, most=_MOST)
    hidden = {story_id: withholding.hidden(connection, story_id, sight) for story_id in {row[0] for row in rows}}
    return any(revision not in hidden[story_id] for story_id, revision in rows)
