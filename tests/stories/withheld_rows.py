"""The rows of what is withheld, as they are written with each command, without a database."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from tests.stories.sequences import Step
from tracker.stories import withholding
from tracker.stories.desk import Hold
from tracker.stories.events import HoldLifted, HoldPlaced, Recorded
from tracker.stories.knowledge import HoldKind

STORY = "sty_1"


class Rows:
    """What is withheld of one story after each of its steps."""

    def __init__(self) -> None:
        self.history: list[Recorded] = []
        #: Revision, what it is withheld by, its kind.
        self.rows: set[tuple[int, str, str]] = set()
        self.holds: list[Hold] = []

    def add(self, step: Step) -> None:
        """Write what goes with the events of ``step``."""
        self._write(withholding.withheld(step.events, step.before, step.after, STORY))
        for each in step.events:
            match each.event:
                case HoldPlaced(kind=HoldKind.PUBLICATION) as placed:
                    if placed.target == STORY or placed.target in step.before.reports:
                        held = step.after.holds[placed.hold_id]
                        self._write(withholding.covered(self.history, held, step.after, STORY))
                case HoldLifted(kind=HoldKind.PUBLICATION) as lifted:
                    self.rows = {row for row in self.rows if row[1] != lifted.hold_id}
                case _:
                    pass
        self.history += step.events
        self.holds = withholding.active(step.after)

    def _write(self, found: Sequence[withholding.Withheld]) -> None:
        self.rows |= {(each.revision, each.by, each.kind) for each in found}

    def hidden(self, sight: Collection[str]) -> set[int]:
        """The revisions that whoever has that sight doesn't see."""
        return {revision for revision, _, kind in self.rows if kind not in sight}

    def visible(self, sight: Collection[str]) -> list[Recorded]:
        """The events that he sees."""
        hidden = self.hidden(sight)
        return [each for each in self.history if each.revision not in hidden]

    def targets(self, sight: Collection[str]) -> set[str]:
        """What is held from him."""
        return {each.target for each in self.holds if withholding.kind_of(each) not in sight}
