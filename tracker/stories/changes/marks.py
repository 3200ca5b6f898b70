"""What changed in what is known to have happened, in links between stories, and what the desk took back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import msgspec

from tracker.stories.changes.values import OneSided, Op, Sides, op_of
from tracker.stories.marks import Account, Link, Occurrence


class OccurrenceChange(msgspec.Struct, frozen=True, kw_only=True, tag_field="change", tag="occurrence"):
    """An occurrence that one side doesn't have, or knows other accounts of."""

    op: Op
    occurrence_id: str
    #: What holds of it.
    old: Account | None = msgspec.field(name="from")
    new: Account | None = msgspec.field(name="to")
    #: The accounts that one side alone has, or has otherwise, as they are in the later state; the oldest first.
    accounts: tuple[Account, ...]


class LinkChange(msgspec.Struct, frozen=True, kw_only=True, tag_field="change", tag="link"):
    """A link with another story that one side doesn't have."""

    op: OneSided
    link: Link


class WithdrawalChange(msgspec.Struct, frozen=True, kw_only=True, tag_field="change", tag="withdrawal"):
    """A marking of ours that was withdrawn on one side only; both may be without what it said."""

    op: OneSided
    target: str
    revision: int


OfMarks: TypeAlias = OccurrenceChange | LinkChange | WithdrawalChange


def of_marks(sides: Sides) -> Iterator[OfMarks]:
    """The changes of occurrences, links and withdrawals."""
    for name, old, new in sides.entries(sides.before.occurrences, sides.after.occurrences):
        yield OccurrenceChange(
            op=op_of(old, new),
            occurrence_id=name,
            old=old.now if old else None,
            new=new.now if new else None,
            accounts=_differing(sides, name),
        )
    for _, gone, came in sides.entries(sides.before.links, sides.after.links):
        link = came or gone
        assert link is not None
        yield LinkChange(op="insert" if came else "delete", link=link)
    for target, was, is_now in sides.entries(sides.before.withdrawn, sides.after.withdrawn):
        yield WithdrawalChange(op="insert" if is_now else "delete", target=target, revision=is_now or was or 0)


def _differing(sides: Sides, occurrence_id: str) -> tuple[Account, ...]:
    earlier, later = (_by_revision(story.occurrences.get(occurrence_id)) for story in sides.in_order)
    every = earlier | later
    return tuple(every[revision] for revision in sorted(every) if earlier.get(revision) != later.get(revision))


def _by_revision(occurrence: Occurrence | None) -> dict[int, Account]:
    return {each.revision: each for each in occurrence.accounts} if occurrence else {}
