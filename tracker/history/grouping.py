"""What happened in a story, one row for each act: the revisions in a row that one request made.

A filing with the claims that ride along is one act, and so is an approval with what it lets happen. An act is shown
whole, wherever a page ends, as far as its revisions pass the filters: the next page begins before its first. Only one
of more than ``MOST_REVISIONS`` goes on in a further row. A page of so many revisions ends early.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import groupby

import msgspec
from sqlalchemy import Connection

from tracker.history.rows import RevisionRow, revisions
from tracker.store.withholding import Sight
from tracker.stories.sentences import told_together

#: So many revisions are on one page, and in one act, before it ends.
MOST_REVISIONS = 500
#: The types of events that say what an act was.
_LEADING = ("report.", "content.", "story.")


class ActRow(msgspec.Struct, frozen=True, kw_only=True):
    """What one request did."""

    #: The oldest first.
    revisions: tuple[RevisionRow, ...]
    #: The one that says what the act was: of a report or of the story, where there is one, or else the first.
    leading: RevisionRow
    sentence: str

    @property
    def first(self) -> int:
        """Its first revision."""
        return self.revisions[0].revision

    @property
    def revision(self) -> int:
        """Its last revision: what the act led to."""
        return self.revisions[-1].revision

    @property
    def recorded_at(self) -> datetime:
        """When the last of them was recorded."""
        return self.revisions[-1].recorded_at


class ActPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some acts, newest first."""

    items: list[ActRow]
    #: Whether older ones follow the last one.
    more: bool
    #: The story's latest revision that the reader sees.
    latest: int


def acts(
    connection: Connection,
    story_id: str,
    *,
    sight: Sight,
    before: int | None = None,
    after: int = 0,
    limit: int,
    types: Collection[str] | None = None,
    outlet_id: str | None = None,
    actor: str | None = None,
) -> ActPage:
    """At most ``limit`` acts of the revisions that ``rows.revisions`` gives for the same filters, newest first.

    Whoever goes on asks for what lies before the last one's ``first``. Raises ``NotFound`` (``unknown-story``).
    """

    found: list[RevisionRow] = []
    bound = before
    while True:
        page = revisions(
            connection,
            story_id,
            sight=sight,
            before=bound,
            after=after,
            limit=limit + 1,
            types=types,
            outlet_id=outlet_id,
            actor=actor,
        )
        found += page.items
        whole = _whole(found, page.more)
        if not page.more or len(whole) >= limit or len(found) >= MOST_REVISIONS:
            # Nothing is whole where one act is longer than that: then what was read of it is shown.
            shown = (whole or _grouped(found))[:limit]
            return ActPage(items=shown, more=page.more or len(whole) > limit, latest=page.latest)
        bound = found[-1].revision


def _whole(found: Sequence[RevisionRow], more: bool) -> list[ActRow]:
    """The acts of which all revisions are among ``found``."""
    grouped = _grouped(found)
    return grouped[:-1] if more else grouped


def _grouped(found: Sequence[RevisionRow]) -> list[ActRow]:
    by_act = groupby(found, key=lambda row: row.correlation_id)
    return [_act(tuple(reversed(list(rows)))) for _, rows in by_act]


def _act(rows: tuple[RevisionRow, ...]) -> ActRow:
    lead = next((row for row in rows if row.type.startswith(_LEADING)), rows[0])
    others = [row.type for row in rows if row is not lead]
    return ActRow(revisions=rows, leading=lead, sentence=told_together(lead.sentence, others))
