"""What was known of parties, now or at a moment: for whoever tells of a story what its people were.

What is known of a party doesn't depend on who asks: nothing of it is ever held back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import cast

import msgspec
from sqlalchemy import Connection

from tracker.clock import from_microseconds
from tracker.db.prepared import Prepared
from tracker.store import log
from tracker.stories import parties
from tracker.stories.parties import Party, PartyEvent

_revisions = Prepared(
    sqlite="SELECT id, version FROM stream WHERE id IN (SELECT value FROM json_each(:ids))",
    postgresql="SELECT id, version FROM stream WHERE id IN (SELECT json_array_elements_text(CAST(:ids AS json)))",
)


def parties_known(connection: Connection, ids: Iterable[str], as_of: datetime | None = None) -> dict[str, Party]:
    """What is known of each, or was at ``as_of``, by its id; of what was merged into another, also of that one."""
    found: dict[str, Party] = {}
    wanted = list(dict.fromkeys(ids))
    while wanted:
        party_id = wanted.pop()
        party = None if party_id in found else _party(connection, party_id, as_of)
        if party is not None:
            found[party_id] = party
            wanted += [party.merged_into] if party.merged_into else []
    return found


def party_revisions(connection: Connection, ids: Collection[str]) -> str:
    """A text that changes when more becomes known of one of these parties; empty without any."""
    rows = _revisions.all(connection, ids=msgspec.json.encode(sorted(ids)).decode()) if ids else []
    return _written(sorted((party_id, revision) for party_id, revision in rows))


def revisions_of(known: Mapping[str, Party]) -> str:
    """What ``party_revisions`` says as long as nothing more becomes known of ``known``."""
    return _written((party_id, known[party_id].revision) for party_id in sorted(known))


def _written(revisions: Iterable[tuple[str, int]]) -> str:
    return " ".join(f"{party_id}@{revision}" for party_id, revision in revisions)


def _party(connection: Connection, party_id: str, as_of: datetime | None) -> Party | None:
    events = log.read(connection, party_id, placed=False) if party_id.startswith("pty_") else []
    told = [(cast(PartyEvent, each.open()), from_microseconds(each.recorded_at)) for each in events]
    return parties.fold((event, at) for event, at in told if as_of is None or at <= as_of)
