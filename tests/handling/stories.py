"""A story on a test's database, worked on in one short line each, and what is written of it beside its events."""

from __future__ import annotations

from typing import Any, NamedTuple

from msgspec import structs
from sqlalchemy import select

from tests.rooms import Newsroom
from tests.stories.samples import claims as claiming
from tests.stories.samples import hold, mark, relate
from tracker.db.database import Database
from tracker.db.schema import hold as hold_table
from tracker.db.schema import restriction, withheld
from tracker.handling import Outcome
from tracker.store import seeing
from tracker.store.withholding import PUBLIC, Sight
from tracker.stories.commands import Command, FileReport, LiftHold
from tracker.stories.events import Recorded
from tracker.stories.knowledge import RelationKind
from tracker.stories.story import Story


class Written(NamedTuple):
    """A row of ``withheld``."""

    version: int
    by: str
    kind: str
    born: int
    lifted: int | None


class Work:
    """One story, and whoever works on it."""

    def __init__(self, newsroom: Newsroom, database: Database) -> None:
        self.newsroom, self.database = newsroom, database
        self.id = newsroom.opens()

    def asks(self, command: Command, **given: Any) -> Outcome:
        """Ask a command of this story."""
        return self.newsroom.asks(self.of_this(command), **given)

    def of_this(self, command: Command) -> Command:
        changed: Command = structs.replace(command, story_id=self.id)
        return changed

    def filing(self, text: str, *, outlet: str = "NBC News", **fields: Any) -> FileReport:
        return structs.replace(self.newsroom.filing(self.id, text, outlet=outlet), **fields)

    def files(self, text: str, *claims: str, outlet: str = "NBC News", **fields: Any) -> str:
        """File a report in which these words are claims; returns its id."""
        made = tuple(claiming(self.newsroom.new_id("clm"), each) for each in claims)
        filed = self.newsroom.asks(self.filing(text, outlet=outlet, claims=made, **fields))
        assert filed.report_id is not None
        return filed.report_id

    def marks(self, report_id: str, exact: str, **fields: Any) -> str:
        """Mark a new claim; returns its id."""
        marked = self.asks(mark(self.newsroom.new_id("clm"), exact, report_id=report_id, **fields))
        return str(marked.subject).partition("/")[0]

    def relates(self, source: str, target: str, relation: RelationKind = RelationKind.DISPUTES, **fields: Any) -> str:
        related = self.asks(relate(source, relation, target, self.newsroom.new_id("rel"), **fields))
        return str(related.subject)

    def holds(self, target: str | None = None, **fields: Any) -> str:
        """Hold a report, or the story; returns the hold's id."""
        placed = self.asks(hold(self.newsroom.new_id("hld"), target or self.id, **fields))
        return str(placed.subject)

    def lifts(self, hold_id: str) -> Outcome:
        return self.asks(LiftHold(story_id=self.id, hold_id=hold_id))

    # ---- What is there

    def withheld(self) -> list[Written]:
        wanted = select(*(withheld.c[name] for name in Written._fields)).where(withheld.c.stream_id == self.id)
        with self.database.reading() as connection:
            return sorted(Written(*row) for row in connection.execute(wanted))

    def restricted(self) -> set[tuple[str, str]]:
        wanted = select(restriction.c.target, restriction.c.kind).where(restriction.c.stream_id == self.id)
        with self.database.reading() as connection:
            return {(target, kind) for target, kind in connection.execute(wanted)}

    def noted(self) -> dict[str, tuple[int | None, int | None]]:
        """The holds: until when, and at which revision it was lifted."""
        wanted = select(hold_table.c.hold_id, hold_table.c.until, hold_table.c.lifted)
        with self.database.reading() as connection:
            rows = connection.execute(wanted.where(hold_table.c.stream_id == self.id))
            return {hold_id: (until, lifted) for hold_id, until, lifted in rows}

    def seen(self, sight: Sight = PUBLIC) -> Story:
        with self.database.reading() as connection:
            return seeing.seen(connection, self.id, sight)

    def history(self, sight: Sight = PUBLIC) -> list[Recorded]:
        with self.database.reading() as connection:
            return seeing.history(connection, self.id, sight)
